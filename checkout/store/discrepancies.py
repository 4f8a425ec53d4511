"""Discrepancies: one open difference between us and the processor, until a person resolves it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from checkout.store.tables import discrepancies as table

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from checkout.store.engine import Tx


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A difference that a person must see, by payment and kind."""

    payment_id: str
    kind: str
    explanation: str
    opened_at: datetime
    resolved_at: datetime | None = None
    resolution: str | None = None


def open_once(
    tx: Tx, payment_id: str, kind: str, explanation: str, *, at: datetime, again: bool = False
) -> None:
    """Open a discrepancy unless this payment has had one of its kind; the caller holds the order's lock.

    `again` opens one that was resolved before; what a person resolved for good is left alone.
    """
    this = (table.c.payment_id == payment_id) & (table.c.kind == kind)
    known = tx.execute(select(table.c.resolved_at).where(this)).one_or_none()
    if known is None:
        values = {"payment_id": payment_id, "kind": kind, "explanation": explanation[:400], "opened_at": at}
        tx.execute(insert(table).values(**values))
    elif again and known.resolved_at is not None:
        values = {"explanation": explanation[:400], "opened_at": at, "resolved_at": None, "resolution": None}
        tx.execute(update(table).where(this).values(**values))


def resolve(tx: Tx, payment_id: str, kind: str, resolution: str, *, at: datetime) -> None:
    """Close a discrepancy that has come to its end, where there is an open one."""
    this = (table.c.payment_id == payment_id) & (table.c.kind == kind) & table.c.resolved_at.is_(None)
    tx.execute(update(table).where(this).values(resolved_at=at, resolution=resolution[:400]))


def of_payment(tx: Tx, payment_id: str) -> list[Discrepancy]:
    """Every discrepancy of a payment, open or resolved."""
    return _found(tx, table.c.payment_id == payment_id)


def open_ones(tx: Tx) -> list[Discrepancy]:
    """Everything that waits for a person, oldest first."""
    return _found(tx, table.c.resolved_at.is_(None))


def _found(tx: Tx, condition: ColumnElement[bool]) -> list[Discrepancy]:
    columns = [table.c[name] for name in Discrepancy.__dataclass_fields__]
    return [
        Discrepancy(**row._mapping)
        for row in tx.execute(select(*columns).where(condition).order_by(table.c.id))
    ]
