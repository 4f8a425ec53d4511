"""What needs a person today, each matter with how much of it there is, since when, and the most urgent of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from checkout.domain.intents import Outcome
from checkout.flows.dispute_words import WAITS_FOR_US, left_text
from checkout.store import attention, discrepancies, disputes, halts, notices, payments
from checkout.wording import amount_text, time_text

if TYPE_CHECKING:
    from datetime import datetime

    from checkout.flows.house import House
    from checkout.store.attention import OpenIntent
    from checkout.store.engine import Tx

COUNTED_MAX: Final = 200
"""Beyond this many, more is more: nobody plans their day by the exact number."""
NAMED: Final = 3
"""The most urgent are named; the rest is behind the link."""
UNKNOWN_FOR: Final = timedelta(minutes=5)
"""Until then an unknown outcome is the sweep's business alone."""
UNSENT_FOR: Final = timedelta(minutes=15)
LAPSES_WITHIN: Final = timedelta(days=3)


class Matter(StrEnum):
    """What may need a person, the most urgent first."""

    HALT = "halt"
    DISPUTE = "dispute"
    UNKNOWN = "unknown outcome"
    DISCREPANCY = "discrepancy"
    TO_APPROVE = "refund to approve"
    RESERVATION = "reservation about to lapse"
    PARKED = "parked event"
    SILENCE = "webhook silence"
    MAIL = "unsent mail"
    ENDPOINT = "endpoint that stands still"
    NOTICE = "late notice to the shop"


@dataclass(frozen=True, slots=True)
class Waiting:
    """One matter. `named` says the most urgent of it in a sentence each; `since` is the oldest."""

    matter: Matter
    count: int
    since: datetime | None
    named: tuple[str, ...] = ()

    @property
    def count_text(self) -> str:
        """The number, or that there are more than were counted."""
        return f"{COUNTED_MAX}+" if self.count >= COUNTED_MAX else str(self.count)


def what_waits(house: House) -> list[Waiting]:
    """Every matter of which there is something, the most urgent first."""
    now = house.clock()
    with house.store.read() as tx:
        found = [
            _halts(tx),
            _disputes(tx, now),
            _unknown(tx, now),
            _discrepancies(tx),
            _to_approve(tx),
            _reservations(tx, now),
            _times(Matter.PARKED, attention.parked(tx, limit=COUNTED_MAX)),
            _mails(tx, now),
            _times(Matter.ENDPOINT, attention.stopped_endpoints(tx)),
            _times(Matter.NOTICE, attention.late_deliveries(tx, now - UNSENT_FOR, limit=COUNTED_MAX)),
        ]
    return [one for one in found if one.count]


def refunds_to_approve(house: House) -> list[OpenIntent]:
    """Refunds that wait for a second person, the oldest first."""
    with house.store.read() as tx:
        return attention.intents_that_are(tx, [Outcome.TO_APPROVE], limit=COUNTED_MAX)


def _halts(tx: Tx) -> Waiting:
    found = halts.open_ones(tx)
    named = tuple(f"{one.stops.capitalize()} stand still: {one.said}" for one in found[:NAMED])
    return Waiting(Matter.HALT, len(found), min((one.since for one in found), default=None), named)


def _disputes(tx: Tx, now: datetime) -> Waiting:
    found = [one for one in disputes.open_ones(tx) if one.status in WAITS_FOR_US]
    named = tuple(
        f"{one.id}{f', {amount_text(one.amount)}' if one.amount else ''}: {left_text(one.due_at, now) or 'no deadline told'}"
        for one in found[:NAMED]
    )
    return Waiting(Matter.DISPUTE, len(found), None, named)


def _unknown(tx: Tx, now: datetime) -> Waiting:
    open_ones = attention.intents_that_are(tx, [Outcome.ASKED, Outcome.UNKNOWN], limit=COUNTED_MAX)
    found = [one for one in open_ones if one.asked_at < now - UNKNOWN_FOR]
    named = tuple(
        f"{one.operation.capitalize()} of {amount_text(one.amount)} for order {one.order_id},"
        f" asked {time_text(one.asked_at)}"
        for one in found[:NAMED]
    )
    return Waiting(Matter.UNKNOWN, len(found), found[0].asked_at if found else None, named)


def _discrepancies(tx: Tx) -> Waiting:
    found = discrepancies.open_ones(tx, limit=COUNTED_MAX)
    kinds: dict[str, int] = {}
    for one in found:
        kinds[one.kind] = kinds.get(one.kind, 0) + 1
    most = sorted(kinds.items(), key=lambda kind: -kind[1])[:NAMED]
    since = min((one.opened_at for one in found), default=None)
    return Waiting(Matter.DISCREPANCY, len(found), since, tuple(f"{kind}: {count}" for kind, count in most))


def _to_approve(tx: Tx) -> Waiting:
    found = attention.intents_that_are(tx, [Outcome.TO_APPROVE], limit=COUNTED_MAX)
    named = tuple(
        f"{amount_text(one.amount)} of order {one.order_id}, wished by {one.wished_by}"
        for one in found[:NAMED]
    )
    return Waiting(Matter.TO_APPROVE, len(found), found[0].asked_at if found else None, named)


def _reservations(tx: Tx, now: datetime) -> Waiting:
    found = [
        one
        for one in payments.reserved_payments(tx)
        if one.authorized_until is not None and one.authorized_until < now + LAPSES_WITHIN
    ]
    named = tuple(
        f"Order {one.order_id}, gone by {time_text(one.authorized_until)}"
        for one in found[:NAMED]
        if one.authorized_until is not None
    )
    return Waiting(Matter.RESERVATION, len(found), None, named)


def _mails(tx: Tx, now: datetime) -> Waiting:
    found = notices.unsent_since(tx, now - UNSENT_FOR, limit=COUNTED_MAX)
    return _times(Matter.MAIL, [one.created_at for one in found])


def _times(matter: Matter, found: list[datetime]) -> Waiting:
    return Waiting(matter, len(found), min(found, default=None))
