"""Orders can be changed until they are completed, and only where PayPal lets them."""

from typing import Any

import pytest

from checkout.processors.paypal.emulator.control_client import EmulatorControl
from tests.processors.paypal.emulator.caller import Caller, euro, issues, order_body, tea_body

UNIT = "/purchase_units/@reference_id=='default'"


@pytest.fixture
def order_id(api: Caller) -> str:
    body = order_body(custom_id="before")
    del body["payment_source"]
    return api.order_id(body)


def replace(path: str, value: object) -> dict[str, Any]:
    return {"op": "replace", "path": f"{UNIT}/{path}", "value": value}


def test_amount_and_references_can_be_replaced(api: Caller, order_id: str) -> None:
    answer = api.patch(
        order_id,
        replace("amount", euro("9.99")),
        replace("custom_id", "after"),
        {"op": "add", "path": f"{UNIT}/invoice_id", "value": "INV-9"},
    )
    assert (answer.status_code, answer.content) == (204, b"")
    unit = api.get(order_id).json()["purchase_units"][0]
    assert (unit["amount"]["value"], unit["custom_id"], unit["invoice_id"]) == ("9.99", "after", "INV-9")
    assert api.patch(order_id, {"op": "remove", "path": f"{UNIT}/invoice_id"}).status_code == 204
    assert "invoice_id" not in api.get(order_id).json()["purchase_units"][0]


def test_an_approved_order_can_be_patched_and_a_completed_one_cannot(
    api: Caller, emulator: EmulatorControl, order_id: str
) -> None:
    emulator.approve(order_id)
    assert api.patch(order_id, replace("amount", euro("5.00"))).status_code == 204
    api.capture(order_id)
    assert issues(api.patch(order_id, replace("amount", euro("6.00")))) == ["ORDER_ALREADY_COMPLETED"]
    assert emulator.account()["balances"]["EUR"]["gross"] == "5.00"


def test_an_order_that_waits_for_its_payer_cannot_be_patched(api: Caller) -> None:
    assert issues(api.patch(api.order_id(), replace("amount", euro("5.00")))) == ["NOT_PATCHABLE"]


@pytest.mark.parametrize(
    ("operation", "issue"),
    [
        ({"path": f"{UNIT}/amount"}, "MISSING_REQUIRED_PARAMETER"),
        ({"op": "move", "path": f"{UNIT}/amount"}, "INVALID_PARAMETER_VALUE"),
        ({"op": "replace", "value": euro("1.00")}, "PATCH_PATH_REQUIRED"),
        ({"op": "replace", "path": "amount"}, "INVALID_JSON_POINTER_FORMAT"),
        ({"op": "replace", "path": "/status", "value": "COMPLETED"}, "NOT_PATCHABLE"),
        (
            {"op": "replace", "path": "/purchase_units/@reference_id=='x'/amount", "value": euro("1.00")},
            "REFERENCE_ID_NOT_FOUND",
        ),
        ({"op": "remove", "path": f"{UNIT}/amount"}, "INVALID_PATCH_OPERATION"),
        ({"op": "add", "path": f"{UNIT}/custom_id", "value": "x"}, "INVALID_PATCH_OPERATION"),
        ({"op": "remove", "path": f"{UNIT}/invoice_id"}, "INVALID_PATCH_OPERATION"),
        ({"op": "replace", "path": f"{UNIT}/amount"}, "PATCH_VALUE_REQUIRED"),
        (replace("amount", euro("0.00")), "CANNOT_BE_ZERO_OR_NEGATIVE"),
        (replace("amount", {"currency_code": "EUR", "value": "x"}), "INVALID_PARAMETER_SYNTAX"),
        (replace("custom_id", "x" * 128), "INVALID_STRING_LENGTH"),
    ],
)
def test_a_wrong_patch_is_refused_and_changes_nothing(
    api: Caller, order_id: str, operation: dict[str, Any], issue: str
) -> None:
    before = api.get(order_id).json()
    good = {"op": "add", "path": f"{UNIT}/description", "value": "half"}
    answer = api.patch(order_id, good, operation)
    assert issues(answer) == [issue]
    assert api.get(order_id).json() == before


def test_sums_must_still_add_up_after_a_patch(api: Caller) -> None:
    body = tea_body()
    del body["payment_source"]
    order_id = api.order_id(body)
    wrong = {**euro("30.00"), "breakdown": {"item_total": euro("26.20"), "tax_total": euro("3.80")}}
    assert issues(api.patch(order_id, replace("amount", wrong))) == ["ITEM_TOTAL_MISMATCH"]
