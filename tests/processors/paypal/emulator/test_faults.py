"""Each fault shows its effect on the wire, and the book shows whether the money moved all the same."""

import threading
import time
from typing import Any

import pytest
import requests

from checkout.processors.paypal.emulator.control_client import ControlFailedError, EmulatorControl
from tests.processors.paypal.emulator.caller import (
    HANG_SECONDS,
    WHOLE,
    Caller,
    first_capture,
    issues,
    order_body,
    wait_until,
)


@pytest.fixture
def approved(api: Caller, emulator: EmulatorControl) -> str:
    order_id = api.order_id(order_body("20.00", custom_id="mine"))
    emulator.approve(order_id)
    return order_id


def test_a_lost_answer_moved_the_money(api: Caller, emulator: EmulatorControl, approved: str) -> None:
    emulator.order_fault("lost_answer", "capture")
    with pytest.raises(requests.ConnectionError):
        api.capture(approved, "key")
    assert len(emulator.movements()) == 1
    assert api.capture(approved, "key").status_code == 200
    assert len(emulator.movements()) == 1
    (lost, _) = emulator.calls(operation="capture")
    assert (lost["answered"], lost["fault"], lost["request_id"]) == (False, "lost_answer", "key")


def test_a_lost_request_moved_nothing(api: Caller, emulator: EmulatorControl, approved: str) -> None:
    emulator.order_fault("lost_request", "capture")
    with pytest.raises(requests.ConnectionError):
        api.capture(approved, "key")
    assert emulator.movements() == []
    assert api.capture(approved, "key").status_code == 201


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (500, "INTERNAL_SERVER_ERROR"),
        (502, "BAD_GATEWAY"),
        (503, "SERVICE_UNAVAILABLE"),
        (429, "RATE_LIMIT_REACHED"),
    ],
)
def test_a_status_is_answered_without_effect(
    api: Caller, emulator: EmulatorControl, approved: str, status: int, name: str
) -> None:
    emulator.order_fault("status", "capture", status=status, retry_after=3)
    answer = api.capture(approved)
    assert (answer.status_code, answer.json()["name"]) == (status, name)
    assert answer.headers["Retry-After"] == "3"
    assert answer.json()["debug_id"] == answer.headers["PayPal-Debug-Id"]
    assert emulator.movements() == []


def test_an_error_can_be_answered_after_the_effect(
    api: Caller, emulator: EmulatorControl, approved: str
) -> None:
    emulator.order_fault("status", "capture", status=500, effect=True)
    assert api.capture(approved).status_code == 500
    assert len(emulator.movements()) == 1


def test_any_issue_can_be_answered(api: Caller, emulator: EmulatorControl, approved: str) -> None:
    emulator.order_fault("issue", "capture", issue="PAYEE_BLOCKED_TRANSACTION")
    answer = api.capture(approved)
    assert (answer.status_code, issues(answer)) == (422, ["PAYEE_BLOCKED_TRANSACTION"])
    assert emulator.movements() == []


@pytest.mark.parametrize("after_effect", [False, True])
def test_a_hanging_call_takes_effect_before_or_after_it_hung(
    api: Caller, emulator: EmulatorControl, approved: str, *, after_effect: bool
) -> None:
    emulator.order_fault("hang", "capture", seconds=HANG_SECONDS, after_effect=after_effect)
    hanging = threading.Thread(target=lambda: Caller(api.base_url).capture(approved))
    hanging.start()
    wait_until(emulator.movements if after_effect else lambda: emulator.order(approved)["capturing"])
    assert len(emulator.movements()) == int(after_effect)
    assert hanging.is_alive()
    hanging.join()
    assert len(emulator.movements()) == 1


def test_a_dripping_answer_comes_byte_by_byte(api: Caller, emulator: EmulatorControl) -> None:
    emulator.order_fault("slow_drip", "create", seconds=0.005)
    started = time.monotonic()
    answer = api.create()
    assert answer.json()["status"] == "PAYER_ACTION_REQUIRED"
    assert time.monotonic() - started > 0.005 * len(answer.content) * 0.9


def test_html_is_answered_instead_of_json(api: Caller, emulator: EmulatorControl, approved: str) -> None:
    emulator.order_fault("html", "capture")
    emulator.order_fault("html", "get", status=503)
    answer = api.capture(approved)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert len(emulator.movements()) == 1
    assert api.get(approved).status_code == 503


def test_an_empty_answer(api: Caller, emulator: EmulatorControl, approved: str) -> None:
    emulator.order_fault("empty", "capture")
    answer = api.capture(approved)
    assert (answer.status_code, answer.content) == (201, b"")
    assert len(emulator.movements()) == 1


def test_a_truncated_answer_breaks_off(api: Caller, emulator: EmulatorControl, approved: str) -> None:
    emulator.order_fault("truncated", "capture")
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        api.capture(approved)
    assert len(emulator.movements()) == 1


@pytest.mark.parametrize("kind", ["yaml", "bad_json"])
def test_an_answer_that_is_no_json(api: Caller, emulator: EmulatorControl, approved: str, kind: str) -> None:
    emulator.order_fault(kind, "capture")
    answer = api.capture(approved)
    assert answer.status_code == 201
    with pytest.raises(requests.JSONDecodeError):
        answer.json()
    assert len(emulator.movements()) == 1


def test_an_answer_that_would_run_a_command(api: Caller, emulator: EmulatorControl, approved: str) -> None:
    emulator.order_fault("py_reduce", "capture", command="touch /tmp/never")
    body: Any = api.capture(approved).json()
    assert body["links"][0]["py/reduce"][0] == {"py/function": "os.system"}
    assert len(emulator.movements()) == 1


def test_a_redirect_leads_elsewhere_without_effect(
    api: Caller, emulator: EmulatorControl, approved: str
) -> None:
    emulator.order_fault("redirect", "capture", location="http://127.0.0.1:9/elsewhere")
    answer = api.capture(approved)
    assert (answer.status_code, answer.headers["Location"]) == (302, "http://127.0.0.1:9/elsewhere")
    assert emulator.movements() == []


@pytest.mark.parametrize("older", [True, False])
def test_a_replay_answers_an_order_of_another_amount(
    api: Caller, emulator: EmulatorControl, *, older: bool
) -> None:
    first = api.order_id(order_body("5.00")) if older else None
    emulator.order_fault("replay_other", "create")
    answer = api.create(order_body("17.50"), headers=WHOLE)
    assert answer.status_code == 200
    assert answer.json()["purchase_units"][0]["amount"]["value"] != "17.50"
    assert first in (None, answer.json()["id"])
    assert all(o["purchase_units"][0]["amount"]["value"] != "17.50" for o in emulator.orders())


@pytest.mark.parametrize(("change", "taken"), [({"less": "19.00"}, "1.00"), ({"more": "0.01"}, "20.01")])
def test_another_amount_is_really_captured(
    api: Caller, emulator: EmulatorControl, approved: str, change: dict[str, str], taken: str
) -> None:
    emulator.order_fault("wrong_amount", "capture", **change)
    assert first_capture(api.capture(approved))["amount"]["value"] == taken
    assert emulator.account()["balances"]["EUR"]["gross"] == taken


def test_another_currency_is_really_captured(api: Caller, emulator: EmulatorControl, approved: str) -> None:
    emulator.order_fault("wrong_currency", "capture", currency="USD")
    assert first_capture(api.capture(approved))["amount"]["currency_code"] == "USD"
    assert emulator.account()["balances"].keys() == {"USD"}


@pytest.mark.parametrize(
    ("kind", "change", "taken"),
    [
        ("wrong_currency", {"currency": "JPY"}, ("JPY", "20")),
        ("wrong_amount", {"less": "99.00"}, ("EUR", "0.01")),
        ("wrong_amount", {"less": "20.00"}, ("EUR", "0.01")),
    ],
)
def test_what_is_captured_is_always_an_amount_there_can_be(
    api: Caller,
    emulator: EmulatorControl,
    approved: str,
    kind: str,
    change: dict[str, str],
    taken: tuple[str, str],
) -> None:
    emulator.order_fault(kind, "capture", **change)
    amount = first_capture(api.capture(approved))["amount"]
    assert (amount["currency_code"], amount["value"]) == taken


def test_another_merchant_is_really_paid(api: Caller, emulator: EmulatorControl, approved: str) -> None:
    emulator.order_fault("wrong_payee", "capture")
    capture_id = first_capture(api.capture(approved))["id"]
    paid = api.call("GET", f"/v2/payments/captures/{capture_id}").json()["payee"]
    assert paid["merchant_id"] != "MERCHANTEMU22"
    assert emulator.account()["balances"] == {}
    assert len(emulator.movements(merchant_id=paid["merchant_id"])) == 1


def test_another_reference_is_really_kept(api: Caller, emulator: EmulatorControl, approved: str) -> None:
    emulator.order_fault("wrong_custom_id", "capture", custom_id="theirs")
    assert first_capture(api.capture(approved))["custom_id"] == "theirs"
    assert len(emulator.movements(custom_id="theirs")) == 1


def test_another_amount_can_be_ordered_already(api: Caller, emulator: EmulatorControl) -> None:
    emulator.order_fault("wrong_amount", "create", less="1.00")
    order_id = api.order_id(order_body("20.00"))
    assert api.get(order_id).json()["purchase_units"][0]["amount"]["value"] == "19.00"
    emulator.approve(order_id)
    api.capture(order_id)
    assert emulator.account()["balances"]["EUR"]["gross"] == "19.00"


@pytest.mark.parametrize(
    ("kind", "more", "path", "told"),
    [
        ("wrong_amount", {"less": "1.00"}, ("amount", "value"), "19.00"),
        ("wrong_currency", {"currency": "USD"}, ("amount", "currency_code"), "USD"),
        ("wrong_payee", {"payee": "x@y.example"}, ("payee", "email_address"), "x@y.example"),
        ("wrong_custom_id", {"custom_id": "theirs"}, ("custom_id",), "theirs"),
    ],
)
def test_an_answer_can_lie_while_the_books_are_true(
    api: Caller,
    emulator: EmulatorControl,
    approved: str,
    kind: str,
    more: dict[str, str],
    path: tuple[str, ...],
    told: str,
) -> None:
    emulator.order_fault(kind, "get", applies_to="answer", **more)
    value: Any = api.get(approved).json()["purchase_units"][0]
    for name in path:
        value = value[name]
    assert value == told
    api.capture(approved)
    (movement,) = emulator.movements()
    assert (movement["gross"], movement["currency_code"], movement["custom_id"]) == ("20.00", "EUR", "mine")


def test_a_decline_sends_the_payer_back(api: Caller, emulator: EmulatorControl, approved: str) -> None:
    emulator.order_fault("decline", "capture")
    assert issues(api.capture(approved)) == ["INSTRUMENT_DECLINED"]
    assert emulator.movements() == []
    emulator.approve(approved)
    assert api.capture(approved).status_code == 201


@pytest.mark.parametrize(
    ("kind", "status"), [("pending:ECHECK", "PENDING"), ("declined_capture", "DECLINED")]
)
def test_a_capture_can_be_left_without_money(
    api: Caller, emulator: EmulatorControl, approved: str, kind: str, status: str
) -> None:
    emulator.order_fault(kind, "capture")
    assert first_capture(api.capture(approved))["status"] == status
    assert emulator.movements() == []


def test_a_fault_strikes_as_often_as_ordered_and_only_what_matches(
    api: Caller, emulator: EmulatorControl
) -> None:
    emulator.order_fault("status", "create", times=2, match={"custom_id": "unlucky"})
    unlucky, lucky = order_body(custom_id="unlucky"), order_body(custom_id="lucky")
    assert api.create(lucky).status_code == 201
    assert [api.create(unlucky).status_code for _ in range(3)] == [500, 500, 201]
    assert emulator.faults()[0]["struck"] == 2
    emulator.order_fault("status", "any", times=1)
    assert api.get("ANYTHING").status_code == 500
    emulator.order_fault("status", "create", times=9)
    emulator.clear_faults()
    assert api.create().status_code == 201


def test_tokens_and_webhook_management_have_faults_too(api: Caller, emulator: EmulatorControl) -> None:
    emulator.order_fault("status", "token", status=503)
    assert api.token().status_code == 503
    emulator.order_fault("status", "notifications", status=500)
    assert api.call("GET", "/v1/notifications/webhooks").status_code == 500


def test_a_rate_strikes_about_that_often(api: Caller, emulator: EmulatorControl) -> None:
    emulator.order_fault("status", "get", rate=0.3)
    struck = sum(api.get("NONE").status_code == 500 for _ in range(300))
    assert 40 <= struck <= 140  # 90, and six times the deviation of chance to either side


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({"kind": "earthquake"}, "There is no fault"),
        ({"kind": "decline", "operation": "create"}, "fits the operations authorize, capture"),
        ({"kind": "decline", "operation": "nothing"}, "fits the operations authorize, capture"),
        ({"kind": "decline", "colour": "red"}, "does not know colour"),
        ({"kind": "pending:BOREDOM"}, "needs a reason"),
        ({"kind": "decline:ECHECK"}, "Only pending takes a reason"),
        ({"kind": "issue", "operation": "capture", "issue": "NO_SUCH"}, "cannot answer the issue"),
        ({"kind": "status", "status": 418}, "status can be"),
        ({"kind": "wrong_amount"}, 'needs "less" or "more"'),
        ({"kind": "wrong_amount", "less": "much"}, "must be a number"),
        ({"kind": "wrong_currency", "currency": "ZZZ"}, "needs a currency"),
        ({"kind": "wrong_payee", "applies_to": "both"}, "applies_to is"),
        ({"kind": "decline", "rate": 2}, "from 0 to 1"),
        ({"kind": "decline", "times": 0}, "whole number"),
        ({"kind": "decline", "match": "x"}, "must be an object"),
    ],
)
def test_a_fault_that_means_nothing_is_refused_in_words(
    emulator: EmulatorControl, wish: dict[str, Any], said: str
) -> None:
    with pytest.raises(ControlFailedError, match=said):
        emulator.call("POST", "/control/faults", wish)
    assert emulator.faults() == []
