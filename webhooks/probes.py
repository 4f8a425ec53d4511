"""Doors for machines that watch: /healthz, /readyz and /metrics, answered before anything else is asked.

They stand before the application: no guard reads them, no line is logged of them, and they are no pages.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

from checkout import metrics
from checkout.domain.errors import StoreUnavailableError
from webhooks.readiness import checks
from webhooks.readings import shop_readings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from checkout.flows.house import House


class Probes:
    """Wraps an application. Without a token nobody is told the metrics: the address is not there."""

    def __init__(self, inner: WSGIApplication, house: House, metrics_token: str) -> None:
        self._inner, self._house = inner, house
        self._token = metrics_token
        self._doors: dict[str, Callable[[Request], Response]] = {
            "/healthz": _healthz,
            "/readyz": self._readyz,
        }
        if metrics_token:
            self._doors["/metrics"] = self._metrics

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a probe, or hand the request on."""
        door = self._doors.get(environ.get("PATH_INFO", ""))
        if door is None:
            return self._inner(environ, start_response)
        request = Request(environ)
        if request.method not in {"GET", "HEAD"}:
            answer = _text("Only GET and HEAD.", HTTPStatus.METHOD_NOT_ALLOWED)
            answer.headers["Allow"] = "GET, HEAD"
        else:
            answer = door(request)
        answer.headers["Cache-Control"] = "no-store"
        return answer(environ, start_response)

    def _readyz(self, _request: Request) -> Response:
        """200 where customers can be served, else 503 and what is missing."""
        try:
            found = checks(self._house)
        except StoreUnavailableError:
            return _text("The database does not answer.", HTTPStatus.SERVICE_UNAVAILABLE)
        ready = all(one.is_well for one in found)
        told = {
            "ready": ready,
            "checks": {one.name: {"ok": one.is_well, "said": one.said} for one in found},
        }
        status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
        return Response(json.dumps(told, indent=2) + "\n", status, mimetype="application/json")

    def _metrics(self, request: Request) -> Response:
        """Everything that is counted, for whoever shows the token."""
        bearer = request.headers.get("Authorization", "").encode()
        if not hmac.compare_digest(bearer, f"Bearer {self._token}".encode()):
            answer = _text("Show the token: Authorization: Bearer …", HTTPStatus.UNAUTHORIZED)
            answer.headers["WWW-Authenticate"] = "Bearer"
            return answer
        try:
            found = shop_readings(self._house)
        except StoreUnavailableError:
            found = []  # what was counted is told all the same: just now somebody wants to see it
        return Response(metrics.written(found), content_type=metrics.CONTENT_TYPE)


def _healthz(_request: Request) -> Response:
    """This process lives; nothing else is asked."""
    return _text("The process lives.", HTTPStatus.OK)


def _text(said: str, status: HTTPStatus) -> Response:
    return Response(said + "\n", status, mimetype="text/plain")
