"""The control API of disputes: what buyers, banks and PayPal's own people do."""

from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, Response, jsonify
from werkzeug.exceptions import HTTPException

from checkout.processors.paypal.emulator.account import SenselessWishError
from checkout.processors.paypal.emulator.answering import emulator
from checkout.processors.paypal.emulator.control_api import ordered, refuse, refuse_http
from checkout.processors.paypal.emulator.dispute_records import Dispute, Outcome, Stage, Status
from checkout.processors.paypal.emulator.dispute_wish import MESSAGE, dispute_wish, word
from checkout.processors.paypal.emulator.emulator import Emulator
from checkout.processors.paypal.emulator.refusals import Json, NamedRefusalError, RefusedError

SAYABLE = ("status", "stage", "reason", "outcome", "channel")

disputes_control = Blueprint("disputes_control", __name__, url_prefix="/control/disputes")
for refused in (ArithmeticError, TypeError, ValueError, NamedRefusalError, RefusedError):
    disputes_control.register_error_handler(refused, refuse)
disputes_control.register_error_handler(HTTPException, refuse_http)


@disputes_control.get("")
def disputes() -> Response:
    """List all disputes in full, the oldest first."""
    world = emulator()
    with world.lock:
        world.disputes.expire_due()
        return jsonify({"disputes": [_view(dispute) for dispute in world.disputes.all()[::-1]]})


@disputes_control.post("")
def open_dispute() -> tuple[Response, int]:
    """Let a buyer dispute a capture."""
    world, body = emulator(), ordered()
    with world.lock:
        capture = world.captures.get(str(body.get("capture_id")))
        dispute = world.disputes.open(dispute_wish(capture, body))
        return jsonify(_view(dispute)), HTTPStatus.CREATED


@disputes_control.post("/<dispute_id>/<action>")
def act_on_dispute(dispute_id: str, action: str) -> Response:
    """Do what the buyer, a bank or PayPal does; or make PayPal say other words than the true ones."""
    world, body = emulator(), ordered()
    with world.lock:
        world.disputes.expire_due()
        dispute = known(world, dispute_id)
        run_dispute_action(world, dispute, action, body)
        return jsonify(_view(dispute))


def known(world: Emulator, dispute_id: str) -> Dispute:
    """Return a dispute.

    Raises `SenselessWishError` when there is none.
    """
    dispute = world.disputes.get(dispute_id)
    if dispute is None:
        raise SenselessWishError(f"There is no dispute {dispute_id!r}; GET /control/disputes lists them.")
    return dispute


def run_dispute_action(world: Emulator, dispute: Dispute, action: str, body: Json) -> None:
    """Do what others than the merchant can do about a dispute.

    Raises `SenselessWishError`.
    """
    if action == "say":
        _say(world, dispute, body)
        return
    disputes = world.disputes
    actions: dict[str, Callable[[], None]] = {
        "escalate": lambda: _escalate(world, dispute),
        "buyer-message": lambda: _buyer_message(world, dispute, body),
        "accept-offer": lambda: disputes.accept_offer(dispute),
        "deny-offer": lambda: disputes.deny_offer(dispute),
        "return-item": lambda: disputes.return_item(dispute),
        "review": lambda: disputes.move(dispute, Status.UNDER_REVIEW),
        "ask-evidence": lambda: disputes.ask_evidence(dispute, of_seller=body.get("of") != "buyer"),
        "resolve": lambda: disputes.resolve(
            dispute, word(Outcome, body.get("outcome", Outcome.SELLER_FAVOUR), "outcome")
        ),
        "cancel": lambda: disputes.resolve(dispute, Outcome.CANCELED_BY_BUYER),
    }
    if action not in actions:
        raise SenselessWishError(f"A dispute can {', '.join((*actions, 'say'))}, not {action!r}.")
    if dispute.status is Status.RESOLVED:
        raise SenselessWishError(f"Dispute {dispute.id} is resolved; nothing more can be done about it.")
    actions[action]()


def _escalate(world: Emulator, dispute: Dispute) -> None:
    if dispute.stage is not Stage.INQUIRY:
        raise SenselessWishError(f"Dispute {dispute.id} is a claim already.")
    world.disputes.escalate(dispute, Status.WAITING_FOR_SELLER)


def _buyer_message(world: Emulator, dispute: Dispute, body: Json) -> None:
    world.disputes.say(dispute, "BUYER", str(body.get("message", MESSAGE)))
    world.disputes.move(dispute, Status.WAITING_FOR_SELLER)


def _say(world: Emulator, dispute: Dispute, body: Json) -> None:
    """Make PayPal say any word at all; null says the true one again."""
    unknown = sorted(body.keys() - set(SAYABLE))
    if unknown or not body:
        raise SenselessWishError(f"PayPal can be made to say {', '.join(SAYABLE)}, not {', '.join(unknown)}.")
    for name, said in body.items():
        if said is None:
            dispute.said.pop(name, None)
        else:
            dispute.said[name] = str(said)
    world.disputes.changed(dispute)


def _view(dispute: Dispute) -> Json:
    world = emulator()
    return {**world.dispute_views.full(dispute, world.clock.now()), "capture_id": dispute.capture.id}
