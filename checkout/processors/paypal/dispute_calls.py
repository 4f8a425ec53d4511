"""What PayPal is asked and told about disputes: read, list, answer. Source: Disputes v1 1.10."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from checkout.domain.dispute_answers import (
    WAYS,
    Acceptance,
    Acknowledgement,
    Answer,
    Appeal,
    Arrival,
    ClaimEnd,
    Evidence,
    EvidenceKind,
    Message,
    Offer,
    OfferKind,
)
from checkout.domain.errors import NotFoundError, ProcessorRefusedError, ProcessorUnavailableError
from checkout.domain.facts import FactKind
from checkout.domain.processor import ListedDispute
from checkout.processors.paypal.answers import UnreadableAnswerError
from checkout.processors.paypal.currencies import value_text
from checkout.processors.paypal.disputes import (
    DISPUTE_ID,
    Dispute,
    DisputePage,
    dispute_facts,
    read_dispute,
    read_page,
)
from checkout.processors.paypal.reactions import FORGOTTEN, NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from checkout.domain.facts import Fact
    from checkout.domain.money import Money
    from checkout.domain.processor import Question
    from checkout.processors.paypal.client import PayPalClient
    from checkout.processors.paypal.documents import Json, Object
    from checkout.processors.paypal.wire import Received

PATH = "/v1/customer/disputes"
PAGE_SIZE = 50
PAGES_MAX = 100
"""5000 disputes at once: far more than any shop could answer."""

_CLAIM_ENDS = {
    ClaimEnd.REFUND: "REFUND",
    ClaimEnd.PARTIAL: "PARTIAL_REFUND",
    ClaimEnd.AFTER_RETURN: "REFUND_WITH_RETURN",
}
_EVIDENCES = {
    EvidenceKind.DELIVERY: "PROOF_OF_FULFILLMENT",
    EvidenceKind.SIGNATURE: "PROOF_OF_DELIVERY_SIGNATURE",
    EvidenceKind.REFUND: "PROOF_OF_REFUND",
    EvidenceKind.RECEIPT: "PROOF_OF_RECEIPT_COPY",
    EvidenceKind.POLICY: "RETURN_POLICY",
    EvidenceKind.DESCRIPTION: "ITEM_DESCRIPTION",
    EvidenceKind.OTHER: "OTHER",
}
_OFFERS = {
    OfferKind.REFUND: "REFUND",
    OfferKind.AFTER_RETURN: "REFUND_WITH_RETURN",
    OfferKind.REFUND_AND_REPLACEMENT: "REFUND_WITH_REPLACEMENT",
    OfferKind.REPLACEMENT: "REPLACEMENT_WITHOUT_REFUND",
}
_ARRIVALS = {
    Arrival.RECEIVED: "ITEM_RECEIVED",
    Arrival.NOT_RECEIVED: "ITEM_NOT_RECEIVED",
    Arrival.DAMAGED: "DAMAGED",
    Arrival.EMPTY_OR_OTHER: "EMPTY_PACKAGE_OR_DIFFERENT",
    Arrival.INCOMPLETE: "MISSING_ITEMS",
}
CARRIERS = frozenset(
    [
        "AUSTRALIA_POST",
        "AUSTRIAN_POST",
        "BPOST",
        "CANADA_POST",
        "CHRONOPOST",
        "DEUTSCHE_POST_DHL",
        "DHL",
        "DPD",
        "FEDEX",
        "GLS",
        "HERMES",
        "LA_POSTE",
        "PARCELFORCE",
        "POSTNL",
        "POSTEN_NORGE",
        "POSTE_ITALIANE",
        "ROYAL_MAIL",
        "SWISS_POST",
        "TNT",
        "UPS",
        "USPS",
    ]
)
"""The names PayPal has for the carriers that most parcels go with; any other is given in plain words."""


def told_of_disputes(client: PayPalClient, question: Question, told: Iterable[Fact]) -> tuple[Fact, ...]:
    """How the disputes stand that a question asks for.

    An event that named a dispute may be forged, so only one about a capture of this payment counts. One that
    PayPal does not know adds nothing.
    """
    taken = {FactKind.CAPTURED, FactKind.PENDING}
    captures = {fact.subject for fact in told if fact.kind in taken} | set(question.captures)
    facts: list[Fact] = []
    for dispute_id in sorted(question.disputes):
        received = _shown(client, dispute_id)
        if received is None or captures.isdisjoint(_dispute(received, dispute_id).captures):
            continue
        try:
            facts += dispute_facts(received.document, question.reference, question.names, captures)
        except UnreadableAnswerError as unreadable:
            raise _unusable("inquire", unreadable.why, received) from unreadable
    return tuple(facts)


def list_disputes(client: PayPalClient, since: datetime | None) -> tuple[ListedDispute, ...]:
    """Every dispute that was updated since a time, or in the last 180 days, which is as far as PayPal looks."""
    query = {"page_size": str(PAGE_SIZE)}
    if since is not None:
        query["update_time_after"] = f"{since:%Y-%m-%dT%H:%M:%S}.000Z"
    found: dict[str, ListedDispute] = {}
    for _ in range(PAGES_MAX):
        received = client.read("list disputes", PATH, query)
        page = _page(received)
        for dispute in page.items or ():
            if DISPUTE_ID.fullmatch(dispute.dispute_id):
                found[dispute.dispute_id] = ListedDispute(dispute.dispute_id, dispute.updated_at)
        token = _next_token(page)
        if token is None:
            return tuple(found.values())
        query["next_page_token"] = token
    raise ProcessorUnavailableError(NAME, "list disputes", f"the list has more than {PAGES_MAX} pages")


def disputed_captures(client: PayPalClient, dispute_id: str) -> frozenset[str]:
    """The captures a dispute is about; none where PayPal does not know it."""
    received = _shown(client, dispute_id)
    return frozenset(_dispute(received, dispute_id).captures) if received else frozenset()


def answer_dispute(client: PayPalClient, dispute_id: str, answer: Answer) -> str | None:
    """Do something about a dispute; PayPal's id of the call. Its new state is to be asked for.

    PayPal knows no repeats here, so no key goes with it, and nothing is ever sent twice by itself.
    """
    if not DISPUTE_ID.fullmatch(dispute_id):
        raise NotFoundError("dispute", dispute_id)
    way, operation = WAYS[type(answer)]
    path = f"{PATH}/{dispute_id}/{way}"
    body = _body(answer)
    if isinstance(answer, Offer):
        return client.write(operation, path, body).debug_id
    evidence = answer.evidence if isinstance(answer, Appeal) else answer
    documents = evidence.documents if isinstance(evidence, Evidence) else ()
    files = [(one.name, one.content, one.media_type) for one in documents]
    return client.upload(operation, path, body, files).debug_id


def _body(answer: Answer) -> Object:
    match answer:
        case Acceptance():
            given: Object = {"note": answer.note, "accept_claim_type": _CLAIM_ENDS[answer.end]}
            given |= {"refund_amount": _amount(answer.amount)} if answer.amount else {}
            return given | ({"invoice_id": answer.invoice} if answer.invoice else {})
        case Evidence():
            return {"evidences": [_evidence(answer)]}
        case Appeal():
            return {"evidences": [_evidence(answer.evidence)]}
        case Offer():
            amount: Object = {"offer_amount": _amount(answer.amount)} if answer.amount else {}
            return {"note": answer.note, "offer_type": _OFFERS[answer.kind]} | amount
        case Message():
            return {"message": answer.text}
        case Acknowledgement():
            note: Object = {"note": answer.note} if answer.note else {}
            return {"acknowledgement_type": _ARRIVALS[answer.arrival]} | note


def _evidence(evidence: Evidence) -> Object:
    given: Object = {"evidence_type": _EVIDENCES[evidence.kind]}
    info: Object = {}
    if evidence.tracking:
        info["tracking_info"] = [_tracking(evidence.carrier, evidence.tracking)]
    if evidence.refund:
        info["refund_ids"] = [evidence.refund]
    given |= {"evidence_info": info} if info else {}
    return given | ({"notes": evidence.notes} if evidence.notes else {})


def _tracking(carrier: str, number: str) -> Json:
    known = carrier.strip().upper().replace(" ", "_").replace("-", "_")
    if known in CARRIERS:
        return {"carrier_name": known, "tracking_number": number}
    return {"carrier_name": "OTHER", "carrier_name_other": carrier, "tracking_number": number}


def _amount(amount: Money) -> Object:
    return {"currency_code": amount.currency, "value": value_text(amount)}


def _shown(client: PayPalClient, dispute_id: str) -> Received | None:
    """A dispute, None where there is none; an id from outside never leaves its place in the path."""
    if not DISPUTE_ID.fullmatch(dispute_id):
        return None
    try:
        return client.read("show dispute", f"{PATH}/{dispute_id}")
    except ProcessorRefusedError as refused:
        if refused.issue not in FORGOTTEN:
            raise
        return None


def _dispute(received: Received, expected: str) -> Dispute:
    """Another dispute's state must never be settled as this one's."""
    try:
        found = read_dispute(received.document)
    except UnreadableAnswerError as unreadable:
        raise _unusable("show dispute", unreadable.why, received) from unreadable
    if found.dispute_id != expected:
        why = f"asked of {expected}, answered of {found.dispute_id[:40]!r}"
        raise _unusable("show dispute", why, received)
    return found


def _page(received: Received) -> DisputePage:
    try:
        return read_page(received.document)
    except UnreadableAnswerError as unreadable:
        raise _unusable("list disputes", unreadable.why, received) from unreadable


def _next_token(page: DisputePage) -> str | None:
    """Only the token of the link is used: an address from an answer is never called."""
    for link in page.links or ():
        if link.rel == "next" and link.href:
            given: Mapping[str, list[str]] = parse_qs(urlsplit(link.href).query)
            token = next(iter(given.get("next_page_token", [])), None)
            # In base 64 a plus is a plus, not the blank that forms make of it.
            return token.replace(" ", "+") if token else None
    return None


def _unusable(operation: str, why: str, received: Received) -> ProcessorUnavailableError:
    return ProcessorUnavailableError(NAME, operation, why, received.debug_id)
