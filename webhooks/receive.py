"""The webhook door: authenticate, keep, answer. Nothing is understood here, and nobody is asked."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog
from flask import Blueprint, Response, request

from checkout.domain.errors import (
    CannotAuthenticateError,
    CheckoutError,
    NotAuthenticError,
    NotFoundError,
    StoreUnavailableError,
)
from checkout.domain.processor import TellsByWebhook
from checkout.metrics import WEBHOOKS

if TYPE_CHECKING:
    from checkout.domain.processor import Envelope
    from checkout.flows.house import House
    from webhooks.letterbox import Letterbox

log = structlog.get_logger()

BODY_BYTES_MAX = 256 * 1024
"""PayPal's largest real events are below 10 KiB."""

_STATUS = {
    NotFoundError: 404,
    NotAuthenticError: 400,
    CannotAuthenticateError: 503,
    StoreUnavailableError: 503,
}

_OUTCOMES = {
    NotFoundError: "not found",
    NotAuthenticError: "not authentic",
    CannotAuthenticateError: "cannot be checked",
}
"""What the metrics call a refusal."""


def webhook_door(house: House, letterbox: Letterbox) -> Blueprint:
    """`POST /webhooks/<processor>`: 200 once the event is durably kept, never before.

    400: not authentic, or not readable. 404: no such processor. 413: too large. 503: cannot be checked or
    kept now, send it again.
    """
    door = Blueprint("webhooks", __name__)

    @door.post("/webhooks/<name>")
    def receive(name: str) -> Response:
        raw = request.stream.read(BODY_BYTES_MAX + 1)
        if not raw:
            return _say("The delivery is empty.", HTTPStatus.BAD_REQUEST)
        if len(raw) > BODY_BYTES_MAX:
            return _say(
                f"The delivery is larger than {BODY_BYTES_MAX} bytes.", HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            )
        try:
            letterbox.put(_authenticate(house, name, raw))
        except CheckoutError as refused:
            log.warning("delivery refused", processor=name[:24], why=type(refused).__name__)
            known = name if name in house.processors else "unknown"
            WEBHOOKS.add(known, _OUTCOMES.get(type(refused), "not kept"))
            return _say(str(refused), _STATUS.get(type(refused), HTTPStatus.SERVICE_UNAVAILABLE))
        WEBHOOKS.add(name, "kept")
        return _say("Kept.", HTTPStatus.OK)

    return door


def _authenticate(house: House, name: str, raw: bytes) -> Envelope:
    processor = house.processor(name)
    if not isinstance(processor, TellsByWebhook):
        raise NotFoundError("webhook door for", name)
    headers = {name.lower(): value for name, value in request.headers}
    return processor.authenticate(raw, headers)


def _say(text: str, status: int) -> Response:
    answer = Response(text + "\n", status, mimetype="text/plain")
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        answer.headers["Retry-After"] = "30"
    return answer
