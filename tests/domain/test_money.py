"""Money is exact, or refused; nothing is ever rounded."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.domain.errors import AmountDoesNotFitError, NotAnAmountError, UnknownCurrencyError
from checkout.domain.money import MINOR_MAX, Money, exponent

CURRENCIES = ("EUR", "USD", "JPY", "HUF", "TWD", "KWD", "BHD", "CLF", "ISK")
minors = st.integers(-MINOR_MAX, MINOR_MAX)


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("23.80", "EUR", 2380),
        ("23.8", "EUR", 2380),
        ("0.01", "EUR", 1),
        ("-0.01", "EUR", -1),
        ("3705.00", "HUF", 370500),
        ("100", "JPY", 100),
        ("100.00", "JPY", 100),
        ("1.234", "KWD", 1234),
        ("5.00", "TWD", 500),
        ("007", "EUR", 700),
        ("999999999999999.99", "EUR", MINOR_MAX),
        ("99999999999999999", "JPY", MINOR_MAX),
        ("99999999999999.999", "KWD", MINOR_MAX),
    ],
)
def test_a_decimal_string_is_read_exactly(text: str, currency: str, minor: int) -> None:
    assert Money.parse(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("23.801", "EUR"),
        ("0.5", "JPY"),
        ("1.2345", "KWD"),
        ("1000000000000000.00", "EUR"),
        ("100000000000000000", "JPY"),
        ("", "EUR"),
        ("1,00", "EUR"),
        ("1.", "EUR"),
        (".5", "EUR"),
        ("+1", "EUR"),
        (" 1", "EUR"),
        ("1\n", "EUR"),
        ("1e3", "EUR"),
        ("NaN", "EUR"),
        ("Infinity", "EUR"),
        ("٣", "EUR"),
        ("1_000", "EUR"),
        ("0x10", "EUR"),
        ("9" * 400, "EUR"),
        ("--1", "EUR"),
    ],
)
def test_what_is_not_exactly_an_amount_is_refused(text: str, currency: str) -> None:
    with pytest.raises(NotAnAmountError):
        Money.parse(text, currency)


@pytest.mark.parametrize("code", ["", "eur", "EU", "EURO", 3 * "X", "XAU", "978", "ΕUR"])  # noqa: RUF001
def test_what_is_no_currency_is_refused(code: str) -> None:
    with pytest.raises(UnknownCurrencyError):
        Money(1, code)
    with pytest.raises(UnknownCurrencyError):
        Money.parse("1.00", code)


@given(minors, st.sampled_from(CURRENCIES))
def test_every_amount_survives_being_written_and_read(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert Money.parse(money.decimal_text(), currency) == money
    assert money.decimal() == Decimal(minor) / 10 ** exponent(currency)


@given(minors, st.sampled_from(CURRENCIES), st.integers(0, 4))
def test_a_processors_decimals_say_an_amount_exactly_or_not_at_all(
    minor: int, currency: str, decimals: int
) -> None:
    money = Money(minor, currency)
    step = 10 ** max(exponent(currency) - decimals, 0)
    if minor % step:
        with pytest.raises(AmountDoesNotFitError):
            money.with_decimals(decimals, "here")
    else:
        written = money.with_decimals(decimals, "here")
        assert Decimal(written) == money.decimal()
        assert len(written.partition(".")[2]) == decimals


def test_a_processor_without_decimals_for_forints_takes_only_whole_ones() -> None:
    assert Money(370500, "HUF").with_decimals(0, "PayPal") == "3705"
    with pytest.raises(AmountDoesNotFitError, match="HUF"):
        Money(370550, "HUF").with_decimals(0, "PayPal")


@given(minors, minors, st.integers(0, 999))
def test_counting_is_exact(one: int, other: int, times: int) -> None:
    assert (Money(one, "EUR") + Money(other, "EUR")).minor == one + other
    assert (Money(one, "EUR") - Money(other, "EUR")).minor == one - other
    assert (Money(one, "EUR") * times).minor == one * times


def test_two_currencies_are_never_counted_together() -> None:
    with pytest.raises(ValueError, match="different currencies"):
        Money(1, "EUR") + Money(1, "USD")
    with pytest.raises(ValueError, match="different currencies"):
        Money(1, "EUR") - Money(1, "JPY")
    assert Money(1, "EUR") != Money(1, "USD")


@given(st.text(max_size=40))
def test_any_text_at_all_is_an_amount_or_refused(text: str) -> None:
    try:
        money = Money.parse(text, "EUR")
    except NotAnAmountError:
        return
    assert Decimal(text) == money.decimal()


@given(minors, st.sampled_from(CURRENCIES))
def test_what_we_show_may_be_typed_again(minor: int, currency: str) -> None:
    money = Money(abs(minor), currency)
    assert Money.typed(money.decimal_text(), currency) == money
    assert Money.typed(f" {money} ", currency) == money


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12,5", "EUR", 1250),
        ("1000", "EUR", 100_000),
        ("1,5", "KWD", 1500),
        ("1.000", "KWD", 1000),
        ("7", "JPY", 7),
    ],
)
def test_an_amount_is_read_as_people_type_it(text: str, currency: str, minor: int) -> None:
    assert Money.typed(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        *(
            ("1,000", "EUR"),
            ("1.000", "EUR"),
            ("1,000", "JPY"),
            ("1.000", "JPY"),
            ("1,000", "KWD"),
            ("1.00", "JPY"),
        ),
        *(
            ("1,000.00", "EUR"),
            ("1.000,00", "EUR"),
            ("1 000", "EUR"),
            ("-1.00", "EUR"),
            ("1.00 USD", "EUR"),
            ("", "EUR"),
        ),
    ],
)
def test_an_amount_that_could_be_another_is_refused_with_an_example(text: str, currency: str) -> None:
    with pytest.raises(NotAnAmountError, match=r"such as 12(\.50?0?)?\."):
        Money.typed(text, currency)
