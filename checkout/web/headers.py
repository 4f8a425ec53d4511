"""What every answer carries: nothing foreign may load, nobody may frame, the address goes to nobody."""

from __future__ import annotations

import re

from flask import Flask, Response, request

from checkout.settings import SettingsError
from checkout.web.guard import RAW_DOORS
from checkout.web.till import till

_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,252}[a-z0-9])?(?::[0-9]{1,5})?")
_LOOPBACK = re.compile(r"(?:localhost|127\.0\.0\.1)(?::\d+)?")

PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer", "browsing-topics", "camera", "display-capture", "geolocation", "gyroscope",
        "magnetometer", "microphone", "payment", "publickey-credentials-get", "usb",
    )
)  # fmt: skip

ALWAYS = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": PERMISSIONS,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
OPEN_PAGES = frozenset({"shop.products", "shop.privacy", "shop.product", "assets.file"})
"""Pages that anybody may know of. Every other address opens something for whoever has it."""


def content_security_policy(hand_over_hosts: frozenset[str]) -> str:
    """Style, pictures and fonts of our own origin, nothing else; forms go to us and to the processor's exact hosts.

    Chromium holds `form-action` against every redirect of a sent form, so the hand-over hosts are named.
    """
    targets = " ".join(_source(host) for host in sorted(hand_over_hosts))
    return (
        "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' {targets}".rstrip()
    )


def _source(host: str) -> str:
    if not _HOST.fullmatch(host):
        message = f"{host[:80]!r} is no host to hand customers over to. Write it as www.paypal.com."
        raise SettingsError(message)
    return host if _LOOPBACK.fullmatch(host) else f"https://{host}"


def hang_up(app: Flask, hand_over_hosts: frozenset[str]) -> None:
    """Put the headers on every answer of an app, error pages included."""
    policy = content_security_policy(hand_over_hosts)

    @app.after_request
    def add_headers(response: Response) -> Response:
        if request.path.startswith(RAW_DOORS):
            return response  # a processor's machine reads it, thousands a second
        # What a door says of itself stands: the back office has a policy of its own.
        for name, value in {**ALWAYS, "Content-Security-Policy": policy, "Cache-Control": "no-store"}.items():
            response.headers.setdefault(name, value)
        if request.endpoint not in OPEN_PAGES:
            response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        if till().is_https:
            response.headers["Strict-Transport-Security"] = "max-age=63072000"
        return response
