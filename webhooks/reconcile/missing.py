"""What we have and the report has not, what the balances say, and which differences have healed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from checkout.domain.comparison import ReportDifference, compare
from checkout.domain.facts import OF_A_MOMENT, Fact, FactKind, mark_of, undone_marks
from checkout.domain.money import Money
from checkout.flows.telling import open_once, resolve
from checkout.store import discrepancies, facts, payments, reports
from checkout.store.discrepancies import Found
from webhooks.reconcile.comparing import KEY_PREFIX, row_key
from webhooks.reconcile.knowing import gather

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from checkout.domain.reports import ReportRow
    from checkout.store.discrepancies import Discrepancy
    from checkout.store.engine import Tx
    from webhooks.reconcile.comparing import Tally
    from webhooks.reconcile.runs import Shown, Turn

log = structlog.get_logger()

AT_ONCE = 500
CLOCKS_DIFFER_MAX = timedelta(minutes=5)
"""What we learned so shortly before the report's end may not be in it yet."""

_MOVED = frozenset({FactKind.CAPTURED, FactKind.REFUNDED, FactKind.EXCHANGED}) | OF_A_MOMENT
_NOT_BOOKED = (ReportDifference.UNKNOWN_MOVEMENT, ReportDifference.MISSING_HERE)


def find_missing_there(turn: Turn, shown: Shown, tally: Tally) -> None:
    """Everything of ours that must be in the report by now and is not."""
    house, run = turn.house, turn.run
    after: facts.Learned | None = None
    span = (run.start_at, run.end_at - CLOCKS_DIFFER_MAX)
    while True:
        with house.store.read() as tx:
            told = facts.learned_between(tx, run.processor, _MOVED, span, after=after, limit=AT_ONCE)
            seen = _seen(tx, turn, [one.fact for one in told])
            absent = [
                _missing_there(run.processor, one.payment_id, one.fact, amount)
                for one in told
                for amount in seen.lacks(one.fact)
                if _must_be_there(tx, turn, one.payment_id, one.fact, amount.currency)
            ]
        if not told:
            return
        after = told[-1]
        shown("looking for ours", (after.at - span[0]) / (span[1] - span[0]))
        if absent:
            with house.store.begin() as tx:
                turn.keep(tx)
                opened = sum(open_once(tx, house, one, unless_decided=True) for one in absent)
                turn.keep(tx, found=turn.run.found + opened)
            tally.found += opened


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the report has of some facts' ids: their codes, and the currencies of their exchanges."""

    codes: Mapping[str, set[str]]
    exchanged: set[tuple[str, str]]

    def lacks(self, fact: Fact) -> list[Money]:
        """The amounts of a fact that no row tells: of an exchange each of its two sides by itself."""
        codes = self.codes.get(fact.subject, set())
        if fact.kind is FactKind.EXCHANGED:
            # Where the movement itself is missed, that is the difference: its exchange goes with it.
            return [
                one for one in _sides(fact) if codes and (fact.subject, one.currency) not in self.exchanged
            ]
        is_there = fact.word("code") in codes if fact.kind in OF_A_MOMENT else bool(codes)
        return [] if is_there or fact.amount is None else [fact.amount]


def _sides(fact: Fact) -> list[Money]:
    """Both sides of an exchange; where the fee took all, there was nothing to exchange."""
    return [one for one in (fact.amount, fact.into) if one is not None and one.minor]


def _seen(tx: Tx, turn: Turn, told: list[Fact]) -> _Seen:
    exchanges = [fact.subject for fact in told if fact.kind is FactKind.EXCHANGED]
    return _Seen(
        reports.seen_codes(tx, turn.run, (fact.subject for fact in told)),
        reports.seen_exchanged(tx, turn.run, exchanges) if exchanges else set(),
    )


def _must_be_there(tx: Tx, turn: Turn, payment_id: str | None, fact: Fact, currency: str) -> bool:
    """True where the report must have it: it is of our own account, of a time that was read, and nobody undid it."""
    since = reports.covered_since(tx, turn.run.processor)
    if fact.happened_at is not None and since is not None and fact.happened_at < since:
        return False
    payment = payments.by_id(tx, payment_id) if payment_id else None
    if payment is None:
        return True
    is_undone = mark_of(fact, currency) in undone_marks(facts.of_payment(tx, payment.id))
    return fact.payee in {None, payment.terms.payee} and not is_undone


def _missing_there(processor: str, payment_id: str | None, fact: Fact, amount: Money) -> Found:
    at = f", {fact.happened_at:%Y-%m-%d %H:%M:%S}" if fact.happened_at else ""
    return Found(
        processor,
        missing_key(fact, amount.currency),
        ReportDifference.MISSING_THERE,
        "We have it as money that moved, and it is old enough to be in the report, which has no row of it.",
        payment_id=payment_id,
        subject=fact.subject,
        ours=f"{fact.kind} {amount}{at}",
        theirs="no row",
    )


def missing_key(fact: Fact, currency: str) -> str:
    """The name of the discrepancy that the report has nothing of a fact, or of one side of an exchange."""
    return f"{KEY_PREFIX}{ReportDifference.MISSING_THERE}:{mark_of(fact, currency)}"


def missing_fact(told: Iterable[Fact], key: str) -> tuple[Fact, str] | None:
    """The fact that such a discrepancy names, with the currency that the report lacks."""
    for fact in told:
        for amount in (fact.amount, fact.into):
            if amount is not None and missing_key(fact, amount.currency) == key:
                return fact, amount.currency
    return None


def compare_balances(turn: Turn, tally: Tally) -> None:
    """What the processor says it holds for us against what our books say it does, currency by currency.

    What rows moved that somebody has still to decide about is not taken for a difference a second time.
    """
    house, run = turn.house, turn.run
    told = turn.processor.balances(run.end_at)
    with house.store.read() as tx:
        ours = reports.held_minor(tx, run.processor, run.end_at)
        unbooked = reports.unbooked_minor(tx, run.processor, _NOT_BOOKED)
        before = _open_balances(tx, run.processor)
        newest = reports.newest_done(tx, run.processor)
    # A span of the past, read by hand, says nothing of what has agreed since.
    is_newest = newest is None or run.end_at >= newest.end_at
    found = []
    for currency in sorted({*told.total_minor, *ours}):
        theirs, our = told.total_minor.get(currency, 0), ours.get(currency, 0)
        if theirs - our not in {0, unbooked.get(currency, 0)}:
            found.append(_balance(turn, Money(our, currency), Money(theirs, currency)))
    keys = {one.key for one in found}
    with house.store.begin() as tx:
        turn.keep(tx)
        opened = sum(open_once(tx, house, one, unless_decided=True) for one in found)
        for one in before:
            if one.key not in keys:
                _heal(tx, turn, one, "Agrees, or differs by another amount")
        if is_newest:
            _retire_balances(tx, run.processor, keys)
        turn.keep(tx, found=turn.run.found + opened)
    tally.found += opened


def _balance(turn: Turn, ours: Money, theirs: Money) -> Found:
    difference = theirs - ours
    return Found(
        turn.run.processor,
        f"{KEY_PREFIX}{ReportDifference.BALANCE}:{ours.currency}:{difference.minor}",
        ReportDifference.BALANCE,
        f"The processor holds {difference} more for us than our books say (less, where that is below nothing). The"
        " other open differences may say why; on the first run it is what the account held before this shop.",
        subject=ours.currency,
        ours=f"{ours} by {turn.run.end_at:%Y-%m-%d %H:%M:%S}",
        theirs=f"{theirs} by {turn.run.end_at:%Y-%m-%d %H:%M:%S}",
    )


def _open_balances(tx: Tx, processor: str) -> list[Discrepancy]:
    found = discrepancies.open_ones(tx, kind=ReportDifference.BALANCE)
    return [one for one in found if one.processor == processor and one.key.count(":") == _BALANCE_COLONS]


def _retire_balances(tx: Tx, processor: str, keys: set[str]) -> None:
    """What was decided and is not found is over, and shown when it comes again; what persists stays decided."""
    for one in discrepancies.decided(tx, processor, f"{KEY_PREFIX}{ReportDifference.BALANCE}:"):
        if one.key.count(":") == _BALANCE_COLONS and one.key not in keys:
            log.info("a decided difference is over", discrepancy=one.id, kind=one.kind)
            discrepancies.retire(tx, one)


_BALANCE_COLONS = 3
"""`report:balance differs:EUR:100`; of a row's balance the key is longer."""


def heal(turn: Turn, tally: Tally) -> int:
    """Close what has come to agree by itself since it was found; returns how many."""
    house, after, healed = turn.house, 0, 0
    while True:
        with house.store.read() as tx:
            batch = discrepancies.open_ones(tx, limit=AT_ONCE, after=after)
            agreeing = [(one, why) for one in batch if (why := _agrees(tx, turn, one, tally)) is not None]
        if not batch:
            return healed
        after = batch[-1].id
        if agreeing:
            with house.store.begin() as tx:
                turn.keep(tx)
                healed += sum(_heal(tx, turn, one, why) for one, why in agreeing)


def _heal(tx: Tx, turn: Turn, one: Discrepancy, why: str) -> bool:
    log.info("a difference has healed", discrepancy=one.id, kind=one.kind)
    said = f"{why} since {turn.house.clock():%Y-%m-%d %H:%M} UTC."
    return resolve(tx, turn.house, one.processor, one.key, said)


def _agrees(tx: Tx, turn: Turn, one: Discrepancy, tally: Tally) -> str | None:
    """Why a difference is none any more; None where it still is one, or is none of the report's."""
    if one.processor != turn.run.processor or not one.key.startswith(KEY_PREFIX) or one.subject is None:
        return None
    if one.kind == ReportDifference.MISSING_THERE:
        return _has_come(tx, turn, one)
    row = row_of(tx, one)
    if row is None:
        return None
    found, run_id = row
    if found.copies == 0 or (run_id != turn.run.id and turn.run.start_at <= found.at <= turn.run.end_at):
        return "The report no longer has the row"
    if one.kind == ReportDifference.BALANCE:
        was_judged = run_id == turn.run.id and tally.is_whole and one.key not in tally.unsaid
        return "Agrees" if was_judged and one.key not in tally.misfits else None
    known = gather(tx, turn.house, one.processor, [found])[0]
    still = {row_key(seen.kind, found) for seen in compare(found, known.ours)}
    return None if one.key in still else "Agrees"


def _has_come(tx: Tx, turn: Turn, one: Discrepancy) -> str | None:
    named = missing_fact(facts.of_subject(tx, one.processor, str(one.subject)), one.key)
    if named is None:
        return "The report has it"
    fact, currency = named
    seen = _seen(tx, turn, [fact])
    if fact.kind is FactKind.EXCHANGED and not seen.codes:
        # Its movement is missed now too, which says nothing of the exchange.
        return None
    lacks = currency in {amount.currency for amount in seen.lacks(fact)}
    return None if lacks and _must_be_there(tx, turn, one.payment_id, fact, currency) else "The report has it"


def row_of(tx: Tx, one: Discrepancy) -> tuple[ReportRow, int] | None:
    """The row that a discrepancy's key names."""
    rows = reports.keyed(tx, one.processor, str(one.subject))
    return next((row for row in rows if one.key == row_key(ReportDifference(one.kind), row[0])), None)
