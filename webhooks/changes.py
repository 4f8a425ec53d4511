"""What an event changes: how its order stood before and after, and what was learned and booked between."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checkout.domain.standing import Standing, fold
from checkout.flows.settling import attempts_of
from checkout.store import discrepancies, facts, intents, notices, orders, payments, timelines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checkout.store.engine import Tx
    from checkout.store.mailboxes import Message
    from checkout.store.payments import PaymentRow
    from checkout.store.timelines import KeptFact, KeptPosting


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that stands otherwise after than before, or the same."""

    what: str
    before: str
    after: str

    @property
    def differs(self) -> bool:
        """It is not the same after as before."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Changed:
    """What came of an event: how things stand, facts that are new, the lines they wrote, and what else was made."""

    standing: tuple[Change, ...] = ()
    facts: tuple[KeptFact, ...] = ()
    postings: tuple[KeptPosting, ...] = ()
    made: tuple[str, ...] = ()
    """Differences that were opened or closed and notices that were enqueued, in words."""

    @property
    def is_nothing(self) -> bool:
        """Everything is as it was before."""
        return not (self.facts or self.made or any(one.differs for one in self.standing))

    def digest(self, more: str) -> str:
        """The same for the same outcome, whenever it is brought about: by it a person agrees to what they saw."""
        said = [
            more,
            [[one.what, one.before, one.after] for one in self.standing],
            [[one.kind, one.subject, str(one.amount), one.reason] for one in self.facts],
            [[one.account, one.side, str(one.amount)] for one in self.postings],
            list(self.made),
        ]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Look:
    """How an order and one of its payments stand at a moment."""

    words: Mapping[str, str]
    last_fact: int
    differences: Mapping[str, str]
    """Open or closed, by the kind and number of each."""
    notices: frozenset[str]


def look(tx: Tx, payment: PaymentRow) -> Look:
    """How they stand now. The caller holds the order's lock."""
    order = orders.by_id(tx, payment.order_id)
    attempts = attempts_of(tx, payment.order_id)
    standing = next(one.standing for one in attempts if one.payment.id == payment.id)
    found = [one for attempt in attempts for one in discrepancies.of_payment(tx, attempt.payment.id)]
    return Look(
        {"order": str(order.state) if order else "not known", **words_of(standing)},
        facts.newest_id(tx, payment.id),
        {f"{one.kind} ({one.key})": "closed" if one.resolved_at else "open" for one in found},
        frozenset(one.id for one in notices.of_order(tx, payment.order_id)),
    )


def compared(tx: Tx, payment: PaymentRow, before: Look) -> Changed:
    """What is otherwise now than it was."""
    after = look(tx, payment)
    made = [
        f"difference {now}: {name.partition(' (')[0]}"
        for name, now in sorted(after.differences.items())
        if before.differences.get(name, "closed") != now
    ]
    made += [f"notice: {name}" for name in sorted(after.notices - before.notices)]
    learned = [one for one in timelines.facts_of(tx, payment.id) if one.id > before.last_fact]
    return Changed(
        _changes(before.words, after.words),
        tuple(learned),
        _postings_of(tx, payment.id, learned),
        tuple(made),
    )


def brought_by(tx: Tx, message: Message) -> Changed | None:
    """What an event changed when it was dealt with; None where that was not kept, as of events before that was."""
    if message.learned is None or message.payment_id is None:
        return None
    payment = payments.by_id(tx, message.payment_id)
    if payment is None:
        return None
    after, to = message.learned
    learned = [one for one in timelines.facts_of(tx, payment.id) if after < one.id <= to]
    before, then = (_stood(tx, message, payment, fact_id) for fact_id in (after, to))
    return Changed(_changes(before, then), tuple(learned), _postings_of(tx, payment.id, learned))


def words_of(standing: Standing) -> dict[str, str]:
    """A standing as it is read, a word or an amount for each thing that may change."""
    return {
        "payment": str(standing.state),
        "captured": str(standing.captured),
        "refunded": str(standing.refunded),
        "taken back": str(standing.reversed),
        "reserved": str(standing.authorized),
        "disputes": ", ".join(f"{one.id} {one.status}" for one in standing.disputes) or "none",
        "differences": ", ".join(sorted(standing.differences)) or "none",
    }


def _stood(tx: Tx, message: Message, payment: PaymentRow, fact_id: int) -> dict[str, str]:
    told = facts.of_payment(tx, payment.id, up_to=fact_id)
    until = message.finished_at
    asked = [one for one in intents.of_payment(tx, payment.id) if until is None or one.asked_at <= until]
    return words_of(fold(payment.terms, told, asked))


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Change, ...]:
    return tuple(Change(what, before.get(what, ""), now) for what, now in after.items())


def _postings_of(tx: Tx, payment_id: str, learned: list[KeptFact]) -> tuple[KeptPosting, ...]:
    ids = {one.id for one in learned}
    return tuple(one for one in timelines.postings_of(tx, payment_id) if one.fact_id in ids)
