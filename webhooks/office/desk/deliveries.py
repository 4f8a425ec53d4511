"""Doors of what the shop is told: each delivery with its attempts, and sending one or a span again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for

from checkout.domain.deliveries import DeliveryState
from checkout.domain.errors import NotFoundError
from checkout.domain.roles import Right
from checkout.flows import endpoints as flow
from checkout.store import deliveries as table
from checkout.store import delivery_lists, happenings
from checkout.store import endpoints as endpoint_table
from checkout.web.till import till
from webhooks.office.desk.listing import asked, asked_word, order_address, ways
from webhooks.office.desk.spans import days_asked
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
    """Send all that happened in some days and an endpoint wants."""
    house, typed = till().house, request.form
    days = days_asked(typed.get("from", ""), typed.get("to", ""), house.clock())
    endpoint = typed.get("place", "")
    sent = flow.resend_span(
        house, current().actor, endpoint, days.start, days.end, delivered_too="delivered" in typed
    )
    flash(f"{sent} {'event is' if sent == 1 else 'events are'} sent again.", "good")
    return redirect(url_for("office.deliveries", place=endpoint), 303)


def _place(endpoint: EndpointRow) -> str:
    """Where it goes, for who may change that; for the others by a name, as path and query may hold a secret."""
    if holds(Right.ADMIN):
        return endpoint.url
    return f"{endpoint.description or endpoint.host} ({endpoint.id})"
