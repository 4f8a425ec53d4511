"""Checks of what stands still in the database: halts, mails, endpoints, a worker that hangs, books that are not true."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from checkout.building import now
from checkout.commands.printing import moment
from checkout.domain.findings import Finding, fine, problem, warning
from checkout.flows.dispute_words import WAITS_FOR_US
from checkout.store import deliveries, halts, notices, readings, watermarks
from checkout.store.notices import TO_CUSTOMERS
from webhooks import heartbeat
from webhooks.invariants import LAST_RUN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from checkout.settings import Settings
    from checkout.store.engine import Store, Tx

UNSENT_FOR = timedelta(minutes=30)
OVERDUE_FOR = timedelta(minutes=15)
"""What is due is sent within a second; a receiver that fails is due again later, and so not overdue."""
SHOWN_MAX = 5


def check_standstill(store: Store, settings: Settings) -> Iterator[Finding]:
    """Everything that waits for somebody and is in no other check."""
    at = now()
    with store.snapshot() as tx:
        found = readings.waiting(tx, at, at, WAITS_FOR_US)
        yield _halts(tx)
        yield _mails(tx, at)
        yield _deliveries(tx, at)
        yield _invariants(tx)
        yield from _beats(tx, at)
        yield from _installation(tx, settings.installation)
    if found.endpoints_disabled:
        said = (
            f"{found.endpoints_disabled} are switched off, as they failed for long or said that they are gone"
        )
        yield problem(
            "endpoints", said, "Mend the shop's receiver, then switch them on: checkout endpoints list"
        )
    if not found.operators and settings.base_url.startswith("https://"):
        said = "nobody can sign in at /office"
        yield warning("operators", said, "Let the first one in: checkout operators invite")


def _halts(tx: Tx) -> Finding:
    found = halts.open_ones(tx)
    if not found:
        return fine("halts", "nothing stands still")
    said = "; ".join(f"{one.stops} since {moment(one.since)}: {one.said}" for one in found[:SHOWN_MAX])
    return problem("halts", said, "Once it is mended: checkout halts list, then checkout halts end ID")


def _mails(tx: Tx, at: datetime) -> Finding:
    unsent = notices.unsent(tx, TO_CUSTOMERS, before=at - UNSENT_FOR)
    if not unsent:
        return fine("mails", "every mail to a customer was handed over")
    shown = ", ".join(one.id for one in unsent[:SHOWN_MAX])
    fix = "See `mail` and `worker` above, and WARNING lines in the worker's log; they are sent once that is mended."
    return problem("mails", f"{len(unsent)} to customers wait for more than half an hour: {shown}", fix)


def _deliveries(tx: Tx, at: datetime) -> Finding:
    late = deliveries.overdue(tx, at - OVERDUE_FOR)
    if not late:
        return fine("deliveries", "the shop was told all that is due")
    said = (
        f"{late} {'is' if late == 1 else 'are'} overdue by more than 15 minutes: the shop does not know yet"
    )
    fix = "See `worker` and `heartbeat`, and what is tried: checkout endpoints list"
    return problem("deliveries", said, fix)


def _invariants(tx: Tx) -> Finding:
    at, said = watermarks.at(tx, LAST_RUN), watermarks.said(tx, LAST_RUN)
    if at is None:
        return fine("invariants", "not looked at yet; the worker does it every hour")
    if said == "0 violations":
        return fine("invariants", f"all held at {moment(at)}")
    return problem("invariants", f"{said} at {moment(at)}", "See each: checkout invariants")


def _beats(tx: Tx, at: datetime) -> Iterator[Finding]:
    """One that has its place and does nothing: whether there is one at all is another check."""
    last = heartbeat.last_beat(tx)
    if last is not None and heartbeat.is_silent(last, at):
        said = f"no worker has shown a sign of life since {moment(last)}"
        yield problem("heartbeat", said, "Start it anew; where one runs, it hangs: keep its log.")


def _installation(tx: Tx, installation: str) -> Iterator[Finding]:
    used = readings.installations(tx)
    if used and installation not in used:
        said = f"INSTALLATION is {installation}, and the payments here bear {', '.join(sorted(used))}"
        fix = "Set INSTALLATION to what it was: events and reports of the old payments are not recognised otherwise."
        yield problem("installation", said, fix)
