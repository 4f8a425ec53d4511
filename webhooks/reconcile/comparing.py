"""Compares the report with our facts, both ways: what one has and the other lacks, and where they differ."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import structlog

from checkout.domain.chain_of_balances import BalanceChain, Misfit
from checkout.domain.comparison import (
    MOVEMENTS,
    ReportDifference,
    Seen,
    compare,
    movement_of,
    must_ask,
    stands_alone,
)
from checkout.domain.errors import ProcessorError, ProcessorRefusedError
from checkout.domain.money import Money
from checkout.domain.reports import ReportRow, RowKind
from checkout.domain.row_facts import facts_told
from checkout.flows.asking import ask
from checkout.flows.questions import Hints
from checkout.flows.settling import settle, settle_account
from checkout.flows.telling import open_once
from checkout.store import discrepancies, reports
from checkout.store.discrepancies import Found
from webhooks.reconcile.knowing import Known, gather

if TYPE_CHECKING:
    from checkout.store.engine import Tx
    from webhooks.reconcile.runs import Shown, Turn

log = structlog.get_logger()

BATCH_MAX = 500
ASKED_MAX = 10_000
"""Payments that were asked about in this run and are not asked about again, as long as they are remembered."""

SILENT_MAX = 20
"""So many questions in a row without an answer: the processor cannot be asked, and the run goes on later."""

_UNFIT = frozenset(
    {ReportDifference.AMOUNT, ReportDifference.FEE, ReportDifference.CURRENCY, ReportDifference.STATUS}
)
"""A row that tells another amount says nothing of the balance beside it."""

LEARNED_FROM = "report"
KEY_PREFIX = "report:"


@dataclass(slots=True)
class Tally:
    """What a comparison has come to."""

    compared: int = 0
    healed_by_asking: int = 0
    """Movements whose messages were lost, found by asking."""
    booked: int = 0
    found: int = 0
    unasked: int = 0
    misfits: set[str] = field(default_factory=set)
    """Rows whose balance fits nowhere, by the keys of their discrepancies."""
    unsaid: set[str] = field(default_factory=set)
    """Open differences of a row's balance of which this comparison could not tell, by their keys."""
    is_whole: bool = True
    """False where an interrupted comparison was gone on with, so that its first part is not in here."""


def row_key(difference: ReportDifference, row: ReportRow) -> str:
    """The name of a discrepancy of a row: the same whenever it is found again."""
    return f"{KEY_PREFIX}{difference}:{row.subject}:{row.code}:{row.at:%Y-%m-%dT%H:%M:%S}"


def found_of(processor: str, known: Known, seen: Seen) -> Found:
    """A difference of a row, as it is kept."""
    return Found(
        processor,
        row_key(seen.kind, known.row),
        seen.kind,
        seen.explanation,
        payment_id=known.payment.id if known.payment else None,
        subject=known.row.subject,
        ours=seen.ours,
        theirs=seen.theirs,
    )


def compare_rows(turn: Turn, shown: Shown, tally: Tally) -> None:
    """Compare every row of the run's span, in the order of time and in bounded memory.

    Raises RunTakenError, StoreUnavailableError or, where the processor answers nobody, ProcessorError.
    """
    comparison = _Comparison(turn, tally)
    after = _cursor(turn.run.compared_to)
    tally.is_whole = after is None
    while True:
        with turn.house.store.read() as tx:
            rows = reports.page_of(tx, turn.run, after, BATCH_MAX)
        if not rows:
            break
        # The batch before is what an interrupted comparison begins with: so the balances are known again.
        mark = None if after is None else _cursor_text(after)
        comparison.batch(rows, mark)
        last = rows[-1]
        after = (last.at, last.subject, last.code)
        shown("comparing", tally.compared / max(turn.run.rows, 1))
    comparison.end()


class _Comparison:
    def __init__(self, turn: Turn, tally: Tally) -> None:
        self._turn, self._tally = turn, tally
        self._chain = BalanceChain()
        self._asked: OrderedDict[str, None] = OrderedDict()
        self._silent = 0
        self._name = turn.run.processor
        with turn.house.store.read() as tx:
            self._open = {one.key for one in discrepancies.open_ones(tx, kind=ReportDifference.BALANCE)}

    def batch(self, rows: list[ReportRow], mark: str | None) -> None:
        """Compare some rows, and keep what was found with how far it came."""
        house = self._turn.house
        with house.store.read() as tx:
            known = gather(tx, house, self._name, rows)
        found: list[Found] = []
        for one in known:
            current, was_asked = self._enlightened(one)
            differs = list(compare(current.row, current.ours)) if was_asked else []
            found += [found_of(self._name, current, seen) for seen in differs]
            if any(seen.kind in _UNFIT for seen in differs):
                self._chain.unsaid.append(current.row)
            else:
                found += [self._misfit(misfit) for misfit in self._chain.take(current.row)]
        self._note_unsaid()
        self._tally.compared += len(rows)
        with house.store.begin() as tx:
            self._keep(tx, found, compared_to=mark)

    def end(self) -> None:
        """Keep what the last rows show."""
        found = [self._misfit(misfit) for misfit in self._chain.end()]
        self._note_unsaid()
        if found:
            with self._turn.house.store.begin() as tx:
                self._keep(tx, found)

    def _note_unsaid(self) -> None:
        """Keep only what is open: of the others nobody asks whether they have healed."""
        keys = {row_key(ReportDifference.BALANCE, row) for row in self._chain.unsaid}
        self._tally.unsaid |= keys & self._open
        self._chain.unsaid.clear()

    def _keep(self, tx: Tx, found: list[Found], **values: object) -> None:
        # The run is taken first: it is the lock that keeps two from finding the same at once.
        self._turn.keep(tx, **values)
        opened = sum(open_once(tx, self._turn.house, one, unless_decided=True) for one in found)
        if opened:
            self._turn.keep(tx, found=self._turn.run.found + opened)
        self._tally.found += opened

    def _enlightened(self, known: Known) -> tuple[Known, bool]:
        """The row with all that asking and the row itself can tell; False where nobody could be asked."""
        if known.row.kind is RowKind.EXCHANGE and known.row.of and stands_alone(known.ours):
            known = self._after_its_movement(known)
        if must_ask(known.row, known.ours) and known.payment is not None:
            if not self._ask(known):
                return known, False
            asked = self._again(known.row)
            if not _is_told(known) and _is_told(asked):
                self._tally.healed_by_asking += 1
            known = asked
        told = facts_told(known.row, known.ours, known.reference)
        if not told:
            return known, True
        house = self._turn.house
        with house.store.begin() as tx:
            if known.payment is not None and known.payment.reference is not None:
                settle(tx, house, known.payment, told, learned_from=LEARNED_FROM)
            else:
                settle_account(tx, house, self._name, told, learned_from=LEARNED_FROM)
        self._tally.booked += len(told)
        return self._again(known.row), True

    def _after_its_movement(self, known: Known) -> Known:
        """An exchange may stand before the movement it was needed for, of the same second: that one goes first."""
        house, of = self._turn.house, str(known.row.of)
        with house.store.read() as tx:
            rows = [
                row for row in reports.of_subjects(tx, self._name, [of]).get(of, []) if row.kind in MOVEMENTS
            ]
            movements = gather(tx, house, self._name, rows)
        for movement in movements:
            self._enlightened(movement)
        return self._again(known.row) if movements else known

    def _ask(self, known: Known) -> bool:
        """Ask about the payment, once in a run; False where no answer came."""
        payment, row = known.payment, known.row
        assert payment is not None  # noqa: S101 -- the caller looked
        hints = Hints(reversals=frozenset({row.subject}) if row.kind is RowKind.REVERSAL else frozenset())
        if payment.id in self._asked and not hints.reversals:
            return True
        house = self._turn.house
        with house.store.begin() as tx:
            self._turn.keep(tx)
        try:
            ask(house, payment.id, learned_from=LEARNED_FROM, may_capture=False, hints=hints)
        except ProcessorRefusedError as refused:
            # A known refusal is an answer: what it leaves missing is shown to a person.
            log.warning("the processor refuses to be asked", payment=payment.id, why=str(refused))
        except ProcessorError as silent:
            self._tally.unasked += 1
            self._silent += 1
            log.warning("the processor could not be asked", payment=payment.id, why=str(silent))
            if self._silent >= SILENT_MAX:
                raise
            return False
        self._silent = 0
        self._asked[payment.id] = None
        if len(self._asked) > ASKED_MAX:
            self._asked.popitem(last=False)
        return True

    def _again(self, row: ReportRow) -> Known:
        with self._turn.house.store.read() as tx:
            return gather(tx, self._turn.house, self._name, [row])[0]

    def _misfit(self, misfit: Misfit) -> Found:
        row = misfit.row
        key = row_key(ReportDifference.BALANCE, row)
        self._tally.misfits.add(key)
        told, expected = (
            Money(row.balance_minor or 0, row.currency),
            Money(misfit.expected_minor, row.currency),
        )
        return Found(
            self._name,
            key,
            ReportDifference.BALANCE,
            "The balance that the report tells after this row follows from neither the row before nor the one after.",
            subject=row.subject,
            ours=f"{expected} after it",
            theirs=f"{told} after it: {row.said}",
        )


def _is_told(known: Known) -> bool:
    """We have the movement that the row is of."""
    if known.row.kind is RowKind.EXCHANGE:
        return not must_ask(known.row, known.ours)
    return movement_of(known.row, known.ours) is not None


def _cursor_text(after: tuple[datetime, str, str]) -> str:
    at, subject, code = after
    return f"{at.isoformat()}|{subject}|{code}"


def _cursor(text: str | None) -> tuple[datetime, str, str] | None:
    if not text:
        return None
    at, subject, code = text.split("|")
    return datetime.fromisoformat(at), subject, code
