"""Looks for disputes that no webhook told of, and reminds the operator of those that wait for an answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from checkout.domain.errors import CheckoutError, ProcessorError, StoreUnavailableError
from checkout.domain.processor import ListedDispute, SettlesDisputes
from checkout.flows.asking import ask
from checkout.flows.questions import Hints
from checkout.flows.reminding import remind_disputes
from checkout.store import disputes, facts, watermarks

if TYPE_CHECKING:
    from datetime import datetime

    from checkout.flows.house import House

log = structlog.get_logger()

OVERLAP = timedelta(hours=1)
"""Read twice, so that what the processor lists late, or by a clock that differs from ours, is not missed."""
FURTHEST = timedelta(days=179)
"""PayPal lists the last 180 days; before that nothing could be asked for anyway."""
RECENTLY = timedelta(minutes=9)
"""Where several workers run, one of them looks every ten minutes."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What a look at the lists found."""

    listed: int = 0
    asked: int = 0
    """Disputes of ours that are new or have changed, each asked about."""
    unanswered: int = 0
    """Those of them that could not be asked about; the next sweep lists them again."""
    strangers: int = 0
    """Disputes about no payment of ours, such as another shop's on the same account; nothing is kept of them."""

    def plus(self, other: Swept) -> Swept:
        """Both together."""
        return Swept(
            self.listed + other.listed,
            self.asked + other.asked,
            self.unanswered + other.unanswered,
            self.strangers + other.strangers,
        )


def watch_disputes(house: House) -> int:
    """One round of the worker: look at the lists where nobody has just done so, then remind. Returns 0: wait."""
    sweep_disputes(house, unless_since=house.clock() - RECENTLY)
    remind_disputes(house)
    return 0


def sweep_disputes(house: House, *, unless_since: datetime | None = None) -> Swept:
    """Ask about every dispute that was updated since the last sweep; trouble with a list is logged.

    `unless_since` leaves out a processor whose list was read since then.
    """
    swept = Swept()
    for processor in house.processors.values():
        if not isinstance(processor, SettlesDisputes):
            continue
        try:
            swept = swept.plus(_sweep(house, processor.name, processor, unless_since))
        except ProcessorError as silent:
            log.warning("disputes could not be listed", processor=processor.name, why=str(silent))
            swept = swept.plus(Swept(unanswered=1))
    return swept


def _sweep(house: House, name: str, processor: SettlesDisputes, unless_since: datetime | None) -> Swept:
    began, mark = house.clock(), f"disputes:{name}"
    with house.store.read() as tx:
        last = watermarks.at(tx, mark)
    if last is not None and unless_since is not None and last > unless_since:
        return Swept()
    since = last - OVERLAP if last else None
    swept = Swept()
    for one in processor.list_disputes(since if since and since > began - FURTHEST else None):
        swept = swept.plus(_look_at(house, name, processor, one))
    if not swept.unanswered:
        with house.store.begin() as tx:
            watermarks.put(tx, mark, began)
    if swept.asked:
        log.info("disputes were asked about", processor=name, asked=swept.asked, unanswered=swept.unanswered)
    return swept


def _look_at(house: House, name: str, processor: SettlesDisputes, listed: ListedDispute) -> Swept:
    """Ask about one dispute, unless it stands as we know it."""
    with house.store.read() as tx:
        known = disputes.by_id(tx, listed.id)
    if known is not None and listed.updated_at is not None and known.updated_at == listed.updated_at:
        return Swept(listed=1)
    try:
        payment_id = known.payment_id if known else _payment_of(house, name, processor, listed.id)
        if payment_id is None:
            return Swept(listed=1, strangers=1)
        hints = Hints(disputes=frozenset({listed.id}))
        answered = ask(house, payment_id, learned_from="dispute sweep", hints=hints)
    except StoreUnavailableError:
        raise
    except CheckoutError as trouble:
        log.warning("a dispute could not be asked about", dispute=listed.id, why=str(trouble))
        return Swept(listed=1, asked=1, unanswered=1)
    return Swept(listed=1, asked=1, unanswered=0 if answered else 1)


def _payment_of(house: House, name: str, processor: SettlesDisputes, dispute_id: str) -> str | None:
    """Our payment that a dispute is about, by its captures."""
    captures = processor.disputed_captures(dispute_id)
    with house.store.read() as tx:
        found = (facts.payment_of_subject(tx, name, capture) for capture in sorted(captures))
        return next((one for one in found if one is not None), None)
