"""Whole purchases through the adapter, over real HTTP."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from checkout.domain.errors import (
    AmountDoesNotFitError,
    CurrencyNotTakenError,
    ProcessorRefusedError,
    Reaction,
)
from checkout.domain.facts import FactKind
from checkout.domain.money import MINOR_MAX, Money
from checkout.domain.processor import Question
from checkout.domain.standing import PaymentState
from checkout.processors.paypal.emulator.control_client import EmulatorControl
from tests.processors.paypal.purchasing import EUR, Purchase, paypal


def test_a_purchase_is_opened_approved_and_captured(purchase: Purchase) -> None:
    reference = purchase.open()
    link = purchase.told[0].hand_over_url
    assert link is not None
    assert link.startswith(purchase.emulator.base_url)
    assert purchase.is_in(PaymentState.AWAITING_CUSTOMER)
    purchase.emulator.approve(reference)
    purchase.inquire(reference)
    assert purchase.is_in(PaymentState.APPROVED)
    purchase.capture(reference)
    assert purchase.is_paid
    purchase.inquire(reference)
    assert purchase.is_paid, "reading it again changes nothing"


def test_opening_and_capturing_again_by_the_same_key_make_one_of_each(purchase: Purchase) -> None:
    reference = purchase.open()
    assert purchase.open() == reference
    purchase.emulator.approve(reference)
    for _ in range(3):
        purchase.capture(reference)
    assert purchase.is_paid
    assert purchase.captures_at_paypal() == 1


def test_a_capture_by_another_key_is_answered_with_what_happened_already(purchase: Purchase) -> None:
    reference = purchase.approved()
    purchase.capture(reference)
    again = purchase.adapter.capture(Question(purchase.names, reference, EUR, "another-key"))
    assert FactKind.CAPTURED in [fact.kind for fact in again.facts]
    assert purchase.captures_at_paypal() == 1


def test_a_capture_before_approval_is_refused_and_takes_nothing(purchase: Purchase) -> None:
    with pytest.raises(ProcessorRefusedError) as raised:
        purchase.capture(purchase.open())
    assert raised.value.reaction is Reaction.NOT_APPROVED
    assert raised.value.debug_id
    assert purchase.captures_at_paypal() == 0


def test_a_declined_instrument_lets_the_customer_choose_another_at_the_same_link(purchase: Purchase) -> None:
    reference = purchase.approved("declined_card")
    with pytest.raises(ProcessorRefusedError) as raised:
        purchase.capture(reference)
    assert raised.value.reaction is Reaction.OTHER_INSTRUMENT
    purchase.emulator.approve(reference)
    purchase.adapter.capture(Question(purchase.names, reference, EUR, "second-attempt"))
    purchase.inquire(reference)
    assert purchase.is_paid


def test_a_capture_that_is_declined_in_a_completed_order_is_no_money(purchase: Purchase) -> None:
    purchase.capture(purchase.approved("declined_capture"))
    assert purchase.standing.state is PaymentState.DECLINED
    assert not purchase.is_paid


@pytest.mark.parametrize(
    "reason", ["ECHECK", "PENDING_REVIEW", "RECEIVING_PREFERENCE_MANDATES_MANUAL_ACTION"]
)
def test_held_money_is_pending_with_its_reason_until_it_is_ours(purchase: Purchase, reason: str) -> None:
    reference = purchase.approved(f"pending:{reason}")
    purchase.capture(reference)
    assert (purchase.standing.state, purchase.standing.reason) == (PaymentState.PENDING_REVIEW, reason)
    (held,) = purchase.emulator.captures(custom_id=purchase.names)
    purchase.emulator.complete(held["id"])
    purchase.inquire(reference)
    assert purchase.is_paid


def test_held_money_that_comes_to_nothing_is_declined(purchase: Purchase) -> None:
    reference = purchase.approved("pending:ECHECK")
    purchase.capture(reference)
    (held,) = purchase.emulator.captures(custom_id=purchase.names)
    purchase.emulator.decline(held["id"])
    purchase.inquire(reference)
    assert purchase.standing.state is PaymentState.DECLINED


def test_a_refund_made_at_paypal_is_read(purchase: Purchase) -> None:
    reference = purchase.approved()
    purchase.capture(reference)
    (taken,) = purchase.emulator.captures(custom_id=purchase.names)
    purchase.emulator.refund(taken["id"], {"currency_code": "EUR", "value": "3.80"})
    purchase.inquire(reference)
    assert purchase.standing.refunded == Money(380, "EUR")
    assert purchase.standing.captured == EUR


def test_a_payment_nobody_approved_in_time_is_expired(purchase: Purchase) -> None:
    reference = purchase.open()
    purchase.emulator.advance(7 * 3600)
    purchase.inquire(reference)
    assert purchase.standing.state is PaymentState.EXPIRED


@pytest.mark.parametrize(
    "amount",
    [
        Money(1, "EUR"),
        Money(MINOR_MAX, "EUR"),
        Money(100, "JPY"),
        Money(370500, "HUF"),
        Money(3000, "TWD"),
        Money(1, "JPY"),
    ],
)
def test_amounts_are_exact_from_end_to_end(emulator: EmulatorControl, amount: Money) -> None:
    purchase = Purchase(emulator, amount)
    reference = purchase.approved()
    purchase.capture(reference)
    purchase.inquire(reference)
    assert purchase.is_paid


@pytest.mark.parametrize(
    "amount", [Money(1, "HUF"), Money(1050, "TWD"), Money(1000, "KWD"), Money(MINOR_MAX, "JPY")]
)
def test_an_amount_that_cannot_be_said_exactly_is_refused_before_paypal_hears_of_it(
    emulator: EmulatorControl, amount: Money
) -> None:
    with pytest.raises((AmountDoesNotFitError, CurrencyNotTakenError)):
        Purchase(emulator, amount).open()
    assert emulator.orders() == []


def test_many_customers_at_once_need_one_token_and_are_each_paid_once(emulator: EmulatorControl) -> None:
    adapter = paypal(emulator)

    def buy(_: int) -> bool:
        purchase = Purchase(emulator, adapter=adapter)
        purchase.capture(purchase.approved())
        return purchase.is_paid and purchase.captures_at_paypal() == 1

    with ThreadPoolExecutor(16) as threads:
        assert all(threads.map(buy, range(48)))
    assert emulator.token_requests() == 1
