"""What a row of a report means as facts, where nobody but the report tells of it; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checkout.domain.accounts import Account
from checkout.domain.comparison import Ours, is_booked_by_row, movement_of
from checkout.domain.facts import Fact, FactKind, words
from checkout.domain.reports import WITHHOLDING, ReportRow, RowKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ACCOUNTS: Mapping[RowKind, Account] = {
    RowKind.FEE: Account.FEES,
    RowKind.PAYOUT: Account.PAYOUTS,
    RowKind.ADJUSTMENT: Account.ADJUSTMENTS,
    RowKind.EXCHANGE: Account.EXCHANGE,
    RowKind.OTHER: Account.SUSPENSE,
    RowKind.PAYMENT: Account.SALES,
    RowKind.REFUND: Account.REFUNDS,
    RowKind.REVERSAL: Account.REVERSALS,
    RowKind.RETURNED: Account.REVERSALS,
    RowKind.HOLD: Account.HELD,
    RowKind.RELEASE: Account.HELD,
    RowKind.DISPUTE_HOLD: Account.DISPUTES_HELD,
    RowKind.DISPUTE_RELEASE: Account.DISPUTES_HELD,
}
"""Where the other side of a row belongs."""


def facts_told(row: ReportRow, ours: Ours, reference: str) -> tuple[Fact, ...]:
    """The facts that a row tells and that we do not know yet; `reference` is our payment's, else the row's id."""
    known = {fact.key for fact in ours.facts}
    return tuple(fact for fact in _told(row, ours, reference) if fact.key not in known)


def movement_facts(row: ReportRow, reference: str, payee: str | None, names: str | None) -> tuple[Fact, ...]:
    """A payment's, a refund's or a reversal's row taken at its word, with its fee."""
    about = words(invoice=row.invoice, of=None if row.kind is RowKind.PAYMENT else row.of)
    kind = FactKind.CAPTURED if row.kind is RowKind.PAYMENT else FactKind.REFUNDED
    moved = Fact(kind, reference, row.subject, row.amount, payee, names, happened_at=row.at, words=about)
    also = (reversed_too(moved),) if row.kind is RowKind.REVERSAL else ()
    return (moved, *also, *_fee(row, reference, payee))


def reversed_too(sent: Fact) -> Fact:
    """What went back was taken, not sent: a fact beside the one that it went."""
    return Fact(
        FactKind.REVERSED,
        sent.reference,
        sent.subject,
        sent.amount,
        sent.payee,
        sent.names,
        happened_at=sent.happened_at,
        words=sent.words,
    )


def by_itself(row: ReportRow, reference: str) -> Fact:
    """The fact that a row is by itself. Its own sign says which way it went, whatever its code is usually for."""
    came_in = row.amount_minor > 0
    if row.kind in WITHHOLDING:
        kind = FactKind.RELEASED if came_in else FactKind.HELD
    else:
        kind = FactKind.RETURNED if came_in and row.kind is RowKind.RETURNED else FactKind.MOVED
    direction = ("in" if came_in else "out") if kind is FactKind.MOVED else None
    told = words(code=row.code, account=ACCOUNTS[row.kind], direction=direction, of=row.of)
    return Fact(kind, reference, row.subject, row.amount, happened_at=row.at, words=told)


def _told(row: ReportRow, ours: Ours, reference: str) -> Iterator[Fact]:
    if not row.has_happened:
        return
    if is_booked_by_row(row, ours):
        yield by_itself(row, reference)
        yield from _fee(row, reference, None)
        return
    known = movement_of(row, ours)
    if known is None or known.amount is None:
        if row.kind is RowKind.REVERSAL and ours.fact(FactKind.REFUND_CANCELLED):
            # Undone before we asked: the processor tells no more that it ever happened, its report does.
            yield from movement_facts(row, reference, None, ours.names)
        return
    if row.kind is RowKind.REVERSAL and not ours.is_our_refund(known):
        yield reversed_too(known)
    if known.subject == row.subject and known.amount.currency == row.currency:
        yield from _missing_fee(row, ours, reference, known.payee)


def _missing_fee(row: ReportRow, ours: Ours, reference: str, payee: str | None) -> Iterator[Fact]:
    """A fee that we know in any way is compared; only where we know none is it taken from the report."""
    if ours.fact(FactKind.FEE) is None and ours.fact(FactKind.FEE_RETURNED) is None:
        yield from _fee(row, reference, payee)


def _fee(row: ReportRow, reference: str, payee: str | None) -> Iterator[Fact]:
    if row.fee_minor:
        kind = FactKind.FEE if row.fee_minor < 0 else FactKind.FEE_RETURNED
        yield Fact(kind, reference, row.subject, row.fee, payee, happened_at=row.at)
