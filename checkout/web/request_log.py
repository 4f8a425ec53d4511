"""One log line for each request: what was asked and how it went, never by whom or with which token.

Every line that is written while a request is answered bears its id, and the order's where one is acted upon.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from http import HTTPStatus
from traceback import extract_tb

import structlog
from flask import Flask, Response, g, request
from structlog.contextvars import bind_contextvars, unbind_contextvars

from checkout import metrics
from checkout.domain.cards import holds_card_number
from checkout.logs import ORDER, REQUEST
from checkout.web.guard import RAW_DOORS
from checkout.web.till import till

log = structlog.get_logger("checkout.web")

REQUEST_ID = "X-Request-Id"
"""A proxy may give each request an id, so that its log and ours can be read together."""

_SANE_ID = re.compile(r"(?!.*[0-9]{12})[A-Za-z0-9][A-Za-z0-9._-]{7,63}", re.ASCII)
_BOUND = (REQUEST, ORDER)
MINTED_LENGTH = 16


def hang_up(app: Flask) -> None:
    """Time every request of an app and log its end."""

    @app.before_request
    def start_watch() -> None:
        g.began = time.perf_counter()
        g.request_id = _given_id() or till().house.mint(MINTED_LENGTH)
        # A thread answers one request after the other: what the one before was about is forgotten first.
        unbind_contextvars(*_BOUND)
        bind_contextvars(**{REQUEST: g.request_id})

    @app.after_request
    def write_line(response: Response) -> Response:
        _write_line(response)
        response.headers[REQUEST_ID] = g.get("request_id", "")
        return response

    @app.teardown_request
    def forget(_error: BaseException | None) -> None:
        unbind_contextvars(*_BOUND)


def _given_id() -> str | None:
    """What the request calls itself, where that is an id and nothing else; it is kept in logs, so it is guarded."""
    given = request.headers.get(REQUEST_ID, "")
    return given if _SANE_ID.fullmatch(given) and not holds_card_number(given) else None


def _write_line(response: Response) -> None:
    method = request.method if request.url_rule else "other"
    route = request.url_rule.rule if request.url_rule else "none"
    seconds = time.perf_counter() - g.began if "began" in g else None
    metrics.HTTP_REQUESTS.add(method, route, str(response.status_code))
    if seconds is not None:
        metrics.HTTP_SECONDS.took(seconds, route)
    if request.path.startswith(RAW_DOORS) and response.status_code == HTTPStatus.OK:
        return  # the inbox keeps a record of each delivery
    log.info(
        "request",
        method=method,
        route=route,
        status=response.status_code,
        duration_ms=None if seconds is None else round(seconds * 1000, 1),
    )


def request_id() -> str:
    """The name of this request, the caller's own where it sent a sane one; in logs and in answers."""
    return str(g.get("request_id") or "")


def log_fault(fault: Exception, incident: str) -> None:
    """Log a fault of ours by its type and places; its message may hold what a customer typed."""
    log.error("fault", incident=incident, error=type(fault).__name__, at=list(_places(fault)))


def _places(fault: BaseException) -> Iterator[str]:
    for frame in extract_tb(fault.__traceback__)[-8:]:
        yield f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}"
    if fault.__cause__ is not None:
        yield f"caused by {type(fault.__cause__).__name__}"
