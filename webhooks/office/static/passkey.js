// Asks the browser for a passkey where a page offers one, and sends its answer with the page's own form.
// Without this file, or in a browser that knows no passkeys, its buttons stay hidden and the other way remains.

"use strict";

const known = window.PublicKeyCredential;
const able = known && known.parseRequestOptionsFromJSON && known.parseCreationOptionsFromJSON;

async function answerTo(form) {
  const asked = JSON.parse(form.dataset.passkey);
  if (form.dataset.passkeyDo === "make") {
    return navigator.credentials.create({ publicKey: known.parseCreationOptionsFromJSON(asked) });
  }
  return navigator.credentials.get({ publicKey: known.parseRequestOptionsFromJSON(asked) });
}

for (const form of able ? document.querySelectorAll("form[data-passkey]") : []) {
  form.hidden = false;
  const said = form.querySelector("[data-passkey-said]");
  const button = form.querySelector("button");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    said.textContent = "Waiting for your passkey…";
    try {
      const answer = await answerTo(form);
      form.querySelector("[data-passkey-answer]").value = JSON.stringify(answer.toJSON());
      form.submit();
    } catch {
      said.textContent = "No passkey was used. Try again, or use the other way on this page.";
      button.disabled = false;
    }
  });
}

for (const none of able ? [] : document.querySelectorAll("[data-passkey-none]")) none.hidden = false;
