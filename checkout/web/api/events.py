"""Events: what happened, once each, as endpoints are told of it too."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import Field

from checkout.domain.errors import NotFoundError
from checkout.domain.happenings import HappeningType
from checkout.domain.keys import Scope
from checkout.store import happenings
from checkout.store.happenings import Kept
from checkout.web.api import cursors
from checkout.web.api.doors import Call, door
from checkout.web.api.shapes import AskedMoment, Id, Listing, Moment, Nothing, Page, Shape, Worded

LIST = "events"


class Event(Shape):
    """Something that happened. `data` holds ids, states and amounts, and nothing of a person; it may grow."""

    id: str
    type: Annotated[HappeningType, Worded()]
    timestamp: Moment
    order_id: str | None
    payment_id: str | None
    data: dict[str, Any]


class EventPage(Page):
    """Events, newest first."""

    data: list[Event]


class EventListing(Listing):
    """Which events."""

    type: Annotated[HappeningType, Worded()] | None = None
    order_id: Id | None = None
    happened_from: Annotated[AskedMoment | None, Field(description="From this time on.")] = None
    happened_to: Annotated[AskedMoment | None, Field(description="Before this time.")] = None


@door("GET /events/<word:event_id>", scope=Scope.EVENTS_READ, asks=Nothing, answers=Event)
def get_event(call: Call, _asked: Nothing, event_id: str) -> Event:
    """One event, by the id that its notices bear."""
    with call.house.store.read() as tx:
        found = happenings.by_name(tx, event_id)
    if found is None:
        raise NotFoundError("event", event_id)
    return _event(found)


@door("GET /events", scope=Scope.EVENTS_READ, asks=EventListing, answers=EventPage)
def list_events(call: Call, asked: EventListing) -> EventPage:
    """Events, newest first."""
    before = cursors.place(LIST, asked)
    with call.house.store.read() as tx:
        found = happenings.newest(
            tx,
            limit=asked.limit + 1,
            before=before[0] if before else None,
            kind=asked.type,
            order_id=asked.order_id,
            since=asked.happened_from,
            until=asked.happened_to,
        )
    shown, cursor = cursors.page(LIST, found, asked.limit, lambda one: (one.id,))
    return EventPage(data=[_event(one) for one in shown], next_cursor=cursor)


def _event(row: Kept) -> Event:
    return Event(
        id=row.name,
        type=row.type,
        timestamp=row.happened_at,
        order_id=row.order_id,
        payment_id=row.payment_id,
        data=json.loads(row.told),
    )
