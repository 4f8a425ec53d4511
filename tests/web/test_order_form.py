"""The order form: what it asks, what it refuses and how it says so, and that one form makes one order."""

import re
from datetime import timedelta
from html import unescape

import pytest

from checkout.domain.errors import (
    AmountDoesNotFitError,
    CurrencyNotTakenError,
    ProcessorRefusedError,
    Reaction,
)
from checkout.domain.money import Money
from checkout.flows import showing
from tests.web.scripted import DOWN
from tests.web.stage import KIM, TYPED, Stage


def _orders(stage: Stage) -> int:
    with stage.house.store.read() as tx:
        return int(tx.exec_driver_sql("select count(*) from orders").scalar_one())


def test_a_sent_form_makes_an_order_and_leads_straight_to_the_processor(stage: Stage) -> None:
    sent = stage.post_form()
    assert (sent.status_code, sent.location) == (303, "http://pay.example/pay/REF1")
    assert _orders(stage) == 1


def test_the_order_keeps_the_contact_and_the_servers_price(stage: Stage) -> None:
    view = showing.order_view(stage.house, stage.order())
    assert view.contact == KIM
    assert view.due == Money(12900, "GBP")


def test_a_price_in_the_form_changes_nothing(stage: Stage) -> None:
    stage.post_form("/products/book", price="1", total="0.01", amount="1", currency="JPY", quantity="1")
    assert next(iter(stage.processor.openings.values())).amount == Money(1850, "EUR")


def test_a_product_that_needs_no_address_asks_for_none_and_keeps_none(stage: Stage) -> None:
    page = stage.client.get("/products/book").text
    assert 'name="street"' not in page
    assert 'name="name"' not in page
    view = showing.order_view(stage.house, stage.order("/products/book"))
    assert (view.contact.email, view.contact.street, view.contact.name) == (KIM.email, "", "")


def test_a_pay_link_fixes_the_quantity(stage: Stage) -> None:
    page = stage.client.get("/pay/threebooks").text
    assert 'name="quantity"' not in page
    assert "€55.50" in page
    view = showing.order_view(stage.house, stage.order("/pay/threebooks"))
    assert view.lines[0].quantity == 3


@pytest.mark.parametrize("path", ["/pay/withdrawn", "/pay/unknown", "/products/gone", "/products/unknown"])
def test_what_is_not_for_sale_is_not_found(stage: Stage, path: str) -> None:
    assert stage.client.get(path).status_code == 404
    assert stage.client.post(path, data=TYPED).status_code == 404


def test_a_double_click_makes_one_order_and_one_payment(stage: Stage) -> None:
    typed = {"key": stage.form_key("/products/lamp"), **TYPED}
    first, second = (stage.client.post("/products/lamp", data=typed) for _ in range(2))
    assert first.location == second.location
    assert (_orders(stage), len(stage.processor.openings)) == (1, 1)


def test_a_form_sent_again_after_payment_leads_to_the_order_not_to_a_second_payment(stage: Stage) -> None:
    typed = {"key": stage.form_key("/products/lamp"), **TYPED}
    stage.client.post("/products/lamp", data=typed)
    order = stage.go_back().location
    assert stage.client.post("/products/lamp", data=typed).location == order
    assert len(stage.processor.openings) == 1


def test_two_forms_make_two_orders(stage: Stage) -> None:
    stage.post_form()
    stage.post_form()
    assert _orders(stage) == 2


def test_an_expired_key_shows_the_form_again_with_everything_kept_and_a_fresh_key(stage: Stage) -> None:
    key = stage.form_key("/products/lamp")
    stage.clock.now += timedelta(hours=24, seconds=1)
    sent = stage.client.post("/products/lamp", data={"key": key, **TYPED})
    assert sent.status_code == 422
    assert "nothing was ordered" in sent.text
    assert KIM.street in sent.text
    fresh = re.search(r'name="key" value="([^"]+)"', sent.text)
    assert fresh
    assert fresh[1] != key
    again = stage.client.post("/products/lamp", data={"key": fresh[1], **TYPED})
    assert (again.status_code, _orders(stage)) == (303, 1)


@pytest.mark.parametrize("key", ["", "forged", "WyJh.b.c", "." * 500])
def test_a_forged_key_makes_no_order(stage: Stage, key: str) -> None:
    assert stage.client.post("/products/lamp", data={"key": key, **TYPED}).status_code == 422
    assert _orders(stage) == 0


def test_the_key_of_another_form_makes_no_order(stage: Stage) -> None:
    key = stage.form_key("/products/book")
    assert stage.client.post("/products/lamp", data={"key": key, **TYPED}).status_code == 422
    assert _orders(stage) == 0


WRONG = [
    ("email", "", "Enter your email address."),
    ("email", "kim", "Enter an email address in the correct format, like name@example.com."),
    ("email", "kim@example", "Enter an email address in the correct format, like name@example.com."),
    ("email", "kim@example.com\nBcc: all@example.com", "Email address has characters that cannot be used"),
    ("email", f"{'k' * 250}@example.com", "Email address must be 254 characters or fewer."),
    ("quantity", "", "Enter how many you would like."),
    ("quantity", "0", "Quantity must be a whole number between 1 and 999."),
    ("quantity", "1000", "Quantity must be a whole number between 1 and 999."),
    ("quantity", "-1", "Quantity must be a whole number between 1 and 999."),
    ("quantity", "1.5", "Quantity must be a whole number between 1 and 999."),
    ("quantity", "1e2", "Quantity must be a whole number between 1 and 999."),
    ("quantity", "٣", "Quantity must be a whole number between 1 and 999."),
    ("name", " ", "Enter your full name."),
    ("name", "Kim\x00Ny", "Full name has characters that cannot be used here."),
    ("name", "Kim\u202eyN", "Full name has characters that cannot be used here."),
    ("name", "K" * 121, "Full name must be 120 characters or fewer."),
    ("street", "", "Enter your street and house number."),
    ("street", "x" * 201, "Street and number must be 200 characters or fewer."),
    ("city", "", "Enter your town or city."),
    ("city", "Lon\tdon", "Town or city has characters that cannot be used here."),
    ("postcode", "x" * 21, "Postcode must be 20 characters or fewer."),
    ("country", "", "Select your country."),
    ("country", "XX", "Select your country."),
    ("country", "gb", "Select your country."),
]


@pytest.mark.parametrize(("field", "value", "message"), WRONG)
def test_a_wrong_field_is_named_at_the_top_and_at_the_field(
    stage: Stage, field: str, value: str, message: str
) -> None:
    sent = stage.post_form(**{field: value})
    page = unescape(sent.text)
    assert sent.status_code == 422
    assert "<title>Error: Desk lamp" in page
    assert f'<a href="#{field}">{message}' in page
    assert f'id="{field}-complaint"' in page
    assert f'aria-describedby="{field}' in page
    assert _orders(stage) == 0


def test_what_was_typed_stays_when_another_field_is_wrong(stage: Stage) -> None:
    page = unescape(stage.post_form(email="kim@", name='Kim "O\'Neil" <b>').text)
    assert 'value="kim@"' in page
    assert 'value="Kim "O\'Neil" <b>"' in page
    assert '<option selected value="GB">' in page


def test_what_was_typed_is_escaped(stage: Stage) -> None:
    assert "<script>" not in stage.post_form(email="<script>alert(1)</script>").text


def test_an_empty_postcode_is_fine(stage: Stage) -> None:
    assert stage.post_form(postcode="", country="IE").status_code == 303


def test_an_address_in_another_script_is_kept_as_typed(stage: Stage) -> None:
    stage.post_form(name="عبد‌الله", city="Αθήνα", email="kim@müller.example.com")
    with stage.house.store.read() as tx:
        kept = tx.exec_driver_sql("select name, city, email from contacts").one()
    assert tuple(kept) == ("عبد‌الله", "Αθήνα", "kim@xn--mller-kva.example.com")


@pytest.mark.parametrize(
    "refused",
    [
        AmountDoesNotFitError(Money(1, "GBP"), 0, "PayPal"),
        CurrencyNotTakenError("PayPal", "GBP"),
    ],
)
def test_an_amount_the_processor_cannot_take_is_said_on_the_form(
    stage: Stage, refused: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check_amount(_amount: Money) -> None:
        raise refused

    monkeypatch.setattr(stage.processor, "check_amount", check_amount)
    sent = stage.post_form()
    assert sent.status_code == 422
    assert unescape(sent.text).count(str(refused)) == 1
    assert _orders(stage) == 0


def test_a_processor_that_cannot_be_reached_keeps_the_order_and_says_so(stage: Stage) -> None:
    stage.processor.opens = DOWN
    sent = stage.post_form()
    assert sent.status_code == 303
    page = stage.client.get(str(sent.location)).text
    assert "We could not reach PayPal" in page
    assert "No money was taken." in page
    stage.processor.opens = None
    order = str(sent.location).partition("?")[0]
    assert stage.client.post(f"{order}/pay").location == "http://pay.example/pay/REF1"
    assert _orders(stage) == 1


def test_a_processor_that_refuses_keeps_the_order_and_says_so(stage: Stage) -> None:
    stage.processor.opens = ProcessorRefusedError("paypal", "open", "PERMISSION_DENIED", Reaction.OPERATOR)
    page = stage.client.get(str(stage.post_form().location)).text
    assert "We could not take your payment" in page
    assert "PERMISSION_DENIED" not in page


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "text/plain", ""])
def test_only_an_ordinary_form_is_taken(stage: Stage, kind: str) -> None:
    assert stage.client.post("/products/lamp", data=b"{}", content_type=kind).status_code == 415
