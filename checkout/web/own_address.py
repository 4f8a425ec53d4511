"""Makes every request one that was asked at the shop's own address, whatever it says of itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ASCII_MAX = "\x7f"


class OwnAddress:
    """Wraps an application that is reached at BASE_URL, directly or through a proxy.

    The Host header is replaced, so nobody can make a page link elsewhere or break its routing with it. Where
    BASE_URL has a path, addresses are made below it, whether or not the proxy cuts it off. Raw bytes in the
    query are escaped as a browser would have done, so that it can be read.
    """

    def __init__(self, inner: WSGIApplication, base_url: str) -> None:
        self.inner = inner
        parts = urlsplit(base_url)
        self.scheme, self.host, self.prefix = parts.scheme, parts.netloc, parts.path.rstrip("/")

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path = environ.get("PATH_INFO", "")
        if self.prefix and (path == self.prefix or path.startswith(f"{self.prefix}/")):
            path = path.removeprefix(self.prefix)
        environ["PATH_INFO"] = path
        environ["SCRIPT_NAME"] = self.prefix
        environ["HTTP_HOST"] = self.host
        environ["wsgi.url_scheme"] = self.scheme
        environ["QUERY_STRING"] = "".join(
            sign if sign <= ASCII_MAX else f"%{ord(sign):02X}" for sign in environ.get("QUERY_STRING", "")
        )
        return self.inner(environ, start_response)
