"""The doors of Payments v2 for authorizations: show, capture, renew, void."""

from collections.abc import Callable

from flask import Blueprint, Response

from checkout.processors.paypal.emulator.answering import Answer, Subjects, emulator, perform
from checkout.processors.paypal.emulator.api_orders import json_object, request_key, wants_representation
from checkout.processors.paypal.emulator.orders import Twist
from checkout.processors.paypal.emulator.records import Authorization, Capture
from checkout.processors.paypal.emulator.refusals import Finding, Json, Operation, RefusedError

authorizations_api = Blueprint("authorizations", __name__, url_prefix="/v2/payments/authorizations")


@authorizations_api.get("/<authorization_id>")
def get_authorization(authorization_id: str) -> Response:
    """Show an authorization."""

    def act(_: Twist) -> Answer:
        world = emulator()
        return Answer(200, world.views.authorization_resource(world.authorizations.get(authorization_id)))

    return perform(Operation.GET_AUTHORIZATION, act, subject=lambda: _subject(authorization_id))


@authorizations_api.post("/<authorization_id>/capture")
def capture_authorization(authorization_id: str) -> Response:
    """Take all that is reserved, or a part; the same request id again gets the same capture."""
    world = emulator()

    def act(twist: Twist) -> Answer:
        key, made = request_key(), world.authorizations.get(authorization_id)
        earlier = world.keys.result(Operation.CAPTURE_AUTHORIZATION, authorization_id, key)
        if earlier is not None:
            return Answer(201, _capture_body(world.captures.get(earlier)))
        capture = world.authorizations.capture(made, _body(), twist)
        world.keys.keep(Operation.CAPTURE_AUTHORIZATION, authorization_id, key, capture.id)
        return Answer(201, _capture_body(capture))

    return _perform(Operation.CAPTURE_AUTHORIZATION, act, authorization_id)


@authorizations_api.post("/<authorization_id>/reauthorize")
def reauthorize(authorization_id: str) -> Response:
    """Renew an authorization under a new id; the same request id again gets the same new one."""
    world = emulator()

    def act(_: Twist) -> Answer:
        key, made = request_key(), world.authorizations.get(authorization_id)
        earlier = world.keys.result(Operation.REAUTHORIZE, authorization_id, key)
        if earlier is not None:
            return Answer(201, _authorization_body(world.authorizations.get(earlier)))
        renewed = world.authorizations.reauthorize(made, _body())
        world.keys.keep(Operation.REAUTHORIZE, authorization_id, key, renewed.id)
        return Answer(201, _authorization_body(renewed))

    return _perform(Operation.REAUTHORIZE, act, authorization_id)


@authorizations_api.post("/<authorization_id>/void")
def void(authorization_id: str) -> Response:
    """Let go what is reserved: 204, or 200 for who asks to see it; the same request id again changes nothing."""
    world = emulator()

    def act(_: Twist) -> Answer:
        key, made = request_key(), world.authorizations.get(authorization_id)
        if world.keys.result(Operation.VOID, authorization_id, key) is None:
            world.authorizations.void(made)
            world.keys.keep(Operation.VOID, authorization_id, key, made.id)
        if wants_representation():
            return Answer(200, world.views.authorization_resource(made))
        return Answer(204)

    return _perform(Operation.VOID, act, authorization_id)


def _perform(operation: Operation, act: Callable[[Twist], Answer], authorization_id: str) -> Response:
    """Run a call that changes an authorization; a second one meets the first under way."""
    marked: list[Authorization] = []

    def begin() -> None:
        made = emulator().authorizations.get(authorization_id)
        if made.under_way:
            raise RefusedError(Finding("PREVIOUS_REQUEST_IN_PROGRESS"))
        made.under_way = True
        marked.append(made)

    def end() -> None:
        for made in marked:
            made.under_way = False

    return perform(operation, act, subject=lambda: _subject(authorization_id), begin=begin, end=end)


def _body() -> Json:
    # Payments v2 lists no issue for malformed JSON; this is the one it has for what it cannot read.
    return json_object("INVALID_PARAMETER_SYNTAX")


def _subject(authorization_id: str) -> Subjects:
    world = emulator()
    try:
        made = world.authorizations.get(authorization_id)
    except RefusedError:
        return {"authorization_id": authorization_id}
    return {
        "authorization_id": authorization_id,
        "order_id": made.order_id,
        "custom_id": made.custom_id,
        "invoice_id": made.invoice_id,
        "honoured": "yes" if world.clock.now() < made.honoured_until() else "no",
    }


def _capture_body(capture: Capture) -> Json:
    views = emulator().views
    return views.capture_resource(capture) if wants_representation() else views.capture_minimal(capture)


def _authorization_body(made: Authorization) -> Json:
    views = emulator().views
    return views.authorization_resource(made) if wants_representation() else views.authorization_minimal(made)
