"""Each way an answer of PayPal can go wrong, at the emulator: nothing is guessed, nothing taken twice."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from checkout.domain.differences import Difference
from checkout.domain.errors import (
    ProcessorError,
    ProcessorRefusedError,
    ProcessorUnavailableError,
    Reaction,
)
from checkout.domain.money import Money
from checkout.processors.paypal.emulator.control_client import EmulatorControl
from tests.processors.paypal.emulator.caller import wait_until
from tests.processors.paypal.purchasing import Purchase, paypal

UNUSABLE = ["html", "empty", "truncated", "yaml", "bad_json", "lost_answer", "hang", "slow_drip"]


def order_unusable(purchase: Purchase, fault: str, operation: str) -> None:
    """Let every such call take effect, and no answer to it be of use."""
    more = {"after_effect": True} if fault == "hang" else {}
    purchase.emulator.order_fault(fault, operation, rate=1.0, **more)


@contextmanager
def impatient(purchase: Purchase) -> Iterator[None]:
    """Let the shop wait a second for an answer, and two for all of it: less than a fault takes."""
    patient = purchase.adapter
    purchase.adapter = paypal(purchase.emulator, read_seconds=1.0, total_seconds=2.0)
    yield
    purchase.adapter = patient


@pytest.mark.parametrize("fault", UNUSABLE)
def test_a_capture_whose_answer_is_unusable_is_unknown_and_then_read_as_paid_once(
    purchase: Purchase, fault: str
) -> None:
    reference = purchase.approved()
    order_unusable(purchase, fault, "capture")
    with impatient(purchase), pytest.raises(ProcessorUnavailableError):
        purchase.capture(reference)
    wait_until(purchase.captures_at_paypal)
    purchase.emulator.clear_faults()
    purchase.inquire(reference)
    assert purchase.is_paid
    assert purchase.captures_at_paypal() == 1


def test_a_capture_whose_answer_is_lost_once_is_repeated_by_the_same_key_and_taken_once(
    purchase: Purchase,
) -> None:
    reference = purchase.approved()
    purchase.emulator.order_fault("lost_answer", "capture", times=1)
    purchase.capture(reference)
    assert purchase.is_paid
    assert purchase.captures_at_paypal() == 1


@pytest.mark.parametrize("fault", UNUSABLE)
def test_an_opening_whose_answer_is_unusable_is_found_again_by_its_key(
    purchase: Purchase, fault: str
) -> None:
    order_unusable(purchase, fault, "create")
    with impatient(purchase), pytest.raises(ProcessorUnavailableError):
        purchase.open()
    wait_until(purchase.emulator.orders)
    purchase.emulator.clear_faults()
    purchase.open()
    assert len(purchase.emulator.orders()) == 1


@pytest.mark.parametrize("operation", ["create", "capture", "get"])
def test_an_answer_that_would_run_code_runs_nothing(
    purchase: Purchase, operation: str, tmp_path: Path
) -> None:
    proof = tmp_path / "ran"
    reference = purchase.approved()
    purchase.emulator.order_fault("py_reduce", operation, rate=1.0, command=f"touch {proof}")
    call: dict[str, Callable[[], object]] = {
        "create": purchase.open,
        "capture": lambda: purchase.capture(reference),
        "get": lambda: purchase.inquire(reference),
    }
    with pytest.raises(ProcessorUnavailableError):
        call[operation]()
    assert not proof.exists()


def test_a_redirect_is_not_followed(purchase: Purchase) -> None:
    purchase.emulator.order_fault("redirect", "create", rate=1.0)
    with pytest.raises(ProcessorUnavailableError, match="redirect"):
        purchase.open()


@pytest.mark.parametrize(("code", "calls"), [(500, 3), (503, 3), (429, 3)])
def test_reads_are_repeated_and_captures_are_not(purchase: Purchase, code: int, calls: int) -> None:
    reference = purchase.approved()
    for operation, times in (("get", calls), ("capture", 1)):
        purchase.emulator.clear_calls()
        purchase.emulator.order_fault("status", operation, rate=1.0, status=code)
        with pytest.raises(ProcessorUnavailableError, match=str(code)):
            purchase.inquire(reference) if operation == "get" else purchase.capture(reference)
        assert len(purchase.emulator.calls(operation=operation)) == times
        purchase.emulator.clear_faults()
    purchase.capture(reference)
    assert purchase.is_paid


@pytest.mark.parametrize(
    ("fault", "difference"),
    [
        ({"kind": "wrong_amount", "less": "1.00"}, Difference.LESS_CAPTURED),
        ({"kind": "wrong_amount", "more": "1.00"}, Difference.MORE_CAPTURED),
        ({"kind": "wrong_currency", "currency": "USD"}, Difference.OTHER_CURRENCY),
        ({"kind": "wrong_payee", "applies_to": "answer"}, Difference.OTHER_PAYEE),
        ({"kind": "wrong_custom_id", "custom_id": "shop-other.1"}, Difference.OTHER_REFERENCE),
    ],
)
def test_money_that_is_not_what_is_due_never_counts_as_paid(
    purchase: Purchase, fault: dict[str, Any], difference: Difference
) -> None:
    reference = purchase.approved()
    purchase.emulator.order_fault(operation="capture", **fault)
    purchase.capture(reference)
    assert not purchase.is_paid
    assert difference in purchase.standing.differences


def test_an_order_opened_for_another_payee_is_a_difference_before_anybody_pays(purchase: Purchase) -> None:
    purchase.emulator.order_fault("wrong_payee", "create")
    purchase.open()
    assert Difference.OPENED_DIFFERS in purchase.standing.differences


def test_a_create_answered_with_an_older_order_is_a_difference(emulator: EmulatorControl) -> None:
    Purchase(emulator, Money(500, "EUR")).open()
    purchase = Purchase(emulator)
    emulator.order_fault("replay_other", "create")
    purchase.open()
    assert Difference.OPENED_DIFFERS in purchase.standing.differences


def test_a_token_that_was_revoked_is_renewed_within_the_call(purchase: Purchase) -> None:
    reference = purchase.approved()
    purchase.emulator.revoke_token()
    purchase.capture(reference)
    assert purchase.is_paid
    assert purchase.emulator.token_requests() == 2


def test_wrong_credentials_are_the_operators_matter(emulator: EmulatorControl) -> None:
    with pytest.raises(ProcessorRefusedError) as raised:
        Purchase(emulator, adapter=paypal(emulator, client_secret="wrong")).open()
    assert raised.value.reaction is Reaction.OPERATOR


@pytest.mark.parametrize(
    "name",
    [
        "AUTH_CAPTURE_NOT_ENABLED",
        "COMPLIANCE_VIOLATION",
        "CONSENT_NEEDED",
        "DUPLICATE_INVOICE_ID",
        "INVALID_RESOURCE_ID",
        "INVALID_STRING_LENGTH",
        "MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED",
        "ORDER_ALREADY_CAPTURED",
        "ORDER_COMPLETION_IN_PROGRESS",
        "PAYEE_BLOCKED_TRANSACTION",
        "PAYER_CANNOT_PAY",
        "PERMISSION_DENIED",
        "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING",
        "TRANSACTION_REFUSED",
    ],
)
def test_a_refusal_by_any_issue_takes_nothing_and_can_be_gone_on_from(purchase: Purchase, name: str) -> None:
    reference = purchase.approved()
    purchase.emulator.order_fault("issue", "capture", issue=name)
    with pytest.raises(ProcessorError, match=name) as raised:
        purchase.capture(reference)
    assert raised.value.debug_id
    assert purchase.captures_at_paypal() == 0
    purchase.capture(reference)
    assert purchase.is_paid
