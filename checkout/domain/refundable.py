"""How much of each capture may still be given back, and why not more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from checkout.domain.disputes import disputes
from checkout.domain.facts import Fact, FactKind
from checkout.domain.intents import RESERVING, Intent, Operation, Outcome
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
                reserved=Money(
                    _reserved(capture, went, [(one, _of(one, facts) or first) for one in intents]), currency
                ),
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


def _reserved(capture: str, went: list[Return], intents: list[tuple[Intent, str]]) -> int:
    """What was promised of a capture and is not told yet; each intent is given with the capture it is of."""
    return sum(intent.amount_minor for intent, of in intents if of == capture and _may_still_go(intent, went))


def _of(intent: Intent, facts: frozenset[Fact]) -> str | None:
    """The capture that a refund is of, or that the dispute of an accepted claim is about."""
    if intent.operation is not Operation.ACCEPT_CLAIM:
        return intent.subject
    return next((one.capture for one in disputes(facts) if one.id == intent.subject), None)


def _may_still_go(intent: Intent, went: list[Return]) -> bool:
    """A refund whose end is open, or a claim that was accepted and whose refund is not told yet."""
    if any(one.invoice == intent.invoice for one in went):
        return False
    if intent.operation is Operation.ACCEPT_CLAIM:
        is_told = any(one.amount.minor == intent.amount_minor for one in went)
        return intent.outcome in RESERVING | {Outcome.DONE} and not is_told
    return intent.operation is Operation.REFUND and intent.outcome in RESERVING


def _disputed(capture: str, facts: frozenset[Fact], currency: str) -> int:
    return sum(
        one.amount.minor
        for one in disputes(facts)
        if one.is_open and one.capture == capture and one.amount and one.amount.currency == currency
    )
