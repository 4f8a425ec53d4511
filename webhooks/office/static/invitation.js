// Takes the one-time code out of the link that somebody was sent: behind the # no server has seen it.

"use strict";

const code = document.getElementById("code");
const sent = decodeURIComponent(location.hash.slice(1));
if (code && !code.value && /^[a-z0-9-]{10,60}$/.test(sent)) {
  code.value = sent;
  history.replaceState(null, "", location.pathname);
}
