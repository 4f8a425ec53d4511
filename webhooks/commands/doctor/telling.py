"""Checks of whether processors tell us what happens, and whether their reports agree with our books."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from checkout.commands.printing import moment
from checkout.domain.findings import Finding, fine, problem, warning
from checkout.store import discrepancies, payments, reports, watermarks
from webhooks.health import SILENCE, webhook_health
from webhooks.reconcile.reports import mark_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from checkout.store.engine import Tx

LATE = timedelta(days=2)
"""The worker compares once a day."""
SHOWN_MAX = 5
LOOKED_AT_MAX = 1_000


def check_telling(tx: Tx, now: datetime) -> Iterator[Finding]:
    """Of each processor that payments were ever made with."""
    for name in payments.processors(tx):
        yield _webhooks(tx, name, now)
        yield _reconciliation(tx, name, now)


def _webhooks(tx: Tx, name: str, now: datetime) -> Finding:
    health = webhook_health(tx, name, now)
    last = f"the last came at {moment(health.last_webhook)}" if health.last_webhook else "none ever came"
    if not health.is_silent:
        return fine("webhook-health", f"{name}: {last}")
    hours = int(SILENCE.total_seconds() // 3600)
    said = f"{name}: {health.untold} payments came in the last {hours} hours and no webhook; {last}"
    fix = (
        "Payments still settle by asking, only later. Compare: checkout paypal webhooks status. Is BASE_URL reachable"
        " from outside, and does the log show 400 or 503 at /webhooks?"
    )
    return problem("webhook-health", said, fix)


def _reconciliation(tx: Tx, name: str, now: datetime) -> Finding:
    done, said = reports.newest_done(tx, name), watermarks.said(tx, mark_of(name))
    if done is None:
        trouble = f": {said}" if said and said != "done" else ""
        fix = "The worker does it once a day; do it now: checkout reconcile run"
        return warning("reconciliation", f"{name}: the report was never compared{trouble}", fix)
    listed = discrepancies.open_ones(tx, limit=LOOKED_AT_MAX)
    waiting = [one for one in listed if one.processor == name and one.key.startswith("report:")]
    last = f"compared up to {moment(done.end_at)}"
    if waiting:
        days = (now - waiting[0].opened_at).days
        kinds = ", ".join(sorted({one.kind for one in waiting})[:SHOWN_MAX])
        more = " or more" if len(listed) == LOOKED_AT_MAX else ""
        text = (
            f"{name}: {last}; {len(waiting)}{more} differences are open, the oldest for {days} days: {kinds}"
        )
        return problem("reconciliation", text, "See and decide: checkout discrepancies list")
    if now - done.end_at > LATE:
        trouble = f" ({said})" if said and said != "done" else ""
        fix = "Does the worker run? Do it now: checkout reconcile run"
        return warning("reconciliation", f"{name}: {last}, which is long ago{trouble}", fix)
    return fine("reconciliation", f"{name}: {last}, nothing differs")
