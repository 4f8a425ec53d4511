"""Amounts from the shelf to PayPal's own book: exact, or refused before an order is placed."""

from __future__ import annotations

from decimal import Decimal

import pytest
import requests

from checkout.domain.money import Money
from checkout.store import orders
from tests.e2e.asserting import assert_all_is_well
from tests.town import Town, fields_of, sell


@pytest.mark.parametrize(
    ("price", "currency", "at_paypal"),
    [
        ("100", "JPY", "100"),
        ("3705.00", "HUF", "3705"),
        ("1999.00", "TWD", "1999"),
        ("0.01", "EUR", "0.01"),
        ("23.80", "USD", "23.80"),
        ("999999999999999.99", "EUR", "999999999999999.99"),
        ("999999999999999", "JPY", "999999999999999"),
    ],
)
def test_an_amount_reaches_paypals_book_exactly(
    open_shop: Town, price: str, currency: str, at_paypal: str
) -> None:
    sell(open_shop.store, "rare", Money.parse(price, currency))
    customer = open_shop.customer().orders("rare").pays()
    customer.comes_back()
    assert open_shop.order_state(customer.order_id) == "paid"
    (moved,) = open_shop.emulator.movements(kind="capture")
    assert (Decimal(moved["gross"]), moved["currency_code"]) == (Decimal(at_paypal), currency)
    assert_all_is_well(open_shop, customer)


@pytest.mark.parametrize(
    ("price", "currency"),
    [("10.50", "HUF"), ("10.50", "TWD"), ("1.234", "KWD"), ("10.00", "VND"), ("5.00", "BTN")],
)
def test_an_amount_that_paypal_cannot_say_exactly_is_refused_before_an_order_is_placed(
    open_shop: Town, price: str, currency: str
) -> None:
    sell(
        open_shop.store,
        "rare",
        Money.parse(price.removesuffix(".00") if currency == "VND" else price, currency),
    )
    address = f"{open_shop.base_url}/products/rare"
    form = fields_of(requests.get(address, timeout=10).text)
    answer = requests.post(address, data=form | {"quantity": "1", "email": "kim@example.org"}, timeout=10)
    assert answer.status_code == 422
    assert "kim@example.org" in answer.text, "what was typed stays"
    with open_shop.store.read() as tx:
        assert orders.newest(tx, limit=1) == []
    assert open_shop.emulator.calls(operation="create") == []


def test_a_total_beyond_the_largest_amount_is_refused(open_shop: Town) -> None:
    sell(open_shop.store, "rare", Money.parse("999999999999999.99", "EUR"))
    address = f"{open_shop.base_url}/products/rare"
    form = fields_of(requests.get(address, timeout=10).text)
    answer = requests.post(address, data=form | {"quantity": "2", "email": "kim@example.org"}, timeout=10)
    assert answer.status_code == 422
    with open_shop.store.read() as tx:
        assert orders.newest(tx, limit=1) == []
