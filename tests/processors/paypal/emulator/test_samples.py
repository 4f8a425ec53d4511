"""The emulator's answers and events have the keys that real ones have."""

import json
from pathlib import Path
from typing import Any

import pytest

from checkout.processors.paypal.emulator.control_client import EmulatorControl
from tests.processors.paypal.emulator.caller import (
    WHOLE,
    Caller,
    Json,
    euro,
    first_authorization,
    first_capture,
    order_body,
    tea_body,
)
from tests.processors.paypal.emulator.receiver import Receiver

pytestmark = pytest.mark.shared

# Newer answers name these; the samples are older, or of another integration.
NEWER = {
    "supplementary_data",
    "payee",
    "custom_id",
    "invoice_id",
    "items",
    "description",
    "payer",
    "breakdown",
}
# Real answers have these in some cases only: platforms, other currencies, cards, an address to ship to.
SOMETIMES = {
    "platform_fees",
    "exchange_rate",
    "receivable_amount",
    "processor_response",
    "disbursement_mode",
    "shipping",
    "soft_descriptor",
    "address_line_1",
    "admin_area_2",
    "postal_code",
    "encType",
    "zts",
    "intent",
    "brand_name",
    "display_data",
}


REAL_UNIT: dict[str, Any] = {
    "custom_id": "1",
    "description": "A gift",
    "payee": {"email_address": "bob@example.com"},
}


@pytest.fixture
def samples(shared: Path) -> Path:
    return shared / "facts" / "samples"


def body_of(path: Path) -> Json:
    sample: Json = json.loads(path.read_text(encoding="utf-8"))
    body: Json = sample["response"]["body"] if "response" in sample else sample
    return body


def keys(node: object) -> set[str]:
    """Return every key path in a document, lists without their numbers."""
    if isinstance(node, dict):
        below = {f"{key}.{path}" for key, value in node.items() for path in keys(value)}
        return set(node) | below
    if isinstance(node, list):
        return {path for entry in node for path in keys(entry)}
    return set()


def assert_alike(ours: object, real: object) -> None:
    def counted(paths: set[str], ignored: set[str]) -> set[str]:
        return {path for path in paths if not ignored & set(path.split("."))}

    assert counted(keys(real) - keys(ours), SOMETIMES) == set()
    assert counted(keys(ours) - keys(real), NEWER | SOMETIMES) == set()


def old_style(unit: Json) -> Json:
    body = order_body("10.00")
    body["purchase_units"][0].update(unit)
    del body["payment_source"]
    return body


def test_a_new_order_has_the_real_keys_and_links(api: Caller, samples: Path) -> None:
    real = body_of(samples / "paypal-exchange" / "POST_v2_checkout_orders.201.5.json")
    ours = api.create(old_style({})).json()
    assert_alike(ours, real)
    assert [link["rel"] for link in ours["links"]] == [link["rel"] for link in real["links"]]


def test_a_refused_order_has_the_real_keys(api: Caller, samples: Path) -> None:
    real = body_of(samples / "paypal-exchange" / "POST_v2_checkout_orders.400.json")
    ours = api.create(old_style({"payee": {"email_address": "bad email"}})).json()
    assert_alike({**ours, "links": []}, {**real, "links": []})
    (theirs,) = real["details"]
    (detail,) = ours["details"]
    assert detail == theirs
    assert (ours["name"], ours["message"]) == (real["name"], real["message"])


def test_an_approved_order_has_the_real_keys(api: Caller, emulator: EmulatorControl, samples: Path) -> None:
    real = body_of(samples / "paypal-exchange" / "GET_v2_checkout_orders_ID.200.1.json")
    order_id = api.order_id(old_style(REAL_UNIT))
    emulator.approve(order_id)
    ours = api.get(order_id).json()
    assert_alike(ours, real)
    assert "merchant_id" not in ours["purchase_units"][0]["payee"]


def test_a_pending_capture_has_the_real_keys(api: Caller, emulator: EmulatorControl, samples: Path) -> None:
    real = body_of(samples / "paypal-exchange" / "POST_v2_checkout_orders_ID_capture.201.1.json")
    order_id = api.order_id(old_style(REAL_UNIT))
    emulator.approve(order_id, "pending:RECEIVING_PREFERENCE_MANDATES_MANUAL_ACTION")
    ours = api.capture(order_id, headers=WHOLE).json()
    real_capture = captures(real)[0]
    assert captures(ours)[0]["status_details"] == real_capture["status_details"]
    assert_alike(ours, real)


def captures(order: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = order["purchase_units"][0]["payments"]["captures"]
    return found


@pytest.mark.parametrize("name", ["201.1", "201.declined"])
def test_a_capture_has_the_real_keys(
    api: Caller, emulator: EmulatorControl, samples: Path, name: str
) -> None:
    real = body_of(samples / "paypal-api" / f"POST_v2_checkout_orders_ID_capture.{name}.json")
    order_id = api.order_id()
    emulator.approve(order_id, "declined_capture" if "declined" in name else "balance")
    assert_alike(api.capture(order_id).json(), real)


def test_an_authorization_has_the_real_keys_alone_and_in_its_order(
    api: Caller, emulator: EmulatorControl, samples: Path
) -> None:
    api_samples = samples / "paypal-api"
    order_id = api.order_id({**tea_body(), "intent": "AUTHORIZE"})
    emulator.approve(order_id)
    answer = api.authorize(order_id)
    real = body_of(api_samples / "POST_v2_checkout_orders_ID_authorize.201.1.json")
    # The documentation's payer has an address elsewhere, and its authorization no link upwards.
    real["payment_source"], real["payer"] = answer.json()["payment_source"], answer.json()["payer"]
    assert_alike(answer.json(), real)
    held = first_authorization(answer)["id"]
    real = body_of(api_samples / "GET_v2_payments_authorizations_ID.200.1.json")
    ours = api.authorization(held).json()
    assert_alike(ours, real)
    assert [link["rel"] for link in ours["links"]] == [link["rel"] for link in real["links"]]
    real = body_of(api_samples / "POST_v2_payments_authorizations_ID_capture.201.1.json")
    assert_alike(api.take(held, body={"amount": euro("10.00")}).json(), real)
    real = body_of(api_samples / "GET_v2_checkout_orders_ID.200.authorization-captured.json")
    ours = api.get(order_id).json()
    (unit,) = ours["purchase_units"]
    unit["payments"].pop("captures")
    assert (unit["payments"]["authorizations"][0]["status"], ours["status"], ours["intent"]) == (
        "PARTIALLY_CAPTURED",
        "COMPLETED",
        "AUTHORIZE",
    )
    real["purchase_units"][0]["payments"].pop("captures")
    assert_alike(ours, real)


def test_a_capture_and_a_refund_alone_have_the_real_keys(
    api: Caller, emulator: EmulatorControl, samples: Path
) -> None:
    order_id = api.order_id(tea_body())
    emulator.approve(order_id)
    capture_id = first_capture(api.capture(order_id))["id"]
    real = body_of(samples / "paypal-api" / "GET_v2_payments_captures_ID.200.1.json")
    assert_alike(api.call("GET", f"/v2/payments/captures/{capture_id}").json(), real)
    wish = {"amount": euro("12.34"), "note_to_payer": "x", "invoice_id": "R-1"}
    refund = api.refund(capture_id, wish, headers=WHOLE).json()
    real = body_of(samples / "paypal-api" / "GET_v2_payments_refunds_ID.200.1.json")
    assert_alike(refund, real)
    # The sample gives back the same share of the fee.
    assert refund["seller_payable_breakdown"]["paypal_fee"] == real["seller_payable_breakdown"]["paypal_fee"]


def test_webhooks_and_their_list_have_the_real_keys(
    api: Caller, emulator: EmulatorControl, samples: Path
) -> None:
    wish = body_of(samples / "paypal-api" / "POST_v1_notifications_webhooks.request.webhook.json")
    real = body_of(samples / "paypal-api" / "POST_v1_notifications_webhooks.201.json")
    ours = api.call("POST", "/v1/notifications/webhooks", wish).json()
    assert keys(real) <= keys(ours)
    emulator.approve(api.order_id())
    emulator.approve(api.order_id())
    listed = api.call("GET", "/v1/notifications/webhooks-events?page_size=1").json()
    real = body_of(samples / "paypal-api" / "GET_v1_notifications_webhooks-events.200.1.json")
    assert listed.keys() == real.keys()
    assert listed["events"][0].keys() == real["events"][0].keys()


EVENTS = [
    ("PAYMENT.CAPTURE.COMPLETED.v2.3.json", "PAYMENT.CAPTURE.COMPLETED"),
    ("PAYMENT.CAPTURE.PENDING.v2.json", "PAYMENT.CAPTURE.PENDING"),
    ("PAYMENT.CAPTURE.REFUNDED.v2.4.json", "PAYMENT.CAPTURE.REFUNDED"),
    ("PAYMENT.CAPTURE.REVERSED.v2.2.json", "PAYMENT.CAPTURE.REVERSED"),
]


@pytest.mark.parametrize(("file", "event_type"), EVENTS)
def test_events_have_the_real_keys(
    api: Caller, emulator: EmulatorControl, samples: Path, file: str, event_type: str
) -> None:
    for instrument in ("balance", "pending:UNILATERAL"):
        order_id = api.order_id(order_body(invoice_id=f"INV-{instrument}"))
        emulator.approve(order_id, instrument)
        capture = first_capture(api.capture(order_id))
        if instrument == "balance":
            api.refund(capture["id"], {"amount": euro("0.99")})
            emulator.reverse(capture["id"])
    (ours,) = [event for event in emulator.events() if event["event_type"] == event_type]
    real = body_of(samples / "paypal-event" / file)
    real["resource"].pop("note_to_payer", None)
    ours["resource"].pop("note_to_payer", None)
    assert_alike(ours, real)
    assert ours["resource_type"] == real["resource_type"]


def test_a_delivery_has_the_real_headers(
    api: Caller, emulator: EmulatorControl, receiver: Receiver, samples: Path
) -> None:
    real = json.loads(
        (samples / "paypal-signed" / "PAYMENT.CAPTURE.PENDING.v2.json").read_text(encoding="utf-8")
    )
    emulator.approve(api.order_id())
    emulator.settle_deliveries()
    ours = receiver.received[0].headers
    added_by_their_network = {"x-real-ip", "x-b3-spanid"}
    assert real["headers"].keys() - added_by_their_network <= ours.keys()
    for name in ("paypal-auth-algo", "paypal-auth-version", "content-type", "accept"):
        assert ours[name] == real["headers"][name]
