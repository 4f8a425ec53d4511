"""The shop's numbers of this moment, for the metrics: what waits, how old it is, and whether the books are true."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from checkout.flows.dispute_words import WAITS_FOR_US
from checkout.metrics import Reading
from checkout.store import mailboxes, readings, watermarks
from checkout.store.mailboxes import CameBy
from webhooks import heartbeat
from webhooks.invariants import LAST_RUN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checkout.flows.house import House
    from checkout.store.engine import Tx

DUE_SOON = timedelta(days=3)


def shop_readings(house: House) -> list[Reading]:
    """Every number that is read from the database. Raises StoreUnavailableError."""
    now = house.clock()
    with house.store.read() as tx:
        found = readings.waiting(tx, now, now + DUE_SOON, WAITS_FOR_US)
        return [
            *_waiting(found, now),
            *_times(tx, now),
            *(_webhook_age(tx, name, now) for name in sorted(house.processors)),
        ]


def _waiting(found: readings.Waiting, now: datetime) -> Iterator[Reading]:
    yield Reading("checkout_inbox_waiting", "Events kept and not dealt with yet.", found.inbox_new)
    oldest = (now - found.inbox_oldest).total_seconds() if found.inbox_oldest else 0
    yield Reading("checkout_inbox_oldest_seconds", "Age of the oldest of them.", max(oldest, 0))
    yield Reading("checkout_inbox_parked", "Events that need a person.", found.inbox_parked)
    said = "Payments of which it is not known whether money moved."
    yield Reading("checkout_payments_unknown", said, found.payments_unknown)
    yield Reading(
        "checkout_discrepancies_open", "Differences that need a decision.", found.discrepancies_open
    )
    said = "Disputes whose answer is due within three days, or overdue."
    yield Reading("checkout_disputes_due_soon", said, found.disputes_due)
    yield Reading("checkout_mails_unsent", "Mails that wait to be sent.", found.notices_unsent)
    yield Reading(
        "checkout_deliveries_due", "Deliveries to the shop's endpoints that are due.", found.deliveries_due
    )
    yield Reading("checkout_endpoints_disabled", "Endpoints switched off.", found.endpoints_disabled)
    yield Reading("checkout_halts_open", "What stands still until somebody has looked.", found.halts_open)


def _times(tx: Tx, now: datetime) -> Iterator[Reading]:
    """What was last done when; left out where it never was."""
    checked, said = watermarks.at(tx, LAST_RUN), watermarks.said(tx, LAST_RUN)
    if checked is not None:
        true = float(said == "0 violations")
        yield Reading("checkout_invariants_ok", "1 where the last check of the books found nothing.", true)
        yield _age("checkout_invariants_age_seconds", "Time since that check.", checked, now)
    if (beat := heartbeat.last_beat(tx)) is not None:
        yield _age("checkout_worker_age_seconds", "Time since a worker was last seen.", beat, now)


def _webhook_age(tx: Tx, processor: str, now: datetime) -> Reading:
    """Of a processor that never delivered anything it is endless, as no number would be true."""
    last = mailboxes.last_received(tx, processor, CameBy.WEBHOOK)
    age = float("inf") if last is None else (now - last).total_seconds()
    said = "Time since a processor's last webhook."
    return Reading("checkout_webhook_age_seconds", said, max(age, 0), {"processor": processor})


def _age(name: str, said: str, since: datetime, now: datetime) -> Reading:
    return Reading(name, said, max((now - since).total_seconds(), 0))
