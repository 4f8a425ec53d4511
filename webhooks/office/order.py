"""One order: where its money is, what may be done with it, and all that happened to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for

from checkout.domain.orders import OrderState
from checkout.domain.roles import Right
from checkout.flows import helping, refunding, resending
from checkout.flows.timeline import Source, open_case
from checkout.store.notices import NoticeKind
from checkout.web.till import till
from webhooks.office.frame import current, door, saw

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from checkout.flows.timeline import Case

NUMBER = "<string(maxlength=40):number>"


@door(f"/orders/{NUMBER}", needs=Right.SEE)
def order(number: str) -> str:
    """An order with its payments, the forms of what may be done, its notes and its timeline."""
    house = till().house
    case = open_case(house, number)
    saw("order", case.trace.order.id)
    only = request.args.get("only", "")
    sources = {entry.source for entry in case.entries}
    return render_template(
        "office/order.html",
        case=case,
        trace=case.trace,
        order=case.trace.order,
        entries=[one for one in case.entries if not only or one.source == only],
        only=only,
        sources=[source for source in Source if source in sources],
        may_refund=_has_left(case),
        refunds={one.payment.id: refunding.refunds_of(house, one.payment.id) for one in case.trace.payments},
        may_cancel=_may_cancel(case),
        has_receipt=any(one.kind is NoticeKind.RECEIPT for one in case.trace.notices),
        press=house.mint(resending.PRESS_LENGTH),
        page_url=house.shop.order_url(case.trace.order.token),
    )


@door(f"/orders/{NUMBER}/notes", needs=Right.HELP, methods=["POST"])
def write_order_note(number: str) -> Response:
    """Write on an order what the next person should know."""
    helping.write_note(till().house, current().actor, number, request.form.get("note", ""))
    flash("The note is kept.", "good")
    return _back_to(number)


@door(f"/orders/{NUMBER}/cancel", needs=Right.HELP, methods=["POST"])
def cancel_order(number: str) -> Response:
    """Cancel an order that has no money."""
    helping.cancel_order(till().house, current().actor, number)
    flash("The order is cancelled. Nothing was taken for it.", "good")
    return _back_to(number)


@door(f"/orders/{NUMBER}/receipt", needs=Right.HELP, methods=["POST"])
def send_receipt_again(number: str) -> Response:
    """Send the customer a copy of their receipt."""
    press = request.form.get("press", "")
    is_new = resending.send_receipt_again(till().house, current().actor, number, press)
    flash("A copy of the receipt is on its way." if is_new else "This copy was sent already.", "good")
    return _back_to(number)


def _back_to(number: str) -> Response:
    return redirect(url_for("office.order", number=number), 303)


def _has_left(case: Case) -> bool:
    house = till().house
    lefts = [left for one in case.trace.payments for left in refunding.left_of(house, one.payment.id)]
    return any(one.left.minor for one in lefts)


def _may_cancel(case: Case) -> bool:
    return case.trace.order.state is OrderState.AWAITING_PAYMENT and case.trace.order.closed is None
