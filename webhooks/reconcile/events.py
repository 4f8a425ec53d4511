"""Pulls the events that processors have made: one that was never delivered is dealt with like any other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

import structlog

from checkout.domain.errors import ProcessorError
from checkout.domain.processor import ListsEvents
from checkout.store import mailboxes, watermarks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from checkout.domain.processor import Envelope
    from checkout.flows.house import House

log = structlog.get_logger()

OVERLAP = timedelta(hours=1)
"""An event may be listed some time after the time it bears."""

FIRST_SPAN = timedelta(days=3)
"""As long as PayPal itself sends an event again."""

BATCH_MAX = 100


@dataclass(frozen=True, slots=True)
class Pulled:
    """What one pull found: events listed, and of them those that had never come."""

    listed: int = 0
    new: int = 0


def pull_events(house: House, *, shown: Callable[[int], object] = lambda _listed: None) -> Pulled:
    """Put every event that never came into the inbox. Raises ProcessorError or StoreUnavailableError.

    How far it came is remembered only once all of it is kept, so that whatever ends it loses nothing.
    """
    total = Pulled()
    for name, processor in house.processors.items():
        if isinstance(processor, ListsEvents):
            found = _pull(house, name, processor, shown)
            total = Pulled(total.listed + found.listed, total.new + found.new)
    return total


def pull_quietly(house: House) -> int:
    """Pull on a schedule: trouble is logged, and the next pull begins where the last one ended. Always 0."""
    try:
        pull_events(house)
    except ProcessorError as trouble:
        log.warning("the events could not be listed", why=str(trouble))
    return 0


def mark_of(processor: str) -> str:
    """The watermark's name."""
    return f"events:{processor}"


def _pull(house: House, name: str, processor: ListsEvents, shown: Callable[[int], object]) -> Pulled:
    until = house.clock()
    with house.store.read() as tx:
        before = watermarks.at(tx, mark_of(name))
    start = until - FIRST_SPAN if before is None else min(before, until) - OVERLAP
    listed, new = 0, 0
    for batch in _batches(processor.events_between(start, until)):
        listed, new = listed + len(batch), new + _keep_unseen(house, name, batch, until)
        shown(len(batch))
    with house.store.begin() as tx:
        watermarks.put(tx, mark_of(name), until)
    if new:
        log.warning("events had never come", processor=name, listed=listed, new=new)
    return Pulled(listed, new)


def _keep_unseen(house: House, name: str, batch: list[Envelope], at: datetime) -> int:
    """An event that came by webhook has another digest, as its bytes were others: it is known by its id."""
    with house.store.begin() as tx:
        known = mailboxes.known_events(tx, name, [one.event_id for one in batch])
        unseen = [(one, at) for one in batch if one.event_id not in known]
        if unseen:
            mailboxes.put(tx, unseen, came_by=mailboxes.CameBy.PULL)
    return len(unseen)


def _batches(events: Iterator[Envelope]) -> Iterator[list[Envelope]]:
    while batch := list(islice(events, BATCH_MAX)):
        yield batch
