"""Notes that operators write on an order, for each other. They may hold personal data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from checkout.store.tables import order_notes as table

if TYPE_CHECKING:
    from datetime import datetime

    from checkout.store.engine import Tx


@dataclass(frozen=True, slots=True)
class OrderNote:
    """One note, and who wrote it."""

    order_id: str
    at: datetime
    who: str
    text: str


def add(tx: Tx, note: OrderNote) -> None:
    """Keep a note."""
    tx.execute(insert(table).values(order_id=note.order_id, at=note.at, who=note.who, text=note.text))


def of_order(tx: Tx, order_id: str) -> list[OrderNote]:
    """Every note on an order, oldest first."""
    query = select(table).where(table.c.order_id == order_id).order_by(table.c.id)
    return [OrderNote(row.order_id, row.at, row.who, row.text) for row in tx.execute(query)]
