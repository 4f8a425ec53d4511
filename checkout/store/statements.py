"""Lines of the ledger as a statement or an export reads them: by the time they were booked, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import tuple_

from checkout.domain.accounts import Account
from checkout.store.ledger import Entry, entries
from checkout.store.paging import PAGE_ROWS, Page, moment_mark, moment_of, number_of, page, place
from checkout.store.tables import ledger as table

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from checkout.store.engine import Tx


@dataclass(frozen=True, slots=True)
class Span:
    """Which lines somebody reads: from a time, before another, of one account, where these are named."""

    start: datetime | None = None
    end: datetime | None = None
    processor: str = ""
    account: Account | None = None
    currency: str = ""


def lines(tx: Tx, span: Span, *, after: str = "", limit: int = PAGE_ROWS) -> Page[Entry]:
    """A page of lines, the first to be booked first."""
    at, number = (table.c.posted_at, table.c.id)
    conditions: list[ColumnElement[bool]] = []
    if span.start is not None:
        conditions.append(at >= span.start)
    if span.end is not None:
        conditions.append(at < span.end)
    if after:
        since, name = moment_of(after)
        # The plain comparison lets both databases begin in the index where the tuple's begins.
        conditions += [at >= since, tuple_(at, number) > place(since, number_of(name))]
    if span.account is not None:
        conditions.append(table.c.account == span.account)
    if span.currency:
        conditions.append(table.c.currency == span.currency)
    if span.processor:
        conditions.append(table.c.processor == span.processor)
    found = entries(tx, conditions, limit=limit + 1)
    return page(found, lambda one: moment_mark(one.posted_at, one.id), limit=limit)
