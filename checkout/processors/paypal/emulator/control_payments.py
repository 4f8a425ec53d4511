"""The control API of payments: what becomes of captures, refunds and authorizations, and which money is held."""

from collections.abc import Callable
from decimal import Decimal

from flask import Blueprint, Response, jsonify
from werkzeug.exceptions import HTTPException

from checkout.processors.paypal.emulator.answering import emulator
from checkout.processors.paypal.emulator.captures import NotPendingError
from checkout.processors.paypal.emulator.clock import zulu
from checkout.processors.paypal.emulator.control_api import BadOrderError, ordered, refuse, refuse_http
from checkout.processors.paypal.emulator.emulator import Emulator
from checkout.processors.paypal.emulator.money import Money
from checkout.processors.paypal.emulator.records import Authorization, Capture, Refund, RefundStatus
from checkout.processors.paypal.emulator.refunds import NotReversedError
from checkout.processors.paypal.emulator.refusals import Json, NamedRefusalError, RefusedError

payments_control = Blueprint("payments_control", __name__, url_prefix="/control")
for refused in (
    ArithmeticError,
    TypeError,
    ValueError,
    NotPendingError,
    NotReversedError,
    NamedRefusalError,
    RefusedError,
):
    payments_control.register_error_handler(refused, refuse)
payments_control.register_error_handler(HTTPException, refuse_http)

Actions = dict[str, Callable[[], object]]


@payments_control.get("/captures")
def captures() -> Response:
    """List all captures with their refunds."""
    world = emulator()
    with world.lock:
        return jsonify({"captures": [_capture_view(capture) for capture in world.captures.all()]})


@payments_control.post("/captures/<capture_id>/<action>")
def act_on_capture(capture_id: str, action: str) -> Response:
    """Resolve a pending capture, refund from the dashboard, reverse as a bank does, or take that back."""
    world, body = emulator(), ordered()
    with world.lock:
        capture = world.captures.get(capture_id)
        _do("A capture", action, capture_actions(world, capture, body))
        return jsonify(_capture_view(capture))


def capture_actions(world: Emulator, capture: Capture, body: Json) -> Actions:
    """Return everything that can be done with a capture, by name."""
    return {
        "complete": lambda: world.captures.resolve(capture, completed=True),
        "decline": lambda: world.captures.resolve(capture, completed=False),
        "accept": lambda: world.captures.decide(capture, accepted=True),
        "deny": lambda: world.captures.decide(capture, accepted=False),
        "refund": lambda: world.refunds.refund(capture, world.refunds.check(capture, body), body),
        "reverse": lambda: world.refunds.reverse(
            capture, _amount(capture, body), chargeback=_flag(body, "chargeback")
        ),
        "cancel-reversal": lambda: world.refunds.cancel_reversal(capture),
    }


@payments_control.get("/refunds")
def refunds() -> Response:
    """List all refunds and reversals."""
    world = emulator()
    with world.lock:
        return jsonify(
            {"refunds": [_refund_view(capture, refund) for capture, refund in world.refunds.all()]}
        )


@payments_control.post("/refunds/<refund_id>/<action>")
def act_on_refund(refund_id: str, action: str) -> Response:
    """Let a pending refund complete, fail or be cancelled."""
    world = emulator()
    with world.lock:
        world.refunds.get(refund_id)
        _do("A refund", action, refund_actions(world, refund_id))
        return jsonify(_refund_view(*world.refunds.get(refund_id)))


def refund_actions(world: Emulator, refund_id: str) -> Actions:
    """Return everything that can be done with a pending refund, by name."""
    return {
        "complete": lambda: world.refunds.end(refund_id, RefundStatus.COMPLETED),
        "fail": lambda: world.refunds.end(refund_id, RefundStatus.FAILED),
        "cancel": lambda: world.refunds.end(refund_id, RefundStatus.CANCELLED),
    }


@payments_control.get("/authorizations")
def authorizations() -> Response:
    """List all authorizations."""
    world = emulator()
    with world.lock:
        world.authorizations.expire_due()
        return jsonify({"authorizations": [_authorization_view(made) for made in world.authorizations.all()]})


@payments_control.post("/authorizations/<authorization_id>/<action>")
def act_on_authorization(authorization_id: str, action: str) -> Response:
    """Approve or deny one under review, void it from the dashboard, or let it expire now."""
    world = emulator()
    with world.lock:
        made = world.authorizations.get(authorization_id)
        _do("An authorization", action, authorization_actions(world, made))
        return jsonify(_authorization_view(made))


def authorization_actions(world: Emulator, made: Authorization) -> Actions:
    """Return everything that can be done with an authorization, by name."""
    return {
        "approve": lambda: world.authorizations.review(made, approved=True),
        "deny": lambda: world.authorizations.review(made, approved=False),
        "void": lambda: world.authorizations.void(made),
        "expire": lambda: world.authorizations.expire(made),
    }


def _do(subject: str, action: str, actions: Actions) -> None:
    if action not in actions:
        raise BadOrderError(f"{subject} can {', '.join(actions)}, not {action!r}.")
    actions[action]()


def _flag(body: Json, name: str) -> bool:
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise BadOrderError(f"{name} must be true or false.")
    return value


def _amount(capture: Capture, body: Json) -> Money | None:
    if body.get("value") is None:
        return None
    amount = capture.amount.with_value(Decimal(str(body["value"])))
    if amount.value <= 0:
        raise BadOrderError("value must be an amount above zero.")
    return amount


def _capture_view(capture: Capture) -> Json:
    return {
        **emulator().views.capture_resource(capture),
        "disputed": capture.disputed,
        "refunds": [_refund_view(capture, refund) for refund in capture.refunds],
    }


def _refund_view(capture: Capture, refund: Refund) -> Json:
    return {
        **emulator().views.refund(capture, refund),
        "kind": refund.kind.value,
        "chargeback": refund.chargeback,
        "capture_id": capture.id,
        "order_id": capture.order_id,
    }


def _authorization_view(made: Authorization) -> Json:
    return {
        **emulator().views.authorization_resource(made),
        "order_id": made.order_id,
        "captured": made.captured().body(),
        "captures": [capture.id for capture in made.captures],
        "original": made.original.id if made.original else None,
        "replaced_by": made.replaced_by.id if made.replaced_by else None,
        "expired": made.expired,
        "honoured_until": zulu(made.honoured_until()),
    }
