"""Pages through the list of events, the newest first, however many there are.

As at PayPal a link to another page names the event it goes on from, so that events which come in between move
nothing and none is listed twice.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from checkout.processors.paypal.emulator.events import Event


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events are wanted, how many at a time, and beyond which one (by its place in the order of time)."""

    event_type: str | None
    transaction_id: str | None
    start: datetime | None
    end: datetime | None
    size: int
    place: int | None = None
    backwards: bool = False

    def wants(self, event: Event) -> bool:
        """Return whether an event is wanted, its time aside."""
        return self.event_type in (None, event.type) and (
            self.transaction_id is None or event.matches(self.transaction_id)
        )


@dataclass(frozen=True, slots=True)
class EventPage:
    """One page, and the places its neighbours go on from, by their link's name."""

    events: list[Event]
    neighbours: list[tuple[str, int]]


def event_page(events: Sequence[Event], wanted: EventFilter) -> EventPage:
    """Return one page of `events`, which are in the order of time."""
    low = 0 if wanted.start is None else bisect_left(events, wanted.start, key=_created)
    high = len(events) if wanted.end is None else bisect_right(events, wanted.end, key=_created)
    if wanted.place is None:
        places = list(islice(_older(events, wanted, high, low), wanted.size))
    elif wanted.backwards:
        newer = _newer(events, wanted, max(low, wanted.place + 1), high)
        places = list(islice(newer, wanted.size))[::-1]
    else:
        places = list(islice(_older(events, wanted, min(high, wanted.place), low), wanted.size))
    neighbours = []
    if places and next(_older(events, wanted, places[-1], low), None) is not None:
        neighbours.append(("next", places[-1]))
    if places and next(_newer(events, wanted, places[0] + 1, high), None) is not None:
        neighbours.append(("previous", places[0]))
    return EventPage([events[place] for place in places], neighbours)


def _older(events: Sequence[Event], wanted: EventFilter, high: int, low: int) -> Iterator[int]:
    return (place for place in range(high - 1, low - 1, -1) if wanted.wants(events[place]))


def _newer(events: Sequence[Event], wanted: EventFilter, low: int, high: int) -> Iterator[int]:
    return (place for place in range(low, high) if wanted.wants(events[place]))


def _created(event: Event) -> datetime:
    return event.created
