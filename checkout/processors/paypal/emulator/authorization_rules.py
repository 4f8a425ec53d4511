"""What PayPal demands of those who capture, renew or void an authorization.

Source: Payments v2 2.5 (requests and error issues), February 2024. REAUTHORIZATION_TOO_SOON is not listed there,
although the service answers it.
"""

from datetime import datetime
from decimal import ROUND_DOWN, Decimal

from checkout.processors.paypal.emulator.amount_rules import money_findings, payment_findings
from checkout.processors.paypal.emulator.exchange import worth
from checkout.processors.paypal.emulator.money import Money, money_from, smallest_unit
from checkout.processors.paypal.emulator.order_rules import length_findings
from checkout.processors.paypal.emulator.records import Authorization, AuthorizationStatus
from checkout.processors.paypal.emulator.refusals import Finding, Json, RefusedError

# Captures together, or a reauthorization, may be 115 % of the amount, but not more than 75 dollars over it.
OVERAGE = Decimal("0.15")
OVERAGE_MAX = Money("USD", Decimal(75))
# PayPal's default for one authorization.
CAPTURES_MAX = 10
CAPTURE_LENGTHS = {"invoice_id": (1, 127), "note_to_payer": (1, 255), "soft_descriptor": (1, 22)}


def limit(amount: Money) -> Money:
    """Return the most that may be taken of an authorized amount."""
    share = (amount.value * OVERAGE).quantize(smallest_unit(amount.currency), ROUND_DOWN)
    return amount.with_value(amount.value + min(share, worth(OVERAGE_MAX, amount.currency).value))


def check_capture_body(body: Json) -> None:
    """Refuse a malformed request to capture."""
    findings = list(length_findings(body, CAPTURE_LENGTHS, ""))
    if not isinstance(body.get("final_capture", False), bool):
        findings.append(Finding("INVALID_PARAMETER_SYNTAX", "/final_capture", str(body["final_capture"])))
    if body.get("amount") is not None:
        findings += money_findings(body["amount"], "/amount")
    if findings:
        raise RefusedError(*findings)


def captured_amount(made: Authorization, body: Json) -> Money:
    """Return what a capture would take: without an amount, all that was authorized.

    Raises `RefusedError` when the authorization or the amount does not allow it.
    """
    _check_capturable(made)
    wanted = _checked(body, made.amount, "AUTH_CAPTURE_CURRENCY_MISMATCH")
    original = made.original or made
    if len(made.captures) >= CAPTURES_MAX:
        raise RefusedError(Finding("MAX_CAPTURE_COUNT_EXCEEDED"))
    if made.captured().value + wanted.value > limit(original.amount).value:
        raise RefusedError(Finding("MAX_CAPTURE_AMOUNT_EXCEEDED", "/amount/value", wanted.text()))
    return wanted


def _check_capturable(made: Authorization) -> None:
    if made.status is AuthorizationStatus.CAPTURED:
        raise RefusedError(Finding("AUTHORIZATION_ALREADY_CAPTURED"))
    if made.status is AuthorizationStatus.VOIDED:
        raise RefusedError(Finding("AUTHORIZATION_EXPIRED" if made.expired else "AUTHORIZATION_VOIDED"))
    if made.status is AuthorizationStatus.DENIED:
        raise RefusedError(Finding("AUTHORIZATION_DENIED"))
    # PayPal lists no issue for these two: what is under review, or was renewed, is kept back by it.
    if made.status is AuthorizationStatus.PENDING:
        raise RefusedError(Finding("TRANSACTION_REFUSED"))
    if made.replaced_by is not None:
        raise RefusedError(Finding("AUTHORIZATION_VOIDED"))


def _checked(body: Json, whole: Money, mismatch: str) -> Money:
    if body.get("amount") is None:
        return whole
    findings = list(payment_findings(body["amount"], "/amount"))
    if findings:
        raise RefusedError(*findings)
    wanted = money_from(body["amount"])
    if wanted.currency != whole.currency:
        raise RefusedError(Finding(mismatch, "/amount/currency_code", wanted.currency))
    return wanted


def reauthorized_amount(made: Authorization, body: Json) -> Money:
    """Return what a reauthorization would reserve.

    Raises `RefusedError` when the request is malformed or asks for too much.
    """
    if body.get("amount") is not None:
        findings = list(money_findings(body["amount"], "/amount"))
        if findings:
            raise RefusedError(*findings)
    wanted = _checked(body, made.amount, "AUTH_CURRENCY_MISMATCH")
    if wanted.value > limit(made.amount).value:
        raise RefusedError(Finding("TRANSACTION_REFUSED", "/amount/value", wanted.text()))
    return wanted


def check_reauthorizable(made: Authorization, now: datetime) -> None:
    """Refuse to renew what is over, what was taken of, what was renewed, and what is honoured anyway."""
    if made.status in (AuthorizationStatus.CAPTURED, AuthorizationStatus.PARTIALLY_CAPTURED):
        raise RefusedError(Finding("AUTHORIZATION_ALREADY_CAPTURED"))
    if made.status is AuthorizationStatus.VOIDED:
        raise RefusedError(Finding("AUTHORIZATION_VOIDED"))
    if made.original is not None or made.replaced_by is not None:
        raise RefusedError(Finding("REAUTHORIZATION_NOT_SUPPORTED"))
    if made.status is not AuthorizationStatus.CREATED:
        raise RefusedError(Finding("TRANSACTION_REFUSED"))
    # "From Day 4 to Day 29": the fourth day begins when the honour period ends.
    if now < made.honoured_until():
        raise RefusedError(Finding("REAUTHORIZATION_TOO_SOON"))


def check_voidable(made: Authorization) -> None:
    """Refuse to void what is over, and a reauthorization alone."""
    if made.status is AuthorizationStatus.CAPTURED:
        raise RefusedError(Finding("PREVIOUSLY_CAPTURED"))
    if made.status in (AuthorizationStatus.VOIDED, AuthorizationStatus.DENIED):
        raise RefusedError(Finding("PREVIOUSLY_VOIDED"))
    if made.original is not None:
        raise RefusedError(Finding("CANNOT_BE_VOIDED"))
