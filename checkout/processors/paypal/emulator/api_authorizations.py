"""The doors of Payments v2 for authorizations: show, capture, renew, void."""

from collections.abc import Callable

from flask import Blueprint, Response

from checkout.processors.paypal.emulator.answering import Answer, Subjects, emulator, perform
from checkout.processors.paypal.emulator.api_orders import wants_representation
from checkout.processors.paypal.emulator.api_payments import once, payments_body, perform_alone
from checkout.processors.paypal.emulator.orders import Twist
from checkout.processors.paypal.emulator.records import Authorization, Capture
from checkout.processors.paypal.emulator.refusals import Json, Operation, RefusedError

authorizations_api = Blueprint("authorizations", __name__, url_prefix="/v2/payments/authorizations")


@authorizations_api.get("/<authorization_id>")
def get_authorization(authorization_id: str) -> Response:
    """Show an authorization."""

    def act(_: Twist) -> Answer:
        return Answer(200, emulator().views.authorization_resource(_found(authorization_id)))

    return perform(Operation.GET_AUTHORIZATION, act, subject=lambda: _subject(authorization_id))


@authorizations_api.post("/<authorization_id>/capture")
def capture_authorization(authorization_id: str) -> Response:
    """Take all that is reserved, or a part; the same request id again gets the same capture."""
    world = emulator()

    def act(twist: Twist) -> Answer:
        def make() -> str:
            return world.authorizations.capture(_found(authorization_id), payments_body(), twist).id

        made = once(Operation.CAPTURE_AUTHORIZATION, authorization_id, make)
        return Answer(201, _capture_body(world.captures.get(made)))

    return _perform(Operation.CAPTURE_AUTHORIZATION, act, authorization_id)


@authorizations_api.post("/<authorization_id>/reauthorize")
def reauthorize(authorization_id: str) -> Response:
    """Renew an authorization under a new id; the same request id again gets the same new one."""
    world = emulator()

    def act(_: Twist) -> Answer:
        def make() -> str:
            return world.authorizations.reauthorize(_found(authorization_id), payments_body()).id

        return Answer(201, _authorization_body(_found(once(Operation.REAUTHORIZE, authorization_id, make))))

    return _perform(Operation.REAUTHORIZE, act, authorization_id)


@authorizations_api.post("/<authorization_id>/void")
def void(authorization_id: str) -> Response:
    """Let go what is reserved: 204, or 200 for who asks to see it; the same request id again changes nothing."""
    world = emulator()

    def act(_: Twist) -> Answer:
        def make() -> str:
            made = _found(authorization_id)
            world.authorizations.void(made)
            return made.id

        made = _found(once(Operation.VOID, authorization_id, make))
        if wants_representation():
            return Answer(200, world.views.authorization_resource(made))
        return Answer(204)

    return _perform(Operation.VOID, act, authorization_id)


def _perform(operation: Operation, act: Callable[[Twist], Answer], authorization_id: str) -> Response:
    return perform_alone(operation, act, lambda: _found(authorization_id), lambda: _subject(authorization_id))


def _found(authorization_id: str) -> Authorization:
    return emulator().authorizations.get(authorization_id)


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
