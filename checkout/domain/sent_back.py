"""What of a payment's money went back, was taken back, or is on its way: each movement once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from checkout.domain.facts import Fact, FactKind, undone_marks

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
_DENIALS = frozenset({FactKind.REFUND_FAILED, FactKind.REFUND_CANCELLED})
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
    denials: frozenset[ReturnState]
    """In which words it was told to have come to nothing, though it was told as done."""


def returns(told: Iterable[Fact], currency: str) -> list[Return]:
    """Every movement back in a currency, by id; of several words on one the strongest."""
    facts = list(told)
    undone = undone_marks(facts)
    by_subject: dict[str, list[Fact]] = {}
    for fact in facts:
        if fact.kind in _STATES and fact.amount is not None and fact.amount.currency == currency:
            by_subject.setdefault(fact.subject, []).append(fact)
    return [_return(facts, undone) for _, facts in sorted(by_subject.items())]


def _return(facts: list[Fact], undone: frozenset[str]) -> Return:
    ordered = sorted(facts, key=lambda fact: (_STRENGTH.index(fact.kind), repr(fact)))
    strongest = ordered[-1]
    assert strongest.amount is not None  # noqa: S101 -- chosen so above
    kinds = {fact.kind for fact in facts}
    # A person looked, and the money never went.
    never_was = any(fact.kind is FactKind.REFUNDED and fact.key in undone for fact in facts)
    is_reversal = FactKind.REVERSED in kinds
    denied = FactKind.REFUNDED in kinds and not is_reversal
    return Return(
        subject=strongest.subject,
        amount=strongest.amount,
        state=ReturnState.FAILED if never_was else _STATES[strongest.kind],
        is_reversal=is_reversal,
        of=next((of for fact in reversed(ordered) if (of := fact.word("of"))), None),
        invoice=next((name for fact in reversed(ordered) if (name := fact.word("invoice"))), None),
        denials=frozenset(_STATES[kind] for kind in kinds & _DENIALS) if denied else frozenset(),
    )
