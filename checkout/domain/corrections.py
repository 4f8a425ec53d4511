"""What a person's decision about a difference means for the books: whole pairs, so that nothing unbalances; pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from checkout.domain.accounts import OURS_AT_THE_PROCESSOR, Account
from checkout.domain.comparison import Ours, ReportDifference, movement_of
from checkout.domain.differences import Difference
from checkout.domain.errors import BadInputError
from checkout.domain.facts import OF_A_MOMENT, Fact, FactKind, mark_of, words
from checkout.domain.money import Money
from checkout.domain.postings import postings
from checkout.domain.reports import ReportRow, RowKind, RowStatus
from checkout.domain.row_facts import ACCOUNTS, by_itself, movement_facts, reversed_too

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from checkout.domain.terms import Terms


class Action(StrEnum):
    """What a person decides about a difference."""

    ADOPT = "adopt"
    """The processor is right: the books follow what it says."""
    BOOK = "book"
    """It belongs to an account that is named."""
    REFUND = "refund"
    """What came too much goes back to the customer."""
    IGNORE = "ignore"
    """Let it be; the books stay as they are."""


@dataclass(frozen=True, slots=True)
class Case:
    """A difference with all that is needed to decide it.

    `row` is the report's, `fact` ours where the report has none of it; of an exchange `side` is the currency that
    is missing. `undone` are the marks of what was taken back by decisions before. `balance` is how much more the processor
    holds than our books say; `suspense` what of the payment waits in suspense, credits above nothing.
    """

    kind: str
    ours: Ours = field(default_factory=Ours)
    row: ReportRow | None = None
    fact: Fact | None = None
    side: str | None = None
    terms: Terms | None = None
    reference: str | None = None
    balance: Money | None = None
    suspense: tuple[Money, ...] = ()
    undone: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Pair:
    """One amount, from one account to another. `undoes` is the mark of what it takes back."""

    debit: Account
    credit: Account
    amount: Money
    undoes: str | None = None

    def turned(self) -> Pair:
        """The same the other way round."""
        return replace(self, debit=self.credit, credit=self.debit)

    def each(self, change: Callable[[Account], Account]) -> Pair:
        """The same between other accounts."""
        return replace(self, debit=change(self.debit), credit=change(self.credit))


class NothingToBookError(BadInputError):
    """A difference that is none of money."""

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"There is nothing to book for {kind!r}: no money waits for an account. Decide on adopt, refund or ignore."
        )


def decided_facts(
    case: Case, action: Action, account: Account | None, *, name: str, reason: str, at: datetime
) -> tuple[Fact, ...]:
    """The facts of a decision: one that says it was made, and whatever it books.

    `name` is the difference's; `account` is where a person wants it. Raises NothingToBookError.
    """
    moved: tuple[Fact, ...] = ()
    pairs: list[Pair] = []
    if action is Action.ADOPT:
        moved = tuple(_told(case))
        pairs = [] if moved else list(_adopted(case, account))
    elif action is Action.BOOK:
        pairs = [pair for pair in _booked(case, account or Account.SUSPENSE) if pair.amount.minor]
        if not pairs:
            raise NothingToBookError(case.kind)
    pairs = [pair for pair in pairs if pair.amount.minor and pair.debit is not pair.credit]
    moment = _moment(case) or at
    return (*moved, *_resolved(pairs, action, case.reference or name, name=name, reason=reason, at=moment))


def _resolved(
    pairs: list[Pair], action: Action, reference: str, *, name: str, reason: str, at: datetime
) -> Iterator[Fact]:
    first = pairs[0] if pairs else None
    for number, pair in enumerate([first, *pairs[1:]], start=1):
        told = words(
            action=action,
            debit=pair.debit if pair else None,
            credit=pair.credit if pair else None,
            undoes=pair.undoes if pair else None,
        )
        yield Fact(
            FactKind.RESOLVED,
            reference,
            name if number == 1 else f"{name}.{number}",
            pair.amount if pair else None,
            reason=reason,
            happened_at=at,
            words=told,
        )


def _told(case: Case) -> Iterator[Fact]:
    """What the row says, as facts like any other: a payment's own, where it is a payment's."""
    row, reference = case.row, case.reference
    if row is None or not row.has_happened:
        return
    if case.kind == ReportDifference.MISSING_HERE and case.terms is not None and reference is not None:
        if row.kind is RowKind.EXCHANGE:
            yield by_itself(row, reference)
        else:
            yield from movement_facts(row, reference, case.terms.payee, case.terms.names)
    if case.kind == ReportDifference.KIND and row.kind is RowKind.REVERSAL:
        known = movement_of(row, case.ours)
        if known is not None and case.ours.fact(FactKind.REVERSED) is None:
            yield reversed_too(known)


def _adopted(case: Case, account: Account | None) -> Iterator[Pair]:
    """The pairs that make the books say what the processor says."""
    row = case.row
    match case.kind:
        case ReportDifference.MISSING_THERE | Difference.REFUND_DENIED:
            yield from _undone(case)
        case ReportDifference.BALANCE if case.balance is not None:
            yield from _into(case.balance, account or Account.ADJUSTMENTS)
        case ReportDifference.CURRENCY if row is not None:
            # It was, though in another currency: the movement itself is not taken back.
            yield from (replace(pair, undoes=None) for pair in _undone(case))
            yield from _as_told(row, account or ACCOUNTS[row.kind])
        case ReportDifference.STATUS if row is not None:
            if row.status is RowStatus.UNDONE:
                yield from _into(Money(-row.amount_minor, row.currency), account or Account.REVERSALS)
            else:
                yield from _undone(case)
        case ReportDifference.KIND if row is not None:
            yield from _another_kind(case, account or ACCOUNTS[row.kind])
        case _:
            yield from _by_amount(case, account)


def _by_amount(case: Case, account: Account | None) -> Iterator[Pair]:
    """What differs is an amount: only what is too much or too little moves."""
    row = case.row
    if row is None:
        return
    match case.kind:
        case ReportDifference.UNKNOWN_MOVEMENT | ReportDifference.MISSING_HERE:
            if _waits_in_suspense(case):
                pairs = _into(row.signed, account or Account.SUSPENSE)
                yield from (_from_suspense(pair) for pair in pairs)
            else:
                yield from _as_told(row, account or Account.SUSPENSE)
        case ReportDifference.DUPLICATE:
            for _ in range(row.copies - 1):
                yield from _as_told(row, account or Account.SUSPENSE)
        case ReportDifference.AMOUNT:
            more = Money(row.amount_minor - _signed_minor(case, row), row.currency)
            yield from _into(more, account or ACCOUNTS[row.kind])
        case ReportDifference.FEE:
            more = Money((row.fee_minor or 0) - _fee_minor(case.ours), row.currency)
            yield from _into(more, account or Account.FEES)


def _booked(case: Case, account: Account) -> Iterator[Pair]:
    """The same, with the other side on the account that a person names."""
    if case.row is None and case.fact is None and case.balance is None:
        yield from (pair for amount in case.suspense for pair in map(_from_suspense, _into(amount, account)))
        return
    for pair in _adopted(case, account):
        yield pair.each(lambda side: _elsewhere(side, account))


def _elsewhere(side: Account, account: Account) -> Account:
    """Of an undone movement its own account keeps what it has; the one that is named bears the loss."""
    kept = {*OURS_AT_THE_PROCESSOR, Account.SUSPENSE, Account.ELSEWHERE, account}
    return side if side in kept else account


def _another_kind(case: Case, account: Account) -> Iterator[Pair]:
    """The money is the same; only what it was for is called otherwise."""
    known = case.ours.fact(FactKind.CAPTURED) or case.ours.fact(FactKind.REFUNDED)
    if known is None or known.amount is None:
        return
    if case.ours.fact(FactKind.REVERSED) is not None:
        yield Pair(Account.REFUNDS, Account.REVERSALS, known.amount)
        return
    for pair in _pairs(known, case.terms):
        yield pair.turned().each(lambda side: account if side in OURS_AT_THE_PROCESSOR else side)


def _as_told(row: ReportRow, account: Account) -> Iterator[Pair]:
    yield from _into(row.signed, account)
    yield from _into(Money(row.fee_minor or 0, row.currency), Account.FEES)


def _into(more: Money, account: Account) -> Iterator[Pair]:
    """The processor holds so much more for us; less, where it is below nothing."""
    amount = Money(abs(more.minor), more.currency)
    pair = Pair(Account.PROCESSOR, account, amount)
    yield pair if more.minor > 0 else pair.turned()


def _from_suspense(pair: Pair) -> Pair:
    """The processor's side is booked already: what moves is what waits for its account."""
    return pair.each(lambda side: Account.SUSPENSE if side is Account.PROCESSOR else side)


def _waits_in_suspense(case: Case) -> bool:
    return any(
        fact.kind is FactKind.MOVED and fact.word("account") == Account.SUSPENSE for fact in case.ours.facts
    )


def _about(case: Case) -> Iterator[Fact]:
    """All that we booked of it."""
    if case.fact is not None and case.fact.kind in OF_A_MOMENT | {FactKind.EXCHANGED}:
        yield case.fact
        return
    if case.row is not None and case.row.kind is RowKind.EXCHANGE:
        yield from (fact for fact in case.ours.of_facts if fact.kind is FactKind.EXCHANGED)
        return
    yield from case.ours.facts


def _undone(case: Case) -> Iterator[Pair]:
    """Each pair turned round, but for what was taken back before."""
    for fact in _about(case):
        for pair in _pairs(fact, case.terms):
            mark = mark_of(fact, pair.amount.currency)
            if mark not in case.undone and case.side in {None, pair.amount.currency}:
                yield replace(pair.turned(), undoes=mark)


def _pairs(fact: Fact, terms: Terms | None) -> Iterator[Pair]:
    lines = postings(fact, terms)
    for debit, credit in zip(lines[::2], lines[1::2], strict=True):
        yield Pair(debit.account, credit.account, debit.amount)


def _signed_minor(case: Case, row: ReportRow) -> int:
    """What we have of the row's amount, signed as the report has it."""
    if row.kind is RowKind.EXCHANGE:
        told = next((fact for fact in case.ours.of_facts if fact.kind is FactKind.EXCHANGED), None)
        side = None if told is None else told.amount if row.amount_minor < 0 else told.into
        minor = side.minor if side else 0
        return -minor if row.amount_minor < 0 else minor
    known = movement_of(row, case.ours)
    if known is not None and known.amount is not None:
        return known.amount.minor if row.kind is RowKind.PAYMENT else -known.amount.minor
    booked = next((fact for fact in case.ours.facts if fact.word("code") == row.code), None)
    if booked is None or booked.amount is None:
        return 0
    came_in = booked.kind in {FactKind.RELEASED, FactKind.RETURNED} or booked.word("direction") == "in"
    return booked.amount.minor if came_in else -booked.amount.minor


def _fee_minor(ours: Ours) -> int:
    kept, back = ours.fact(FactKind.FEE), ours.fact(FactKind.FEE_RETURNED)
    return sum(f.amount.minor for f in (back,) if f and f.amount) - sum(
        f.amount.minor for f in (kept,) if f and f.amount
    )


def _moment(case: Case) -> datetime | None:
    """When what differs happened: from then on the books say what was decided."""
    if case.row is not None:
        return case.row.at
    return case.fact.happened_at if case.fact is not None else None
