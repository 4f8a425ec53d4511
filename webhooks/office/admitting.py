"""Who comes through a door of the back office: signed in, not forged, with the right, and confirmed where asked."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import flash, g, redirect, request, session, url_for
from werkzeug.exceptions import BadRequest, Forbidden

from checkout.domain.roles import may
from checkout.flows import sitting
from webhooks.office import confirming
from webhooks.office.addresses import asked_for
from webhooks.office.cookies import TICKET
from webhooks.office.frame import DOORS, UndeclaredDoorError

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from flask_wtf import CSRFProtect

    from checkout.flows.house import House
    from checkout.flows.sitting import SignedIn

SIGNED_OUT = "You are signed out, so nothing was changed. Sign in and try again."


def admit(csrf: CSRFProtect, house: House) -> ResponseReturnValue | None:
    """Let a request through, or give the answer that stands in its way."""
    door = DOORS.get(request.endpoint or "")
    if door is None:
        raise UndeclaredDoorError(request.endpoint or "")
    _refuse_foreign_form()
    _refuse_what_no_database_keeps()
    who = g.office_signed_in = _who(house)
    if door.needs is None:
        csrf.protect()
        return None
    if who is None:
        return _sign_in_first()
    if not may(who.operator.role, door.needs):
        raise Forbidden
    csrf.protect()
    if door.step_up and not who.has_stepped_up(house.clock()):
        return confirming.asked_first()
    return None


def _who(house: House) -> SignedIn | None:
    ticket = session.get(TICKET)
    if ticket is None:
        return None
    found = sitting.signed_in(house, str(ticket))
    if found is None:
        session.pop(TICKET)
    return found


def _sign_in_first() -> ResponseReturnValue:
    """The page to sign in by, which leads on to what was asked for where that only shows something."""
    if request.method != "GET":
        flash(SIGNED_OUT, "wait")
        return redirect(url_for("office.sign_in"), 303)
    return redirect(url_for("office.sign_in", then=asked_for()), 303)


def _refuse_foreign_form() -> None:
    """Every browser says from where a form was sent; the token would refuse it too."""
    if request.method != "POST":
        return
    origin = request.headers.get("Origin", "null")
    try:
        is_foreign = origin != "null" and urlsplit(origin).netloc != request.host
    except ValueError:  # such as a bracket that is never closed
        raise BadRequest from None
    if is_foreign or request.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}:
        raise BadRequest


def _refuse_what_no_database_keeps() -> None:
    """A NUL is on no keyboard and in no link of ours, and PostgreSQL keeps none."""
    said = [*request.args.items(multi=True), *request.form.items(multi=True)]
    if "\0" in request.path or any("\0" in part for field in said for part in field):
        raise BadRequest
