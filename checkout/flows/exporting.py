"""The ledger as CSV for a person's spreadsheet: exact, safe to open, and as long as it is in bounded memory."""

from __future__ import annotations

import csv
import io
from datetime import UTC
from typing import TYPE_CHECKING

from checkout.domain.accounts import Side
from checkout.store import audit, statements
from checkout.store.audit import Deed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from checkout.domain.actors import Actor
    from checkout.flows.house import House
    from checkout.store.ledger import Entry
    from checkout.store.statements import Span

LINES_AT_ONCE = 2_000
"""Each batch is a short reading transaction of its own: whoever loads slowly holds nobody up."""

COLUMNS = (
    "line",
    "booked_at_utc",
    "happened_at_utc",
    "processor",
    "order",
    "payment",
    "fact",
    "subject",
    "account",
    "debit",
    "credit",
    "currency",
)
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is computed by a spreadsheet. Source: https://owasp.org/www-community/attacks/CSV_Injection,
read 2026-11-27."""


def export_ledger(house: House, span: Span, actor: Actor) -> Iterator[str]:
    """The lines of a span as CSV, some at a time. That somebody took them is kept before the first is given."""
    of = " ".join(filter(None, (span.processor, span.account, span.currency)))
    said = f"{_day(span.start)} to {_day(span.end)} {of or 'every account'}"
    with house.store.begin() as tx:
        audit.add(tx, actor, Deed("exported ledger", said=said), house.clock())
    return _batches(house, span)


def _day(at: datetime | None) -> str:
    return "…" if at is None else f"{at:%Y-%m-%d}"


def _batches(house: House, span: Span) -> Iterator[str]:
    yield csv_text([COLUMNS])
    after: str | None = ""
    while after is not None:
        with house.store.read() as tx:
            page = statements.lines(tx, span, after=after, limit=LINES_AT_ONCE)
        if page.rows:
            yield csv_text(map(_cells, page.rows))
        after = page.after


def csv_text(rows: Iterable[Iterable[str]]) -> str:
    """Rows as CSV, with every cell that a spreadsheet would compute kept as text by a quote before it."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows([safe(cell) for cell in row] for row in rows)
    return written.getvalue()


def safe(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_BEGINS_A_FORMULA) else cell


def _cells(one: Entry) -> tuple[str, ...]:
    amount = one.amount.decimal_text()
    return (
        str(one.id),
        _iso(one.posted_at),
        _iso(one.happened_at),
        one.processor,
        one.order_id or "",
        one.payment_id or "",
        one.fact,
        one.subject,
        one.account,
        amount if one.side is Side.DEBIT else "",
        amount if one.side is Side.CREDIT else "",
        one.amount.currency,
    )


def _iso(at: datetime | None) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if at else ""
