"""Notices: what must be told to somebody once, under one id."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from checkout.store.conflicts import INSERT
from checkout.store.tables import notices as table

if TYPE_CHECKING:
    from datetime import datetime

    from checkout.store.engine import Tx


class NoticeKind(StrEnum):
    """What a notice tells."""

    RECEIPT = "receipt"


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to be told about an order."""

    id: str
    kind: NoticeKind
    order_id: str
    created_at: datetime
    sent_at: datetime | None = None


_ADD = {
    name: maker(table).on_conflict_do_nothing(index_elements=["id"]).returning(table.c.id)
    for name, maker in INSERT.items()
}


def add_once(tx: Tx, notice: Notice) -> bool:
    """Keep a notice; False where one of its id exists and nothing more is to be told."""
    values = {
        "id": notice.id,
        "kind": notice.kind,
        "order_id": notice.order_id,
        "created_at": notice.created_at,
    }
    return tx.execute(_ADD[tx.dialect.name], values).scalar_one_or_none() is not None


def by_id(tx: Tx, notice_id: str) -> Notice | None:
    """One notice."""
    row = tx.execute(select(table).where(table.c.id == notice_id)).one_or_none()
    return Notice(row.id, NoticeKind(row.kind), row.order_id, row.created_at, row.sent_at) if row else None


def of_order(tx: Tx, order_id: str) -> list[Notice]:
    """What was told about an order."""
    query = select(table).where(table.c.order_id == order_id).order_by(table.c.created_at, table.c.id)
    return [
        Notice(row.id, NoticeKind(row.kind), row.order_id, row.created_at, row.sent_at)
        for row in tx.execute(query)
    ]


def mark_sent(tx: Tx, notice_id: str, at: datetime) -> None:
    """The notice was handed over to whoever delivers it."""
    tx.execute(update(table).where(table.c.id == notice_id, table.c.sent_at.is_(None)).values(sent_at=at))
