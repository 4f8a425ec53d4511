"""What a processor can tell us; a fact's key names what happened, never who told us."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

if TYPE_CHECKING:
    from datetime import datetime

    from checkout.domain.money import Money


class FactKind(StrEnum):
    """What happened to a payment at the processor."""

    OPENED = "opened"
    """The processor knows this payment, by its reference, for this amount and payee."""
    APPROVED = "approved"
    """The customer agreed to pay; no money has moved."""
    PENDING = "pending"
    """A capture was taken but is held; the money is not ours yet."""
    CAPTURED = "captured"
    """Money was taken from the customer."""
    DECLINED = "declined"
    """A capture came to nothing; no money was taken by it."""
    REFUNDED = "refunded"
    """Money went back to the customer."""
    VOIDED = "voided"
    """The processor closed the payment without money."""
    EXPIRED = "expired"
    """The processor has forgotten the payment; it can no longer be paid."""
    UNRECOGNISED = "unrecognised"
    """The processor said a word we do not know; kept for a person, never read as success."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened, in our words.

    `reference` is the processor's id of our payment; `subject` its id of the thing itself (a capture, a
    refund), the reference where there is none. `payee` and `names` are what the processor repeats of whom
    it pays and which of our payments it pays for; None means that it did not say. `happened_at` is the
    processor's own time and no part of what makes two facts the same.
    """

    kind: FactKind
    reference: str
    subject: str
    amount: Money | None = None
    payee: str | None = None
    names: str | None = None
    reason: str | None = None
    happened_at: datetime | None = None

    @property
    def key(self) -> str:
        """The same for every messenger, different for everything that happened differently."""
        match self.kind:
            case FactKind.OPENED:
                seen = f"{self.amount}:{self.payee or ''}:{self.names or ''}"
                return f"{self.kind}:{self.reference}:{seen}"
            case FactKind.PENDING | FactKind.UNRECOGNISED:
                return f"{self.kind}:{self.subject}:{self.reason or ''}"
            case FactKind.APPROVED | FactKind.VOIDED | FactKind.EXPIRED:
                return f"{self.kind}:{self.reference}"
            case FactKind.CAPTURED | FactKind.DECLINED | FactKind.REFUNDED:
                return f"{self.kind}:{self.subject}"
            case _ as never:
                assert_never(never)

    @property
    def moves_money(self) -> bool:
        """True where the books must say something about it."""
        return self.kind in {FactKind.CAPTURED, FactKind.REFUNDED}
