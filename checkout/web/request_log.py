"""One log line for each request: what was asked and how it went, never by whom or with which token."""

from __future__ import annotations

import time
from collections.abc import Iterator
from http import HTTPStatus
from traceback import extract_tb

import structlog
from flask import Flask, Response, g, request

from checkout.web.guard import RAW_DOORS

log = structlog.get_logger("checkout.web")


def hang_up(app: Flask) -> None:
    """Time every request of an app and log its end."""

    @app.before_request
    def start_watch() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def write_line(response: Response) -> Response:
        began = g.get("began")
        if request.path.startswith(RAW_DOORS) and response.status_code == HTTPStatus.OK:
            return response  # the inbox keeps a record of each delivery
        log.info(
            "request",
            method=request.method if request.url_rule else "other",
            route=request.url_rule.rule if request.url_rule else "none",
            status=response.status_code,
            duration_ms=round((time.perf_counter() - began) * 1000, 1) if began else None,
        )
        return response


def log_fault(fault: Exception, incident: str) -> None:
    """Log a fault of ours by its type and places; its message may hold what a customer typed."""
    log.error("fault", incident=incident, error=type(fault).__name__, at=list(_places(fault)))


def _places(fault: BaseException) -> Iterator[str]:
    for frame in extract_tb(fault.__traceback__)[-8:]:
        yield f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}"
    if fault.__cause__ is not None:
        yield f"caused by {type(fault.__cause__).__name__}"
