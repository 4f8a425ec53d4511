"""Doors of discrepancies: both sides of each, what may be decided, and what was."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from flask import flash, make_response, redirect, render_template, request, url_for
from wtforms import RadioField, SelectChoice, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from checkout.domain.accounts import BOOKABLE, Account
from checkout.domain.corrections import Action
from checkout.domain.errors import BadInputError, CardNumberError, CheckoutError, NotFoundError
from checkout.domain.roles import Right
from checkout.store import discrepancies as table
from checkout.store import payments, timelines
from checkout.web.till import till
from webhooks.office.desk.listing import asked, asked_word, order_address, ways
from webhooks.office.forms import OfficeForm
from webhooks.office.frame import current, door
from webhooks.reconcile.resolving import REASON_MAX, Decision, resolve

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

MEANINGS = {
    Action.ADOPT: "Adopt: the processor is right, and the books follow what it says",
    Action.BOOK: "Book: it belongs to the account named below",
    Action.REFUND: "Refund: what came too much goes back to the customer",
    Action.IGNORE: "Ignore: let it be; the books stay as they are",
}


class State(StrEnum):
    """Which discrepancies a list shows."""

    OPEN = "open"
    RESOLVED = "resolved"


class DecisionForm(OfficeForm):
    """What is decided, and why."""

    action = RadioField(
        "Decision",
        choices=[SelectChoice(str(one), said) for one, said in MEANINGS.items()],
        validators=[InputRequired("Choose what is to be done.")],
    )
    account = SelectField(
        "Account",
        choices=[SelectChoice("", "None"), *(SelectChoice(str(one), one.capitalize()) for one in BOOKABLE)],
    )
    reason = TextAreaField(
        "Why",
        validators=[
            InputRequired("Say why."),
            Length(max=REASON_MAX, message=f"At most {REASON_MAX} characters are kept."),
        ],
    )


@door("/discrepancies", needs=Right.SEE)
def discrepancies() -> str:
    """What differs: the open ones, oldest first; or those that are resolved, newest first."""
    state, kind = asked_word("state", State) or State.OPEN, asked("kind")
    with till().house.store.read() as tx:
        found = table.listed(tx, is_open=state is State.OPEN, kind=kind, after=asked("after"))
        counts = table.count_open(tx)
    return render_template(
        "office/desk/discrepancies.html",
        found=found.rows,
        counts=sorted(counts.items()),
        kinds=sorted({*counts, *filter(None, [kind])}),
        kind=kind,
        state=state,
        states=list(State),
        ways=ways("discrepancies", found, "state", "kind"),
    )


@door("/discrepancies/<int:number>", needs=Right.SEE)
def discrepancy(number: int) -> str:
    """One discrepancy with both sides."""
    return _page(number, DecisionForm())


@door("/discrepancies/<int:number>/decide", needs=Right.MONEY, methods=["POST"], step_up=True)
def decide_discrepancy(number: int) -> Response:
    """Decide about it, once."""
    form = DecisionForm(request.form)
    complaints = [] if form.validate() else form.complaints()
    if not complaints:
        account = Account(form.account.data) if form.account.data else None
        try:
            who = current().actor
            decision = Decision(Action(form.action.data), form.reason.data, who.name, account, who)
            resolve(till().house, number, decision)
        except (BadInputError, CardNumberError) as wrong:
            complaints = [("", str(wrong))]
        except CheckoutError as refused:
            flash(str(refused), "bad")
            return redirect(url_for("office.discrepancy", number=number), 303)
    if complaints:
        return make_response(_page(number, form, complaints), 422)
    flash(f"Discrepancy {number} is decided.", "good")
    return redirect(url_for("office.discrepancy", number=number), 303)


def _page(number: int, form: DecisionForm, complaints: list[tuple[str, str]] | None = None) -> str:
    with till().house.store.read() as tx:
        found = table.by_id(tx, number)
        if found is None:
            raise NotFoundError("discrepancy", str(number))
        payment = payments.by_id(tx, found.payment_id) if found.payment_id else None
        booked = timelines.decided_postings(tx, found.processor, f"discrepancy-{found.id}")
    return render_template(
        "office/desk/discrepancy.html",
        one=found,
        order=(payment.order_id, order_address(payment.order_id)) if payment else None,
        booked=booked,
        form=form,
        complaints=complaints or [],
    )
