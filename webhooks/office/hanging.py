"""Hangs the back office up in the web process: its doors, its cookie, its own policy."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from flask_wtf import CSRFProtect

from checkout.web.till import till
from webhooks import office as package
from webhooks.office import admitting, pages, refusing
from webhooks.office.cookies import OfficeCookies, cookie_settings
from webhooks.office.frame import office, refuse_undeclared

if TYPE_CHECKING:
    from flask import Flask, Response

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Permissions-Policy": (
        "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
        "magnetometer=(), microphone=(), payment=(), usb=(), publickey-credentials-get=(self), "
        "publickey-credentials-create=(self)"
    ),
    "Referrer-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}
"""Our own style and scripts, nothing inline, forms to ourselves; passkeys may be asked for. With `no-referrer`, as
the till has it, a browser would not say where a form comes from."""

csrf = CSRFProtect()


def hang_up(app: Flask, *, secret_key: str) -> None:
    """Hang the back office up in an app that has the till's doors. Raises UndeclaredDoorError."""
    _open_every_room()
    app.secret_key = secret_key
    app.session_interface = OfficeCookies()
    # Only the office has a cookie, so only there can a request be forged with it; `admitting` looks at each.
    # The token lives as long as the cookie: a form may lie open over lunch.
    app.config.update(WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_TIME_LIMIT=None, WTF_CSRF_SSL_STRICT=False)
    app.config.update(cookie_settings(app.extensions["till"].house.shop.base_url))
    csrf.init_app(app)
    app.register_blueprint(office)
    refuse_undeclared(app)


def _open_every_room() -> None:
    """Import each file of this package, at any depth, so that its doors are declared before the app has any."""
    folder = Path(package.__file__ or "").parent
    for found in pkgutil.walk_packages([str(folder)], f"{package.__name__}."):
        import_module(found.name)


@office.after_request
def add_headers(response: Response) -> Response:
    """What the till says of its pages, changed where the office needs more or less."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


office.before_request(lambda: admitting.admit(csrf, till().house))
office.context_processor(pages.context)
refusing.hang_up(office)
