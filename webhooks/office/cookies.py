"""The one cookie of the back office: sealed against forgery, read and set below its path only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from webhooks.office.frame import PATH

if TYPE_CHECKING:
    from flask import Flask, Request, Response
    from flask.sessions import SessionMixin

TICKET: Final = "ticket"
"""Under this name the cookie holds what proves a session; the store knows its digest."""


class OfficeCookies(SecureCookieSessionInterface):
    """Flask's signed cookie, for requests to the back office. The till neither reads nor sets any."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """What the browser holds, for the office; nothing for every other door."""
        return super().open_session(app, request) if _is_office(request.path) else self.session_class()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set the cookie where it changed. A session of another door is empty and is not kept."""
        if session.accessed or session.modified:
            super().save_session(app, session, response)


def cookie_settings(base_url: str) -> dict[str, object]:
    """How the cookie is set.

    On https a `__Host-` cookie: no other host, a subdomain included, can set it or be sent it. On http, where
    browsers refuse those, it is bound to the office's path. `Lax`, so that a link in a reminder's mail finds
    its reader signed in; what changes anything is a POST with a token of its own.
    """
    parts = urlsplit(base_url)
    is_https = parts.scheme == "https"
    return {
        "SESSION_COOKIE_NAME": "__Host-office" if is_https else "office",
        "SESSION_COOKIE_PATH": "/" if is_https else f"{parts.path.rstrip('/')}{PATH}",
        "SESSION_COOKIE_SECURE": is_https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_DOMAIN": None,
    }


def _is_office(path: str) -> bool:
    return path == PATH or path.startswith(f"{PATH}/")
