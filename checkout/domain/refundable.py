"""How much of each capture may still be given back, and why not more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from checkout.domain.disputes import disputes
from checkout.domain.facts import Fact, FactKind
from checkout.domain.intents import RESERVING, Intent, Operation
from checkout.domain.money import Money
from checkout.domain.sent_back import Return, ReturnState, returns
from checkout.domain.terms import counts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from checkout.domain.terms import Terms

REFUND_LIFE = timedelta(days=180)
"""A capture older than this cannot be given back through PayPal. Source: PayPal's refund guide, read 2026-11."""

ON_THEIR_WAY = frozenset({ReturnState.PENDING, ReturnState.COMPLETED})


@dataclass(frozen=True, slots=True)
class Left:
    """One capture of ours, what of it went, is going or is contested, and what is left to give back."""

    capture: str
    captured: Money
    captured_at: datetime | None
    sent_back: Money
    """Refunds that are done or on their way, and what was taken back."""
    reserved: Money
    """Refunds that were asked for or wait for a second person."""
    disputed: Money
    """What open disputes are about."""

    @property
    def left(self) -> Money:
        """Captured - sent back - reserved - disputed; nothing where that is below nothing."""
        minor = self.captured.minor - self.sent_back.minor - self.reserved.minor - self.disputed.minor
        return Money(max(0, minor), self.captured.currency)

    def too_old(self, now: datetime) -> bool:
        """True where the processor gives nothing of it back any more."""
        return self.captured_at is not None and self.captured_at + REFUND_LIFE < now


def lefts(terms: Terms, told: Iterable[Fact], asked: Iterable[Intent]) -> list[Left]:
    """Each capture that is ours, oldest first."""
    facts, intents = frozenset(told), list(asked)
    currency = terms.amount.currency
    captures = {fact.subject: fact for fact in sorted(facts, key=repr) if _is_ours(fact, terms)}
    went = returns(facts, currency)
    first = min(captures, default="")
    found = []
    for capture, fact in captures.items():
        assert fact.amount is not None  # noqa: S101 -- what counts has an amount
        found.append(
            Left(
                capture=capture,
                captured=fact.amount,
                captured_at=fact.happened_at,
                sent_back=_gone(capture, first, went, facts, currency),
                reserved=Money(_reserved(capture, first, went, intents), currency),
                disputed=Money(_disputed(capture, facts, currency), currency),
            )
        )
    return sorted(found, key=lambda one: (str(one.captured_at or ""), one.capture))


def _is_ours(fact: Fact, terms: Terms) -> bool:
    return fact.kind is FactKind.CAPTURED and counts(fact, terms)


def _gone(capture: str, first: str, went: list[Return], facts: frozenset[Fact], currency: str) -> Money:
    """What went back of it, less what came to us again; what names no capture is taken off the first.

    Never below nothing: what comes again beyond what went is not this capture's to give.
    """
    own = [one for one in went if one.state in ON_THEIR_WAY and (one.of or first) == capture]
    ids = {capture, *(one.subject for one in own)}
    again = [
        fact.amount.minor
        for fact in facts
        if fact.kind is FactKind.RETURNED
        and fact.amount is not None
        and fact.amount.currency == currency
        and fact.word("of") in ids
    ]
    return Money(max(0, sum(one.amount.minor for one in own) - sum(again)), currency)


def _reserved(capture: str, first: str, went: list[Return], intents: list[Intent]) -> int:
    seen = {one.invoice for one in went}
    return sum(
        intent.amount_minor
        for intent in intents
        if intent.operation is Operation.REFUND
        and intent.outcome in RESERVING
        and (intent.subject or first) == capture
        and intent.invoice not in seen
    )


def _disputed(capture: str, facts: frozenset[Fact], currency: str) -> int:
    return sum(
        one.amount.minor
        for one in disputes(facts)
        if one.is_open and one.capture == capture and one.amount and one.amount.currency == currency
    )
