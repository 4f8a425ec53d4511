"""What we may do about a dispute, and the answers we give: each checked here before anybody is asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from checkout.domain.disputes import Dispute, DisputeOutcome, DisputeStatus
from checkout.domain.errors import BadInputError, CheckoutError
from checkout.domain.intents import Operation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checkout.domain.facts import Fact
    from checkout.domain.money import Money

TEXT_MAX = 2000
DOCUMENTS_MAX = 10
DOCUMENTS_BYTES_MAX = 4 * 1024 * 1024
"""PayPal takes 50 MB for a dispute; the shop's records and a few pictures of the operator's need no more than this,
and it must be sent before anybody takes the answer for lost."""


class Way(StrEnum):
    """One way to act, by the word a dispute's `allows` has for it."""

    ACCEPT = "accept-claim"
    EVIDENCE = "provide-evidence"
    OFFER = "make-offer"
    MESSAGE = "send-message"
    APPEAL = "appeal"
    ACKNOWLEDGE = "acknowledge-return-item"
    ESCALATE = "escalate"
    SUPPORT = "provide-supporting-info"


class ClaimEnd(StrEnum):
    """How a claim is accepted."""

    REFUND = "refund"
    PARTIAL = "partial refund"
    AFTER_RETURN = "refund after return"


class EvidenceKind(StrEnum):
    """What evidence proves."""

    DELIVERY = "delivery"
    """Needs a carrier and a tracking number."""
    SIGNATURE = "signature"
    REFUND = "refund"
    """Needs the processor's id of the refund."""
    RECEIPT = "receipt"
    POLICY = "policy"
    DESCRIPTION = "description"
    OTHER = "other"


class OfferKind(StrEnum):
    """What is offered instead of a decision."""

    REFUND = "refund"
    AFTER_RETURN = "refund after return"
    REFUND_AND_REPLACEMENT = "refund and replacement"
    REPLACEMENT = "replacement"


class Arrival(StrEnum):
    """How goods that came back arrived."""

    RECEIVED = "received"
    NOT_RECEIVED = "not received"
    DAMAGED = "damaged"
    EMPTY_OR_OTHER = "empty or something else"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True)
class Document:
    """A file of evidence."""

    name: str
    content: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Give in. `amount` only with PARTIAL; `invoice` is our name of the refund that comes of it."""

    note: str
    end: ClaimEnd = ClaimEnd.REFUND
    amount: Money | None = None
    invoice: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Show that we are right. `carrier` and `tracking` belong to DELIVERY, `refund` to REFUND."""

    kind: EvidenceKind
    notes: str = ""
    carrier: str = ""
    tracking: str = ""
    refund: str = ""
    documents: tuple[Document, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """Propose something to the customer."""

    kind: OfferKind
    note: str
    amount: Money | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """Write to the customer, by the processor."""

    text: str


@dataclass(frozen=True, slots=True)
class Appeal:
    """Ask for a lost dispute to be looked at again, with new evidence."""

    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Say how goods that came back arrived; RECEIVED gives the money back."""

    arrival: Arrival
    note: str = ""


Answer: TypeAlias = Acceptance | Evidence | Offer | Message | Appeal | Acknowledgement

WAYS: Mapping[type, tuple[Way, Operation]] = {
    Acceptance: (Way.ACCEPT, Operation.ACCEPT_CLAIM),
    Evidence: (Way.EVIDENCE, Operation.GIVE_EVIDENCE),
    Offer: (Way.OFFER, Operation.MAKE_OFFER),
    Message: (Way.MESSAGE, Operation.SEND_MESSAGE),
    Appeal: (Way.APPEAL, Operation.APPEAL),
    Acknowledgement: (Way.ACKNOWLEDGE, Operation.ACKNOWLEDGE),
}


class NotAllowedNowError(CheckoutError):
    """Something that cannot be done about a dispute as it stands. Says what can, and by when."""

    def __init__(self, dispute: Dispute, way: Way) -> None:
        self.dispute, self.way = dispute, way
        known = [str(one) for one in Way if one in dispute.allows]
        may = f"What may be done now: {', '.join(known)}" if known else "Nothing may be done now"
        due = f", by {dispute.due_at:%Y-%m-%d %H:%M} UTC" if known and dispute.due_at else ""
        super().__init__(f"Dispute {dispute.id} is {dispute.status} and does not allow {way}. {may}{due}.")


class AnswerUnknownError(CheckoutError):
    """An earlier answer whose outcome is not known yet; a second one could do it twice."""

    def __init__(self, dispute_id: str, operation: Operation, by: str | None, asked_at: datetime) -> None:
        super().__init__(
            f"It is not known yet what came of an earlier answer to dispute {dispute_id} ({operation}, by"
            f" {by or 'somebody'} at {asked_at:%Y-%m-%d %H:%M} UTC). It is asked about again; wait ten minutes."
        )


class AnsweredAlreadyError(CheckoutError):
    """The same answer to the same state of a dispute was given before, perhaps a moment ago."""

    def __init__(self, dispute_id: str, operation: Operation, by: str | None) -> None:
        super().__init__(
            f"Dispute {dispute_id} was answered so already ({operation}, by {by or 'somebody'}); nothing was sent."
        )


class EvidenceTooLargeError(CheckoutError):
    """More documents than are sent."""

    def __init__(self, count: int, size: int) -> None:
        super().__init__(
            f"{count} documents of together {size} bytes are too much: at most {DOCUMENTS_MAX}, of together"
            f" {DOCUMENTS_BYTES_MAX} bytes."
        )


def check(answer: Answer) -> None:
    """Refuse what no processor could take: BadInputError or EvidenceTooLargeError."""
    match answer:
        case Acceptance():
            _check_text("note", answer.note)
            if (answer.end is ClaimEnd.PARTIAL) != (answer.amount is not None):
                raise BadInputError(
                    "An amount belongs to a partial refund, and a partial refund needs an amount."
                )
        case Evidence():
            _check_evidence(answer)
        case Appeal():
            _check_evidence(answer.evidence)
        case Offer():
            _check_text("note", answer.note)
            if answer.kind is OfferKind.REPLACEMENT and answer.amount is not None:
                raise BadInputError("A replacement alone has no amount.")
        case Message():
            _check_text("text", answer.text)
        case Acknowledgement():
            _check_length("note", answer.note)


def texts_of(answer: Answer) -> dict[str, str]:
    """Everything in an answer that somebody typed or that was put together, by what it is."""
    match answer:
        case Acceptance() | Offer() | Acknowledgement():
            return {"note": answer.note}
        case Message():
            return {"text": answer.text}
        case Appeal():
            return texts_of(answer.evidence)
        case Evidence():
            return {"notes": answer.notes, "carrier": answer.carrier, "tracking": answer.tracking}


def summary_of(answer: Answer) -> str:
    """What was sent, for the history: never the words themselves, which the processor keeps."""
    match answer:
        case Acceptance():
            return f"{answer.end}{f' of {answer.amount}' if answer.amount else ''}"
        case Evidence():
            named = ", ".join(one.name for one in answer.documents)
            shipped = f", {answer.carrier} {answer.tracking}" if answer.tracking else ""
            return f"{answer.kind}{shipped}{f'; {named}' if named else ''}"[:255]
        case Offer():
            return f"{answer.kind}{f' of {answer.amount}' if answer.amount else ''}"
        case Message():
            return f"{len(answer.text)} characters"
        case Appeal():
            return summary_of(answer.evidence)
        case Acknowledgement():
            return str(answer.arrival)


def wish_of(way: Way, dispute: Dispute) -> str:
    """The same for the same answer to the same state, however often it is given."""
    return f"{way}@{dispute.updated_at.isoformat() if dispute.updated_at else ''}"


def answered_state(wish: str | None) -> datetime | None:
    """When the dispute came to the state that a wish answers."""
    told = (wish or "").partition("@")[2]
    return datetime.fromisoformat(told) if told else None


def shows_answer(fact: Fact, operation: Operation, since: datetime | None) -> bool:
    """True where a later state of the dispute is what this answer leads to.

    A dispute that has merely changed proves nothing: the customer too can change it.
    """
    if fact.happened_at is None or (since is not None and fact.happened_at <= since):
        return False
    status, outcome = fact.word("status"), fact.word("outcome")
    gave_back = outcome in {DisputeOutcome.LOST, DisputeOutcome.ACCEPTED}
    others_turn = status in {DisputeStatus.WAITING_FOR_BUYER, DisputeStatus.UNDER_REVIEW}
    if operation is Operation.APPEAL:
        return status != DisputeStatus.RESOLVED
    if operation in {Operation.ACCEPT_CLAIM, Operation.ACKNOWLEDGE}:
        return gave_back or others_turn
    return others_turn


def _check_evidence(evidence: Evidence) -> None:
    _check_length("notes", evidence.notes)
    if evidence.kind is EvidenceKind.DELIVERY and not (evidence.carrier and evidence.tracking):
        raise BadInputError("Proof of delivery needs the carrier's name and the tracking number.")
    if evidence.kind is EvidenceKind.REFUND and not evidence.refund:
        raise BadInputError("Proof of a refund needs the processor's id of the refund.")
    size = sum(len(one.content) for one in evidence.documents)
    if len(evidence.documents) > DOCUMENTS_MAX or size > DOCUMENTS_BYTES_MAX:
        raise EvidenceTooLargeError(len(evidence.documents), size)


def _check_text(name: str, text: str) -> None:
    if not text.strip():
        raise BadInputError(f"The {name} must say something.")
    _check_length(name, text)


def _check_length(name: str, text: str) -> None:
    if len(text) > TEXT_MAX:
        raise BadInputError(f"The {name} has {len(text)} characters; at most {TEXT_MAX} are taken.")
