"""Why PayPal holds a payment, in plain words, and what the operator can do where only they can."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checkout.domain.processor import Advice

if TYPE_CHECKING:
    from collections.abc import Mapping

_WAIT = "Wait: PayPal tells how it ends. Do not send the goods yet, and do not ask the customer to pay again."

REASONS: Mapping[str, Advice] = {
    "BUYER_COMPLAINT": Advice(
        "The customer has opened a dispute about it at PayPal.",
        "Answer the dispute in time: `checkout disputes list` shows by when.",
    ),
    "CHARGEBACK": Advice(
        "The customer's bank has taken the money back.",
        "Answer the dispute in time: `checkout disputes list` shows by when.",
    ),
    "DECLINED_BY_RISK_FRAUD_FILTERS": Advice("PayPal's fraud filters stopped it.", _WAIT),
    "ECHECK": Advice(
        "The customer pays from a bank account by eCheck, which takes some days to clear and may still bounce.",
        _WAIT,
    ),
    "INTERNATIONAL_WITHDRAWAL": Advice(
        "Your PayPal account cannot receive it by itself, because of where it comes from.",
        "Sign in at PayPal, open Activity, and accept or refuse the payment there.",
    ),
    "OTHER": Advice("PayPal gives no nearer reason.", "Ask PayPal's support, with the payment's capture id."),
    "PENDING_REVIEW": Advice(
        "PayPal reviews the payment for fraud; most reviews take less than a day.", _WAIT
    ),
    "RECEIVING_PREFERENCE_MANDATES_MANUAL_ACTION": Advice(
        "Your account is set to decide by hand about payments like this one: most often its currency is one that the"
        " account does not hold.",
        "Sign in at PayPal, open Activity, and accept the payment: convert it, or open a balance in its currency. To"
        " have it done by itself from now on, change Account Settings, Payment preferences, Block payments.",
    ),
    "REFUNDED": Advice("It was given back before it was complete.", ""),
    "TRANSACTION_APPROVED_AWAITING_FUNDING": Advice(
        "The customer agreed, but the money is not with PayPal yet.", _WAIT
    ),
    "UNILATERAL": Advice(
        "It was paid to an e-mail address that belongs to no confirmed PayPal account.",
        "Sign in at PayPal and confirm your e-mail address; the money then arrives. After 30 days it goes back.",
    ),
    "VERIFICATION_REQUIRED": Advice(
        "Your PayPal account is not verified, so it cannot take the money yet.",
        "Sign in at PayPal and finish the verification of your account.",
    ),
}
"""Source: Payments v2 2.5, `capture_status_details.reason` and `authorization_status_details.reason`; PayPal's help
pages on pending payments, read 2026-11."""


def explain(reason: str) -> Advice:
    """What a reason means; one that nobody has seen yet is shown as it is, and never as a success."""
    return REASONS.get(reason) or Advice(
        f"PayPal gives a reason this program does not know: {reason or 'none'}.",
        "Look at the payment in PayPal's own pages, under Activity.",
    )
