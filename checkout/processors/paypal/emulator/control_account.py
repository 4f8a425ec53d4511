"""The control API of the account: its statement and settings, what moves its money, what reports get wrong."""

from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from checkout.processors.paypal.emulator.account import SenselessWishError
from checkout.processors.paypal.emulator.answering import emulator
from checkout.processors.paypal.emulator.book import Movement
from checkout.processors.paypal.emulator.control_api import ordered, refuse, refuse_http
from checkout.processors.paypal.emulator.emulator import Emulator
from checkout.processors.paypal.emulator.notices import CONSENT_EVENTS, LIMITATIONS
from checkout.processors.paypal.emulator.refusals import Json, NamedRefusalError, RefusedError

account_control = Blueprint("account_control", __name__, url_prefix="/control")
for refused in (ArithmeticError, TypeError, ValueError, NamedRefusalError, RefusedError):
    account_control.register_error_handler(refused, refuse)
account_control.register_error_handler(HTTPException, refuse_http)

Action = Callable[[Json], Movement]


@account_control.get("/statement")
def statement() -> Response:
    """Show what the merchant has and what it is made of; quick however much happened."""
    world = emulator()
    with world.lock:
        return jsonify(world.treasury.statement())


@account_control.route("/account/settings", methods=["GET", "POST"])
def account_settings() -> Response:
    """Show or change how late reports are, whether they may be read, and how long a merchant may wait."""
    world = emulator()
    with world.lock:
        if request.method == "POST":
            world.treasury.settings.change(ordered())
        return jsonify(world.treasury.settings.body())


@account_control.post("/account/<action>")
def move_money(action: str) -> tuple[Response, int]:
    """Pay out, deposit, charge a fee, correct, withhold, give free, convert, or make many payments at once."""
    world, body = emulator(), ordered()
    with world.lock:
        if action == "convert":
            pair = world.treasury.convert(body)
            return jsonify({"movements": [movement.body() for movement in pair]}), HTTPStatus.CREATED
        if action == "bulk":
            return jsonify(world.treasury.bulk(body)), HTTPStatus.CREATED
        actions = _actions(world)
        if action not in actions:
            raise SenselessWishError(
                f"The account can {', '.join((*actions, 'convert', 'bulk'))}, not {action!r}."
            )
        return jsonify(actions[action](body).body()), HTTPStatus.CREATED


def _actions(world: Emulator) -> dict[str, Action]:
    treasury = world.treasury
    return {
        "payout": treasury.payout,
        "deposit": treasury.deposit,
        "fee": treasury.fee,
        "adjustment": treasury.adjustment,
        "hold": treasury.hold,
        "release": treasury.release,
    }


@account_control.post("/account/limitation")
def limitation() -> tuple[Response, int]:
    """Let PayPal limit the account, tighten, change or lift it."""
    world, action = emulator(), ordered().get("action", "ADDED")
    if action not in LIMITATIONS:
        raise SenselessWishError(f"action must be one of {', '.join(LIMITATIONS)}, not {action!r}.")
    with world.lock:
        return jsonify(world.notices.limitation(str(action)).body), HTTPStatus.CREATED


@account_control.post("/account/consent-revoked")
def consent_revoked() -> tuple[Response, int]:
    """Let the merchant take back what it allowed: to the partner, or by an authorization."""
    world, kind = emulator(), ordered().get("kind", "partner")
    if kind not in CONSENT_EVENTS:
        raise SenselessWishError(f"kind must be one of {', '.join(CONSENT_EVENTS)}, not {kind!r}.")
    with world.lock:
        return jsonify(world.notices.consent_revoked(str(kind)).body), HTTPStatus.CREATED


@account_control.post("/events")
def send_event() -> tuple[Response, int]:
    """Send any event at all, also of a name and a shape nobody has seen."""
    world, body = emulator(), ordered()
    name, resource = body.get("event_type"), body.get("resource", {})
    if not isinstance(name, str) or not name or not isinstance(resource, dict):
        raise SenselessWishError("An event needs an event_type and a resource that is an object.")
    with world.lock:
        return jsonify(world.notices.send(name, resource, body).body), HTTPStatus.CREATED


@account_control.route("/reports/distort", methods=["GET", "POST", "DELETE"])
def distort() -> tuple[Response, int]:
    """List, order or forget what the reports get wrong; the book stays true."""
    world = emulator()
    with world.lock:
        if request.method == "POST":
            return jsonify(world.reports.distort(ordered())), HTTPStatus.CREATED
        if request.method == "DELETE":
            world.reports.distortions.clear()
        return jsonify({"distortions": world.reports.distortions.all()}), HTTPStatus.OK
