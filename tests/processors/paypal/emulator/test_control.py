"""The control API and page: all that is known, and all that a test may do."""

import pytest
import requests

from checkout.processors.paypal.emulator.control_client import ControlFailedError, EmulatorControl
from tests.processors.paypal.emulator.caller import (
    Caller,
    euro,
    first_authorization,
    first_capture,
    order_body,
)
from tests.processors.paypal.emulator.driving import authorized
from tests.processors.paypal.emulator.receiver import Receiver


def press(emulator: EmulatorControl, action: str, **form: str) -> requests.Response:
    return requests.post(f"{emulator.base_url}/control", data={"action": action, **form}, timeout=10)


def test_the_page_lists_everything_and_has_its_buttons(
    api: Caller, emulator: EmulatorControl, receiver: Receiver
) -> None:
    order_id = api.order_id(order_body(custom_id="shown-1"))
    emulator.approve(order_id)
    capture_id = first_capture(api.capture(order_id))["id"]
    emulator.order_fault("decline", "capture")
    emulator.settle_deliveries()
    text = requests.get(f"{emulator.base_url}/control", timeout=10).text
    for shown in (
        order_id,
        capture_id,
        "shown-1",
        "CHECKOUT.ORDER.APPROVED",
        receiver.url,
        "decline on capture",
    ):
        assert shown in text
    assert "<script" not in text


def test_the_buttons_do_what_they_say(api: Caller, emulator: EmulatorControl) -> None:
    order_id = api.order_id()
    assert press(emulator, "approve", id=order_id).status_code == 200
    capture_id = first_capture(api.capture(order_id))["id"]
    assert press(emulator, "refund", id=capture_id).status_code == 200
    assert emulator.account()["balances"]["EUR"]["gross"] == "0.00"
    before = emulator.now()
    press(emulator, "hour")
    assert emulator.now() > before
    press(emulator, "fault", kind="decline")
    assert emulator.faults()[0]["kind"] == "decline"
    press(emulator, "forget-faults")
    assert emulator.faults() == []


def test_the_buttons_end_what_is_pending_and_let_go_what_is_reserved(
    api: Caller, emulator: EmulatorControl
) -> None:
    pending = authorized(api, emulator, "pending:PENDING_REVIEW")
    held = first_authorization(pending)["id"]
    assert press(emulator, "authorization-approve", id=held).status_code == 200
    capture_id = api.take(held, body={"amount": euro("60.00")}).json()["id"]
    assert press(emulator, "authorization-void", id=held).status_code == 200
    emulator.order_fault("refund_pending", "refund")
    refund_id = api.refund(capture_id, {"amount": euro("10.00")}).json()["id"]
    text = requests.get(f"{emulator.base_url}/control", timeout=10).text
    for shown in (held, refund_id, "VOIDED", "refund-complete"):
        assert shown in text
    assert press(emulator, "refund-complete", id=refund_id).status_code == 200
    assert press(emulator, "reverse", id=capture_id).status_code == 200
    assert press(emulator, "cancel-reversal", id=capture_id).status_code == 200
    assert emulator.account()["balances"]["EUR"]["gross"] == "50.00"
    assert press(emulator, "refund-fail", id=refund_id).status_code == 400


@pytest.mark.parametrize(
    ("action", "form"),
    [
        ("explode", {}),
        ("approve", {"id": "NONE"}),
        ("complete", {"id": "NONE"}),
        ("refund-fail", {"id": "NONE"}),
        ("fault", {"kind": "none"}),
    ],
)
def test_a_button_that_cannot_work_says_why(
    emulator: EmulatorControl, action: str, form: dict[str, str]
) -> None:
    answer = press(emulator, action, **form)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text


def test_calls_are_listed_with_body_key_and_status(api: Caller, emulator: EmulatorControl) -> None:
    api.create(order_body("5.00"), "my-key")
    (call,) = emulator.calls(operation="create")
    assert (call["method"], call["path"], call["request_id"]) == ("POST", "/v2/checkout/orders", "my-key")
    assert call["body"]["purchase_units"][0]["amount"] == euro("5.00")
    assert (call["status"], call["answered"], call["fault"]) == (201, True, None)
    with pytest.raises(ControlFailedError, match="own fields"):
        emulator.calls(colour="red")
    emulator.clear_calls()
    assert emulator.calls() == []


def test_a_payer_acts_without_a_browser(api: Caller, emulator: EmulatorControl) -> None:
    order_id = api.order_id()
    shown = emulator.approve(order_id)
    assert shown["return_url"].endswith(f"?token={order_id}&PayerID=BUYEREMU2TEST")
    with pytest.raises(ControlFailedError, match="Instruments are"):
        emulator.approve(order_id, "gold")
    with pytest.raises(ControlFailedError, match="There is no order"):
        emulator.approve("NONE")
    with pytest.raises(ControlFailedError, match="can be opened"):
        emulator.call("POST", f"/control/orders/{order_id}/burn")
    emulator.expire(order_id)
    assert emulator.order(order_id)["expired"]
    with pytest.raises(ControlFailedError, match="expired"):
        emulator.approve(order_id)


@pytest.mark.parametrize("body", [{"advance_seconds": -1}, {"advance_seconds": "1"}])
def test_the_clock_only_moves_forward(emulator: EmulatorControl, body: dict[str, object]) -> None:
    with pytest.raises(ControlFailedError, match="only moves forward"):
        emulator.call("POST", "/control/clock", body)


def test_the_latency_can_be_changed(api: Caller, emulator: EmulatorControl) -> None:
    emulator.set_latency(150)
    assert api.create().elapsed.total_seconds() >= 0.15
    with pytest.raises(ControlFailedError, match="whole number"):
        emulator.call("POST", "/control/settings", {"latency_ms": -1})


def test_a_reset_forgets_everything_but_the_certificate(api: Caller, emulator: EmulatorControl) -> None:
    emulator.register_webhook("http://127.0.0.1:9/hook")
    order_id = api.order_id()
    emulator.approve(order_id)
    api.capture(order_id)
    emulator.advance(1000)
    emulator.order_fault("decline", "capture")
    certificate_url = emulator.settings()["certificate_url"]
    emulator.reset()
    assert emulator.orders() == emulator.captures() == emulator.events() == emulator.faults() == []
    assert emulator.calls() == emulator.deliveries() == emulator.movements() == []
    assert emulator.token_requests() == 0
    assert emulator.settings()["certificate_url"] == certificate_url
    assert Caller(emulator.base_url).create().status_code == 201


def test_an_unknown_path_is_answered_as_paypal_does(api: Caller) -> None:
    answer = api.call("GET", "/v2/nothing")
    assert (answer.status_code, answer.json()["name"]) == (404, "RESOURCE_NOT_FOUND")
    assert answer.headers["PayPal-Debug-Id"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/control/clock", {"advance_seconds": 1e300}),
        ("/control/deliveries/flush", {"timeout_seconds": "soon"}),
        ("/control/webhook", {"url": "http://127.0.0.1:9/", "event_types": 7}),
        ("/control/webhook", {}),
        ("/control/faults", {"kind": []}),
        ("/control/captures/ID/reverse", {"value": "much"}),
        ("/control/captures/ID/reverse", {"value": "-1"}),
        ("/control/captures/ID/refund", {"amount": "much"}),
    ],
)
def test_nonsense_is_refused_and_breaks_nothing(
    api: Caller, emulator: EmulatorControl, path: str, body: dict[str, object]
) -> None:
    order_id = api.order_id()
    emulator.approve(order_id)
    capture_id = first_capture(api.capture(order_id))["id"]
    with pytest.raises(ControlFailedError, match="answered 400"):
        emulator.call("POST", path.replace("ID", capture_id), body)
    assert len(emulator.movements()) == 1


@pytest.mark.parametrize("path", ["/control/deliveries/burn", "/control/captures/NONE/burn", "/control/none"])
def test_an_unknown_order_to_the_control_is_refused(emulator: EmulatorControl, path: str) -> None:
    with pytest.raises(ControlFailedError, match="40"):
        emulator.call("POST", path)


def test_the_address_alone_leads_to_the_control_page(emulator: EmulatorControl) -> None:
    answer = requests.get(f"{emulator.base_url}/", allow_redirects=False, timeout=10)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/control")
    assert requests.get(f"{emulator.base_url}/nowhere", timeout=10).status_code == 404
