"""What PayPal is asked for, and where a customer may be sent."""

from typing import Any

import pytest

from checkout.domain.errors import AmountDoesNotFitError, CurrencyNotTakenError
from checkout.domain.money import MINOR_MAX, Money
from checkout.domain.orders import Line
from checkout.processors.paypal.answers import read_order
from checkout.processors.paypal.currencies import DECIMALS, read_amount, value_text
from checkout.processors.paypal.opening import UnusableOpeningError, hand_over_link, order_request
from checkout.processors.paypal.settings import PayPalEnvironment, PayPalSettings
from tests.processors.paypal.samples import EUR, NAMES, opening, order, settings

SANDBOX = settings("", environment=PayPalEnvironment.SANDBOX)


def unit(**changes: object) -> dict[str, Any]:
    body: Any = order_request(opening(**changes))
    (found,) = body["purchase_units"]
    return dict(found)


def context(**changes: object) -> dict[str, Any]:
    body: Any = order_request(opening(**changes))
    return dict(body["payment_source"]["paypal"]["experience_context"])


def test_the_request_is_the_redirect_flow_without_shipping_and_without_any_card_field() -> None:
    body = order_request(opening())
    assert body["intent"] == "CAPTURE"
    assert body["payment_source"] == {
        "paypal": {
            "experience_context": {
                "user_action": "PAY_NOW",
                "shipping_preference": "NO_SHIPPING",
                "payment_method_preference": "IMMEDIATE_PAYMENT_REQUIRED",
                "return_url": "https://shop.example/return",
                "cancel_url": "https://shop.example/cancel",
                "brand_name": "The shop",
                "locale": "en-GB",
            }
        }
    }
    assert "card" not in str(body)
    assert (unit()["custom_id"], unit()["invoice_id"]) == (NAMES, "shop-INV-1")


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (EUR, "23.80"),
        (Money(1, "EUR"), "0.01"),
        (Money(100, "JPY"), "100"),
        (Money(370500, "HUF"), "3705"),
        (Money(3000, "TWD"), "30"),
        (Money(MINOR_MAX, "EUR"), "999999999999999.99"),
        (Money(999_999_999_999_999, "JPY"), "999999999999999"),
    ],
)
def test_amounts_are_written_with_paypals_own_decimals_and_read_back_the_same(
    amount: Money, text: str
) -> None:
    assert unit(amount=amount)["amount"]["value"] == text
    assert read_amount(text, amount.currency) == amount


@pytest.mark.parametrize("amount", [Money(370550, "HUF"), Money(1, "HUF"), Money(3001, "TWD")])
def test_an_amount_that_paypals_decimals_cannot_say_is_refused_and_never_rounded(amount: Money) -> None:
    with pytest.raises(AmountDoesNotFitError):
        order_request(opening(amount=amount))


@pytest.mark.parametrize(
    "amount",
    [
        Money(MINOR_MAX, "JPY"),
        Money(10**15, "JPY"),
        Money(0, "EUR"),
        Money(-1, "EUR"),
        Money(MINOR_MAX + 1, "EUR"),
    ],
)
def test_an_amount_out_of_paypals_range_is_refused_and_says_the_range(amount: Money) -> None:
    with pytest.raises(AmountDoesNotFitError, match=r"above 0 and at most 999999999999999\.99"):
        value_text(amount)


@pytest.mark.parametrize("currency", ["KWD", "BHD", "INR", "CLF", "KRW", "TND"])
def test_a_currency_paypal_does_not_take_is_refused(currency: str) -> None:
    with pytest.raises(CurrencyNotTakenError, match=currency):
        order_request(opening(amount=Money(1000, currency)))


def test_every_currency_paypal_takes_is_written_and_read_exactly() -> None:
    assert len(DECIMALS) == 25
    for currency in DECIMALS:
        amount = Money(12300, currency)
        assert read_amount(value_text(amount), currency) == amount


def test_items_are_sent_where_they_add_up_to_the_amount() -> None:
    lines = [Line("Tea", 2, Money(1000, "EUR")), Line("Cup", 1, Money(380, "EUR"))]
    found = unit(lines=lines)
    assert found["amount"]["breakdown"] == {"item_total": {"currency_code": "EUR", "value": "23.80"}}
    assert found["items"][0] == {
        "name": "Tea",
        "quantity": "2",
        "unit_amount": {"currency_code": "EUR", "value": "10.00"},
    }


@pytest.mark.parametrize(
    ("amount", "lines"),
    [
        (EUR, []),
        (EUR, [Line("Tea", 1, Money(2379, "EUR"))]),
        (EUR, [Line("Tea", 1, Money(2380, "USD"))]),
        (EUR, [Line("\n", 1, EUR)]),
        (EUR, [Line("Tea", 1, Money(2380, "EUR")), Line("Gift", 1, Money(0, "EUR"))]),
        (Money(300, "HUF"), [Line("Tea", 2, Money(150, "HUF"))]),
        (Money(101, "EUR"), [Line("Bead", 1, Money(1, "EUR"))] * 101),
    ],
)
def test_items_that_do_not_say_exactly_the_same_are_left_out_and_the_total_stays(
    amount: Money, lines: list[Line]
) -> None:
    found = unit(amount=amount, lines=lines)
    assert "items" not in found
    assert found["amount"] == {"currency_code": amount.currency, "value": value_text(amount)}


@pytest.mark.parametrize("long", ["x" * 200, "🫖" * 100, "é" * 128, "x" * 126 + "🫖"])
def test_names_are_cut_to_what_paypal_takes_without_half_a_character(long: str) -> None:
    brand = context(shop_name=long)["brand_name"]
    name = unit(lines=[Line(long, 1, EUR)])["items"][0]["name"]
    for text in (brand, name):
        assert long.startswith(text)
        assert 120 < len(text.encode("utf-16-le")) / 2 <= 127


def test_control_characters_in_names_become_spaces() -> None:
    assert unit(lines=[Line("Tea\n\0  of\tAssam ", 1, EUR)])["items"][0]["name"] == "Tea of Assam"
    assert "brand_name" not in context(shop_name="\n")


@pytest.mark.parametrize("language", ["de-DE", "en", "zh-Hant-TW", "es-419"])
def test_a_language_paypal_knows_how_to_read_is_sent(language: str) -> None:
    assert context(language=language)["locale"] == language


@pytest.mark.parametrize("language", ["de_DE", "DE-de", "en-gb", "", "english", "de-DE\n"])
def test_a_language_written_otherwise_is_left_out_rather_than_refused(language: str) -> None:
    assert "locale" not in context(language=language)


@pytest.mark.parametrize(
    "changes",
    [
        {"names": ""},
        {"names": "x" * 128},
        {"names": "a b"},
        {"invoice": "ä"},
        {"key": ""},
        {"key": "k" * 109},
        {"key": "a\nb"},
    ],
)
def test_a_name_that_paypal_would_cut_or_refuse_is_our_own_mistake(changes: dict[str, str]) -> None:
    with pytest.raises(UnusableOpeningError):
        order_request(opening(**changes))


def linked(href: str | None, rel: str = "payer-action", given: PayPalSettings = SANDBOX) -> str | None:
    document = order("PAYER_ACTION_REQUIRED") | {"links": [{"href": href, "rel": rel}]}
    return hand_over_link(read_order(document), given)


@pytest.mark.parametrize("rel", ["payer-action", "approve"])
def test_both_of_paypals_links_are_taken(rel: str) -> None:
    url = "https://www.sandbox.paypal.com/checkoutnow?token=5O190127TN364715T"
    assert linked(url, rel) == url


@pytest.mark.parametrize(
    "href",
    [
        "http://www.sandbox.paypal.com/checkoutnow",
        "https://www.paypal.com/checkoutnow",
        "https://evil.example/",
        "https://www.sandbox.paypal.com.evil.example/",
        "https://www.sandbox.paypal.com@evil.example/",
        "https://user@www.sandbox.paypal.com/",
        "https://www.sandbox.paypal.com:8443/",
        "//www.sandbox.paypal.com/",
        "https://evil.example\\@www.sandbox.paypal.com/",
        "https://WWW.sandbox.paypal.com.\t/",
        "javascript:alert(1)",
        "https://www.sandbox.paypal.com/\r\nSet-Cookie: a=b",
        "https://sandbox.paypal.com/",
        "",
        None,
        "https://[",
        "/x",
        "https://www.sandbox.paypal.com/" + "x" * 3000,
        "https://www.sandbox.payp\u0430l.com/",
    ],
)
def test_no_other_address_is_ever_handed_out(href: str | None) -> None:
    assert linked(href) is None


@pytest.mark.parametrize("rel", ["self", "capture", "update", ""])
def test_other_links_lead_no_customer_anywhere(rel: str) -> None:
    assert linked("https://www.sandbox.paypal.com/checkoutnow?token=X", rel) is None


def test_the_emulators_link_is_taken_for_the_emulator_alone() -> None:
    local = "http://127.0.0.1:9/checkoutnow?token=X"
    assert linked(local, given=settings("http://127.0.0.1:9")) == local
    assert linked(local, given=settings("http://127.0.0.1:8")) is None
    assert linked(local) is None


def test_shipping_and_tax_are_named_beside_the_items_where_all_add_up() -> None:
    lines = [Line("Tea", 2, Money(1000, "EUR"))]
    found = unit(lines=lines, amount=Money(2790, "EUR"), shipping_minor=490, tax_minor=300)
    assert found["amount"]["breakdown"] == {
        name: {"currency_code": "EUR", "value": value}
        for name, value in {"item_total": "20.00", "shipping": "4.90", "tax_total": "3.00"}.items()
    }
    assert found["amount"]["value"] == "27.90"
    assert "shipping" not in unit(lines=lines, amount=Money(2000, "EUR"))["amount"]["breakdown"]


@pytest.mark.parametrize(
    ("currency", "price_minor", "shipping_minor", "tax_minor"),
    [("EUR", 1000, 490, 301), ("HUF", 100_000, 50, 50), ("EUR", 1000, 490, 299)],
)
def test_parts_that_do_not_add_up_or_cannot_be_said_are_left_out_and_the_total_stays(
    currency: str, price_minor: int, shipping_minor: int, tax_minor: int
) -> None:
    amount = Money(100_100 if currency == "HUF" else 1790, currency)
    found = unit(
        lines=[Line("Tea", 1, Money(price_minor, currency))],
        amount=amount,
        shipping_minor=shipping_minor,
        tax_minor=tax_minor,
    )
    assert found.keys() == {"custom_id", "invoice_id", "amount"}
    assert found["amount"] == {"currency_code": currency, "value": value_text(amount)}
