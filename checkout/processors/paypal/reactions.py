"""What the house does about each of PayPal's refusals, decided by its `issue`, never by its text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from checkout.domain.errors import (
    ProcessorError,
    ProcessorRefusedError,
    ProcessorUnavailableError,
    Reaction,
)
from checkout.processors.paypal.wire import ErrorAnswerError, is_busy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from checkout.processors.paypal.documents import Object

NAME = "paypal"

_ISSUES = {
    Reaction.BACK_TO_PAYER: "CONSENT_NEEDED PAYER_ACTION_REQUIRED SHIPPING_OPTION_NOT_SELECTED",
    Reaction.NOT_APPROVED: "NO_PAYMENT_SOURCE_PROVIDED ORDER_IS_PENDING_APPROVAL ORDER_NOT_APPROVED",
    Reaction.OTHER_INSTRUMENT: "INSTRUMENT_DECLINED REDIRECT_PAYER_FOR_ALTERNATE_FUNDING",
    Reaction.READ_AND_GO_ON: """
        ACTION_NOT_ALLOWED_IN_CURRENT_DISPUTE_STATE AUTHORIZATION_ALREADY_CAPTURED AUTHORIZATION_DENIED
        AUTHORIZATION_VOIDED CANNOT_BE_VOIDED
        CAPTURE_FULLY_REFUNDED CAPTURE_STATUS_NOT_VALID DUPLICATE_INVOICE_ID ORDER_ALREADY_AUTHORIZED
        ORDER_ALREADY_CAPTURED ORDER_ALREADY_COMPLETED ORDER_COMPLETED_OR_VOIDED
        ORDER_COMPLETE_ON_PAYMENT_APPROVAL PAYMENT_ALREADY_APPROVED PREVIOUSLY_CAPTURED PREVIOUSLY_VOIDED""",
    Reaction.REPEAT_LATER: """
        ORDER_COMPLETION_IN_PROGRESS PREVIOUS_REQUEST_IN_PROGRESS RATE_LIMIT_REACHED
        INTERNAL_SERVER_ERROR INTERNAL_SERVICE_ERROR RESOURCE_CONFLICT""",
    Reaction.WAIT: "PENDING_CAPTURE",
    Reaction.START_AGAIN: """
        AUTHORIZATION_EXPIRED INVALID_RESOURCE_ID MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED
        ORDER_CANNOT_BE_CONFIRMED ORDER_EXPIRED TOKEN_EXPIRED TOKEN_ID_NOT_FOUND RESOURCE_NOT_FOUND""",
    Reaction.OTHER_METHOD: """
        AGREEMENT_ALREADY_CANCELLED ALIAS_DECLINED_BY_PROCESSOR BILLING_ADDRESS_INVALID
        BILLING_AGREEMENT_NOT_FOUND COMPLIANCE_VIOLATION COUNTRY_NOT_SUPPORTED_BY_PAYMENT_SOURCE
        CURRENCY_NOT_SUPPORTED_FOR_BANK CURRENCY_NOT_SUPPORTED_FOR_CARD_TYPE DECLINED_DUE_TO_RELATED_TXN
        DOMESTIC_TRANSACTION_REQUIRED IBAN_COUNTRY_NOT_SUPPORTED INVALID_IBAN PAYEE_BLOCKED_TRANSACTION
        PAYER_ACCOUNT_LOCKED_OR_CLOSED PAYER_ACCOUNT_RESTRICTED PAYER_CANNOT_PAY
        PAYMENT_SOURCE_CANNOT_BE_USED PAYMENT_SOURCE_DECLINED_BY_PROCESSOR
        PAYMENT_SOURCE_INFO_CANNOT_BE_VERIFIED PAYMENT_SOURCE_NOT_SUPPORTED REFERENCED_CARD_EXPIRED
        SHIPPING_ADDRESS_INVALID TRANSACTION_BLOCKED_BY_PAYEE TRANSACTION_LIMIT_EXCEEDED
        TRANSACTION_REFUSED""",
    Reaction.OPERATOR: """
        AMOUNT_CHANGE_NOT_ALLOWED AUTHORIZATION_AMOUNT_EXCEEDED AUTH_CAPTURE_NOT_ENABLED
        CAPTURE_ID_NOT_FOUND CURRENCY_NOT_SUPPORTED CURRENCY_NOT_SUPPORTED_FOR_COUNTRY
        INVALID_ACCOUNT_STATUS MAX_AUTHORIZATION_COUNT_EXCEEDED MAX_CAPTURE_AMOUNT_EXCEEDED
        MAX_CAPTURE_COUNT_EXCEEDED MAX_NUMBER_OF_REFUNDS_EXCEEDED NOT_ENABLED_FOR_APPLE_PAY
        NOT_ENABLED_FOR_BANK_PROCESSING NOT_ENABLED_FOR_CARD_PROCESSING NOT_ENABLED_FOR_GOOGLE_PAY
        NOT_ENABLED_TO_VAULT_PAYMENT_SOURCE PARTIAL_REFUND_NOT_ALLOWED PAYEE_ACCOUNT_INVALID
        PAYEE_ACCOUNT_LOCKED_OR_CLOSED PAYEE_ACCOUNT_NOT_VERIFIED PAYEE_ACCOUNT_RESTRICTED
        PAYEE_COUNTRY_NOT_SUPPORTED_FOR_PAYMENT_SOURCE PAYEE_NOT_ENABLED_FOR_BANK_PROCESSING
        PAYEE_NOT_ENABLED_FOR_CARD_PROCESSING PAYEE_PRICING_TIER_ID_NOT_ENABLED PERMISSION_DENIED
        PERMISSION_DENIED_FOR_DONATION_ITEMS PLATFORM_FEE_NOT_ENABLED REAUTHORIZATION_NOT_SUPPORTED
        REFUND_AMOUNT_EXCEEDED REFUND_AMOUNT_TOO_LOW REFUND_CAPTURE_CURRENCY_MISMATCH
        REFUND_FAILED_INSUFFICIENT_FUNDS REFUND_IS_RESTRICTED REFUND_NOT_ALLOWED
        REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK REFUND_TIME_LIMIT_EXCEEDED SETUP_ERROR_FOR_BANK
        TRANSACTION_DISPUTED TRANSACTION_RECEIVING_LIMIT_EXCEEDED
        WEBHOOK_NUMBER_LIMIT_EXCEEDED WEBHOOK_URL_ALREADY_EXISTS AUTHENTICATION_FAILURE NOT_AUTHORIZED
        INVALID_CLIENT INVALID_TOKEN UNAUTHORIZED_CLIENT
        AMOUNT_SHOULD_NOT_BE_PASSED INSUFFICIENT_FUNDS INVALID_ACCEPT_CLAIM_TYPE
        INVALID_ACKNOWLEDGEMENT_TYPE INVALID_EVIDENCE_FILE INVALID_OFFER_TYPE INVALID_REFUND_AMOUNT
        MISSING_EVIDENCE_TYPE MISSING_REFUND_ID MISSING_TRACKING_INFO""",
    Reaction.OUR_BUG: "CARD_NUMBER_REQUIRED CARD_EXPIRY_REQUIRED NOT_ELIGIBLE_FOR_TOKEN_PROCESSING",
}

REACTIONS: Mapping[str, Reaction] = {
    issue: reaction for reaction, issues in _ISSUES.items() for issue in issues.split()
}
"""Every issue that is not simply our own mistake, which is what one missing here is taken for.

Source: the issue lists of PayPal's Orders v2 2.13 and Payments v2 2.5 specifications, its reference of the
errors of the disputes API, read 2026-11, and sandbox recordings.
"""

FORGOTTEN = frozenset({"INVALID_RESOURCE_ID", "RESOURCE_NOT_FOUND"})
"""What PayPal says of an order it no longer knows: it has expired. Source: liberapay's recordings."""

_BY_URGENCY = (Reaction.REPEAT_LATER, Reaction.READ_AND_GO_ON)
_ISSUE = re.compile(r"[A-Z][A-Z0-9_]{1,79}", re.ASCII)


def reaction_to(issue: str, status: int = 422) -> Reaction:
    """What to do about an issue; one nobody has seen is our bug, unless the status says who must act."""
    if issue in REACTIONS:
        return REACTIONS[issue]
    if issue.startswith("CARD_"):
        return Reaction.OTHER_METHOD
    if status in {401, 403}:
        return Reaction.OPERATOR
    if status in {408, 409} or is_busy(status):
        return Reaction.REPEAT_LATER
    return Reaction.OUR_BUG


def refusal(operation: str, error: ErrorAnswerError, *, repeated: bool = False) -> ProcessorError:
    """An error answer as the house's error.

    `repeated` says that the call had been sent before and its answer lost: a refusal of the repeat then
    proves nothing about the first, unless PayPal says that it already happened.
    """
    found = {issue: reaction_to(issue, error.status) for issue in _issues(error.document)}
    urgent = [issue for wanted in _BY_URGENCY for issue, reaction in found.items() if reaction is wanted]
    issue = (urgent or list(found) or [f"HTTP_{error.status}"])[0]
    reaction = found.get(issue, reaction_to(issue, error.status))
    unknown = reaction is Reaction.REPEAT_LATER or (repeated and reaction is not Reaction.READ_AND_GO_ON)
    if unknown:
        return ProcessorUnavailableError(NAME, operation, f"HTTP {error.status}, {issue}", error.debug_id)
    return ProcessorRefusedError(NAME, operation, issue, reaction, error.debug_id)


def _issues(document: Object) -> Iterator[str]:
    """Each `details[].issue`; where there is none, the error's name, as OAuth too gives it."""
    details = document.get("details")
    given = (
        [detail.get("issue") for detail in details if isinstance(detail, dict)]
        if isinstance(details, list)
        else []
    )
    readable = [issue for issue in given if isinstance(issue, str) and _ISSUE.fullmatch(issue)]
    if readable:
        yield from readable
        return
    for key in ("name", "error"):
        name = document.get(key)
        if isinstance(name, str) and _ISSUE.fullmatch(name.upper()):
            yield name.upper()
            return
