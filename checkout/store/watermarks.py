"""Watermarks: how far something was read, or when it was last done, by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from checkout.store.conflicts import INSERT
from checkout.store.tables import watermarks as table

if TYPE_CHECKING:
    from datetime import datetime

    from checkout.store.engine import Tx


def put(tx: Tx, name: str, at: datetime, said: str | None = None) -> None:
    """Remember a time, and a few words with it."""
    statement = INSERT[tx.dialect.name](table).values(name=name, at=at, said=said)
    tx.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"at": at, "said": said}))


def at(tx: Tx, name: str) -> datetime | None:
    """The time that was remembered last, None where there was none."""
    return tx.execute(select(table.c.at).where(table.c.name == name)).scalar_one_or_none()


def said(tx: Tx, name: str) -> str | None:
    """The words that were remembered with it."""
    return tx.execute(select(table.c.said).where(table.c.name == name)).scalar_one_or_none()
