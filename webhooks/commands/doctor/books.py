"""Checks of what is in the database: the shelf, the worker, and all that waits for a person."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from checkout.building import now
from checkout.domain.findings import Finding, fine, problem, warning
from checkout.store import discrepancies, ledger, mailboxes, products, timelines
from checkout.store.mailboxes import MessageState
from webhooks.commands.doctor.disputes import check_alerts, check_disputes
from webhooks.commands.doctor.modes import check_mode
from webhooks.commands.doctor.telling import check_telling
from webhooks.slots import SLOTS, NoSlotLeftError, take_slot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checkout.store.engine import Store, Tx

UNKNOWN_LIFE = timedelta(minutes=15)
"""By then an unknown capture has been asked about after 5 and 30 seconds and after 5 minutes."""
SHOWN_MAX = 5


def check_books(store: Store) -> Iterator[Finding]:
    """Everything in a database whose tables are up to date."""
    yield _worker(store)
    with store.snapshot() as tx:
        yield check_mode(tx)
        yield _shelf(tx)
        yield _parked(tx)
        yield _differences(tx)
        yield _unknown(tx)
        yield _ledger(tx)
        yield from check_telling(tx, now())
        yield check_disputes(tx, now())
        yield check_alerts(tx, now())


def _worker(store: Store) -> Finding:
    if _worker_runs(store):
        return fine("worker", "at work")
    fix = "Start it: `checkout serve` runs it with SQLite, `checkout worker` with PostgreSQL."
    return problem(
        "worker", "none is running: no webhook is dealt with, nothing is asked, no receipt is sent", fix
    )


def _worker_runs(store: Store) -> bool:
    """A slot that cannot be taken is held by a living worker. Those taken here are free again at once."""
    try:
        slots = take_slot(store)
    except NoSlotLeftError:
        return True
    try:
        if store.is_sqlite:
            return False
        return slots.number > 0 or not all(slots.take_if_free(number) for number in range(1, SLOTS))
    finally:
        slots.close()


def _shelf(tx: Tx) -> Finding:
    offered = [product for product in products.all_of(tx) if product.active]
    if offered:
        return fine("products", f"{len(offered)} for sale")
    return warning(
        "products", "nothing is for sale", 'Add one: checkout products add "A pot of tea" 23.80 EUR'
    )


def _parked(tx: Tx) -> Finding:
    counts = mailboxes.counts(tx)
    if parked := counts[MessageState.PARKED]:
        fix = "See why: checkout inbox list --state parked. Once mended: checkout inbox retry ID"
        return problem("inbox", f"parked, because nobody could make sense of them: {parked}", fix)
    return fine(
        "inbox",
        f"{counts[MessageState.NEW]} waiting, {counts[MessageState.DONE]} done, none parked",
    )


def _differences(tx: Tx) -> Finding:
    found = discrepancies.open_ones(tx)
    if not found:
        return fine("differences", "none between this shop and its processors")
    shown = ", ".join(f"{one.payment_id} ({one.kind})" for one in found[:SHOWN_MAX])
    more = f" and {len(found) - SHOWN_MAX} more" if len(found) > SHOWN_MAX else ""
    fix = "See each: checkout payments show ID. Its explanation says what happened to the money."
    return problem("differences", f"{len(found)} open: {shown}{more}", fix)


def _unknown(tx: Tx) -> Finding:
    found = timelines.unknown_captures(tx, now() - UNKNOWN_LIFE)
    if not found:
        return fine("unknown captures", "none is older than 15 minutes")
    shown = ", ".join(f"{one.order_id} ({one.amount})" for one in found[:SHOWN_MAX])
    fix = "Ask now: checkout sweep --everything. If PayPal cannot be asked, the lines above say why."
    return problem("unknown captures", f"{len(found)} since more than 15 minutes: {shown}", fix)


def _ledger(tx: Tx) -> Finding:
    faults = list(ledger.faults(tx))
    if not faults:
        return fine("ledger", "true: debits equal credits, every fact is booked once")
    return problem(
        "ledger", f"{len(faults)} faults, the first: {faults[0]}", "See all: checkout ledger verify"
    )
