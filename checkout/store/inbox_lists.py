"""The inbox as a person reads it: by state, type, event and payment, newest first, however long it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, tuple_, union_all

from checkout.store.mailboxes import COLUMNS, Message, MessageState, message_of
from checkout.store.paging import PAGE_ROWS, Page, moment_mark, moment_of, number_of, page, place
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
    if wanted.event_type and not (wanted.event_id or wanted.payment_id):
        return _of_type(tx, wanted, before, limit)
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
    found = [message_of(row) for row in tx.execute(query)]
    return page(found, lambda one: str(one.id), limit=limit)


def _of_type(tx: Tx, wanted: Wanted, before: str, limit: int) -> Page[Message]:
    """Events of one type: a stretch of its own index for each state, and the newest of all.

    In the order of their time, which only that index has: by the rows' numbers a database that takes type and state
    for independent would read the whole inbox for a type that never ends in a state it thinks common.
    """
    at, number = table.c.received_at, table.c.id
    query = select(*COLUMNS).where(table.c.event_type == wanted.event_type)
    if before:
        since, last = moment_of(before)
        query = query.where(at <= since, tuple_(at, number) < place(since, number_of(last)))
    query = query.order_by(at.desc(), number.desc()).limit(limit + 1)
    states = [wanted.state] if wanted.state else list(MessageState)
    together = union_all(*(select(query.where(table.c.state == one).subquery()) for one in states)).subquery()
    newest = select(together).order_by(together.c.received_at.desc(), together.c.id.desc()).limit(limit + 1)
    found = [message_of(row) for row in tx.execute(newest)]
    return page(found, lambda one: moment_mark(one.received_at, one.id), limit=limit)
