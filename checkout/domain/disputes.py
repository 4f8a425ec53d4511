"""Disputes: how each stands, folded from everything that was told of it in whatever order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from checkout.domain.facts import Fact, FactKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from checkout.domain.money import Money


class DisputeStatus(StrEnum):
    """Whose turn it is."""

    OPEN = "open"
    WAITING_FOR_US = "waiting for us"
    WAITING_FOR_BUYER = "waiting for the buyer"
    UNDER_REVIEW = "under review"
    RESOLVED = "resolved"
    OTHER = "other"
    """A word we do not know; it counts as open."""


class DisputeStage(StrEnum):
    """How far it has come; each later stage is harder to win."""

    INQUIRY = "inquiry"
    CHARGEBACK = "chargeback"
    PRE_ARBITRATION = "pre-arbitration"
    ARBITRATION = "arbitration"
    OTHER = "other"


class DisputeOutcome(StrEnum):
    """How it ended."""

    NONE = "none"
    WON = "won"
    LOST = "lost"
    PAID_BY_PROCESSOR = "paid by the processor"
    """The customer has their money from the processor; ours stays with us."""
    CANCELLED_BY_BUYER = "cancelled by the buyer"
    ACCEPTED = "accepted"
    """We gave the money back."""
    DENIED = "denied"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Dispute:
    """One dispute as it stands. `due_at` is when our answer must be there; `allows` what we may do now."""

    id: str
    capture: str | None
    amount: Money | None
    status: DisputeStatus
    stage: DisputeStage
    outcome: DisputeOutcome
    reason: str
    channel: str
    due_at: datetime | None
    buyer_due_at: datetime | None
    allows: frozenset[str]
    updated_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Not resolved yet, as far as we know."""
        return self.status is not DisputeStatus.RESOLVED


def disputes(told: Iterable[Fact]) -> list[Dispute]:
    """Each dispute at its latest known moment, by id."""
    latest: dict[str, Fact] = {}
    for fact in told:
        if fact.kind is FactKind.DISPUTED:
            known = latest.get(fact.subject)
            if known is None or _later(fact) > _later(known):
                latest[fact.subject] = fact
    return [_dispute(fact) for _, fact in sorted(latest.items())]


def _later(fact: Fact) -> tuple[datetime, bool, int, str]:
    """By its time; of one moment the word that is further on, so that every order of arrival agrees."""
    at = fact.happened_at or datetime.min.replace(tzinfo=UTC)
    stages = list(DisputeStage)
    stage = fact.word("stage") or ""
    rank = stages.index(DisputeStage(stage)) if stage in stages else len(stages)
    return at, fact.word("status") == DisputeStatus.RESOLVED, rank, repr(fact)


def _dispute(fact: Fact) -> Dispute:
    return Dispute(
        id=fact.subject,
        capture=fact.word("of"),
        amount=fact.amount,
        status=DisputeStatus(fact.word("status") or DisputeStatus.OTHER),
        stage=DisputeStage(fact.word("stage") or DisputeStage.OTHER),
        outcome=DisputeOutcome(fact.word("outcome") or DisputeOutcome.NONE),
        reason=fact.reason or "",
        channel=fact.word("channel") or "",
        due_at=_time(fact.word("due")),
        buyer_due_at=_time(fact.word("buyer_due")),
        allows=frozenset((fact.word("allows") or "").split()),
        updated_at=fact.happened_at,
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
