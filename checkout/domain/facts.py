"""What a processor can tell us; a fact's key names what happened, never who told us."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

if TYPE_CHECKING:
    from collections.abc import Iterable

    from checkout.domain.money import Money


class FactKind(StrEnum):
    """What happened to a payment, or to our account, at the processor."""

    OPENED = "opened"
    """The processor knows this payment, by its reference, for this amount and payee."""
    APPROVED = "approved"
    """The customer agreed to pay; no money has moved."""
    AUTHORIZED = "authorized"
    """Money is reserved until a time; nothing has been taken."""
    AUTHORIZATION_PENDING = "authorization pending"
    """The processor holds the reservation for review."""
    AUTHORIZATION_DENIED = "authorization denied"
    AUTHORIZATION_VOIDED = "authorization voided"
    """The reservation was given up, by us or by the processor."""
    AUTHORIZATION_EXPIRED = "authorization expired"
    """The reservation came to its end without (all of) it being taken."""
    PENDING = "pending"
    """A capture was taken but is held; the money is not ours yet."""
    CAPTURED = "captured"
    """Money was taken from the customer."""
    DECLINED = "declined"
    """A capture came to nothing; no money was taken by it."""
    REFUNDED = "refunded"
    """Money went back to the customer, whoever sent it back."""
    REFUND_PENDING = "refund pending"
    """A refund is on its way; its money has not moved yet."""
    REFUND_FAILED = "refund failed"
    REFUND_CANCELLED = "refund cancelled"
    """A refund that was on its way came to nothing; the customer has no money from it."""
    REVERSED = "reversed"
    """What went back by this movement was taken by the processor or a bank: it is no refund of ours."""
    RETURNED = "reversal returned"
    """Money that had been taken back came to us again."""
    FEE = "fee"
    """What the processor kept of a movement."""
    FEE_RETURNED = "fee returned"
    EXCHANGED = "exchanged"
    """`amount` left our account and `into` came instead, at the rate that is told."""
    DISPUTED = "disputed"
    """How a dispute stands, at one moment of its life."""
    DISPUTE_LOST = "dispute lost"
    """What a dispute that ended for the customer cost; it names a reversal that was booked by itself."""
    HELD = "held"
    """The processor withholds money of ours."""
    RELEASED = "released"
    MOVED = "moved"
    """Our account moved for another reason: a payout, a fee of its own, an adjustment."""
    RESOLVED = "resolved"
    """A person decided what a difference was; where that says so, the books follow."""
    VOIDED = "voided"
    """The processor closed the payment without money."""
    EXPIRED = "expired"
    """The processor has forgotten the payment; it can no longer be paid."""
    UNRECOGNISED = "unrecognised"
    """The processor said a word we do not know; kept for a person, never read as success."""


OF_A_MOMENT = frozenset({FactKind.HELD, FactKind.RELEASED, FactKind.MOVED, FactKind.RETURNED})
"""Told by a row of the processor's report, which is named by its id, its code and its time together."""

Words = tuple[tuple[str, str], ...]


def words(**told: str | None) -> Words:
    """What else a fact says, in the words of the fact's kind; what is not told is left out."""
    return tuple(sorted((name, text) for name, text in told.items() if text))


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened, in our words.

    `reference` is the processor's id of our payment; `subject` its id of the thing itself (a capture, a
    refund, a dispute), the reference where there is none. `payee` and `names` are what the processor repeats
    of whom it pays and which of our payments it pays for; None means that it did not say. `into` is what came
    for `amount` in an exchange. `happened_at` is the processor's own time and, but for what has many moments,
    no part of what makes two facts the same. `words` are more of the processor's words, by name:

    - of what we asked for: `invoice`, the name that our own request gave it;
    - of what belongs to another movement: `of`, that one's id;
    - AUTHORIZED: `until`, an ISO time; EXCHANGED: `rate`;
    - DISPUTED: `status`, `stage`, `outcome`, `channel`, `due` and `buyer_due` (ISO times), `allows`;
    - HELD, RELEASED, MOVED, RETURNED: `code`, and `account`, the account of ours it is booked to;
    - RESOLVED: `action`, and where it books `debit` and `credit`, and `undoes`, the mark of what it takes back.
    """

    kind: FactKind
    reference: str
    subject: str
    amount: Money | None = None
    payee: str | None = None
    names: str | None = None
    reason: str | None = None
    happened_at: datetime | None = None
    into: Money | None = None
    words: Words = ()

    def word(self, name: str) -> str | None:
        """One of the processor's words, None where it was not said."""
        return next((text for said, text in self.words if said == name), None)

    @property
    def key(self) -> str:
        """The same for every messenger, different for everything that happened differently."""
        match self.kind:
            case FactKind.OPENED:
                seen = f"{self.amount}:{self.payee or ''}:{self.names or ''}"
                return f"{self.kind}:{self.reference}:{seen}"
            case FactKind.PENDING | FactKind.AUTHORIZATION_PENDING | FactKind.UNRECOGNISED:
                return f"{self.kind}:{self.subject}:{self.reason or ''}"
            case FactKind.APPROVED | FactKind.VOIDED | FactKind.EXPIRED:
                return f"{self.kind}:{self.reference}"
            case FactKind.DISPUTED:
                told = ":".join(self.word(name) or "" for name in ("status", "stage", "outcome", "due"))
                # A dispute may go from hand to hand and back within a second.
                at = self.happened_at.isoformat(timespec="milliseconds") if self.happened_at else ""
                return f"{self.kind}:{self.subject}:{at}:{told}"
            case FactKind.HELD | FactKind.RELEASED | FactKind.MOVED | FactKind.RETURNED:
                return f"{self.kind}:{self.subject}:{self.word('code') or ''}:{_moment(self.happened_at)}"
            case (
                FactKind.CAPTURED
                | FactKind.DECLINED
                | FactKind.REFUNDED
                | FactKind.REFUND_PENDING
                | FactKind.REFUND_FAILED
                | FactKind.REFUND_CANCELLED
                | FactKind.REVERSED
                | FactKind.FEE
                | FactKind.FEE_RETURNED
                | FactKind.EXCHANGED
                | FactKind.DISPUTE_LOST
                | FactKind.AUTHORIZED
                | FactKind.AUTHORIZATION_DENIED
                | FactKind.AUTHORIZATION_VOIDED
                | FactKind.AUTHORIZATION_EXPIRED
                | FactKind.RESOLVED
            ):
                return f"{self.kind}:{self.subject}"
            case _ as never:
                assert_never(never)


def mark_of(fact: Fact, currency: str) -> str:
    """What names one amount of a fact: its key; of an exchange, which has two, with the currency."""
    return f"{fact.key}:{currency}" if fact.kind is FactKind.EXCHANGED else fact.key


def undone_marks(told: Iterable[Fact]) -> frozenset[str]:
    """The marks of what persons decided never was."""
    marks = (fact.word("undoes") for fact in told if fact.kind is FactKind.RESOLVED)
    return frozenset(mark for mark in marks if mark)


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}" if at else ""
