"""Giving money back: what is left shown and carried along, a reason, and a second person where the shop wants one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import flash, make_response, redirect, render_template, request, url_for

from checkout.domain.errors import BadInputError, NotFoundError
from checkout.domain.intents import Outcome
from checkout.domain.refund_errors import RefundImpossibleError
from checkout.domain.roles import Right
from checkout.flows import attention, refunding
from checkout.flows.refunding import NOTE_MAX, RefundWish
from checkout.flows.tracing import OrderTrace, trace_order
from checkout.web.till import till
from checkout.wording import amount_text
from webhooks.office.amounts import shown_amount, shown_text, typed_amount
from webhooks.office.frame import current, door, saw
from webhooks.office.order import NUMBER

if TYPE_CHECKING:
    from flask import Response
    from werkzeug.wrappers import Response as AnyResponse

    from checkout.flows.refunding import Refund

REASONS: Final = (
    "the customer asked for it",
    "goods came back",
    "goods cannot be sent",
    "ordered twice",
    "price or amount was wrong",
    "suspected fraud",
    "another reason, see the notes",
)
"""Kept in the audit. A list, not a text: the audit holds nothing of a customer."""

_SAID: Final = {
    Outcome.DONE: ("{amount} is on its way back to the customer.", "good"),
    Outcome.TO_APPROVE: ("{amount} waits for a second person to approve it.", "wait"),
    Outcome.ASKED: ("{amount} was asked for; the answer is awaited.", "wait"),
    Outcome.UNKNOWN: (
        "The answer to the refund of {amount} was lost. It is asked for until it is known: do not repeat it.",
        "wait",
    ),
    Outcome.REFUSED: ("The processor refused to give {amount} back: {issue}. Nothing was sent.", "bad"),
    Outcome.WITHDRAWN: ("The refund of {amount} is withdrawn.", "over"),
}


@door(f"/orders/{NUMBER}/refund", needs=Right.MONEY)
def refund(number: str) -> Response:
    """The forms to give money back: one for each capture, with what is left of it."""
    trace = trace_order(till().house, number)
    saw("order", trace.order.id)
    return _form(trace, 200)


@door(f"/orders/{NUMBER}/refund", needs=Right.MONEY, methods=["POST"], step_up=True)
def give_back(number: str) -> AnyResponse:
    """Give back what the form says, once. Where something happened since it was shown, it is shown anew."""
    trace = trace_order(till().house, number)
    try:
        made = refunding.ask_refund(till().house, _wish(trace))
    except (RefundImpossibleError, BadInputError) as impossible:
        status = 422 if isinstance(impossible, BadInputError) else 409
        return _form(trace_order(till().house, number), status, str(impossible))
    for one in made:
        _tell(one)
    return redirect(url_for("office.order", number=trace.order.id), 303)


@door("/refunds", needs=Right.SEE)
def refunds_to_approve() -> str:
    """Refunds that wait for a second person."""
    house, me = till().house, current().operator.name
    waiting = attention.refunds_to_approve(house)
    with house.store.read() as tx:
        others = {
            one.invoice
            for one in waiting
            if refunding.same_person(tx, one.wished_by or "", one.asked_at, me) is None
        }
    return render_template("office/refunds.html", waiting=waiting, others=others)


@door("/refunds/<string(maxlength=127):name>/approve", needs=Right.MONEY, methods=["POST"], step_up=True)
def approve_refund(name: str) -> AnyResponse:
    """Agree to a refund that somebody else wished for; the processor is asked at once."""
    _tell(refunding.approve(till().house, name, by=current().operator.name, actor=current().actor))
    return redirect(url_for("office.refunds_to_approve"), 303)


@door("/refunds/<string(maxlength=127):name>/withdraw", needs=Right.MONEY, methods=["POST"])
def withdraw_refund(name: str) -> AnyResponse:
    """Give a refund up that waits; its amount is free again."""
    _tell(refunding.withdraw(till().house, name, by=current().operator.name, actor=current().actor))
    return redirect(url_for("office.refunds_to_approve"), 303)


def _wish(trace: OrderTrace) -> RefundWish:
    said = request.form
    payment = next((one.payment for one in trace.payments if one.payment.id == said.get("payment")), None)
    if payment is None:
        raise NotFoundError("payment", said.get("payment", ""))
    currency = payment.terms.amount.currency
    if said.get("reason") not in REASONS:
        message = "Choose why the money goes back."
        raise BadInputError(message)
    if not said.get("request", "").isalnum():
        message = "This form has no key of its own. Load the page again."
        raise BadInputError(message)
    return RefundWish(
        payment_id=payment.id,
        amount=typed_amount(said.get("amount", ""), currency),
        by=current().operator.name,
        note=said.get("note", "").strip(),
        capture=said.get("capture") or None,
        request=f"office-{said['request']}",
        shown=shown_amount(said.get("shown", ""), currency),
        actor=current().actor,
        reason=f"because {said['reason']}",
    )


def _form(trace: OrderTrace, status: int, complaint: str = "") -> Response:
    house = till().house
    shown = [
        (one.payment, left, shown_text(left.left))
        for one in trace.payments
        for left in refunding.left_of(house, one.payment.id)
    ]
    page = render_template(
        "office/refund.html",
        trace=trace,
        order=trace.order,
        shown=shown,
        reasons=REASONS,
        note_max=NOTE_MAX,
        # A new key for each form that is shown: the same form sent twice is one refund.
        request_key=house.mint(20),
        typed=request.form,
        needs_two=lambda amount: refunding.needs_second_person(house, amount),
        complaints=[("", complaint)] if complaint else [],
    )
    return make_response(page, status)


def _tell(one: Refund) -> None:
    said, tone = _SAID[one.outcome]
    flash(said.format(amount=amount_text(one.amount), issue=one.issue or "no reason told"), tone)
