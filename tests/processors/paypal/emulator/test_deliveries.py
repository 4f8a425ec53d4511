"""Deliveries: retries on PayPal's schedule by the emulator's clock, pauses, and the faults on the way."""

import pytest

from checkout.processors.paypal.emulator.control_client import EmulatorControl
from checkout.processors.paypal.emulator.deliveries import RETRY_PAUSES_SECONDS, TRIES_MAX
from tests.processors.paypal.emulator.caller import Caller, order_body
from tests.processors.paypal.emulator.receiver import Receiver
from tests.processors.paypal.emulator.signatures import verifies

HOUR = 3600


def purchase(api: Caller, emulator: EmulatorControl) -> str:
    order_id = api.order_id()
    emulator.approve(order_id)
    assert api.capture(order_id).status_code == 201
    return order_id


def test_the_schedule_is_25_tries_within_three_days_and_grows() -> None:
    assert TRIES_MAX == 25
    assert sum(RETRY_PAUSES_SECONDS) <= 72 * HOUR
    assert list(RETRY_PAUSES_SECONDS) == sorted(RETRY_PAUSES_SECONDS)


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_any_2xx_is_success(api: Caller, emulator: EmulatorControl, receiver: Receiver, status: int) -> None:
    receiver.status = status
    emulator.approve(api.order_id())
    assert emulator.settle_deliveries() == []
    (delivery,) = emulator.deliveries()
    assert (delivery["status"], delivery["attempts"][0]["status"]) == ("success", status)


@pytest.mark.parametrize("status", [302, 400, 500, 503])
def test_anything_else_is_tried_again_a_minute_later(
    api: Caller, emulator: EmulatorControl, receiver: Receiver, status: int
) -> None:
    receiver.status = status
    emulator.approve(api.order_id())
    (waiting,) = emulator.settle_deliveries()
    assert waiting["status"] == "waiting"
    receiver.status = 200
    emulator.advance(30, deliver=True)
    assert len(receiver.received) == 1
    emulator.advance(31, deliver=True)
    assert len(receiver.received) == 2
    assert receiver.received[0].raw == receiver.received[1].raw
    assert verifies(receiver.received[1], receiver.webhook_id)


def test_after_25_tries_in_three_days_it_is_given_up(
    api: Caller, emulator: EmulatorControl, receiver: Receiver
) -> None:
    receiver.status = 500
    emulator.approve(api.order_id())
    emulator.settle_deliveries()
    emulator.advance(71 * HOUR, deliver=True)
    assert len(emulator.deliveries()[0]["attempts"]) == 24
    emulator.advance(2 * HOUR, deliver=True)
    first = emulator.deliveries()[0]
    assert (first["status"], len(first["attempts"])) == ("failed", 25)


def test_a_receiver_that_is_not_there_is_tried_again(api: Caller, emulator: EmulatorControl) -> None:
    emulator.register_webhook("http://127.0.0.1:9/hook")
    emulator.approve(api.order_id())
    (waiting,) = emulator.settle_deliveries()
    assert waiting["attempts"][0]["status"] is None
    assert waiting["attempts"][0]["error"] == "ConnectionError"


def test_nothing_is_sent_beyond_this_machine(api: Caller, emulator: EmulatorControl) -> None:
    emulator.register_webhook("https://shop.example/hook")
    emulator.register_webhook("http://127.0.0.1.shop.example/hook")
    emulator.approve(api.order_id())
    emulator.settle_deliveries()
    assert [d["status"] for d in emulator.deliveries()] == ["refused", "refused"]


def test_paused_deliveries_wait_and_flushed_ones_go(
    api: Caller, emulator: EmulatorControl, receiver: Receiver
) -> None:
    emulator.pause_deliveries()
    purchase(api, emulator)
    emulator.advance(10, deliver=True)
    assert receiver.received == []
    assert emulator.flush_deliveries() == []
    assert len(receiver.received) == 3
    emulator.approve(api.order_id())
    emulator.resume_deliveries()
    emulator.settle_deliveries()
    assert len(receiver.received) == 4


def test_an_event_is_resent_by_control(api: Caller, emulator: EmulatorControl, receiver: Receiver) -> None:
    emulator.approve(api.order_id())
    emulator.settle_deliveries()
    emulator.resend(emulator.events()[0]["id"])
    emulator.settle_deliveries()
    assert len({d.headers["paypal-transmission-id"] for d in receiver.received}) == 2


@pytest.mark.parametrize("same", [False, True])
def test_a_duplicated_event_comes_several_times(
    api: Caller, emulator: EmulatorControl, receiver: Receiver, *, same: bool
) -> None:
    emulator.order_fault("duplicate", "webhooks", copies=5, same_transmission_id=same)
    emulator.approve(api.order_id())
    emulator.settle_deliveries()
    assert len(receiver.received) == 5
    assert len({d.raw for d in receiver.received}) == 1
    assert len({d.headers["paypal-transmission-id"] for d in receiver.received}) == (1 if same else 5)
    assert all(verifies(d, receiver.webhook_id) for d in receiver.received)


def test_a_lost_event_never_comes_but_is_listed(
    api: Caller, emulator: EmulatorControl, receiver: Receiver
) -> None:
    emulator.order_fault("lose", "webhooks", match={"event_type": "PAYMENT.CAPTURE.COMPLETED"})
    purchase(api, emulator)
    emulator.flush_deliveries()
    emulator.advance(72 * HOUR, deliver=True)
    assert sorted(receiver.types()) == ["CHECKOUT.ORDER.APPROVED", "CHECKOUT.ORDER.COMPLETED"]
    assert "PAYMENT.CAPTURE.COMPLETED" in [event["event_type"] for event in emulator.events()]


def test_a_late_event_comes_when_its_time_has_come(
    api: Caller, emulator: EmulatorControl, receiver: Receiver
) -> None:
    emulator.order_fault("late", "webhooks", seconds=600)
    purchase(api, emulator)
    emulator.settle_deliveries()
    assert "CHECKOUT.ORDER.APPROVED" not in receiver.types()
    assert len(receiver.received) == 2
    emulator.advance(601, deliver=True)
    assert receiver.types()[-1] == "CHECKOUT.ORDER.APPROVED"


def test_reordered_events_come_in_reverse(api: Caller, emulator: EmulatorControl, receiver: Receiver) -> None:
    emulator.order_fault("reorder", "webhooks", times=3, group=3)
    order_id = api.order_id()
    emulator.approve(order_id)
    emulator.settle_deliveries()
    assert receiver.received == []
    api.capture(order_id)
    emulator.settle_deliveries()
    assert receiver.types() == [
        "CHECKOUT.ORDER.COMPLETED",
        "PAYMENT.CAPTURE.COMPLETED",
        "CHECKOUT.ORDER.APPROVED",
    ]


def test_a_held_event_is_let_go_by_a_flush(
    api: Caller, emulator: EmulatorControl, receiver: Receiver
) -> None:
    emulator.order_fault("reorder", "webhooks")
    emulator.approve(api.order_id())
    assert emulator.deliveries()[0]["status"] == "held"
    emulator.flush_deliveries()
    assert receiver.types() == ["CHECKOUT.ORDER.APPROVED"]


def test_a_forged_signature_does_not_verify_and_is_not_tried_again(
    api: Caller, emulator: EmulatorControl, receiver: Receiver
) -> None:
    receiver.status = 400
    emulator.order_fault("forge_signature", "webhooks")
    emulator.approve(api.order_id())
    assert emulator.settle_deliveries() == []
    (forged,) = receiver.received
    assert not verifies(forged, receiver.webhook_id)
    assert emulator.deliveries()[0]["status"] == "failed"


def test_a_forged_body_keeps_the_real_signature_and_lies_about_the_amount(
    api: Caller, emulator: EmulatorControl, receiver: Receiver
) -> None:
    match = {"event_type": "PAYMENT.CAPTURE.COMPLETED", "custom_id": "prey"}
    emulator.order_fault("forge_body_same_crc", "webhooks", match=match, amount="8888.88")
    order_id = api.order_id(order_body("5.00", custom_id="prey"))
    emulator.approve(order_id)
    api.capture(order_id)
    emulator.settle_deliveries()
    (forged,) = [d for d in receiver.received if d.event["event_type"] == "PAYMENT.CAPTURE.COMPLETED"]
    assert verifies(forged, receiver.webhook_id)
    assert forged.event["resource"]["amount"]["value"] == "8888.88"
    (true,) = [e for e in emulator.events() if e["id"] == forged.event["id"]]
    assert true["resource"]["amount"]["value"] == "5.00"
    assert emulator.account()["balances"]["EUR"]["gross"] == "5.00"
