"""Lists that an operator wants to see again: a page's filters under a name, each operator's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from checkout.store.conflicts import INSERT
from checkout.store.tables import saved_views as table

if TYPE_CHECKING:
    from datetime import datetime

    from checkout.store.engine import Tx


@dataclass(frozen=True, slots=True)
class SavedView:
    """One view. `query` is what stands behind the question mark of the page's address."""

    id: str
    operator_id: str
    page: str
    name: str
    query: str
    created_at: datetime


def put(tx: Tx, view: SavedView) -> None:
    """Keep a view; one of the same name becomes this one."""
    values = {
        "id": view.id,
        "operator_id": view.operator_id,
        "page": view.page,
        "name": view.name,
        "query": view.query,
        "created_at": view.created_at,
    }
    put_ = INSERT[tx.dialect.name](table).values(**values)
    same = ["operator_id", "page", "name"]
    tx.execute(put_.on_conflict_do_update(index_elements=same, set_={"query": view.query}))


def of_operator(tx: Tx, operator_id: str, page: str) -> list[SavedView]:
    """An operator's views of a page, by their names."""
    mine = (table.c.operator_id == operator_id) & (table.c.page == page)
    return [SavedView(**row._mapping) for row in tx.execute(select(table).where(mine).order_by(table.c.name))]


def count(tx: Tx, operator_id: str) -> int:
    """How many views an operator keeps."""
    mine = select(func.count()).select_from(table).where(table.c.operator_id == operator_id)
    return tx.execute(mine).scalar_one()


def remove(tx: Tx, operator_id: str, view_id: str) -> bool:
    """Forget one of an operator's own views; False where it is none of theirs."""
    mine = (table.c.operator_id == operator_id) & (table.c.id == view_id)
    return tx.execute(delete(table).where(mine)).rowcount == 1
