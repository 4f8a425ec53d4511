"""The inbox as a person reads it: by state, type, event and payment, newest first, however long it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, union_all

from checkout.store.mailboxes import COLUMNS, Message, MessageState, message_of
from checkout.store.paging import PAGE_ROWS, Page, number_of, page
from checkout.store.tables import inbox as table

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import ColumnElement

    from checkout.store.engine import Tx


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events somebody looks for; what is empty excludes none."""

    state: MessageState | None = None
    event_type: str = ""
    event_id: str = ""
    payment_id: str = ""


def events(
    tx: Tx, wanted: Wanted, processors: Collection[str], *, before: str = "", limit: int = PAGE_ROWS
) -> Page[Message]:
    """A page of events, the last to come first. `processors` are those whose event ids are looked through."""
    conditions: list[ColumnElement[bool]] = []
    if before:
        conditions.append(table.c.id < number_of(before))
    if wanted.event_id:
        # By the index that keeps an event from being put twice, which begins with the processor.
        conditions += [table.c.processor.in_(sorted(processors)), table.c.event_id == wanted.event_id]
    if wanted.payment_id:
        conditions.append(table.c.payment_id == wanted.payment_id)
    if wanted.event_type:
        conditions.append(table.c.event_type == wanted.event_type)
    if wanted.state is not None:
        conditions.append(table.c.state == wanted.state)
    query = select(*COLUMNS).where(*conditions).order_by(table.c.id.desc()).limit(limit + 1)
    if wanted.event_type and wanted.state is None and not (wanted.event_id or wanted.payment_id):
        # One stretch of an index for each state, and the newest of all: however rare a type is, nothing is read
        # only to be passed over.
        each = [query.where(table.c.state == state).subquery() for state in MessageState]
        together = union_all(*map(select, each)).subquery()
        query = select(together).order_by(together.c.id.desc()).limit(limit + 1)
    found = [message_of(row) for row in tx.execute(query)]
    return page(found, lambda one: str(one.id), limit=limit)
