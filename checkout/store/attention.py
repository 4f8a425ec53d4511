"""What waits for a person, by its own indices: never a count over a table that grows with the orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from checkout.domain.intents import Outcome
from checkout.domain.money import Money
from checkout.store.mailboxes import MessageState
from checkout.store.tables import deliveries, endpoints, inbox, intents, payments

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from checkout.store.engine import Tx


@dataclass(frozen=True, slots=True)
class OpenIntent:
    """An operation that waits: for a second person, or for the processor's word of what became of it."""

    payment_id: str
    order_id: str
    operation: str
    amount: Money
    asked_at: datetime
    invoice: str | None
    subject: str | None
    wished_by: str | None
    note: str | None


def intents_that_are(tx: Tx, outcomes: Iterable[Outcome], *, limit: int) -> list[OpenIntent]:
    """Operations of some outcomes, the oldest first."""
    query = (
        select(intents, payments.c.order_id, payments.c.currency)
        .join(payments, payments.c.id == intents.c.payment_id)
        .where(intents.c.outcome.in_(sorted(outcomes)))
        .order_by(intents.c.asked_at)
        .limit(limit)
    )
    return [
        OpenIntent(
            row.payment_id,
            row.order_id,
            row.operation,
            Money(row.amount_minor, row.currency),
            row.asked_at,
            row.invoice,
            row.subject,
            row.wished_by,
            row.note,
        )
        for row in tx.execute(query)
    ]


def parked(tx: Tx, *, limit: int) -> list[datetime]:
    """When each event came that was given up, the oldest first."""
    query = select(inbox.c.received_at).where(inbox.c.state == MessageState.PARKED)
    return list(tx.scalars(query.order_by(inbox.c.due_at).limit(limit)))


def late_deliveries(tx: Tx, before: datetime, *, limit: int) -> list[datetime]:
    """Since when each notice to the shop waits that should have been sent before a time, the oldest first."""
    query = select(deliveries.c.due_at).where(deliveries.c.due_at < before)
    return list(tx.scalars(query.order_by(deliveries.c.due_at).limit(limit)))


def stopped_endpoints(tx: Tx) -> list[datetime]:
    """Since when each endpoint of the shop is told nothing, though nobody removed it."""
    stopped = endpoints.c.disabled_at.is_not(None) & endpoints.c.removed_at.is_(None)
    return list(tx.scalars(select(endpoints.c.disabled_at).where(stopped).order_by(endpoints.c.disabled_at)))
