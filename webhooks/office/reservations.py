"""Reserved money: what is about to lapse, and to take it, make sure of it again, or let it go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import flash, redirect, render_template, request, url_for

from checkout.domain.errors import NotFoundError
from checkout.domain.intents import Outcome
from checkout.domain.roles import Right
from checkout.flows import reserving
from checkout.flows.tracing import trace_order
from checkout.web.till import till
from webhooks.office.amounts import shown_amount, typed_amount
from webhooks.office.frame import current, door
from webhooks.office.order import NUMBER

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from checkout.flows.reserving import Step
    from checkout.store.payments import PaymentRow

RESTS: Final = {"keep": False, "let go": True}
"""What the form says of the rest of a part, and whether that makes it the last capture."""
_TONES = {Outcome.DONE: "good", Outcome.REFUSED: "bad"}


@door("/reservations", needs=Right.SEE)
def reservations() -> str:
    """Every order with money reserved, the one that lapses first before the others."""
    return render_template("office/reservations.html", reserved=reserving.reserved(till().house))


@door(f"/orders/{NUMBER}/capture", needs=Right.MONEY, methods=["POST"])
def capture_reserved(number: str) -> Response:
    """Take reserved money, whole or a part; of a part the form must say what becomes of the rest."""
    payment = _payment(number)
    currency = payment.terms.amount.currency
    step = reserving.capture(
        till().house,
        payment.id,
        by=current().operator.name,
        amount=typed_amount(request.form.get("amount", ""), currency),
        final=RESTS.get(request.form.get("rest", "")),
        actor=current().actor,
        shown=shown_amount(request.form.get("shown", ""), currency),
    )
    return _told(number, step)


@door(f"/orders/{NUMBER}/reauthorize", needs=Right.MONEY, methods=["POST"])
def reauthorize_reserved(number: str) -> Response:
    """Make sure again that reserved money is there."""
    who = current()
    step = reserving.reauthorize(till().house, _payment(number).id, by=who.operator.name, actor=who.actor)
    return _told(number, step)


@door(f"/orders/{NUMBER}/void", needs=Right.MONEY, methods=["POST"])
def void_reserved(number: str) -> Response:
    """Let reserved money go."""
    who, payment = current(), _payment(number)
    step = reserving.void(
        till().house,
        payment.id,
        by=who.operator.name,
        actor=who.actor,
        shown=shown_amount(request.form.get("shown", ""), payment.terms.amount.currency),
    )
    return _told(number, step)


def _payment(number: str) -> PaymentRow:
    """The payment that the form names, where it is one of this order."""
    wanted = request.form.get("payment", "")
    found = [one.payment for one in trace_order(till().house, number).payments if one.payment.id == wanted]
    if not found:
        raise NotFoundError("payment", wanted)
    return found[0]


def _told(number: str, step: Step) -> Response:
    flash(f"{step.said} {step.rest}".strip(), _TONES.get(step.outcome, "wait"))
    return redirect(url_for("office.order", number=number), 303)
