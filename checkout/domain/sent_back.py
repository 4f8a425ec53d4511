"""What of a payment's money went back, was taken back, or is on its way: each movement once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from checkout.domain.facts import Fact, FactKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from checkout.domain.money import Money


class ReturnState(StrEnum):
    """How far a movement back to the customer has come."""

    PENDING = "pending"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


_STATES = {
    FactKind.REFUND_PENDING: ReturnState.PENDING,
    FactKind.REFUND_CANCELLED: ReturnState.CANCELLED,
    FactKind.REFUND_FAILED: ReturnState.FAILED,
    FactKind.REFUNDED: ReturnState.COMPLETED,
    FactKind.REVERSED: ReturnState.COMPLETED,
}
_STRENGTH = tuple(_STATES)
"""Weakest first: money that has moved is not undone by a word that it did not."""


@dataclass(frozen=True, slots=True)
class Return:
    """One movement back, by the processor's id of it. `of` is the capture it belongs to, where that is told."""

    subject: str
    amount: Money
    state: ReturnState
    is_reversal: bool
    of: str | None
    invoice: str | None


def returns(told: Iterable[Fact], currency: str) -> list[Return]:
    """Every movement back in a currency, by id; of several words on one the strongest."""
    by_subject: dict[str, list[Fact]] = {}
    for fact in told:
        if fact.kind in _STATES and fact.amount is not None and fact.amount.currency == currency:
            by_subject.setdefault(fact.subject, []).append(fact)
    return [_return(facts) for _, facts in sorted(by_subject.items())]


def _return(facts: list[Fact]) -> Return:
    ordered = sorted(facts, key=lambda fact: (_STRENGTH.index(fact.kind), repr(fact)))
    strongest = ordered[-1]
    assert strongest.amount is not None  # noqa: S101 -- chosen so above
    return Return(
        subject=strongest.subject,
        amount=strongest.amount,
        state=_STATES[strongest.kind],
        is_reversal=any(fact.kind is FactKind.REVERSED for fact in facts),
        of=next((of for fact in reversed(ordered) if (of := fact.word("of"))), None),
        invoice=next((name for fact in reversed(ordered) if (name := fact.word("invoice"))), None),
    )
