"""Runs of the report: which span is due, who reads it, and how far it has come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from checkout.domain.errors import CheckoutError, NotFoundError
from checkout.domain.processor import Reports
from checkout.store import facts, reports

if TYPE_CHECKING:
    from checkout.flows.house import House
    from checkout.store.engine import Tx
    from checkout.store.reports import Run

OVERLAP = timedelta(days=1)
"""A row may come into the report late, or change for some hours after it came."""

FIRST_SPAN = timedelta(days=31)
YEARS_BACK = timedelta(days=3 * 365 - 1)
"""PayPal's reports go three years back."""

BEFORE_THE_FIRST = timedelta(hours=2)
Shown = Callable[[str, float], object]
"""Told what is being done, and which share of it is done."""

ALIVE = timedelta(minutes=5)
"""Whoever reads a run keeps how far it is at least this often."""


class RunTakenError(CheckoutError):
    """Somebody else reads the report at this moment."""

    def __init__(self, run: Run) -> None:
        super().__init__(
            f"The report of {run.processor} is read by another process now, which goes on where this one was."
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which span of time somebody asks for; what is left out is where the last run ended, and the report's end."""

    start: datetime | None = None
    end: datetime | None = None


@dataclass(slots=True)
class Turn:
    """One process's turn at a run. Each step is kept in the transaction of what it did, and by one process only."""

    house: House
    processor: Reports
    run: Run

    def keep(self, tx: Tx, **values: object) -> None:
        """Keep how far it has come. Raises RunTakenError where another process has taken it over."""
        now = self.house.clock()
        kept = reports.step(tx, self.run, now, **values)
        if kept is None:
            raise RunTakenError(self.run)
        self.run = kept


def take_run(house: House, name: str, wanted: Wanted | None = None, *, patient: bool = False) -> Turn | None:
    """The run that was interrupted, else a new one; None where nothing is due.

    A span that is asked for by hand begins anew, and what was interrupted is given up. Whoever takes a run over
    has it alone: the process before, if it still lives, stops at its next step. One that is `patient` raises
    RunTakenError instead where somebody is at it.
    """
    processor = reader_of(house, name)
    now = house.clock()
    with house.store.read() as tx:
        left = reports.unfinished(tx, name)
        done, oldest = reports.newest_done(tx, name), facts.oldest(tx, name)
    if patient and left is not None and now - ALIVE < left.touched_at:
        raise RunTakenError(left)
    if left is not None and wanted is None:
        turn = Turn(house, processor, left)
        with house.store.begin() as tx:
            turn.keep(tx)
        return turn
    wanted = wanted or Wanted()
    refreshed = processor.balances().at
    end = _whole(min(wanted.end or refreshed, refreshed))
    start = _whole(max(wanted.start or _first(done, oldest, refreshed), refreshed - YEARS_BACK))
    if start >= end:
        return None
    with house.store.begin() as tx:
        return Turn(house, processor, reports.begin(tx, name, start, end, now))


def reader_of(house: House, name: str) -> Reports:
    """A processor that has reports, or NotFoundError."""
    processor = house.processor(name)
    if not isinstance(processor, Reports):
        raise NotFoundError("report of", name)
    return processor


def with_reports(house: House) -> list[str]:
    """The processors that have reports."""
    return sorted(name for name, one in house.processors.items() if isinstance(one, Reports))


def _first(done: Run | None, oldest: datetime | None, now: datetime) -> datetime:
    if done is not None:
        return done.end_at - OVERLAP
    first = now - FIRST_SPAN
    return first if oldest is None else min(first, oldest - BEFORE_THE_FIRST)


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
