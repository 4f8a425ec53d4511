"""Which operations the facts prove to have happened, though their own answers may never have come."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from checkout.domain.dispute_answers import answered_state, shows_answer
from checkout.domain.facts import Fact, FactKind
from checkout.domain.intents import DISPUTE_ANSWERS, UNRESOLVED, Intent, Operation, Outcome
from checkout.store import intents

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from checkout.domain.terms import Terms
    from checkout.store.engine import Tx

CLOCKS_DIFFER_MAX = timedelta(minutes=1)
"""Between ours and the processor's; a customer needs longer from one attempt to the next."""

_TAKEN = frozenset({FactKind.CAPTURED, FactKind.PENDING, FactKind.DECLINED})
_SENT = frozenset(
    {FactKind.REFUNDED, FactKind.REFUND_PENDING, FactKind.REFUND_FAILED, FactKind.REFUND_CANCELLED}
)
_RESERVED = frozenset({FactKind.AUTHORIZED, FactKind.AUTHORIZATION_PENDING, FactKind.AUTHORIZATION_DENIED})
_LET_GO = frozenset({FactKind.AUTHORIZATION_VOIDED, FactKind.AUTHORIZATION_EXPIRED})


def resolve_proven(
    tx: Tx, payment_id: str, terms: Terms, told: Iterable[Fact], asked: Iterable[Intent], at: datetime
) -> list[Intent]:
    """Each intent as the facts leave it: one that is open but proven is done."""
    facts, now = list(told), []
    for intent in asked:
        proof = proof_of(intent, terms, facts) if intent.outcome in UNRESOLVED else None
        if proof is None:
            now.append(intent)
            continue
        result = proof.subject if intent.invoice is not None else None
        intents.resolve(tx, payment_id, intent, Outcome.DONE, at=at, result=result)
        now.append(replace(intent, outcome=Outcome.DONE, result=result or intent.result))
    return now


def proof_of(intent: Intent, terms: Terms, told: Iterable[Fact]) -> Fact | None:
    """A fact that says what came of an operation, good or bad; None where none does."""
    return next((fact for fact in told if _proves(fact, intent, terms)), None)


def _proves(fact: Fact, intent: Intent, terms: Terms) -> bool:
    match intent.operation:
        case Operation.OPEN:
            return False
        case Operation.CAPTURE if terms.capture_later:
            return fact.kind in _TAKEN and _is_named_so(fact, intent)
        case Operation.CAPTURE:
            return fact.kind in _TAKEN and _is_of_this_attempt(fact, intent)
        case Operation.REFUND:
            return fact.kind in _SENT and _is_named_so(fact, intent)
        case Operation.AUTHORIZE:
            return fact.kind in _RESERVED
        case Operation.VOID:
            return fact.kind in _LET_GO and fact.subject == intent.subject
        case Operation.REAUTHORIZE:
            return fact.kind in _RESERVED and fact.subject != intent.subject and _is_since(fact, intent)
        case answered:
            assert answered in DISPUTE_ANSWERS  # noqa: S101 -- the rest is above
            since = answered_state(intent.request)
            disputed = fact.kind is FactKind.DISPUTED and fact.subject == intent.subject
            return disputed and shows_answer(fact, answered, since)


def _is_named_so(fact: Fact, intent: Intent) -> bool:
    return intent.invoice is not None and fact.word("invoice") == intent.invoice


def _is_of_this_attempt(fact: Fact, intent: Intent) -> bool:
    """A decline may be that of an attempt before this one."""
    if fact.kind is FactKind.DECLINED and intent.attempt > 1:
        return _is_since(fact, intent)
    return True


def _is_since(fact: Fact, intent: Intent) -> bool:
    return fact.happened_at is not None and fact.happened_at >= intent.asked_at - CLOCKS_DIFFER_MAX
