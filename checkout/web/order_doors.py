"""Doors of one order: its page, paying, cancelling, its receipt, and the ways back from the processor."""

from __future__ import annotations

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from checkout.domain.errors import OrderClosedError, PaymentUnderWayError, ProcessorUnavailableError
from checkout.flows import ordering, paying, showing
from checkout.flows.showing import Outcome
from checkout.logs import about_order
from checkout.web.handing_over import hand_over, to_order
from checkout.web.till import till

WAITS_SECONDS = (3, 5, 8, 13, 20, 30, 60, 120, 300)
"""How long a waiting page waits before it looks again: soon at first, then ever more politely."""
FIRST_WAIT = {Outcome.CONFIRMING: 0, Outcome.REVIEW: 6}
"""Where a waiting page begins in WAITS_SECONDS. A review takes hours or days."""
TROUBLES = frozenset({"reach", "attempts", "cancel"})

doors = Blueprint("order", __name__)


@doors.get("/orders/<word:token>")
def show(token: str) -> Response:
    """The page of the order's outcome. Its query changes wording and waiting, nothing else."""
    view = showing.order_view(till().house, token)
    about_order(view.id)
    trouble = request.args.get("trouble", "")
    wait = _wait_seconds(view.outcome)
    response = make_response(
        render_template(
            f"orders/{view.outcome.value.replace(' ', '_')}.html",
            view=view,
            left="left" in request.args,
            trouble=trouble if trouble in TROUBLES else "",
            wait_seconds=wait,
            is_waiting=view.outcome in FIRST_WAIT,
        )
    )
    if wait is not None:
        again = url_for("order.show", token=token, looked=_looked() + 1)
        response.headers["Refresh"] = f"{wait}; url={again}"
    return response


def _looked() -> int:
    """How often this page has looked again by itself."""
    said = request.args.get("looked", "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) <= len("999") else 0


def _wait_seconds(outcome: Outcome) -> int | None:
    """Seconds until a waiting page looks again; None where it need not, or the customer has stopped it."""
    if outcome not in FIRST_WAIT or request.args.get("looked") == "stop":
        return None
    return WAITS_SECONDS[min(FIRST_WAIT[outcome] + _looked(), len(WAITS_SECONDS) - 1)]


@doors.post("/orders/<word:token>/pay")
def pay(token: str) -> Response:
    """Go on to the processor."""
    return hand_over(token)


@doors.post("/orders/<word:token>/cancel")
def cancel(token: str) -> Response:
    """Close an order that has no money; its page says how that went."""
    try:
        ordering.cancel(till().house, token)
    except ProcessorUnavailableError:
        return to_order(token, trouble="cancel")
    except (PaymentUnderWayError, OrderClosedError):
        return to_order(token)
    return to_order(token)


@doors.get("/orders/<word:token>/receipt")
def receipt(token: str) -> Response:
    """The receipt, made to be printed; before there is one, the order's page."""
    view = showing.order_view(till().house, token)
    about_order(view.id)
    if not view.has_receipt:
        return to_order(token)
    return make_response(render_template("receipt.html", view=view))


@doors.get("/return/<word:payment_token>")
def came_back(payment_token: str) -> Response:
    """The way back from the processor. Its query proves nothing and is not read."""
    return to_order(paying.came_back(till().house, payment_token))


@doors.get("/left/<word:payment_token>")
def left(payment_token: str) -> Response:
    """The way back of a customer who cancelled at the processor."""
    return to_order(paying.left(till().house, payment_token), left="1")
