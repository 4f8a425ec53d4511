"""PayPal's disputes as the house's facts; pure. Names, messages and evidence are not even read."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from checkout.domain.dispute_answers import Way
from checkout.domain.disputes import DisputeOutcome, DisputeStage, DisputeStatus
from checkout.domain.facts import Fact, FactKind, words
from checkout.domain.money import Money
from checkout.processors.paypal.answers import Amount, Link, readable
from checkout.processors.paypal.reading import clean, money, read_time, usable_id
from checkout.processors.paypal.shapes import reader_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from checkout.processors.paypal.documents import Object

STATUSES: Mapping[str, DisputeStatus] = {
    "OPEN": DisputeStatus.OPEN,
    "WAITING_FOR_SELLER_RESPONSE": DisputeStatus.WAITING_FOR_US,
    "WAITING_FOR_BUYER_RESPONSE": DisputeStatus.WAITING_FOR_BUYER,
    "UNDER_REVIEW": DisputeStatus.UNDER_REVIEW,
    "RESOLVED": DisputeStatus.RESOLVED,
    "OTHER": DisputeStatus.OTHER,
}
STAGES: Mapping[str, DisputeStage] = {
    "INQUIRY": DisputeStage.INQUIRY,
    "CHARGEBACK": DisputeStage.CHARGEBACK,
    "PRE_ARBITRATION": DisputeStage.PRE_ARBITRATION,
    "ARBITRATION": DisputeStage.ARBITRATION,
}
OUTCOMES: Mapping[str, DisputeOutcome] = {
    "RESOLVED_BUYER_FAVOUR": DisputeOutcome.LOST,
    "RESOLVED_SELLER_FAVOUR": DisputeOutcome.WON,
    "RESOLVED_WITH_PAYOUT": DisputeOutcome.PAID_BY_PROCESSOR,
    "CANCELED_BY_BUYER": DisputeOutcome.CANCELLED_BY_BUYER,
    "ACCEPTED": DisputeOutcome.ACCEPTED,
    "DENIED": DisputeOutcome.DENIED,
    "NONE": DisputeOutcome.NONE,
}
"""Source: Disputes v1 1.10, `status`, `dispute_lifecycle_stage`, `dispute_outcome`. A word that is in none of
them is OTHER, which counts as open, and UNRECOGNISED, so that a person sees it."""

DISPUTE_ID = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)
_WAYS = frozenset(Way)


class Transaction(msgspec.Struct, frozen=True):
    """A payment that is disputed, by the id we know it by."""

    seller_transaction_id: str | None = None
    transaction_status: str | None = None


class Outcome(msgspec.Struct, frozen=True):
    """How it ended."""

    outcome_code: str | None = None


class MoneyMovement(msgspec.Struct, frozen=True):
    """What a dispute moved, and whose."""

    affected_party: str | None = None
    amount: Amount | None = None
    type: str | None = None
    reason: str | None = None


class ActionLink(msgspec.Struct, frozen=True):
    """What may be done now."""

    href: str | None = None
    method: str | None = None


class Dispute(msgspec.Struct, frozen=True):
    """All that is read of a dispute."""

    dispute_id: str
    create_time: str | None = None
    update_time: str | None = None
    disputed_transactions: tuple[Transaction, ...] | None = None
    reason: str | None = None
    status: str | None = None
    dispute_amount: Amount | None = None
    dispute_outcome: Outcome | None = None
    dispute_life_cycle_stage: str | None = None
    dispute_channel: str | None = None
    money_movements: tuple[MoneyMovement, ...] | None = None
    buyer_response_due_date: str | None = None
    seller_response_due_date: str | None = None
    links: tuple[ActionLink, ...] | None = None

    @property
    def captures(self) -> tuple[str, ...]:
        """What it is about, by the ids that captures have with us."""
        told = (clean(one.seller_transaction_id) for one in self.disputed_transactions or ())
        return tuple(one for one in told if one)

    @property
    def updated_at(self) -> datetime | None:
        """When it came to stand so. PayPal has sent times without a zone; they are UTC."""
        return _time(self.update_time) or _time(self.create_time)


class DisputePage(msgspec.Struct, frozen=True):
    """A page of the list, which does not say what a dispute is about."""

    items: tuple[Dispute, ...] | None = None
    links: tuple[Link, ...] | None = None


_read_dispute, _read_page = reader_of(Dispute), reader_of(DisputePage)


def read_dispute(document: Object) -> Dispute:
    """A dispute answered by itself; raises UnreadableAnswerError."""
    return readable(_read_dispute, document)


def read_page(document: Object) -> DisputePage:
    """A page of disputes; raises UnreadableAnswerError."""
    return readable(_read_page, document)


def dispute_facts(
    document: Object, reference: str, names: str | None, captures: Collection[str] = ()
) -> tuple[Fact, ...]:
    """How a dispute about a payment stands, and what it cost where it was lost.

    `captures` are those of the payment, for a dispute about several payments at once. Raises
    UnreadableAnswerError where an id or an amount cannot be read.
    """
    dispute = read_dispute(document)
    disputed = _disputed(dispute, reference, names, captures)
    return (disputed, *_strange(dispute, disputed), *_lost(dispute, disputed))


def _disputed(dispute: Dispute, reference: str, names: str | None, captures: Collection[str]) -> Fact:
    ours = [one for one in dispute.captures if one in captures] or dispute.captures
    outcome = dispute.dispute_outcome.outcome_code if dispute.dispute_outcome else None
    return Fact(
        kind=FactKind.DISPUTED,
        reference=reference,
        subject=usable_id(dispute.dispute_id, "a dispute"),
        amount=None if dispute.dispute_amount is None else money(dispute.dispute_amount),
        names=names,
        reason=(clean(dispute.reason) or "")[:120] or None,
        happened_at=dispute.updated_at,
        words=words(
            status=STATUSES.get(dispute.status or "", DisputeStatus.OTHER),
            stage=_word(dispute.dispute_life_cycle_stage, STAGES, DisputeStage.OTHER),
            outcome=_word(outcome, OUTCOMES, DisputeOutcome.OTHER),
            channel=(clean(dispute.dispute_channel) or "")[:40],
            due=_iso(dispute.seller_response_due_date),
            buyer_due=_iso(dispute.buyer_response_due_date),
            allows=" ".join(sorted(_allowed(dispute.links or ()))),
            of=ours[0] if ours else None,
        ),
    )


def _word(told: str | None, known: Mapping[str, str], other: str) -> str | None:
    return known.get(told, other) if told else None


def _allowed(links: tuple[ActionLink, ...]) -> Iterator[str]:
    """The last part of each link that may be POSTed; in the sandbox there are more than a merchant has."""
    for link in links:
        last = (link.href or "").partition("?")[0].rpartition("/")[2]
        if last in _WAYS and link.method in {"POST", None}:
            yield last


def _strange(dispute: Dispute, disputed: Fact) -> Iterator[Fact]:
    """Words nobody has seen: a person must look."""
    outcome = dispute.dispute_outcome.outcome_code if dispute.dispute_outcome else None
    told = (
        ("STATUS", dispute.status or "MISSING", STATUSES),
        ("STAGE", dispute.dispute_life_cycle_stage, STAGES),
        ("OUTCOME", outcome, OUTCOMES),
    )
    for name, word, known in told:
        if word and word not in known:
            yield Fact(
                kind=FactKind.UNRECOGNISED,
                reference=disputed.reference,
                subject=disputed.subject,
                names=disputed.names,
                reason=f"DISPUTE_{name}_{clean(word)}"[:120],
                happened_at=disputed.happened_at,
            )


def _lost(dispute: Dispute, disputed: Fact) -> Iterator[Fact]:
    """What was taken back by a dispute that ended for the customer, once it has ended.

    Where we gave the money back ourselves (a claim accepted, an offer taken) it went as a refund, and
    PayPal calls the payment refunded, not reversed: the books have it there already.
    """
    outcome = dispute.dispute_outcome.outcome_code if dispute.dispute_outcome else None
    if dispute.status != "RESOLVED" or OUTCOMES.get(outcome or "") is not DisputeOutcome.LOST:
        return
    of = disputed.word("of")
    states = {one.transaction_status for one in dispute.disputed_transactions or () if _is(one, of)}
    cost = _settled(dispute, disputed.amount)
    if "REVERSED" in states and cost is not None and cost.minor > 0:
        yield Fact(
            kind=FactKind.DISPUTE_LOST,
            reference=disputed.reference,
            subject=disputed.subject,
            amount=cost,
            names=disputed.names,
            happened_at=disputed.happened_at,
            words=words(of=of),
        )


def _is(transaction: Transaction, capture: str | None) -> bool:
    return clean(transaction.seller_transaction_id) == capture


def _settled(dispute: Dispute, disputed: Money | None) -> Money | None:
    """What left us for the customer by this dispute, less what came back; None where PayPal does not say."""
    if disputed is None:
        return None
    minor = 0
    for movement in dispute.money_movements or ():
        ours = movement.affected_party == "SELLER" and movement.reason == "DISPUTE_SETTLEMENT"
        if not ours or movement.amount is None:
            continue
        moved = money(movement.amount)
        if moved.currency != disputed.currency:
            return None
        minor += moved.minor if movement.type == "DEBIT" else -moved.minor
    return Money(minor, disputed.currency)


def _time(text: str | None) -> datetime | None:
    return read_time(text, zone=False)


def _iso(text: str | None) -> str | None:
    found = _time(text)
    return found.isoformat() if found else None
