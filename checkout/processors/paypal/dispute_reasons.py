"""Why customers dispute a payment, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_UNAUTHORISED = "the customer says that they did not make this payment"

DISPUTE_REASONS: Mapping[str, str] = {
    "MERCHANDISE_OR_SERVICE_NOT_RECEIVED": "the customer says that what they bought never came",
    "MERCHANDISE_OR_SERVICE_NOT_AS_DESCRIBED": "the customer says that what came is not as it was described",
    "UNAUTHORISED": _UNAUTHORISED,
    "UNAUTHORIZED": _UNAUTHORISED,
    "CREDIT_NOT_PROCESSED": "the customer says that a promised refund never came",
    "DUPLICATE_TRANSACTION": "the customer says that they paid twice for the same",
    "INCORRECT_AMOUNT": "the customer says that the amount is wrong",
    "PAYMENT_BY_OTHER_MEANS": "the customer says that they paid in another way",
    "CANCELED_RECURRING_BILLING": "the customer says that they had cancelled a subscription",
    "PROBLEM_WITH_REMITTANCE": "the customer says that something is wrong with a money transfer",
    "OTHER": "another reason, which PayPal does not name",
}
"""Source: Disputes v1 1.10, `dispute_reason`; UNAUTHORIZED is an older spelling that PayPal's own events have."""


def explain_dispute(reason: str) -> str:
    """What a reason means; one that nobody has seen yet is shown as it is."""
    return DISPUTE_REASONS.get(reason, reason or "no reason is told")
