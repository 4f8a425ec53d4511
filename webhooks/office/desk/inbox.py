"""Doors of the inbox: what processors told us, whether it is authentic, what it changed, and replaying it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, make_response, redirect, render_template, request, url_for

from checkout.domain.errors import NotFoundError
from checkout.domain.roles import Right
from checkout.store import inbox_lists, mailboxes, payments
from checkout.store.inbox_lists import Wanted
from checkout.store.mailboxes import MessageState
from checkout.web.till import till
from webhooks import replaying
from webhooks.changes import brought_by
from webhooks.office.desk.listing import asked, asked_word, order_address, ways
from webhooks.office.frame import current, door
from webhooks.replaying import OutcomeDiffersError

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from checkout.store.engine import Tx
    from checkout.store.mailboxes import Message

FILTERS = ("state", "type", "event", "payment")


@door("/inbox", needs=Right.SEE)
def inbox() -> str:
    """Events, the last to come first."""
    house = till().house
    wanted = Wanted(
        asked_word("state", MessageState), asked("type"), asked("event"), asked("payment").upper()
    )
    with house.store.read() as tx:
        found = inbox_lists.events(tx, wanted, house.processors, before=asked("after"))
    return render_template(
        "office/desk/inbox.html",
        found=found.rows,
        wanted=wanted,
        states=list(MessageState),
        ways=ways("inbox", found, *FILTERS),
    )


@door("/inbox/<int:number>", needs=Right.SEE)
def event(number: int) -> str:
    """One event: what was kept of it, whether it is authentic, and what it changed."""
    with till().house.store.read() as tx:
        message = _known(tx, number)
        changed = brought_by(tx, message)
        order = _order_of(tx, message.payment_id)
    return render_template("office/desk/event.html", message=message, changed=changed, order=order)


@door("/inbox/<int:number>/replay", needs=Right.HELP, methods=["POST"])
def replay_event(number: int) -> str:
    """What replaying an event would change. Nothing is changed by looking."""
    return _preview(replaying.dry_run(till().house, number))


@door("/inbox/<int:number>/apply", needs=Right.MONEY, methods=["POST"])
def apply_replay(number: int) -> Response:
    """Replay an event for good, if it ends as it was shown."""
    try:
        replay = replaying.apply(till().house, number, request.form.get("digest", ""), current().actor)
    except OutcomeDiffersError as differs:
        return make_response(_preview(differs.replay, refused=str(differs)), 409)
    if replay.digest:
        flash(f"Event {number} was replayed. It ended as it was shown.", "good")
    else:
        flash(f"Event {number} is tried again by the worker, from its first try.", "good")
    return redirect(url_for("office.event", number=number), 303)


def _preview(replay: replaying.Replay, refused: str = "") -> str:
    with till().house.store.read() as tx:
        order = _order_of(tx, replay.payment_id)
    return render_template("office/desk/replay.html", replay=replay, order=order, refused=refused)


def _known(tx: Tx, number: int) -> Message:
    found = mailboxes.by_id(tx, number)
    if found is None:
        raise NotFoundError("event", str(number))
    return found


def _order_of(tx: Tx, payment_id: str | None) -> tuple[str, str] | None:
    """An order's number and its page."""
    payment = payments.by_id(tx, payment_id) if payment_id else None
    return (payment.order_id, order_address(payment.order_id)) if payment else None
