"""What PayPal refuses in an order's body, issue by issue, and what it takes beyond its specification."""

from collections.abc import Callable
from typing import Any

import pytest

from checkout.processors.paypal.emulator.control_client import EmulatorControl
from tests.processors.paypal.emulator.caller import Caller, Json, euro, issues, order_body, tea_body

Change = Callable[[Json], object]


def unit_with(**values: object) -> Change:
    return lambda body: body["purchase_units"][0].update(values)


def amount_with(**values: object) -> Change:
    return lambda body: body["purchase_units"][0]["amount"].update(values)


def item_with(**values: object) -> Change:
    return lambda body: body["purchase_units"][0]["items"][0].update(values)


def context_with(**values: object) -> Change:
    return lambda body: body["payment_source"]["paypal"]["experience_context"].update(values)


def breakdown_with(**values: object) -> Change:
    return lambda body: body["purchase_units"][0]["amount"]["breakdown"].update(values)


def without(name: str) -> Change:
    return lambda body: body.pop(name)


MALFORMED: list[tuple[str, Change]] = [
    ("MISSING_REQUIRED_PARAMETER", without("intent")),
    ("MISSING_REQUIRED_PARAMETER", without("purchase_units")),
    ("MISSING_REQUIRED_PARAMETER", lambda body: body["purchase_units"][0].pop("amount")),
    ("MISSING_REQUIRED_PARAMETER", lambda body: body["purchase_units"][0]["amount"].pop("value")),
    ("MISSING_REQUIRED_PARAMETER", lambda body: body["purchase_units"][0]["items"][0].pop("name")),
    ("INVALID_PARAMETER_VALUE", lambda body: body.update(intent="STEAL")),
    ("INVALID_PARAMETER_VALUE", item_with(category="WEAPONS")),
    ("INVALID_PARAMETER_VALUE", context_with(user_action="PAY_LATER")),
    ("INVALID_ARRAY_MIN_ITEMS", lambda body: body.update(purchase_units=[])),
    ("INVALID_ARRAY_MAX_ITEMS", lambda body: body.update(purchase_units=body["purchase_units"] * 11)),
    ("INVALID_PARAMETER_SYNTAX", lambda body: body.update(purchase_units="one")),
    ("INVALID_PARAMETER_SYNTAX", lambda body: body.update(purchase_units=[7])),
    ("INVALID_PARAMETER_SYNTAX", unit_with(amount="10 EUR")),
    ("INVALID_PARAMETER_SYNTAX", unit_with(items={})),
    ("INVALID_PARAMETER_SYNTAX", unit_with(items=["tea"])),
    ("INVALID_PARAMETER_SYNTAX", unit_with(custom_id=7)),
    ("INVALID_PARAMETER_SYNTAX", unit_with(payee={"email_address": "bad email"})),
    ("INVALID_PARAMETER_SYNTAX", unit_with(payee={"merchant_id": "short"})),
    ("INVALID_PARAMETER_SYNTAX", unit_with(payee="me")),
    ("INVALID_PARAMETER_SYNTAX", amount_with(value="1e3")),
    ("INVALID_PARAMETER_SYNTAX", amount_with(value="10,00")),
    ("INVALID_PARAMETER_SYNTAX", amount_with(value="\u0661\u0660")),
    ("INVALID_PARAMETER_SYNTAX", amount_with(value=23.8)),
    ("INVALID_PARAMETER_SYNTAX", amount_with(breakdown=[])),
    ("INVALID_PARAMETER_SYNTAX", item_with(quantity="0")),
    ("INVALID_PARAMETER_SYNTAX", item_with(quantity="1.5")),
    ("INVALID_PARAMETER_SYNTAX", item_with(quantity=True)),
    ("INVALID_PARAMETER_SYNTAX", context_with(locale="DE-de")),
    ("INVALID_PARAMETER_SYNTAX", context_with(return_url="javascript:alert(1)")),
    ("INVALID_PARAMETER_SYNTAX", lambda body: body.update(payment_source="paypal")),
    ("INVALID_PARAMETER_SYNTAX", lambda body: body["payment_source"].update(paypal=1)),
    ("INVALID_PARAMETER_SYNTAX", lambda body: body["payment_source"]["paypal"].update(experience_context=1)),
    ("INVALID_STRING_LENGTH", unit_with(custom_id="x" * 128)),
    ("INVALID_STRING_LENGTH", unit_with(invoice_id="")),
    ("INVALID_STRING_LENGTH", unit_with(soft_descriptor="x" * 23)),
    ("INVALID_STRING_LENGTH", unit_with(reference_id="x" * 257)),
    ("INVALID_STRING_LENGTH", amount_with(currency_code="EURO")),
    ("INVALID_STRING_LENGTH", amount_with(value="1" * 33)),
    ("INVALID_STRING_LENGTH", item_with(name="x" * 128)),
    ("INVALID_STRING_LENGTH", context_with(brand_name="x" * 128)),
]

SENSELESS: list[tuple[str, Change]] = [
    ("AMOUNT_MISMATCH", amount_with(value="23.81")),
    ("ITEM_TOTAL_MISMATCH", item_with(unit_amount=euro("10.01"))),
    ("ITEM_TOTAL_MISMATCH", item_with(quantity="3", tax=None)),
    ("TAX_TOTAL_MISMATCH", item_with(tax=euro("1.91"))),
    ("ITEM_TOTAL_REQUIRED", lambda body: body["purchase_units"][0]["amount"].pop("breakdown")),
    ("TAX_TOTAL_REQUIRED", lambda body: body["purchase_units"][0]["amount"]["breakdown"].pop("tax_total")),
    ("CANNOT_BE_ZERO_OR_NEGATIVE", amount_with(value="0.00")),
    ("CANNOT_BE_ZERO_OR_NEGATIVE", amount_with(value="-1.00")),
    ("CANNOT_BE_NEGATIVE", breakdown_with(shipping=euro("-1.00"))),
    ("DECIMAL_PRECISION", amount_with(value="23.801")),
    ("INVALID_CURRENCY_CODE", amount_with(currency_code="ZZZ")),
    ("MAX_VALUE_EXCEEDED", amount_with(value="1000000000000000.00")),
    ("MULTI_CURRENCY_ORDER", item_with(unit_amount={"currency_code": "USD", "value": "10.00"})),
    ("NOT_ENABLED_FOR_CARD_PROCESSING", lambda body: body.update(payment_source={"card": {"name": "x"}})),
    ("PAYMENT_SOURCE_CANNOT_BE_USED", lambda body: body.update(payment_source={"venmo": {}})),
    ("PAYEE_ACCOUNT_INVALID", unit_with(payee={"merchant_id": "2222222222222"})),
]


@pytest.mark.parametrize(("issue", "change"), MALFORMED)
def test_a_malformed_order_is_refused(
    api: Caller, emulator: EmulatorControl, issue: str, change: Change
) -> None:
    body = tea_body()
    change(body)
    answer = api.create(body)
    assert answer.status_code == 400
    assert set(issues(answer)) == {issue}
    assert emulator.orders() == []


@pytest.mark.parametrize(("issue", "change"), SENSELESS)
def test_an_order_that_makes_no_sense_is_refused(
    api: Caller, emulator: EmulatorControl, issue: str, change: Change
) -> None:
    body = tea_body()
    change(body)
    answer = api.create(body)
    assert answer.status_code == 422
    assert issue in issues(answer)
    assert emulator.orders() == []


@pytest.mark.parametrize("currency", ["HUF", "JPY", "TWD"])
def test_currencies_without_decimals_take_none(api: Caller, currency: str) -> None:
    assert issues(api.create(order_body("3705.00", currency))) == ["DECIMALS_NOT_SUPPORTED"]
    assert api.create(order_body("3705", currency)).status_code == 201


@pytest.mark.parametrize(
    ("references", "issue"),
    [(("a", None), "REFERENCE_ID_REQUIRED"), (("a", "a"), "DUPLICATE_REFERENCE_ID"), (("a", "b"), None)],
)
def test_several_units_need_references_that_differ(
    api: Caller, references: tuple[str | None, ...], issue: str | None
) -> None:
    body = order_body()
    body["purchase_units"] = [
        {"amount": euro("1.00"), **({"reference_id": name} if name else {})} for name in references
    ]
    answer = api.create(body)
    assert issues(answer) == ([issue] if issue else [])


@pytest.mark.parametrize("raw", ["{", "", "[]", "7", "null", '"x"', "[" * 100_000])
def test_what_is_no_json_object_is_refused(api: Caller, emulator: EmulatorControl, raw: str) -> None:
    api.create()
    answer = api.session.post(
        f"{api.base_url}/v2/checkout/orders",
        data=raw,
        headers={"Authorization": f"Bearer {api.token().json()['access_token']}", "PayPal-Request-Id": "raw"},
        timeout=10,
    )
    assert answer.status_code == 400
    assert answer.json()["name"] == "INVALID_REQUEST"
    assert len(emulator.orders()) == 1


def test_all_malformed_fields_are_named_at_once(api: Caller) -> None:
    body = order_body(custom_id="", invoice_id="")
    body["intent"] = "STEAL"
    found = api.create(body).json()["details"]
    assert [detail["field"] for detail in found] == [
        "/intent",
        "/purchase_units/0/custom_id",
        "/purchase_units/0/invoice_id",
    ]


@pytest.mark.parametrize(
    "change",
    [
        item_with(quantity=2),
        amount_with(value="23.8"),
        context_with(locale="de-DE"),
        unit_with(payee={"email_address": "someone@else.example"}),
        unit_with(custom_id="x" * 127),
    ],
)
def test_what_paypal_takes_is_taken(api: Caller, change: Change) -> None:
    body: dict[str, Any] = tea_body()
    change(body)
    assert api.create(body).status_code == 201


def test_the_largest_amount_is_taken(api: Caller) -> None:
    whole = api.create(order_body("999999999999999.99"), headers={"Prefer": "return=representation"}).json()
    assert whole["purchase_units"][0]["amount"]["value"] == "999999999999999.99"


def test_a_request_id_that_is_too_long_is_refused(api: Caller) -> None:
    assert issues(api.create(key="k" * 109)) == ["INVALID_STRING_LENGTH"]
    assert api.create(key="k" * 108).status_code == 201
