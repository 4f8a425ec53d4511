"""An order's life: created, opened, approved, captured; and what stands in its way."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from checkout.processors.paypal.emulator.control_client import EmulatorControl
from tests.processors.paypal.emulator.caller import (
    HANG_SECONDS,
    WHOLE,
    Caller,
    first_capture,
    issues,
    order_body,
    tea_body,
    wait_until,
)

HOUR = 3600


def rels(body: dict[str, list[dict[str, str]]]) -> list[str]:
    return [link["rel"] for link in body["links"]]


def test_a_purchase_goes_through_and_the_book_knows(api: Caller, emulator: EmulatorControl) -> None:
    created = api.create(tea_body())
    order_id = created.json()["id"]
    emulator.approve(order_id)
    captured = api.capture(order_id)
    assert captured.status_code == 201
    assert captured.json()["status"] == "COMPLETED"
    breakdown = first_capture(captured)["seller_receivable_breakdown"]
    assert breakdown["gross_amount"]["value"] == "23.80"
    assert breakdown["paypal_fee"]["value"] == "0.80"
    assert breakdown["net_amount"]["value"] == "23.00"
    assert emulator.account()["balances"] == {"EUR": {"gross": "23.80", "fee": "0.80", "net": "23.00"}}
    (movement,) = emulator.movements(custom_id="tea-1")
    assert movement["capture_id"] == first_capture(captured)["id"]


def test_the_link_to_the_payer_depends_on_the_payment_source(api: Caller) -> None:
    with_source = api.create().json()
    assert with_source["status"] == "PAYER_ACTION_REQUIRED"
    assert rels(with_source) == ["self", "payer-action"]
    body = order_body()
    del body["payment_source"]
    without = api.create(body).json()
    assert without["status"] == "CREATED"
    assert rels(without) == ["self", "approve", "update", "capture"]


def test_the_minimal_answer_is_the_default_and_the_whole_one_is_asked_for(api: Caller) -> None:
    assert api.create(tea_body()).json().keys() == {"id", "status", "links"}
    whole = api.create(tea_body(), headers=WHOLE).json()
    unit = whole["purchase_units"][0]
    assert unit["amount"]["breakdown"]["tax_total"] == {"currency_code": "EUR", "value": "3.80"}
    assert unit["payee"]["merchant_id"] == "MERCHANTEMU22"
    assert unit["custom_id"] == "tea-1"
    assert unit["items"][0]["quantity"] == "2"


def test_the_same_request_id_gets_the_old_order_at_its_state_whatever_the_body(
    api: Caller, emulator: EmulatorControl
) -> None:
    first = api.create(order_body("5.00"), "same", WHOLE).json()
    emulator.approve(first["id"])
    again = api.create(order_body("17.50"), "same", WHOLE)
    assert again.status_code == 200
    assert again.json()["id"] == first["id"]
    assert again.json()["status"] == "APPROVED"
    assert again.json()["purchase_units"][0]["amount"]["value"] == "5.00"
    assert len(emulator.orders()) == 1


def test_a_request_id_is_forgotten_after_six_hours(api: Caller, emulator: EmulatorControl) -> None:
    first = api.create(key="old")
    emulator.advance(7 * HOUR)
    second = api.create(key="old")
    assert second.status_code == 201
    assert second.json()["id"] != first.json()["id"]


def test_a_refused_body_leaves_its_request_id_free(api: Caller) -> None:
    assert api.create(order_body("0.00"), "free").status_code == 422
    assert api.create(order_body("1.00"), "free").status_code == 201


def test_a_payment_source_needs_a_request_id(api: Caller) -> None:
    answer = api.call("POST", "/v2/checkout/orders", order_body())
    assert answer.status_code == 400
    assert issues(answer) == ["PAYPAL_REQUEST_ID_REQUIRED"]
    body = order_body()
    del body["payment_source"]
    assert api.call("POST", "/v2/checkout/orders", body).status_code == 201


def test_what_the_payer_has_not_approved_is_not_captured(api: Caller, emulator: EmulatorControl) -> None:
    order_id = api.order_id()
    answer = api.capture(order_id)
    assert (answer.status_code, issues(answer)) == (422, ["ORDER_NOT_APPROVED"])
    emulator.cancel(order_id)
    assert issues(api.capture(order_id)) == ["ORDER_NOT_APPROVED"]
    assert emulator.movements() == []


def test_a_second_capture_is_refused_and_the_same_request_replayed(
    api: Caller, emulator: EmulatorControl
) -> None:
    order_id = api.order_id()
    emulator.approve(order_id)
    first = api.capture(order_id, "once")
    replayed = api.capture(order_id, "once")
    assert (replayed.status_code, first_capture(replayed)) == (200, first_capture(first))
    assert issues(api.capture(order_id, "other")) == ["ORDER_ALREADY_CAPTURED"]
    assert len(emulator.movements()) == 1


def test_a_declined_payer_comes_back_by_the_same_link_and_pays(
    api: Caller, emulator: EmulatorControl
) -> None:
    order_id = api.order_id()
    emulator.approve(order_id, "declined_card")
    assert issues(api.capture(order_id)) == ["INSTRUMENT_DECLINED"]
    sent_back = api.get(order_id).json()
    assert (sent_back["status"], rels(sent_back)) == ("PAYER_ACTION_REQUIRED", ["self", "payer-action"])
    assert issues(api.capture(order_id)) == ["PAYER_ACTION_REQUIRED"]
    assert emulator.movements() == []
    emulator.approve(order_id)
    assert api.capture(order_id).status_code == 201
    assert len(emulator.movements()) == 1


def test_too_many_declines_end_the_order(api: Caller, emulator: EmulatorControl) -> None:
    order_id = api.order_id()
    for _ in range(5):
        emulator.approve(order_id, "declined_card")
        assert issues(api.capture(order_id)) == ["INSTRUMENT_DECLINED"]
    emulator.approve(order_id)
    assert issues(api.capture(order_id)) == ["MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED"]
    assert emulator.movements() == []


@pytest.mark.parametrize("reason", ["ECHECK", "PENDING_REVIEW", "UNILATERAL"])
def test_a_completed_order_can_hold_a_pending_capture(
    api: Caller, emulator: EmulatorControl, reason: str
) -> None:
    order_id = api.order_id()
    emulator.approve(order_id, f"pending:{reason}")
    captured = api.capture(order_id)
    capture = first_capture(captured)
    assert (captured.json()["status"], capture["status"]) == ("COMPLETED", "PENDING")
    assert capture["status_details"] == {"reason": reason}
    assert "seller_receivable_breakdown" not in capture
    assert emulator.movements() == []
    emulator.complete(capture["id"])
    assert "seller_receivable_breakdown" in first_capture(api.get(order_id))
    assert len(emulator.movements()) == 1


def test_a_completed_order_can_hold_a_declined_capture(api: Caller, emulator: EmulatorControl) -> None:
    order_id = api.order_id()
    emulator.approve(order_id, "declined_capture")
    captured = api.capture(order_id)
    assert (captured.json()["status"], first_capture(captured)["status"]) == ("COMPLETED", "DECLINED")
    assert emulator.movements() == []


def test_an_invoice_id_is_captured_once_for_one_merchant(api: Caller, emulator: EmulatorControl) -> None:
    same = {"invoice_id": "INV-7"}
    other_merchant = {**same, "payee": {"email_address": "other-merchant@shop.example"}}
    answers = []
    for unit in (same, same, other_merchant):
        order_id = api.order_id(order_body(**unit))
        emulator.approve(order_id)
        answers.append(api.capture(order_id))
    assert [answer.status_code for answer in answers] == [201, 422, 201]
    assert issues(answers[1]) == ["DUPLICATE_INVOICE_ID"]
    assert {m["merchant_id"] for m in emulator.movements()} == {"MERCHANTEMU22", "STHERMERCH222"}


def test_a_capture_under_way_refuses_another(api: Caller, emulator: EmulatorControl) -> None:
    order_id = api.order_id()
    emulator.approve(order_id)
    emulator.order_fault("hang", "capture", seconds=HANG_SECONDS)
    slow = threading.Thread(target=lambda: Caller(api.base_url).capture(order_id))
    slow.start()
    wait_until(lambda: emulator.order(order_id)["capturing"])
    assert issues(api.capture(order_id)) == ["ORDER_COMPLETION_IN_PROGRESS"]
    slow.join()
    assert issues(api.capture(order_id)) == ["ORDER_ALREADY_CAPTURED"]
    assert len(emulator.movements()) == 1


def test_many_captures_at_once_take_the_money_once(api: Caller, emulator: EmulatorControl) -> None:
    order_id = api.order_id()
    emulator.approve(order_id)
    emulator.set_latency(50)
    callers = [Caller(api.base_url) for _ in range(20)]
    with ThreadPoolExecutor(len(callers)) as pool:
        answers = list(pool.map(lambda one: one.capture(order_id, f"key-{id(one)}"), callers))
    assert sorted(answer.status_code for answer in answers) == [201, *[422] * 19]
    refused = {issue for answer in answers for issue in issues(answer)}
    assert refused <= {"ORDER_COMPLETION_IN_PROGRESS", "ORDER_ALREADY_CAPTURED"}
    assert len(emulator.movements()) == 1


def test_many_creations_under_one_request_id_make_one_order(api: Caller, emulator: EmulatorControl) -> None:
    callers = [Caller(api.base_url) for _ in range(20)]
    with ThreadPoolExecutor(len(callers)) as pool:
        answers = list(pool.map(lambda one: one.create(key="same"), callers))
    assert sorted(answer.status_code for answer in answers) == [*[200] * 19, 201]
    assert len({answer.json()["id"] for answer in answers}) == len(emulator.orders()) == 1


def test_a_link_that_nobody_opens_is_good_for_three_hours(api: Caller, emulator: EmulatorControl) -> None:
    order_id = api.order_id()
    emulator.advance(3 * HOUR - 10)
    assert api.get(order_id).status_code == 200
    emulator.advance(20)
    gone = api.get(order_id)
    assert (gone.status_code, issues(gone)) == (404, ["INVALID_RESOURCE_ID"])
    assert api.capture(order_id).status_code == 404


def test_an_opened_link_is_good_for_another_three_hours(api: Caller, emulator: EmulatorControl) -> None:
    order_id = api.order_id()
    emulator.advance(2 * HOUR)
    emulator.open_link(order_id)
    emulator.advance(3 * HOUR - 10)
    emulator.approve(order_id)
    assert api.capture(order_id).status_code == 201
    emulator.advance(1000 * HOUR)
    api = Caller(emulator.base_url)
    assert api.get(order_id).status_code == 200


def test_an_approval_that_is_not_captured_in_time_is_undone(api: Caller, emulator: EmulatorControl) -> None:
    order_id = api.order_id(order_body(custom_id="late"))
    emulator.approve(order_id)
    emulator.advance(3 * HOUR + 1)
    assert api.capture(order_id).status_code == 404
    reversed_event = emulator.events()[-1]
    assert reversed_event["event_type"] == "CHECKOUT.PAYMENT-APPROVAL.REVERSED"
    assert "resource_type" not in reversed_event
    assert reversed_event["resource"]["order_id"] == order_id
    assert emulator.movements() == []


@pytest.mark.parametrize(
    ("currency", "sent", "answered"),
    [("HUF", "3705", "3705.00"), ("TWD", "100", "100.00"), ("JPY", "100", "100"), ("EUR", "0.01", "0.01")],
)
def test_amounts_come_back_in_paypals_own_spelling(
    api: Caller, emulator: EmulatorControl, currency: str, sent: str, answered: str
) -> None:
    order_id = api.order_id(order_body(sent, currency))
    emulator.approve(order_id)
    capture = first_capture(api.capture(order_id))
    assert capture["amount"] == {"currency_code": currency, "value": answered}
    breakdown = capture["seller_receivable_breakdown"]
    gross, fee, net = (
        float(breakdown[name]["value"]) for name in ("gross_amount", "paypal_fee", "net_amount")
    )
    assert gross == pytest.approx(fee + net)
    assert fee > 0


def test_an_unknown_order_is_not_found(api: Caller) -> None:
    assert issues(api.get("1AB234567A1234567")) == ["INVALID_RESOURCE_ID"]


def test_every_answer_carries_a_debug_id_and_errors_repeat_it(api: Caller) -> None:
    good, bad = api.create(), api.get("NONE")
    assert len(good.headers["PayPal-Debug-Id"]) == 13
    assert bad.json()["debug_id"] == bad.headers["PayPal-Debug-Id"]
    assert good.headers["PayPal-Debug-Id"] != bad.headers["PayPal-Debug-Id"]


def test_the_mock_header_asks_for_an_error(api: Caller, emulator: EmulatorControl) -> None:
    order_id = api.order_id()
    emulator.approve(order_id)
    mocked = {"PayPal-Mock-Response": '{"mock_application_codes":"TRANSACTION_REFUSED"}'}
    assert issues(api.capture(order_id, headers=mocked)) == ["TRANSACTION_REFUSED"]
    assert emulator.movements() == []
    assert api.capture(order_id).status_code == 201


def test_a_mock_header_that_means_nothing_changes_nothing(api: Caller) -> None:
    for header in ("nonsense", "[]", '{"mock_application_codes":"NO_SUCH_ISSUE"}'):
        assert api.create(headers={"PayPal-Mock-Response": header}).status_code == 201
