"""The control page: what the emulator knows, as lists, and buttons for what one does most."""

from collections.abc import Callable
from functools import partial
from http import HTTPStatus

from flask import Blueprint, Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from checkout.processors.paypal.emulator.answering import emulator
from checkout.processors.paypal.emulator.captures import NotPendingError
from checkout.processors.paypal.emulator.clock import zulu
from checkout.processors.paypal.emulator.control_payments import (
    authorization_actions,
    capture_actions,
    refund_actions,
)
from checkout.processors.paypal.emulator.emulator import Emulator
from checkout.processors.paypal.emulator.faults import KINDS, UnknownFaultError
from checkout.processors.paypal.emulator.orders import BALANCE
from checkout.processors.paypal.emulator.records import MANUAL_REASONS
from checkout.processors.paypal.emulator.refunds import NotReversedError
from checkout.processors.paypal.emulator.refusals import RefusedError

control_pages = Blueprint("control_page", __name__)

ROWS_MAX = 100
PAYMENT_BUTTONS = {
    "": ("complete", "decline", "accept", "deny", "refund", "reverse", "cancel-reversal"),
    "refund-": ("complete", "fail", "cancel"),
    "authorization-": ("approve", "deny", "void", "expire"),
}
HOUR_SECONDS = 3600


@control_pages.get("/")
def start() -> BaseResponse:
    """Lead whoever types the address alone to the control page."""
    return redirect("/control", HTTPStatus.SEE_OTHER)


@control_pages.get("/control")
def control() -> Response:
    """Show everything."""
    return _shown()


@control_pages.post("/control")
def act() -> BaseResponse:
    """Do what a button says and show everything again."""
    world = emulator()
    action, target = request.form.get("action", ""), request.form.get("id", "")
    try:
        with world.lock:
            waiting = _actions(world, target).get(action)
            if waiting is None:
                return _shown(f"There is no button called {action!r}.", HTTPStatus.BAD_REQUEST)
            waiting()
    except (RefusedError, NotPendingError, NotReversedError, UnknownFaultError) as error:
        return _shown(str(error), HTTPStatus.BAD_REQUEST)
    world.deliveries.wake()
    return redirect("/control", HTTPStatus.SEE_OTHER)


def _actions(world: Emulator, target: str) -> dict[str, Callable[[], object]]:
    orders, deliveries = world.orders, world.deliveries
    return {
        "approve": lambda: orders.approve(orders.get(target), BALANCE),
        "cancel": lambda: orders.cancel(orders.get(target)),
        "expire": lambda: orders.expire(orders.get(target)),
        **_payment_actions(world, target),
        "hour": lambda: world.advance(HOUR_SECONDS),
        "day": lambda: world.advance(24 * HOUR_SECONDS),
        "pause": deliveries.pause,
        "resume": deliveries.resume,
        "fault": lambda: world.faults.order({"kind": request.form.get("kind", "")}),
        "forget-faults": world.faults.clear,
        "resend": lambda: _resend(world, target),
    }


def _payment_actions(world: Emulator, target: str) -> dict[str, Callable[[], object]]:
    """Return the buttons of captures, refunds and authorizations; who is meant is asked for when pressed."""
    found: dict[str, Callable[[str], Callable[[], object]]] = {
        "": lambda name: capture_actions(world, world.captures.get(target), {})[name],
        "refund-": lambda name: refund_actions(world, target)[name],
        "authorization-": lambda name: authorization_actions(world, world.authorizations.get(target))[name],
    }
    return {
        f"{prefix}{name}": partial(_press, found[prefix], name)
        for prefix, names in PAYMENT_BUTTONS.items()
        for name in names
    }


def _press(find: Callable[[str], Callable[[], object]], name: str) -> None:
    find(name)()


def _resend(world: Emulator, event_id: str) -> None:
    event = world.events.get(event_id)
    for webhook in world.webhooks.all():
        if event is not None and webhook.wants(event.type):
            world.deliveries.resend(event, webhook.id, webhook.url)


def _shown(problem: str | None = None, status: HTTPStatus = HTTPStatus.OK) -> Response:
    world = emulator()
    with world.lock:
        page = render_template(
            "control.html",
            problem=problem,
            now=zulu(world.clock.now()),
            orders=world.orders.all()[: -ROWS_MAX - 1 : -1],
            captures=world.captures.all()[: -ROWS_MAX - 1 : -1],
            authorizations=world.authorizations.all()[: -ROWS_MAX - 1 : -1],
            manual_reasons=MANUAL_REASONS,
            refunds=world.refunds.all()[: -ROWS_MAX - 1 : -1],
            deliveries=world.deliveries.all()[: -ROWS_MAX - 1 : -1],
            faults=world.faults.all(),
            kinds=[kind for kind in KINDS if kind not in ("issue", "pending", "wrong_amount")],
            balances=world.book.balances(world.book.accounts()[0].merchant_id),
            webhooks=world.webhooks.all(),
        )
    return make_response(page, status)
