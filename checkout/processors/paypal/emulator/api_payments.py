"""The doors of Payments v2: captures and refunds."""

from collections.abc import Callable

from flask import Blueprint, Response

from checkout.processors.paypal.emulator.answering import Answer, Subjects, emulator, perform
from checkout.processors.paypal.emulator.api_orders import json_object, request_key, wants_representation
from checkout.processors.paypal.emulator.orders import Twist
from checkout.processors.paypal.emulator.records import Authorization, Capture, Refund
from checkout.processors.paypal.emulator.refusals import Finding, Json, Operation, RefusedError

payments_api = Blueprint("payments", __name__, url_prefix="/v2/payments")


@payments_api.get("/captures/<capture_id>")
def get_capture(capture_id: str) -> Response:
    """Show a capture."""

    def act(_: Twist) -> Answer:
        world = emulator()
        return Answer(200, world.views.capture_resource(world.orders.capture_record(capture_id)))

    return perform(Operation.GET_CAPTURE, act, subject=lambda: _subject(capture_id))


@payments_api.post("/captures/<capture_id>/refund")
def refund(capture_id: str) -> Response:
    """Give back all that is left, or a part; the same request id again gets the same refund."""
    world = emulator()

    def act(twist: Twist) -> Answer:
        def make() -> str:
            body, capture = payments_body(), world.orders.capture_record(capture_id)
            amount = world.refunds.check(capture, body)
            return world.refunds.refund(capture, amount, body, pending=twist.refund_pending).id

        return Answer(201, _refund_body(*world.refunds.get(once(Operation.REFUND, capture_id, make))))

    return perform_alone(
        Operation.REFUND, act, lambda: world.orders.capture_record(capture_id), lambda: _subject(capture_id)
    )


@payments_api.get("/refunds/<refund_id>")
def get_refund(refund_id: str) -> Response:
    """Show a refund, or what PayPal took back."""

    def act(_: Twist) -> Answer:
        world = emulator()
        return Answer(200, world.views.refund(*world.refunds.get(refund_id)))

    return perform(Operation.GET_REFUND, act, subject=lambda: _refund_subject(refund_id))


def perform_alone(
    operation: Operation,
    act: Callable[[Twist], Answer],
    changed: Callable[[], Capture | Authorization],
    subject: Callable[[], Subjects],
) -> Response:
    """Run a call that changes a capture or an authorization; a second one meets the first under way."""
    marked: list[Capture | Authorization] = []

    def begin() -> None:
        found = changed()
        if found.under_way:
            raise RefusedError(Finding("PREVIOUS_REQUEST_IN_PROGRESS"))
        found.under_way = True
        marked.append(found)

    def end() -> None:
        for found in marked:
            found.under_way = False

    return perform(operation, act, subject=subject, begin=begin, end=end)


def once(operation: Operation, resource: str, make: Callable[[], str]) -> str:
    """Return the id of what a call makes; the same request id again makes nothing and gets the same."""
    keys, key = emulator().keys, request_key()
    result = keys.result(operation, resource, key)
    if result is None:
        result = make()
        keys.keep(operation, resource, key, result)
    return result


def payments_body() -> Json:
    """Return the request's JSON object. Raises `RefusedError` when it is none."""
    # Payments v2 lists no issue for malformed JSON; this is the one it has for what it cannot read.
    return json_object("INVALID_PARAMETER_SYNTAX")


def _subject(capture_id: str) -> Subjects:
    try:
        capture = emulator().orders.capture_record(capture_id)
    except RefusedError:
        return {"capture_id": capture_id}
    return {
        "capture_id": capture_id,
        "order_id": capture.order_id,
        "authorization_id": capture.authorization_id,
        "custom_id": capture.custom_id,
        "invoice_id": capture.invoice_id,
    }


def _refund_subject(refund_id: str) -> Subjects:
    try:
        capture, _ = emulator().refunds.get(refund_id)
    except RefusedError:
        return {"refund_id": refund_id}
    return {"refund_id": refund_id, **_subject(capture.id)}


def _refund_body(capture: Capture, made: Refund) -> Json:
    views = emulator().views
    return views.refund(capture, made) if wants_representation() else views.refund_minimal(capture, made)
