"""One log line for each request: what was asked and how it went, never by whom or with which token."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from http import HTTPStatus
from traceback import extract_tb

import structlog
from flask import Flask, Response, g, request

from checkout.web.guard import RAW_DOORS
from checkout.web.till import till

HEADER = "X-Request-Id"
_SANE = re.compile(r"[A-Za-z](?:[A-Za-z_-]|[0-9](?![0-9]{7})){7,63}", re.ASCII)
"""Never so many digits in a row that it looks like a card's number."""

log = structlog.get_logger("checkout.web")


def hang_up(app: Flask) -> None:
    """Time every request of an app and log its end."""

    @app.before_request
    def start_watch() -> None:
        g.began = time.perf_counter()
        said = request.headers.get(HEADER, "")
        g.request_id = said if _SANE.fullmatch(said) else till().house.mint(20)

    @app.after_request
    def write_line(response: Response) -> Response:
        began = g.get("began")
        if request.path.startswith(RAW_DOORS) and response.status_code == HTTPStatus.OK:
            return response  # the inbox keeps a record of each delivery
        response.headers[HEADER] = request_id()
        log.info(
            "request",
            request=request_id(),
            method=request.method if request.url_rule else "other",
            route=request.url_rule.rule if request.url_rule else "none",
            status=response.status_code,
            duration_ms=round((time.perf_counter() - began) * 1000, 1) if began else None,
        )
        return response


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
