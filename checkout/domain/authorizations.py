"""Reservations: which still stand, until when, and how much of each may still be taken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from checkout.domain.facts import Fact, FactKind
from checkout.domain.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable

HONOUR = timedelta(days=3)
"""So long the money is sure to be there; after it a capture may be declined. Source: PayPal's authorization
guide, read 2026-11."""


class AuthorizationState(StrEnum):
    """Where one reservation stands."""

    LIVE = "live"
    PENDING = "pending"
    DENIED = "denied"
    VOIDED = "voided"
    EXPIRED = "expired"
    USED = "used"
    """Nothing of it is left to take, or its last capture let the rest go."""


_ENDS = {
    FactKind.AUTHORIZATION_DENIED: AuthorizationState.DENIED,
    FactKind.AUTHORIZATION_EXPIRED: AuthorizationState.EXPIRED,
    FactKind.AUTHORIZATION_VOIDED: AuthorizationState.VOIDED,
}
_KINDS = frozenset({FactKind.AUTHORIZED, FactKind.AUTHORIZATION_PENDING, *_ENDS})


@dataclass(frozen=True, slots=True)
class Authorization:
    """One reservation. `left` is what may still be taken of it, nothing where it no longer stands."""

    id: str
    state: AuthorizationState
    amount: Money
    left: Money
    authorized_at: datetime | None
    until: datetime | None
    reason: str | None = None

    @property
    def honoured_until(self) -> datetime | None:
        """Until then the money is sure to be there."""
        return self.authorized_at + HONOUR if self.authorized_at else None


def authorizations(
    told: Iterable[Fact], nothing: Money, superseded: frozenset[str] = frozenset()
) -> list[Authorization]:
    """Every reservation in the currency of `nothing`, oldest first.

    `superseded` are those that were made sure of again: a newer one stands for them.
    """
    facts = frozenset(told)
    by_subject: dict[str, list[Fact]] = {}
    for fact in facts:
        if fact.kind in _KINDS:
            by_subject.setdefault(fact.subject, []).append(fact)
    found = [
        replace(one, state=AuthorizationState.VOIDED, left=nothing)
        if one.id in superseded and one.state is AuthorizationState.LIVE
        else one
        for one in (_authorization(subject, said, facts, nothing) for subject, said in by_subject.items())
    ]
    return sorted(found, key=lambda one: (str(one.authorized_at or ""), one.id))


def _authorization(subject: str, said: list[Fact], told: frozenset[Fact], nothing: Money) -> Authorization:
    ordered = sorted(said, key=repr)
    made = next((fact for fact in ordered if fact.kind is FactKind.AUTHORIZED), ordered[0])
    end = next((_ENDS[fact.kind] for kind in _ENDS for fact in ordered if fact.kind is kind), None)
    amount = made.amount if made.amount and made.amount.currency == nothing.currency else nothing
    taken = _taken(subject, told, nothing)
    closed = any(_closes(fact, subject) for fact in told)
    if end is None and made.kind is FactKind.AUTHORIZATION_PENDING:
        state = AuthorizationState.PENDING
    elif end is None and (closed or taken.minor >= amount.minor):
        state = AuthorizationState.USED
    else:
        state = end or AuthorizationState.LIVE
    left = amount - taken if state is AuthorizationState.LIVE else nothing
    until = made.word("until")
    return Authorization(
        subject,
        state,
        amount,
        left,
        made.happened_at,
        datetime.fromisoformat(until) if until else None,
        next((fact.reason for fact in ordered if fact.reason), None),
    )


def _closes(fact: Fact, subject: str) -> bool:
    """A last capture lets the rest go, unless it was declined at once: then nothing was taken of it."""
    return (
        fact.kind is not FactKind.DECLINED
        and fact.word("authorization") == subject
        and bool(fact.word("final"))
    )


def _taken(subject: str, told: frozenset[Fact], nothing: Money) -> Money:
    """What was captured of it, or is held of a capture of it that was not declined."""
    declined = {fact.subject for fact in told if fact.kind is FactKind.DECLINED}
    amounts = {
        fact.subject: fact.amount.minor
        for fact in sorted(told, key=repr)
        if fact.kind in {FactKind.CAPTURED, FactKind.PENDING}
        and fact.word("authorization") == subject
        and fact.amount is not None
        and fact.amount.currency == nothing.currency
        and not (fact.kind is FactKind.PENDING and fact.subject in declined)
    }
    return Money(sum(amounts.values()), nothing.currency)
