"""Doors of what the shop is told: each delivery with its attempts, and sending one or a span again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for

from checkout.domain.deliveries import DeliveryState
from checkout.domain.errors import NotFoundError
from checkout.domain.roles import Right
from checkout.flows import endpoints as flow
from checkout.store import deliveries as table
from checkout.store import delivery_lists, happenings
from checkout.store import endpoints as endpoint_table
from checkout.web.till import till
from checkout.wording import time_text
from webhooks.office.desk.listing import asked, asked_word, order_address, ways
from webhooks.office.desk.spans import days_asked, moment_of
from webhooks.office.frame import current, door, holds

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from checkout.store.endpoints import EndpointRow

ATTEMPTS_SHOWN = 50


@door("/outbox/deliveries", needs=Right.SEE)
def deliveries() -> str:
    """What the shop is told, the newest first."""
    endpoint, state = asked("place"), asked_word("state", DeliveryState)
    with till().house.store.read() as tx:
        found = delivery_lists.listed(tx, endpoint_id=endpoint, state=state, after=asked("after"))
        everywhere = endpoint_table.all_of(tx)
    return render_template(
        "office/desk/deliveries.html",
        found=found.rows,
        places={one.id: _place(one) for one in everywhere},
        endpoints=[(one.id, _place(one)) for one in everywhere],
        endpoint=endpoint,
        state=state,
        states=list(DeliveryState),
        ways=ways("deliveries", found, "place", "state"),
        rest=_rest(endpoint),
    )


@door("/outbox/deliveries/<int:number>/<word:place>", needs=Right.SEE)
def delivery(number: int, place: str) -> str:
    """One delivery: what the shop is told, and what came of each attempt."""
    with till().house.store.read() as tx:
        found = table.one_of(tx, place, number)
        if found is None:
            raise NotFoundError("delivery", f"{number} to {place}")
        told = happenings.by_ids(tx, [number])[number]
        tried = table.attempts(tx, limit=ATTEMPTS_SHOWN, endpoint_id=place, happening_id=number)
        sent_to = endpoint_table.by_id(tx, place)
    return render_template(
        "office/desk/delivery.html",
        one=found,
        told=told,
        order=(told.order_id, order_address(told.order_id)) if told.order_id else None,
        tried=tried,
        place=_place(sent_to) if sent_to else None,
    )


@door("/outbox/deliveries/<int:number>/<word:place>/again", needs=Right.HELP, methods=["POST"])
def send_delivery_again(number: int, place: str) -> Response:
    """Send one happening to one endpoint again, under the id it always had."""
    house = till().house
    with house.store.read() as tx:
        told = happenings.by_ids(tx, [number]).get(number)
    if told is None:
        raise NotFoundError("event", str(number))
    flow.resend(house, current().actor, place, told.name)
    flash("It is sent again, under the id it always had.", "good")
    return redirect(url_for("office.delivery", number=number, place=place), 303)


@door("/outbox/deliveries/again", needs=Right.HELP, methods=["POST"])
def send_span_again() -> Response:
    """Send all that happened in some days and an endpoint wants; of many days as much as one request may."""
    house, typed = till().house, request.form
    days = days_asked(typed.get("from", ""), typed.get("to", ""), house.clock())
    endpoint = typed.get("place", "")
    since = moment_of(typed["since"]) if typed.get("since") else days.start
    delivered_too = "delivered" in typed
    done = flow.resend_span(house, current().actor, endpoint, since, days.end, delivered_too=delivered_too)
    said = f"{done.sent} {'event is' if done.sent == 1 else 'events are'} sent again"
    rest: dict[str, Any] = {}
    if done.next_since is None:
        flash(f"{said}.", "good")
    else:
        flash(f"{said}, up to {time_text(done.next_since)}. Go on for the rest.", "wait")
        rest = {"since": done.next_since.isoformat(), "to": days.last.isoformat()}
        rest |= {"delivered": "y"} if delivered_too else {}
    return redirect(url_for("office.deliveries", place=endpoint, **rest), 303)


def _rest(place: str) -> dict[str, str] | None:
    """What goes on where one request did not send the whole of some days, by the address it led to."""
    if not asked("since"):
        return None
    since = moment_of(asked("since"))
    fields = {"place": place, "from": since.date().isoformat(), "to": asked("to")}
    fields |= {"since": since.isoformat()}
    return fields | ({"delivered": "y"} if asked("delivered") else {})


def _place(endpoint: EndpointRow) -> str:
    """Where it goes, for who may change that; for the others by a name, as path and query may hold a secret."""
    if holds(Right.ADMIN):
        return endpoint.url
    return f"{endpoint.description or endpoint.host} ({endpoint.id})"
