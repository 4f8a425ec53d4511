"""What somebody types to find an order is understood as they meant it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.domain.money import Money
from checkout.domain.quotes import QUOTE_MAX, WORDS_MAX, quote_of

CURRENCIES = ["EUR", "JPY", "KWD", "USD"]

AMOUNTS = {
    "12.50": [Money(1250, "EUR"), Money(12500, "KWD"), Money(1250, "USD")],
    "12,50": [Money(1250, "EUR"), Money(12500, "KWD"), Money(1250, "USD")],
    "12,50 EUR": [Money(1250, "EUR")],
    "EUR 12.50": [Money(1250, "EUR")],
    "eur12.50": [Money(1250, "EUR")],
    "€12.50": [Money(1250, "EUR")],
    "12,50€": [Money(1250, "EUR")],
    "1.234,50 €": [Money(123450, "EUR")],
    "1'234.50 CHF": [Money(123450, "CHF")],
    "1.234 EUR": [Money(123400, "EUR")],
    "1.234 KWD": [Money(1234, "KWD"), Money(1234000, "KWD")],
    "1200 JPY": [Money(1200, "JPY")],
    "$ 5": [Money(500, "EUR"), Money(5, "JPY"), Money(5000, "KWD"), Money(500, "USD")],
    "0.00": [],
    "12.505 EUR": [Money(1250500, "EUR")],
    "1.005,123 EUR": [Money(100512300, "EUR")],
}


@pytest.mark.parametrize("text", AMOUNTS)
def test_an_amount_is_read_however_it_is_written(text: str) -> None:
    quote = quote_of(text)
    assert quote.amount is not None
    assert quote.amount.meant(CURRENCIES) == AMOUNTS[text]
    assert quote.words == ()


@pytest.mark.parametrize("text", ["10115", "2", "1.2.3", "SO-2026.10", "12.5.", "10115 Berlin"])
def test_a_bare_number_is_a_word(text: str) -> None:
    assert quote_of(text).amount is None
    assert quote_of(text).words


def test_an_amount_stands_beside_words() -> None:
    quote = quote_of("Müller 12,50 EUR, Anna")
    assert quote.words == ("muller", "anna")
    assert quote.amount is not None
    assert quote.amount.currency == "EUR"
    assert quote_of("Tom 12.50").words == ("tom",)


@pytest.mark.parametrize(
    "text", ["qxk37mwbtr2h", " QXK3-7MWB-TR2H ", "qxk3 7mwb tr2h", "QXK3\u20137MWB\u2013TR2H"]
)
def test_an_order_number_may_have_any_dashes_and_capitals(text: str) -> None:
    assert quote_of(text).order_number == "QXK3-7MWB-TR2H"


def test_what_is_too_short_or_long_is_no_order_number() -> None:
    assert quote_of("qxk37mwbtr2").order_number is None
    assert quote_of("QXK3-7MWB-TR2H-1").order_number is None


def test_the_address_of_an_orders_page_names_the_order() -> None:
    assert quote_of("https://shop.example/orders/abcdefgh2345/x").page_token == "abcdefgh2345"
    assert quote_of("https://shop.example/products/x").page_token is None


@given(st.text(max_size=300))
def test_whatever_is_typed_is_understood_somehow(text: str) -> None:
    quote = quote_of(text)
    assert len(quote.text) <= QUOTE_MAX
    assert len(quote.words) <= WORDS_MAX
    quote.text.encode()
    if quote.amount:
        quote.amount.meant(CURRENCIES)
