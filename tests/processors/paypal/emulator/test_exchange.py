"""A currency the merchant does not hold is converted, on the way in and on the way out, and the book says so."""

from decimal import Decimal

import pytest

from checkout.processors.paypal.emulator.control_client import ControlFailedError, EmulatorControl
from tests.processors.paypal.emulator.caller import (
    WHOLE,
    Caller,
    Json,
    first_capture,
    issues,
    order_body,
)

EXCHANGE = "exchange"


@pytest.fixture
def euros_only(emulator: EmulatorControl) -> EmulatorControl:
    """Give an emulator whose merchant has a balance in euros alone."""
    emulator.set_settings(held_currencies=["EUR"], primary_currency="EUR")
    return emulator


def captured(api: Caller, emulator: EmulatorControl, value: str, currency: str) -> Json:
    order_id = api.order_id(order_body(value, currency))
    emulator.approve(order_id)
    return first_capture(api.capture(order_id))


def money(currency: str, value: str) -> Json:
    return {"currency_code": currency, "value": value}


def lines(emulator: EmulatorControl) -> list[tuple[str, str, str]]:
    return [(m["code"], m["currency_code"], m["net"]) for m in emulator.movements()]


def test_a_capture_is_converted_after_its_fee(api: Caller, euros_only: EmulatorControl) -> None:
    capture = captured(api, euros_only, "100.00", "USD")
    breakdown = capture["seller_receivable_breakdown"]
    # A dollar is 0.925925… euros, less three percent.
    assert breakdown["paypal_fee"] == money("USD", "2.25")
    assert breakdown["net_amount"] == money("USD", "97.75")
    assert breakdown["receivable_amount"] == money("EUR", "87.79")
    assert breakdown["exchange_rate"] == {
        "source_currency": "USD",
        "target_currency": "EUR",
        "value": "0.898148148148",
    }
    assert lines(euros_only) == [
        ("T0006", "USD", "97.75"),
        ("T0200", "USD", "-97.75"),
        ("T0200", "EUR", "87.79"),
    ]
    pair = euros_only.movements(kind=EXCHANGE)
    assert {m["reference_id"] for m in pair} == {capture["id"]}
    assert len({m["id"] for m in euros_only.movements()}) == 3
    balances = euros_only.account()["balances"]
    assert (balances["USD"]["net"], balances["EUR"]["net"]) == ("0.00", "87.79")


def test_a_refund_takes_the_primary_currency_at_another_rate(
    api: Caller, euros_only: EmulatorControl
) -> None:
    capture_id = captured(api, euros_only, "100.00", "USD")["id"]
    before = len(euros_only.movements())
    refund = api.refund(capture_id, {"amount": money("USD", "50.00")}, headers=WHOLE).json()
    payable = refund["seller_payable_breakdown"]
    assert payable["net_amount"] == money("USD", "49.05")
    assert payable["net_amount_in_receivable_currency"] == money("EUR", "47.31")
    (item,) = payable["net_amount_breakdown"]
    assert (item["payable_amount"], item["converted_amount"]) == (
        money("EUR", "47.31"),
        money("USD", "49.05"),
    )
    assert item["exchange_rate"]["value"] == "1.0368"
    moved = euros_only.movements()[before:]
    assert [(m["code"], m["currency_code"], m["net"], m["reference_id"]) for m in moved] == [
        ("T0200", "EUR", "-47.31", refund["id"]),
        ("T0200", "USD", "49.05", refund["id"]),
        ("T1107", "USD", "-49.05", capture_id),
    ]
    assert euros_only.account()["balances"]["USD"]["net"] == "0.00"


def test_a_reversal_and_its_cancelling_are_converted_in_full(
    api: Caller, euros_only: EmulatorControl
) -> None:
    capture_id = captured(api, euros_only, "100.00", "USD")["id"]
    euros_only.reverse(capture_id)
    assert lines(euros_only)[3:] == [
        ("T0200", "EUR", "-96.45"),
        ("T0200", "USD", "100.00"),
        ("T1106", "USD", "-100.00"),
    ]
    # What changes its settings later does not change in which currency this payment arrived.
    euros_only.set_settings(held_currencies=["GBP"], primary_currency="GBP")
    euros_only.cancel_reversal(capture_id)
    assert lines(euros_only)[6:] == [
        ("T1202", "USD", "100.00"),
        ("T0200", "USD", "-100.00"),
        ("T0200", "EUR", "89.81"),
    ]
    assert euros_only.account()["balances"]["USD"]["net"] == "0.00"


def test_a_pending_payment_is_converted_when_it_is_accepted(api: Caller, euros_only: EmulatorControl) -> None:
    order_id = api.order_id(order_body("100.00", "GBP"))
    euros_only.approve(order_id, "pending:RECEIVING_PREFERENCE_MANDATES_MANUAL_ACTION")
    capture = first_capture(api.capture(order_id))
    assert "seller_receivable_breakdown" not in capture
    euros_only.accept(capture["id"])
    (event,) = [e for e in euros_only.events() if e["event_type"] == "PAYMENT.CAPTURE.COMPLETED"]
    assert event["resource"]["seller_receivable_breakdown"]["receivable_amount"]["currency_code"] == "EUR"


def test_what_is_held_stays_as_it_is(api: Caller, euros_only: EmulatorControl) -> None:
    euros_only.set_settings(held_currencies=["EUR", "USD"])
    assert "exchange_rate" not in captured(api, euros_only, "5.00", "USD")["seller_receivable_breakdown"]
    euros_only.set_settings(held_currencies=None)
    captured(api, euros_only, "5.00", "GBP")
    assert euros_only.movements(kind=EXCHANGE) == []


def test_amounts_fit_currencies_without_decimals_and_never_vanish(
    api: Caller, emulator: EmulatorControl
) -> None:
    emulator.set_settings(held_currencies=[], primary_currency="JPY")
    received = captured(api, emulator, "10.00", "EUR")["seller_receivable_breakdown"]["receivable_amount"]
    assert received == money("JPY", "1504")
    emulator.set_settings(held_currencies=[], primary_currency="EUR")
    tiny = captured(api, emulator, "105", "HUF")
    assert tiny["seller_receivable_breakdown"]["net_amount"]["value"] == "3.00"
    assert tiny["seller_receivable_breakdown"]["receivable_amount"] == money("EUR", "0.01")
    assert issues(api.refund(tiny["id"], {"amount": money("HUF", "1")})) == ["REFUND_AMOUNT_TOO_LOW"]
    nothing = captured(api, emulator, "0.10", "USD")["seller_receivable_breakdown"]
    assert nothing["receivable_amount"] == money("EUR", "0.00")
    nets = {c: Decimal(sums["net"]) for c, sums in emulator.account()["balances"].items()}
    assert nets["HUF"] == nets["USD"] == 0


@pytest.mark.parametrize(
    "wish",
    [
        {"held_currencies": ["ZZZ"]},
        {"held_currencies": "EUR"},
        {"primary_currency": "ZZZ"},
        {"insufficient_funds": "no"},
        {"colour": "red"},
        {},
    ],
)
def test_a_setting_that_means_nothing_is_refused(emulator: EmulatorControl, wish: dict[str, object]) -> None:
    before = emulator.settings()
    with pytest.raises(ControlFailedError, match="answered 400"):
        emulator.set_settings(**wish)
    assert emulator.settings() == before
