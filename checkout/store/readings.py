"""Numbers of what waits, read at one moment for whoever watches the shop; each by an index, whatever has piled up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select, true

from checkout.domain.standing import IN_LIMBO
from checkout.store.mailboxes import MessageState
from checkout.store.tables import (
    deliveries,
    discrepancies,
    disputes,
    endpoints,
    halts,
    inbox,
    notices,
    operators,
    orders,
    payments,
)

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import ColumnElement, Table

    from checkout.domain.disputes import DisputeStatus
    from checkout.store.engine import Tx


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits now, in numbers."""

    inbox_new: int
    inbox_parked: int
    inbox_oldest: datetime | None
    """When the event came that has waited longest; None where none waits."""
    payments_unknown: int
    discrepancies_open: int
    disputes_due: int
    notices_unsent: int
    deliveries_due: int
    endpoints_disabled: int
    halts_open: int
    operators: int


def waiting(tx: Tx, now: datetime, soon: datetime, answerable: Collection[DisputeStatus]) -> Waiting:
    """Everything that waits; a dispute in one of the states `answerable` whose answer is due before `soon`."""
    new = inbox.c.state == MessageState.NEW
    oldest = select(func.min(inbox.c.received_at)).where(new)
    return Waiting(
        inbox_new=_count(tx, inbox, new),
        inbox_parked=_count(tx, inbox, inbox.c.state == MessageState.PARKED),
        inbox_oldest=tx.execute(oldest).scalar_one_or_none(),
        # What is in limbo is asked about, so it is among the few that have a time for that.
        payments_unknown=_count(
            tx, payments, payments.c.ask_at.is_not(None) & payments.c.state.in_(sorted(IN_LIMBO))
        ),
        discrepancies_open=_count(tx, discrepancies, discrepancies.c.resolved_at.is_(None)),
        disputes_due=_count(
            tx, disputes, disputes.c.status.in_(sorted(answerable)) & (disputes.c.due_at <= soon)
        ),
        notices_unsent=_count(tx, notices, notices.c.sent_at.is_(None)),
        deliveries_due=_count(tx, deliveries, deliveries.c.due_at <= now),
        endpoints_disabled=_count(
            tx, endpoints, endpoints.c.disabled_at.is_not(None) & endpoints.c.removed_at.is_(None)
        ),
        halts_open=_count(tx, halts, halts.c.ended_at.is_(None)),
        operators=_count(tx, operators, true()),
    )


NEWEST = 20


def installations(tx: Tx) -> set[str]:
    """The installations that the newest payments bear the names of."""
    newest = (
        select(payments.c.names)
        .join(orders, orders.c.id == payments.c.order_id)
        .order_by(orders.c.created_at.desc(), orders.c.id.desc())
        .limit(NEWEST)
    )
    return {str(name).partition("-")[0] for name in tx.scalars(newest)}


def _count(tx: Tx, table: Table, condition: ColumnElement[bool]) -> int:
    return tx.execute(select(func.count()).select_from(table).where(condition)).scalar_one()
