"""What becomes of captures: refunds, reversals, pending ones resolved; the book follows exactly."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from checkout.processors.paypal.emulator.control_client import ControlFailedError, EmulatorControl
from tests.processors.paypal.emulator.caller import (
    HANG_SECONDS,
    WHOLE,
    Caller,
    euro,
    first_capture,
    issues,
    order_body,
)


@pytest.fixture
def capture_id(api: Caller, emulator: EmulatorControl) -> str:
    return captured(api, emulator)


def captured(api: Caller, emulator: EmulatorControl, instrument: str = "balance") -> str:
    order_id = api.order_id(order_body("100.00", custom_id="ref-1", invoice_id="INV-1"))
    emulator.approve(order_id, instrument)
    return str(first_capture(api.capture(order_id))["id"])


def status_of(api: Caller, capture_id: str) -> str:
    return str(api.call("GET", f"/v2/payments/captures/{capture_id}").json()["status"])


def test_a_capture_shows_its_order_and_payee(api: Caller, capture_id: str) -> None:
    capture = api.call("GET", f"/v2/payments/captures/{capture_id}").json()
    assert capture["status"] == "COMPLETED"
    assert capture["payee"]["merchant_id"] == "MERCHANTEMU22"
    order_id = capture["supplementary_data"]["related_ids"]["order_id"]
    assert capture["links"][-1] == {
        "href": f"{api.base_url}/v2/checkout/orders/{order_id}",
        "rel": "up",
        "method": "GET",
    }


def test_an_empty_refund_gives_back_all_that_is_left(
    api: Caller, emulator: EmulatorControl, capture_id: str
) -> None:
    answer = api.refund(capture_id, headers=WHOLE)
    assert answer.status_code == 201
    payable = answer.json()["seller_payable_breakdown"]
    assert payable["gross_amount"]["value"] == payable["total_refunded_amount"]["value"] == "100.00"
    assert payable["paypal_fee"]["value"] == "1.90"
    assert status_of(api, capture_id) == "REFUNDED"
    # The fixed part of the fee (2.25 for the capture) is not given back.
    assert emulator.account()["balances"]["EUR"] == {"gross": "0.00", "fee": "0.35", "net": "-0.35"}
    assert issues(api.refund(capture_id)) == ["CAPTURE_FULLY_REFUNDED"]


def test_many_small_refunds_give_back_as_much_as_one(
    api: Caller, emulator: EmulatorControl, capture_id: str
) -> None:
    for _ in range(10):
        assert api.refund(capture_id, {"amount": euro("10.00")}).status_code == 201
    assert emulator.account()["balances"]["EUR"]["fee"] == "0.35"
    assert status_of(api, capture_id) == "REFUNDED"


def test_a_partial_refund_leaves_the_rest_and_no_more(
    api: Caller, emulator: EmulatorControl, capture_id: str
) -> None:
    api.refund(capture_id, {"amount": euro("40.00")})
    assert status_of(api, capture_id) == "PARTIALLY_REFUNDED"
    assert issues(api.refund(capture_id, {"amount": euro("60.01")})) == ["REFUND_AMOUNT_EXCEEDED"]
    assert api.refund(capture_id, {"amount": euro("60.00")}).status_code == 201
    refunded = [Decimal(m["gross"]) for m in emulator.movements(kind="refund")]
    assert refunded == [Decimal("-40.00"), Decimal("-60.00")]


def test_the_same_request_id_refunds_once_for_45_days(
    api: Caller, emulator: EmulatorControl, capture_id: str
) -> None:
    body = {"amount": euro("10.00")}
    first = api.refund(capture_id, body, "once").json()["id"]
    emulator.advance(44 * 86_400)
    api = Caller(emulator.base_url)
    assert api.refund(capture_id, body, "once").json()["id"] == first
    emulator.advance(2 * 86_400)
    api = Caller(emulator.base_url)
    assert api.refund(capture_id, body, "once").json()["id"] != first
    assert len(emulator.movements(kind="refund")) == 2


@pytest.mark.parametrize(
    ("body", "issue"),
    [
        ({"amount": euro("0.00")}, "CANNOT_BE_ZERO_OR_NEGATIVE"),
        ({"amount": euro("1.001")}, "DECIMAL_PRECISION"),
        ({"amount": {"currency_code": "USD", "value": "1.00"}}, "REFUND_CAPTURE_CURRENCY_MISMATCH"),
        ({"amount": {"currency_code": "JPY", "value": "1.00"}}, "DECIMALS_NOT_SUPPORTED"),
        ({"amount": {"currency_code": "ZZZ", "value": "1.00"}}, "INVALID_CURRENCY_CODE"),
        ({"amount": {"currency_code": "EUR"}}, "MISSING_REQUIRED_PARAMETER"),
        ({"amount": {"currency_code": "EUR", "value": "ten"}}, "INVALID_PARAMETER_SYNTAX"),
        ({"custom_id": "no spaces"}, "INVALID_PARAMETER_SYNTAX"),
        ({"note_to_payer": "x" * 256}, "INVALID_STRING_LENGTH"),
    ],
)
def test_a_wrong_refund_is_refused_and_moves_nothing(
    api: Caller, emulator: EmulatorControl, capture_id: str, body: object, issue: str
) -> None:
    assert issues(api.refund(capture_id, body)) == [issue]
    assert emulator.movements(kind="refund") == []


def test_a_refund_under_way_refuses_another(api: Caller, emulator: EmulatorControl, capture_id: str) -> None:
    emulator.order_fault("hang", "refund", seconds=HANG_SECONDS, times=2)
    body = {"amount": euro("10.00")}
    callers = [Caller(api.base_url) for _ in range(2)]
    with ThreadPoolExecutor(len(callers)) as pool:
        answers = list(pool.map(lambda one: one.refund(capture_id, body, "slow"), callers))
    made, refused = sorted(answers, key=lambda answer: answer.status_code)
    assert made.status_code == 201
    assert (refused.status_code, issues(refused)) == (409, ["PREVIOUS_REQUEST_IN_PROGRESS"])
    assert api.refund(capture_id, body, "slow").status_code == 201
    assert len(emulator.movements(kind="refund")) == 1


def test_an_invoice_id_refunds_once(api: Caller, capture_id: str) -> None:
    body = {"amount": euro("1.00"), "invoice_id": "R-1"}
    assert api.refund(capture_id, body).status_code == 201
    assert issues(api.refund(capture_id, body)) == ["DUPLICATE_INVOICE_ID"]


def test_a_refund_is_shown_with_paypals_own_clock(api: Caller, capture_id: str) -> None:
    refund_id = api.refund(capture_id, {"amount": euro("1.00"), "note_to_payer": "Sorry"}).json()["id"]
    refund = api.call("GET", f"/v2/payments/refunds/{refund_id}").json()
    assert refund["create_time"].endswith("-07:00")
    assert refund["links"][1]["href"].endswith(f"/v2/payments/captures/{capture_id}")
    assert (refund["note_to_payer"], refund["custom_id"]) == ("Sorry", "ref-1")
    assert issues(api.call("GET", "/v2/payments/refunds/1AB234567A1234567")) == ["INVALID_RESOURCE_ID"]


def test_after_180_days_nothing_is_refunded(emulator: EmulatorControl, capture_id: str) -> None:
    emulator.advance(181 * 86_400)
    assert issues(Caller(emulator.base_url).refund(capture_id)) == ["REFUND_TIME_LIMIT_EXCEEDED"]


def test_a_pending_capture_is_not_refunded(api: Caller, emulator: EmulatorControl) -> None:
    capture_id = captured(api, emulator, "pending:ECHECK")
    assert issues(api.refund(capture_id)) == ["PENDING_CAPTURE"]
    emulator.decline(capture_id)
    assert status_of(api, capture_id) == "DECLINED"
    assert issues(api.refund(capture_id)) == ["REFUND_NOT_ALLOWED"]
    assert emulator.movements() == []
    assert emulator.events()[-1]["event_type"] == "PAYMENT.CAPTURE.DENIED"


def test_only_what_is_pending_can_be_resolved(emulator: EmulatorControl, capture_id: str) -> None:
    with pytest.raises(ControlFailedError, match="not PENDING"):
        emulator.complete(capture_id)
    with pytest.raises(ControlFailedError, match="404"):
        emulator.complete("NONE")


def test_the_dashboard_refunds_too(emulator: EmulatorControl, capture_id: str) -> None:
    emulator.refund(capture_id, euro("25.00"))
    assert emulator.events()[-1]["event_type"] == "PAYMENT.CAPTURE.REFUNDED"
    emulator.refund(capture_id)
    assert emulator.account()["balances"]["EUR"]["gross"] == "0.00"
    with pytest.raises(ControlFailedError, match="CAPTURE_FULLY_REFUNDED"):
        emulator.refund(capture_id)


def test_a_bank_takes_money_back_without_returning_the_fee(
    api: Caller, emulator: EmulatorControl, capture_id: str
) -> None:
    emulator.reverse(capture_id, "30.00")
    event = emulator.events()[-1]
    assert (event["event_type"], event["resource_type"]) == ("PAYMENT.CAPTURE.REVERSED", "refund")
    assert event["resource"]["seller_payable_breakdown"]["paypal_fee"]["value"] == "0.00"
    assert event["resource"]["links"][1]["rel"] == "up"
    (movement,) = emulator.movements(kind="reversal")
    assert (movement["gross"], movement["fee"], movement["net"]) == ("-30.00", "0.00", "-30.00")
    assert issues(api.refund(capture_id, {"amount": euro("70.01")})) == ["REFUND_AMOUNT_EXCEEDED"]
    with pytest.raises(ControlFailedError, match="REFUND_AMOUNT_EXCEEDED"):
        emulator.reverse(capture_id, "70.01")
