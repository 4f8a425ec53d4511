"""What may be done about a dispute as it stands, and what the bodies of its calls must say.

Source: Disputes v1 1.10; the names of the issues are those of PayPal's reference (errors of the disputes API) and
of its test values.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from checkout.processors.paypal.emulator.amount_rules import money_findings
from checkout.processors.paypal.emulator.dispute_records import (
    APPEALS,
    Channel,
    Dispute,
    OfferType,
    Reason,
    Stage,
    Status,
)
from checkout.processors.paypal.emulator.money import Money, money_from
from checkout.processors.paypal.emulator.refusals import ENVELOPES, Json, NamedRefusalError

TEXT_LENGTH_MAX = 2000
DOCUMENT_NAME = re.compile(r"[A-Za-z0-9\-_,\s]+\.(jpe?g|gif|png|pdf)", re.IGNORECASE)
EVIDENCE_TYPE = re.compile(r"[0-9A-Z_]{1,255}")
ACKNOWLEDGEMENTS = (
    "ITEM_RECEIVED",
    "ITEM_NOT_RECEIVED",
    "DAMAGED",
    "EMPTY_PACKAGE_OR_DIFFERENT",
    "MISSING_ITEMS",
)
OFFERS = {
    Reason.NOT_RECEIVED: (
        OfferType.REFUND,
        OfferType.REFUND_WITH_REPLACEMENT,
        OfferType.REPLACEMENT_WITHOUT_REFUND,
    ),
    Reason.NOT_AS_DESCRIBED: (OfferType.REFUND, OfferType.REFUND_WITH_RETURN),
}


class Action(StrEnum):
    """What the API can do about a dispute, by the names of its links."""

    SEND_MESSAGE = "send_message"
    MAKE_OFFER = "make_offer"
    ESCALATE = "escalate"
    ACCEPT_CLAIM = "accept_claim"
    PROVIDE_EVIDENCE = "provide_evidence"
    ACKNOWLEDGE_RETURN_ITEM = "acknowledge_return_item"
    PROVIDE_SUPPORTING_INFO = "provide_supporting_info"
    APPEAL = "appeal"
    REQUIRE_EVIDENCE = "require_evidence"
    ADJUDICATE = "adjudicate"

    def path(self) -> str:
        """Return the last part of its address."""
        return self.value.replace("_", "-")


def allowed_actions(dispute: Dispute, now: datetime) -> list[Action]:
    """Return what the merchant may do now; in the sandbox that includes what PayPal's people do."""
    if dispute.status is Status.RESOLVED:
        return [Action.APPEAL] if dispute.appealable(now) and dispute.stage in APPEALS else []
    if dispute.status is Status.UNDER_REVIEW:
        reviewed = [Action.REQUIRE_EVIDENCE, Action.ADJUDICATE]
        inquiry = dispute.stage is Stage.INQUIRY
        return reviewed if inquiry else [Action.PROVIDE_SUPPORTING_INFO, *reviewed]
    if dispute.status is not Status.WAITING_FOR_SELLER:
        return []
    answering = [Action.PROVIDE_EVIDENCE, Action.ACCEPT_CLAIM]
    if dispute.offer is not None and dispute.offer.returned:
        answering.append(Action.ACKNOWLEDGE_RETURN_ITEM)
    if dispute.stage is not Stage.INQUIRY:
        return answering
    return [Action.SEND_MESSAGE, Action.MAKE_OFFER, Action.ESCALATE, *answering]


def response_options(dispute: Dispute, actions: Sequence[Action]) -> Json:
    """Build the `allowed_response_options` of a dispute."""
    options: Json = {}
    if Action.ACKNOWLEDGE_RETURN_ITEM in actions:
        options["acknowledge_return_item"] = {"acknowledgement_types": list(ACKNOWLEDGEMENTS)}
    if Action.ACCEPT_CLAIM in actions:
        options["accept_claim"] = {"accept_claim_types": claim_types(dispute)}
    if Action.MAKE_OFFER in actions:
        options["make_offer"] = {"offer_types": [offer.value for offer in offer_types(dispute)]}
    return options


def claim_types(dispute: Dispute) -> list[str]:
    """Return how the merchant may give in."""
    if dispute.reason is Reason.NOT_AS_DESCRIBED and dispute.channel is Channel.INTERNAL:
        return ["REFUND", "REFUND_WITH_RETURN", "PARTIAL_REFUND"]
    return ["REFUND"]


def offer_types(dispute: Dispute) -> tuple[OfferType, ...]:
    """Return what the merchant may offer."""
    return OFFERS.get(dispute.reason, (OfferType.REFUND,))


def require(action: Action, dispute: Dispute, now: datetime) -> None:
    """Hold that something may be done now.

    Raises `NamedRefusalError`.
    """
    if action not in allowed_actions(dispute, now):
        raise unprocessable(
            "ACTION_NOT_ALLOWED_IN_CURRENT_DISPUTE_STATE",
            "This action is not allowed for this dispute ID. For the allowed actions, see the HATEOAS link in "
            "show dispute details.",
        )


def text(body: Json, name: str) -> str:
    """Return a text that must be there.

    Raises `NamedRefusalError`.
    """
    value = body.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= TEXT_LENGTH_MAX:
        raise malformed(f"/{name}", "MANDATORY_PARAMETER_MISSING", f"{name} is required.")
    return value


def checked_offer(
    dispute: Dispute, kind: object, amount: object, name: str
) -> tuple[OfferType, Money | None]:
    """Return what is offered, and how much of the money with it.

    Raises `NamedRefusalError`.
    """
    if kind not in offer_types(dispute):
        raise unprocessable("INVALID_OFFER_TYPE", "The offer type is not valid for this dispute.")
    offered = OfferType(str(kind))
    if offered is OfferType.REPLACEMENT_WITHOUT_REFUND:
        return offered, None
    return offered, dispute.amount if amount is None else checked_amount(dispute, amount, name)


def checked_amount(dispute: Dispute, amount: object, name: str) -> Money:
    """Return an amount that is no more than what is disputed.

    Raises `NamedRefusalError`.
    """
    if any(money_findings(amount, f"/{name}")) or not isinstance(amount, dict):
        raise malformed(f"/{name}", "INVALID_AMOUNT", "The amount is not valid.")
    wanted = money_from(amount)
    if wanted.currency != dispute.amount.currency or not 0 < wanted.value <= dispute.amount.value:
        raise unprocessable(
            "INVALID_REFUND_AMOUNT",
            "The amount must be in the disputed currency and not above what is disputed.",
        )
    return wanted


def checked_evidences(body: Json) -> list[Json]:
    """Return the evidences of a body.

    Raises `NamedRefusalError` when one is incomplete.
    """
    evidences = body.get("evidences")
    if not isinstance(evidences, list) or not evidences:
        raise malformed("/evidences", "MISSING_EVIDENCE_TYPE", "The evidence type is missing.")
    for number, evidence in enumerate(evidences):
        _check_evidence(f"/evidences/{number}", evidence)
    return evidences


def _check_evidence(place: str, evidence: object) -> None:
    kind = evidence.get("evidence_type") if isinstance(evidence, dict) else None
    if not isinstance(evidence, dict) or not isinstance(kind, str) or not EVIDENCE_TYPE.fullmatch(kind):
        raise malformed(f"{place}/evidence_type", "MISSING_EVIDENCE_TYPE", "The evidence type is missing.")
    found = evidence.get("evidence_info")
    known = found if isinstance(found, dict) else {}
    if kind == "PROOF_OF_FULFILLMENT":
        tracking = known.get("tracking_info")
        if not tracking or not all(_is_tracked(entry) for entry in tracking):
            raise malformed(
                f"{place}/evidence_info/tracking_info",
                "MISSING_TRACKING_INFO",
                "The tracking number and carrier name are missing.",
            )
    if kind == "PROOF_OF_REFUND" and not known.get("refund_ids"):
        raise malformed(f"{place}/evidence_info/refund_ids", "MISSING_REFUND_ID", "A refund ID is missing.")


def _is_tracked(entry: object) -> bool:
    return isinstance(entry, dict) and bool(entry.get("carrier_name")) and bool(entry.get("tracking_number"))


def checked_documents(names: Sequence[str]) -> list[Json]:
    """Return the documents of a call by their names; only pictures and PDF files are taken.

    Raises `NamedRefusalError`.
    """
    for name in names:
        if not DOCUMENT_NAME.fullmatch(name):
            raise unprocessable("INVALID_EVIDENCE_FILE", "The evidence file is not valid.")
    return [{"name": name} for name in names]


def unprocessable(issue: str, description: str) -> NamedRefusalError:
    """Build the refusal of what cannot be done."""
    return NamedRefusalError(422, *ENVELOPES[422], [{"issue": issue, "description": description}])


def malformed(place: str, issue: str, description: str, location: str = "body") -> NamedRefusalError:
    """Build the refusal of what was not said as it must be."""
    detail = {"field": place, "location": location, "issue": issue, "description": description}
    return NamedRefusalError(400, "VALIDATION_ERROR", "Invalid request - see details.", [detail])
