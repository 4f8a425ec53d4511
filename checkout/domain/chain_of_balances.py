"""Whether the balances that a report tells after each row follow from each other; pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from checkout.domain.reports import ReportRow


@dataclass(frozen=True, slots=True)
class Misfit:
    """A row whose own balance fits neither what was before it nor what comes after."""

    row: ReportRow
    expected_minor: int


@dataclass(slots=True)
class _Currency:
    at: datetime
    rows: list[ReportRow] = field(default_factory=list)
    before: int | None = None
    doubtful: list[Misfit] = field(default_factory=list)


class BalanceChain:
    """Takes rows in the order of time, those of one second in any; keeps only the last second of each currency.

    A balance that goes on from a new height says that a row is missing or tells another amount, which is found
    by comparing rows; only a balance that is wrong by itself, between two that fit each other, is a misfit.
    `unsaid` are rows of which it cannot tell: the first of a currency, those at a new height, and what nothing
    followed.
    """

    def __init__(self) -> None:
        self._currencies: dict[str, _Currency] = {}
        self.unsaid: list[ReportRow] = []

    def take(self, row: ReportRow) -> Iterator[Misfit]:
        """The next row; yields what has turned out to be wrong before it."""
        if row.balance_minor is None:
            return
        known = self._currencies.get(row.currency)
        if known is None:
            self._currencies[row.currency] = _Currency(row.at, [row])
            return
        if known.at != row.at:
            yield from self._close(known)
            known.at, known.rows = row.at, []
        known.rows.append(row)

    def end(self) -> Iterator[Misfit]:
        """No more rows come; what nothing followed stays unsaid."""
        for known in self._currencies.values():
            yield from self._close(known)
            self.unsaid += [misfit.row for misfit in known.doubtful]
        self._currencies.clear()

    def _close(self, known: _Currency) -> Iterator[Misfit]:
        """Fit the rows of one second together, in whichever order they do."""
        if known.before is None:
            self.unsaid += known.rows
            known.before = _first_before(known.rows)
            if known.before is None:
                return
        fitting, reached = _fit(known.rows, known.before)
        left = [row for row in known.rows if row not in fitting]
        if known.doubtful:
            if fitting:
                yield from known.doubtful
                known.doubtful = []
            else:
                # The new height holds: a row is missing, or one tells another amount.
                self.unsaid += [*(misfit.row for misfit in known.doubtful), *known.rows]
                known.doubtful, known.before = [], _first_before(known.rows)
                if known.before is not None:
                    known.before = _fit(known.rows, known.before)[1]
                return
        known.doubtful = [Misfit(row, reached + row.net_minor) for row in left]
        known.before = known.before + sum(row.net_minor for row in known.rows)


def _fit(rows: list[ReportRow], before: int) -> tuple[list[ReportRow], int]:
    """The rows that follow from a balance one after the other, and the balance after them."""
    left = list(rows)
    fitting: list[ReportRow] = []
    while True:
        following = next((row for row in left if row.balance_minor == before + row.net_minor), None)
        if following is None:
            return fitting, before
        left.remove(following)
        fitting.append(following)
        before += following.net_minor


def _first_before(rows: list[ReportRow]) -> int | None:
    """What was before the rows of one second, where all of them follow from it."""
    for row in rows:
        before = (row.balance_minor or 0) - row.net_minor
        if len(_fit(rows, before)[0]) == len(rows):
            return before
    return None
