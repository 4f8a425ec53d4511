"""Whether a row of the processor's report and our facts say the same; pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from checkout.domain.facts import OF_A_MOMENT, Fact, FactKind
from checkout.domain.reports import ReportRow, RowKind, RowStatus

if TYPE_CHECKING:
    from collections.abc import Iterator


class ReportDifference(StrEnum):
    """How a report and our books differ. Each becomes a discrepancy that a person sees."""

    MISSING_HERE = "missing here"
    MISSING_THERE = "missing there"
    AMOUNT = "amount differs"
    FEE = "fee differs"
    CURRENCY = "currency differs"
    STATUS = "status differs"
    DUPLICATE = "duplicate"
    UNKNOWN_MOVEMENT = "unknown movement"
    KIND = "kind differs"
    NAME = "name differs"
    BALANCE = "balance differs"


@dataclass(frozen=True, slots=True)
class Seen:
    """One difference: what it is, and what each side says."""

    kind: ReportDifference
    explanation: str
    ours: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Ours:
    """What we know of what a row names.

    `facts` are those of its own id, `of_facts` of what it belongs to, `of_payment` all of its payment, read only
    where they are needed. `names` is our payment's name, None where the row is none of ours; `claims` says that
    the row bears a name as only we give them. `rows` are all rows of its id.
    """

    facts: tuple[Fact, ...] = ()
    of_facts: tuple[Fact, ...] = ()
    of_payment: tuple[Fact, ...] = ()
    rows: tuple[ReportRow, ...] = ()
    names: str | None = None
    claims: bool = False

    def fact(self, kind: FactKind) -> Fact | None:
        """The first fact of a kind under the row's own id."""
        return next((fact for fact in self.facts if fact.kind is kind), None)

    def is_our_refund(self, fact: Fact) -> bool:
        """True where we asked for it ourselves: then it is a refund, whatever a report calls it."""
        return self.names is not None and (fact.word("invoice") or "").startswith(f"{self.names}-R")

    @property
    def went_back(self) -> bool:
        """Something of the payment went back, as far as we know."""
        return any(fact.kind is FactKind.REFUNDED for fact in self.of_payment)


SENT_BACK = frozenset({RowKind.REFUND, RowKind.REVERSAL})
_OF_PAYMENTS = SENT_BACK | {RowKind.PAYMENT}
MOVEMENTS = _OF_PAYMENTS | {RowKind.RETURNED}
"""What an exchange may have been needed for."""

_NEED_EXCHANGES = frozenset(
    {FactKind.CAPTURED, FactKind.REFUNDED, FactKind.RETURNED, FactKind.EXCHANGED, FactKind.REFUND_CANCELLED}
)


def movement_of(row: ReportRow, ours: Ours) -> Fact | None:
    """The fact of ours that a payment's, a refund's or a reversal's row tells again."""
    if row.kind is RowKind.PAYMENT:
        return ours.fact(FactKind.CAPTURED)
    sent = ours.fact(FactKind.REFUNDED)
    if (
        sent is None
        and row.kind is RowKind.REVERSAL
        and ours.fact(FactKind.CAPTURED)
        and row.amount_minor < 0
    ):
        # PayPal's reversal may repeat the payment's own id: then it is known by what it took.
        return next((fact for fact in ours.of_payment if _is_the_reversal(fact, row, ours)), None)
    return sent


def must_ask(row: ReportRow, ours: Ours) -> bool:
    """True where the row is of a payment of ours, and tells more than we know: its message may have been lost."""
    if ours.names is None or not row.has_happened:
        return False
    if row.kind is RowKind.EXCHANGE:
        return _exchange_is_unknown(ours)
    if row.kind not in _OF_PAYMENTS:
        return False
    if _is_another_kind(row, ours):
        return False
    known = movement_of(row, ours)
    return known is None or (
        row.kind is RowKind.PAYMENT and row.status is RowStatus.UNDONE and not ours.went_back
    )


def stands_alone(ours: Ours) -> bool:
    """True of an exchange where we know nothing yet of what it may have been needed for."""
    return not {fact.kind for fact in ours.of_facts} & _NEED_EXCHANGES


def is_booked_by_row(row: ReportRow, ours: Ours) -> bool:
    """True where nothing but the row tells of it, so that the row itself becomes a fact."""
    if not row.has_happened or row.kind in _OF_PAYMENTS:
        return False
    if row.kind is RowKind.EXCHANGE:
        return not _exchange_is_told(ours) and not _exchange_is_unknown(ours)
    return not _is_another_kind(row, ours)


def compare(row: ReportRow, ours: Ours) -> Iterator[Seen]:
    """Every difference between a row and our facts; none where they say the same."""
    if row.kind is RowKind.NO_MONEY:
        return
    if row.copies > 1:
        yield Seen(
            ReportDifference.DUPLICATE,
            f"The report has this row {row.copies} times; money moves once for each id, code and time.",
            "once",
            f"{row.copies} times: {row.said}",
        )
    if _is_another_kind(row, ours):
        yield _another_kind(row, ours)
    elif row.kind in _OF_PAYMENTS:
        yield from _of_payment(row, ours)
    elif row.kind is RowKind.EXCHANGE:
        yield from _exchange(row, ours)
    else:
        yield from _by_itself(row, ours)


def _of_payment(row: ReportRow, ours: Ours) -> Iterator[Seen]:
    known = movement_of(row, ours)
    if known is None or known.amount is None:
        yield from _not_known(row, ours)
        return
    said = _said(known)
    if row.status is not RowStatus.DONE and not (
        row.status is RowStatus.UNDONE and _may_be_undone(row, ours)
    ):
        why = f"We have it as money that moved; the report says {row.status}."
        yield Seen(ReportDifference.STATUS, why, said, row.said)
    if row.currency != known.amount.currency:
        why = "The report has it in another currency than we do."
        yield Seen(ReportDifference.CURRENCY, why, said, row.said)
        return
    wanted = known.amount.minor if row.kind is RowKind.PAYMENT else -known.amount.minor
    if row.amount_minor != wanted:
        yield Seen(ReportDifference.AMOUNT, "The report has another amount than we do.", said, row.said)
    yield from _fee(row, ours, known)
    if row.kind is RowKind.REFUND and known.subject == row.subject and ours.fact(FactKind.REVERSED):
        why = "We have it as taken back by the processor or a bank; the report calls it a refund."
        yield Seen(ReportDifference.KIND, why, f"reversed {known.amount}", row.said)
    if row.kind is RowKind.REVERSAL and ours.is_our_refund(known):
        why = "We asked for this refund ourselves; the report says that it was taken from us."
        yield Seen(ReportDifference.KIND, why, said, row.said)
    if row.kind is RowKind.PAYMENT and row.names and known.names and row.names != known.names:
        why = "The report has it under another name than the one we gave it."
        yield Seen(ReportDifference.NAME, why, known.names, row.names)


def _fee(row: ReportRow, ours: Ours, known: Fact) -> Iterator[Seen]:
    """What we have of the fee, signed as the report has it."""
    if known.subject != row.subject:
        return
    kept, back = ours.fact(FactKind.FEE), ours.fact(FactKind.FEE_RETURNED)
    if any(fee and fee.amount and fee.amount.currency != row.currency for fee in (kept, back)):
        # Of a capture that was exchanged the fee is told in the currency that was received.
        return
    minor = (back.amount.minor if back and back.amount else 0) - (
        kept.amount.minor if kept and kept.amount else 0
    )
    if minor != (row.fee_minor or 0):
        told = next((fact for fact in (kept, back) if fact), None)
        why = "The report has another fee than we do."
        yield Seen(ReportDifference.FEE, why, _said(told) if told else "no fee", row.said)


def _not_known(row: ReportRow, ours: Ours) -> Iterator[Seen]:
    if row.status is RowStatus.UNKNOWN:
        why = "The report says a word of it that we do not know."
        yield Seen(ReportDifference.UNKNOWN_MOVEMENT, why, "nothing", row.said)
    elif not row.has_happened:
        return
    elif ours.names is not None or ours.claims:
        why = "The report has a movement of ours that we do not know, and asking the processor does not show it."
        yield Seen(ReportDifference.MISSING_HERE, why, "nothing", row.said)
    else:
        why = (
            "Money moved on the account for no payment of this shop, perhaps by another program. It is not booked"
            " until somebody says what it is."
        )
        yield Seen(ReportDifference.UNKNOWN_MOVEMENT, why, "nothing", row.said)


def _exchange(row: ReportRow, ours: Ours) -> Iterator[Seen]:
    if not row.has_happened:
        return
    if _exchange_is_unknown(ours):
        why = "The report has an exchange for a payment of ours that the processor, asked, does not tell."
        yield Seen(ReportDifference.MISSING_HERE, why, "nothing", row.said)
        return
    told = next((fact for fact in ours.of_facts if fact.kind is FactKind.EXCHANGED), None)
    side = None if told is None else told.amount if row.amount_minor < 0 else told.into
    if told is None or side is None:
        yield from _by_itself(row, ours)
    elif side.currency != row.currency:
        why = "The report exchanged another currency than we have."
        yield Seen(ReportDifference.CURRENCY, why, _said(told), row.said)
    elif side != row.amount:
        why = "The report exchanged another amount than we have."
        yield Seen(ReportDifference.AMOUNT, why, _said(told), row.said)


def _by_itself(row: ReportRow, ours: Ours) -> Iterator[Seen]:
    """A row that is a fact by itself: what was booked of it once must still be what it says."""
    if row.status is RowStatus.UNKNOWN:
        why = "The report says a word of it that we do not know, so it is not booked."
        yield Seen(ReportDifference.UNKNOWN_MOVEMENT, why, "nothing", row.said)
        return
    booked = next((fact for fact in ours.facts if fact.kind in OF_A_MOMENT and _is_of(fact, row)), None)
    if booked is not None and booked.amount is not None and booked.amount != row.amount:
        kind = (
            ReportDifference.AMOUNT if booked.amount.currency == row.currency else ReportDifference.CURRENCY
        )
        yield Seen(kind, "The report says something else than it said before.", _said(booked), row.said)
    if row.kind is RowKind.OTHER and row.has_happened:
        why = f"Money moved by {row.code}, which says nothing we know. It waits in suspense until somebody decides."
        yield Seen(ReportDifference.UNKNOWN_MOVEMENT, why, "in suspense", row.said)


def _is_another_kind(row: ReportRow, ours: Ours) -> bool:
    """We have money under this id as something else, and the report has no other row for that."""
    captured, sent = ours.fact(FactKind.CAPTURED), ours.fact(FactKind.REFUNDED)
    if captured is None and sent is None:
        return False
    if captured is not None and (
        row.kind is RowKind.PAYMENT or any(one.kind is RowKind.PAYMENT for one in ours.rows)
    ):
        return False
    if sent is not None and (row.kind in SENT_BACK or any(one.kind in SENT_BACK for one in ours.rows)):
        return False
    return not (captured is not None and row.kind is RowKind.REVERSAL and row.amount_minor < 0)


def _another_kind(row: ReportRow, ours: Ours) -> Seen:
    known = ours.fact(FactKind.CAPTURED) or ours.fact(FactKind.REFUNDED)
    assert known is not None  # noqa: S101 -- what makes it another kind
    why = "The report calls this movement something else than what it is to us."
    return Seen(ReportDifference.KIND, why, _said(known), row.said)


def _exchange_is_told(ours: Ours) -> bool:
    return any(fact.kind is FactKind.EXCHANGED for fact in ours.of_facts)


def _exchange_is_unknown(ours: Ours) -> bool:
    """It belongs to a capture or refund of ours, of which the processor tells exchanges."""
    told = {fact.kind for fact in ours.of_facts}
    if told & {FactKind.EXCHANGED, FactKind.REFUND_CANCELLED}:
        # Of what was undone the processor tells nothing but that: the report alone has its exchange.
        return False
    return bool(told & {FactKind.CAPTURED, FactKind.REFUNDED})


def _may_be_undone(row: ReportRow, ours: Ours) -> bool:
    return row.kind is not RowKind.PAYMENT or ours.went_back


def _is_the_reversal(fact: Fact, row: ReportRow, ours: Ours) -> bool:
    same = fact.kind is FactKind.REFUNDED and fact.amount == row.amount and fact.word("of") == row.subject
    return same and not ours.is_our_refund(fact)


def _is_of(fact: Fact, row: ReportRow) -> bool:
    same_time = fact.happened_at is None or abs((fact.happened_at - row.at).total_seconds()) < 1
    return fact.word("code") == row.code and same_time


def _said(fact: Fact) -> str:
    into = f" into {fact.into}" if fact.into else ""
    at = f", {fact.happened_at:%Y-%m-%d %H:%M:%S}" if fact.happened_at else ""
    return f"{fact.kind} {fact.amount}{into}{at}"
