"""Reads a span of the report into our rows, page by page; whatever ends it, it goes on where it was."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from checkout.domain.errors import ProcessorUnavailableError
from checkout.domain.reports import SPAN_MAX, ReportPage, TooManyRowsError
from checkout.flows.telling import open_once
from checkout.store import reports
from checkout.store.discrepancies import Found
from checkout.store.reports import RunState

if TYPE_CHECKING:
    from datetime import datetime

    from checkout.store.engine import Tx
    from webhooks.reconcile.runs import Shown, Turn

SECOND = timedelta(seconds=1)
FEW_ROWS = 2_000
"""A span with fewer is followed by one twice as long: the processor lists 10,000 at once."""

SHIFTS_MAX = 3


class _ShiftedError(Exception):
    """The rows of a span became more or fewer between two pages, so that one may have slipped through."""


def read_rows(turn: Turn, shown: Shown) -> None:
    """Read all of a run's span. Raises RunTakenError, ReportsNotAllowedError or ProcessorError.

    Both ends of a question are meant, to the second; so the next one begins a second later. A span that was not
    read to its end is read anew from its first page: rows may have shifted meanwhile.
    """
    length = SPAN_MAX
    run = turn.run
    while turn.run.state is RunState.READING and turn.run.read_to <= run.end_at:
        start = turn.run.read_to
        end = min(start + length, run.end_at)
        try:
            rows = _read_span(turn, start, end)
        except TooManyRowsError:
            if end <= start:
                raise
            length = timedelta(seconds=(end - start) // SECOND // 2)
            continue
        if rows < FEW_ROWS:
            length = min(max(length, SECOND) * 2, SPAN_MAX)
        shown("reading", (end - run.start_at) / max(run.end_at - run.start_at, SECOND))
    if turn.run.state is RunState.READING:
        with turn.house.store.begin() as tx:
            turn.keep(tx, state=RunState.COMPARING, compared_to=None)


def _read_span(turn: Turn, start: datetime, end: datetime) -> int:
    for _ in range(SHIFTS_MAX):
        try:
            return _read_pages(turn, start, end)
        except _ShiftedError:
            continue
    raise ProcessorUnavailableError(turn.run.processor, "report", "its rows shift from page to page")


def _read_pages(turn: Turn, start: datetime, end: datetime) -> int:
    with turn.house.store.begin() as tx:
        turn.keep(tx, page=0)
        reports.forget_span(tx, turn.run, start, end)
    page, before = 1, turn.run.rows
    first = got = turn.processor.report_page(start, end, page)
    while True:
        if got.total != first.total:
            raise _ShiftedError
        is_last = page >= got.pages
        with turn.house.store.begin() as tx:
            done = (
                {"read_to": end + SECOND, "page": 0, "rows": before + got.total}
                if is_last
                else {"page": page}
            )
            turn.keep(tx, **done)
            reports.keep_rows(tx, turn.run, got.rows)
            _tell_unread(turn, tx, got)
        if is_last:
            return got.total
        page += 1
        got = turn.processor.report_page(start, end, page)


def _tell_unread(turn: Turn, tx: Tx, page: ReportPage) -> None:
    for text in page.unread:
        digest = hashlib.sha256(text.encode()).hexdigest()[:24]
        why = (
            "A row of the report cannot be read, so it is not compared. See it on the processor's own pages."
        )
        found = Found(
            turn.run.processor, f"report:unread row:{digest}", "unread row", why, ours="nothing", theirs=text
        )
        open_once(tx, turn.house, found, unless_decided=True)
