"""What a processor's own report says of our account, row by row, in our words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from checkout.domain.errors import CheckoutError
from checkout.domain.money import Money

if TYPE_CHECKING:
    from collections.abc import Mapping


class RowKind(StrEnum):
    """What a row of a report tells of, whatever code the processor has for it."""

    PAYMENT = "payment"
    REFUND = "refund"
    REVERSAL = "reversal"
    """Money that the processor or a bank took back."""
    RETURNED = "returned"
    """Money of a reversal that came to us again."""
    FEE = "fee"
    """A fee by itself, that belongs to no movement."""
    HOLD = "hold"
    RELEASE = "release"
    DISPUTE_HOLD = "dispute hold"
    """Withheld while a dispute is looked at."""
    DISPUTE_RELEASE = "dispute release"
    EXCHANGE = "exchange"
    PAYOUT = "payout"
    """Between the processor and our bank, either way."""
    ADJUSTMENT = "adjustment"
    OTHER = "other"
    """Money moved for a reason that we have no word for, or by a code that nobody has seen."""
    NO_MONEY = "no money"
    """An authorization, an order, a note: it is listed, and moves nothing."""


WITHHOLDING = frozenset({RowKind.HOLD, RowKind.RELEASE, RowKind.DISPUTE_HOLD, RowKind.DISPUTE_RELEASE})
"""Rows that move money between what is ours to spend and what is withheld; the balance stays."""


class RowStatus(StrEnum):
    """Whether what a row tells of happened."""

    DONE = "done"
    PENDING = "pending"
    DENIED = "denied"
    UNDONE = "undone"
    """It happened, and went back later by a movement of its own."""
    UNKNOWN = "unknown"
    """The processor said another word; a person looks at it, and it is never read as success."""


HAPPENED = frozenset({RowStatus.DONE, RowStatus.UNDONE})


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One row. A processor's id alone does not name it: a release repeats its hold's, a reversal its payment's.

    Amounts are signed as our account saw them; `fee_minor` is below nothing where the processor kept it, and
    `balance_minor` is what the account held in this currency after the row. `of` is the id of what the row
    belongs to, `names` and `invoice` are what we, or another program on the same account, called it.
    """

    subject: str
    code: str
    at: datetime
    kind: RowKind
    amount_minor: int
    currency: str
    status: RowStatus
    fee_minor: int | None = None
    of: str | None = None
    names: str | None = None
    invoice: str | None = None
    balance_minor: int | None = None
    copies: int = 1
    """How often the report has it; more than once is wrong."""

    @property
    def amount(self) -> Money:
        """What moved, without its direction."""
        return Money(abs(self.amount_minor), self.currency)

    @property
    def signed(self) -> Money:
        """What moved, below nothing where it left us."""
        return Money(self.amount_minor, self.currency)

    @property
    def fee(self) -> Money:
        """What the processor kept, without its direction; nothing where it told no fee."""
        return Money(abs(self.fee_minor or 0), self.currency)

    @property
    def net_minor(self) -> int:
        """What it did to the balance."""
        if self.kind in WITHHOLDING or self.kind is RowKind.NO_MONEY or self.status not in HAPPENED:
            return 0
        return self.amount_minor + (self.fee_minor or 0)

    @property
    def has_happened(self) -> bool:
        """True where money moved by it."""
        return self.status in HAPPENED and self.kind is not RowKind.NO_MONEY

    @property
    def said(self) -> str:
        """The row in one line, for a person."""
        fee = f", fee {Money(self.fee_minor, self.currency)}" if self.fee_minor else ""
        belongs = f", of {self.of}" if self.of else ""
        return (
            f"{self.code} {self.kind} {self.signed}{fee}, {self.status}, {self.at:%Y-%m-%d %H:%M:%S}{belongs}"
        )


@dataclass(frozen=True, slots=True)
class ReportPage:
    """One page of a span of time. `unread` are rows that nobody can read, each in a few words."""

    rows: tuple[ReportRow, ...]
    pages: int
    total: int
    """How many rows the span has; another number on a later page says that they have shifted."""
    refreshed_at: datetime
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Balances:
    """What the processor says it holds for us, in minor units by currency, and up to when it knows."""

    at: datetime
    total_minor: Mapping[str, int]


SPAN_MAX = timedelta(days=31)
"""Of one question to a report. Source: PayPal's Transaction Search v1 1.9."""


class TooManyRowsError(CheckoutError):
    """A span of time with more rows than the processor lists at once: ask for a shorter one."""

    def __init__(self, processor: str, start: datetime, end: datetime) -> None:
        super().__init__(
            f"{processor} has more rows from {start:%Y-%m-%d %H:%M:%S} to {end:%Y-%m-%d %H:%M:%S} UTC than it lists."
        )


class ReportsNotAllowedError(CheckoutError):
    """The processor does not let us read its reports; the message says what to switch on."""
