"""Disputes as their facts were folded last, to be listed by deadline; the facts themselves are the truth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, func, literal, or_, select, tuple_, union_all

from checkout.domain.disputes import Dispute, DisputeOutcome, DisputeStage, DisputeStatus
from checkout.domain.money import Money
from checkout.store.conflicts import INSERT
from checkout.store.paging import PAGE_ROWS, Page, moment_mark, moment_of, page, place
from checkout.store.tables import UtcTime
from checkout.store.tables import disputes as table

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Row, Select

    from checkout.store.engine import Tx

NO_DEADLINE = datetime(9999, 1, 1, tzinfo=UTC)
"""Where one without a deadline stands among those by deadline."""


@dataclass(frozen=True, slots=True)
class DisputeRow:
    """A dispute, by the payment it is about. `due_at` is when our answer must be there."""

    processor: str
    id: str
    payment_id: str
    status: DisputeStatus
    stage: DisputeStage
    outcome: DisputeOutcome
    reason: str
    channel: str
    amount: Money | None
    due_at: datetime | None
    allows: frozenset[str]
    updated_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Not resolved yet."""
        return self.status is not DisputeStatus.RESOLVED


def keep(tx: Tx, processor: str, payment_id: str, dispute: Dispute) -> None:
    """Keep how a dispute stands; the caller holds the order's lock."""
    values = {
        "processor": processor,
        "id": dispute.id,
        "payment_id": payment_id,
        "status": dispute.status,
        "stage": dispute.stage,
        "outcome": dispute.outcome,
        "reason": dispute.reason[:120],
        "channel": dispute.channel[:40],
        "amount_minor": dispute.amount.minor if dispute.amount else None,
        "currency": dispute.amount.currency if dispute.amount else None,
        "due_at": dispute.due_at,
        "allows": " ".join(sorted(dispute.allows))[:400],
        "updated_at": dispute.updated_at,
    }
    put = INSERT[tx.dialect.name](table).values(**values)
    changed = {name: value for name, value in values.items() if name not in {"processor", "id"}}
    tx.execute(put.on_conflict_do_update(index_elements=["processor", "id"], set_=changed))


def forget(tx: Tx, payment_id: str) -> None:
    """Forget what was folded of a payment's disputes, before they are folded anew."""
    tx.execute(delete(table).where(table.c.payment_id == payment_id))


def by_id(tx: Tx, dispute_id: str) -> DisputeRow | None:
    """One dispute by the processor's id of it."""
    row = tx.execute(select(table).where(table.c.id == dispute_id)).one_or_none()
    return _dispute(row) if row else None


def of_payment(tx: Tx, payment_id: str) -> list[DisputeRow]:
    """Every dispute about a payment."""
    query = select(table).where(table.c.payment_id == payment_id).order_by(table.c.id)
    return [_dispute(row) for row in tx.execute(query)]


def open_ones(tx: Tx) -> list[DisputeRow]:
    """Every open dispute: what waits for us first, by deadline; then the rest."""
    query = select(table).where(table.c.status != DisputeStatus.RESOLVED)
    found = [_dispute(row) for row in tx.execute(query)]
    return sorted(found, key=_urgency)


def newest(tx: Tx, *, limit: int) -> list[DisputeRow]:
    """Disputes, the last updated first."""
    query = select(table).order_by(table.c.updated_at.desc(), table.c.id).limit(limit)
    return [_dispute(row) for row in tx.execute(query)]


def by_deadline(
    tx: Tx, statuses: Collection[DisputeStatus], *, after: str = "", limit: int = PAGE_ROWS
) -> Page[DisputeRow]:
    """A page of those that stand in some ways, the nearest deadline first."""
    # A stretch of the index for each: few stand so at once, while those that are over are ever more.
    each = [select(table).where(table.c.status == status) for status in sorted(statuses)]
    found_in = union_all(*each).subquery()
    due = func.coalesce(found_in.c.due_at, literal(NO_DEADLINE, UtcTime()), type_=UtcTime())
    query = select(found_in)
    if after:
        at, name = moment_of(after)
        query = query.where(tuple_(due, found_in.c.id) > place(at, name))
    rows = tx.execute(query.order_by(due, found_in.c.id).limit(limit + 1))
    found = [_dispute(row) for row in rows]
    return page(found, lambda one: moment_mark(one.due_at or NO_DEADLINE, one.id), limit=limit)


def resolved(tx: Tx, *, after: str = "", limit: int = PAGE_ROWS) -> Page[DisputeRow]:
    """A page of those that are over, the last to change first."""
    at, name = table.c.updated_at, table.c.id
    query = select(table).where(table.c.status == DisputeStatus.RESOLVED, at.is_not(None))
    if after:
        since, last = moment_of(after)
        query = query.where(or_(at < since, and_(at == since, name < last)))
    rows = tx.execute(query.order_by(at.desc(), name.desc()).limit(limit + 1))
    found = [_dispute(row) for row in rows]
    return page(found, lambda one: moment_mark(one.updated_at or NO_DEADLINE, one.id), limit=limit)


def read(tx: Tx, query: Select[Any]) -> list[DisputeRow]:
    """The disputes of a question."""
    return [_dispute(row) for row in tx.execute(query)]


def _urgency(one: DisputeRow) -> tuple[bool, str, str]:
    waits = one.status in {DisputeStatus.WAITING_FOR_US, DisputeStatus.OPEN, DisputeStatus.OTHER}
    return not waits, one.due_at.isoformat() if one.due_at else "9", one.id


def _dispute(row: Row[tuple[object, ...]]) -> DisputeRow:
    found = row._mapping
    amount = None if found["amount_minor"] is None else Money(found["amount_minor"], found["currency"])
    return DisputeRow(
        processor=found["processor"],
        id=found["id"],
        payment_id=found["payment_id"],
        status=DisputeStatus(found["status"]),
        stage=DisputeStage(found["stage"]),
        outcome=DisputeOutcome(found["outcome"]),
        reason=found["reason"],
        channel=found["channel"],
        amount=amount,
        due_at=found["due_at"],
        allows=frozenset(found["allows"].split()),
        updated_at=found["updated_at"],
    )
