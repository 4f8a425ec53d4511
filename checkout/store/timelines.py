"""What was kept of one payment, with when and by whom: for the eyes of whoever asks where the money is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from checkout.domain.facts import FactKind
from checkout.domain.intents import UNRESOLVED, Operation
from checkout.domain.money import Money
from checkout.store.tables import facts, intents, ledger, payments

if TYPE_CHECKING:
    from datetime import datetime

    from checkout.store.engine import Tx

PAIRS_MAX = 40
"""More amounts than one decision ever books."""


@dataclass(frozen=True, slots=True)
class KeptIntent:
    """An operation we asked for, and what came of it. `debug_id` is the processor's own, for its support."""

    operation: str
    attempt: int
    key: str
    amount: Money
    outcome: str
    asked_at: datetime
    resolved_at: datetime | None
    issue: str | None
    reaction: str | None
    debug_id: str | None
    wished_by: str | None
    agreed_by: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class KeptFact:
    """A fact, when it happened by the processor's word, when we learned it, and from whom."""

    id: int
    kind: str
    subject: str
    amount: Money | None
    reason: str | None
    happened_at: datetime | None
    learned_at: datetime
    learned_from: str


@dataclass(frozen=True, slots=True)
class KeptPosting:
    """One line of the ledger, and the fact that wrote it."""

    fact_id: int
    account: str
    side: str
    amount: Money
    posted_at: datetime


@dataclass(frozen=True, slots=True)
class UnknownCapture:
    """A capture whose outcome is not known."""

    payment_id: str
    order_id: str
    asked_at: datetime
    amount: Money


def intents_of(tx: Tx, payment_id: str) -> list[KeptIntent]:
    """Everything we asked the processor to do for a payment, in the order we asked."""
    query = (
        select(intents, payments.c.currency)
        .join(payments, payments.c.id == intents.c.payment_id)
        .where(intents.c.payment_id == payment_id)
        .order_by(intents.c.asked_at, intents.c.operation.desc(), intents.c.attempt)
    )
    return [
        KeptIntent(
            row.operation,
            row.attempt,
            row.key,
            Money(row.amount_minor, row.currency),
            row.outcome,
            row.asked_at,
            row.resolved_at,
            row.issue,
            row.reaction,
            row.debug_id,
            row.wished_by,
            row.agreed_by,
            row.note,
        )
        for row in tx.execute(query)
    ]


def facts_of(tx: Tx, payment_id: str) -> list[KeptFact]:
    """Everything the processor told us of a payment, in the order we learned it."""
    query = select(facts).where(facts.c.payment_id == payment_id).order_by(facts.c.id)
    return [
        KeptFact(
            row.id,
            row.kind,
            row.subject,
            None if row.amount_minor is None else Money(row.amount_minor, row.currency),
            row.reason,
            row.happened_at,
            row.learned_at,
            row.learned_from,
        )
        for row in tx.execute(query)
    ]


def postings_of(tx: Tx, payment_id: str) -> list[KeptPosting]:
    """The ledger lines of a payment, in the order they were written."""
    query = select(ledger).where(ledger.c.payment_id == payment_id).order_by(ledger.c.id)
    return [
        KeptPosting(row.fact_id, row.account, row.side, Money(row.amount_minor, row.currency), row.posted_at)
        for row in tx.execute(query)
    ]


def decided_postings(tx: Tx, processor: str, name: str) -> list[KeptPosting]:
    """The ledger lines that a person's decision about a difference wrote; `name` is the difference's."""
    names = [name, *(f"{name}.{number}" for number in range(2, PAIRS_MAX + 1))]
    told = (facts.c.processor == processor) & facts.c.subject.in_(names) & (facts.c.kind == FactKind.RESOLVED)
    query = select(ledger).join(facts, facts.c.id == ledger.c.fact_id).where(told).order_by(ledger.c.id)
    return [
        KeptPosting(row.fact_id, row.account, row.side, Money(row.amount_minor, row.currency), row.posted_at)
        for row in tx.execute(query)
    ]


def unknown_captures(tx: Tx, asked_before: datetime) -> list[UnknownCapture]:
    """Captures that were asked for before a time and have no known outcome, oldest first."""
    query = (
        select(intents, payments.c.order_id, payments.c.currency)
        .join(payments, payments.c.id == intents.c.payment_id)
        .where(
            intents.c.operation == Operation.CAPTURE,
            intents.c.outcome.in_(sorted(UNRESOLVED)),
            intents.c.asked_at < asked_before,
        )
        .order_by(intents.c.asked_at)
    )
    return [
        UnknownCapture(row.payment_id, row.order_id, row.asked_at, Money(row.amount_minor, row.currency))
        for row in tx.execute(query)
    ]
