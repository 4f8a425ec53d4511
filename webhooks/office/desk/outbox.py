"""Doors of the outbox: mails, whether they were sent, and sending one again."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for

from checkout.domain.roles import Right
from checkout.flows.resending import PRESS_LENGTH, send_again
from checkout.store import notices
from checkout.store.notices import NoticeKind
from checkout.web.till import till
from webhooks.office.desk.listing import asked, asked_word, order_address, ways
from webhooks.office.frame import current, door

if TYPE_CHECKING:
    from werkzeug.wrappers import Response


class Sent(StrEnum):
    """Whether a mail has gone."""

    SENT = "sent"
    WAITING = "not sent"


@door("/outbox", needs=Right.SEE)
def outbox() -> str:
    """Mails, the newest first."""
    house = till().house
    kind, sent = asked_word("kind", NoticeKind), asked_word("sent", Sent)
    with house.store.read() as tx:
        found = notices.listed(
            tx, kind=kind, sent=None if sent is None else sent is Sent.SENT, after=asked("after")
        )
    return render_template(
        "office/desk/outbox.html",
        found=[(one, order_address(one.order_id) if one.order_id else None) for one in found.rows],
        kind=kind,
        kinds=list(NoticeKind),
        sent=sent,
        states=list(Sent),
        press=house.mint(PRESS_LENGTH),
        ways=ways("outbox", found, "kind", "sent"),
    )


@door("/outbox/again", needs=Right.HELP, methods=["POST"])
def send_mail_again() -> Response:
    """Send one mail again."""
    typed = request.form
    is_new = send_again(till().house, current().actor, typed.get("notice", ""), typed.get("press", ""))
    flash("The mail is on its way again." if is_new else "It was sent again already.", "good")
    return redirect(url_for("office.outbox"), 303)
