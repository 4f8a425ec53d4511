"""Every answer and event passes PayPal's strict specification; `{}` would too, so sense is checked too."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests

from checkout.processors.paypal.emulator.control_client import EmulatorControl
from checkout.processors.paypal.emulator.refusals import issue_texts
from checkout.processors.paypal.emulator.webhooks import known_event_types
from tests.processors.paypal.emulator.caller import (
    WHOLE,
    Caller,
    euro,
    first_authorization,
    first_capture,
    issues,
    order_body,
    tea_body,
)
from tests.processors.paypal.emulator.driving import authorized, every_authorization, every_refund
from tests.processors.paypal.emulator.receiver import Receiver
from tests.processors.paypal.emulator.specification import Specification, specification
from tests.processors.paypal.emulator.test_order_rules import MALFORMED, SENSELESS, Change

pytestmark = pytest.mark.shared

# PayPal answers these although its specification does not list them.
UNLISTED = {
    ("create", "DECIMALS_NOT_SUPPORTED"),
    ("patch", "DECIMALS_NOT_SUPPORTED"),
    ("capture", "ACTION_DOES_NOT_MATCH_INTENT"),
    ("authorize", "INSTRUMENT_DECLINED"),
    ("authorize", "ORDER_COMPLETION_IN_PROGRESS"),
    ("reauthorize", "REAUTHORIZATION_TOO_SOON"),
}
ERRORS = [pair for pair in issue_texts() if pair not in UNLISTED]
RESOURCES = {
    "checkout-order": "checkout.order",
    "authorization": "payments.authorization-2",
    "capture": "payments.capture-2",
    "refund": "payments.refund",
}


@pytest.fixture(scope="module")
def strict(shared: Path) -> Specification:
    return specification(shared / "facts" / "openapi" / "paypal.strict.json")


@pytest.fixture(scope="module")
def realistic(shared: Path) -> Specification:
    return specification(shared / "facts" / "openapi" / "paypal.realistic.json")


def check_order(body: dict[str, Any]) -> None:
    """Hold what the specification cannot: ids, links that fit the state, sums that add up."""
    rels = {link["rel"] for link in body["links"]}
    assert body["id"]
    waiting = {"PAYER_ACTION_REQUIRED": "payer-action", "CREATED": "approve"}.get(body["status"])
    assert waiting is None or waiting in rels
    step = {"CAPTURE": "capture", "AUTHORIZE": "authorize"}.get(body.get("intent", ""))
    if step is not None:
        assert (step in rels) == (body["status"] in ("CREATED", "APPROVED"))
    for unit in body.get("purchase_units", []):
        for capture in unit.get("payments", {}).get("captures", []):
            check_capture(capture)


def check_capture(capture: dict[str, Any]) -> None:
    breakdown = capture.get("seller_receivable_breakdown")
    assert (breakdown is None) == (capture["status"] == "PENDING")
    if breakdown is not None:
        gross, fee, net = (
            Decimal(breakdown[name]["value"]) for name in ("gross_amount", "paypal_fee", "net_amount")
        )
        assert gross == fee + net
        assert gross == Decimal(capture["amount"]["value"])


def every_good_answer(api: Caller, emulator: EmulatorControl) -> list[requests.Response]:
    """Drive every operation through every state that has an answer of its own."""
    created = api.create(tea_body(), "k1", WHOLE)
    order_id = created.json()["id"]
    old_style = order_body()
    del old_style["payment_source"]
    patched = api.order_id(old_style)
    path = "/purchase_units/@reference_id=='default'/amount"
    answers = [
        api.token(),
        created,
        api.create(),
        api.create(old_style, headers=WHOLE),
        api.get(order_id),
        api.get(patched),
        api.patch(patched, {"op": "replace", "path": path, "value": euro("1.00")}),
    ]
    emulator.approve(order_id)
    captured = api.capture(order_id, "c1", WHOLE)
    capture_id = first_capture(captured)["id"]
    refund = api.refund(capture_id, {"amount": euro("1.00"), "note_to_payer": "x"}, "r1", WHOLE)
    answers += [
        captured,
        api.capture(order_id, "c1"),
        api.create(tea_body(), "k1"),
        refund,
        api.refund(capture_id, {"amount": euro("1.00")}),
        api.refund(capture_id, None, "r1"),
        api.call("GET", f"/v2/payments/captures/{capture_id}"),
        api.call("GET", f"/v2/payments/refunds/{refund.json()['id']}"),
        api.get(order_id),
    ]
    emulator.reverse(capture_id)
    answers.append(api.get(order_id))
    return answers


def uncommon_captures(api: Caller, emulator: EmulatorControl) -> list[requests.Response]:
    """Drive captures that end otherwise."""
    answers = []
    for instrument in ("pending:ECHECK", "pending:UNILATERAL", "declined_capture"):
        order_id = api.order_id()
        emulator.approve(order_id, instrument)
        captured = api.capture(order_id, headers=WHOLE)
        capture_id = first_capture(captured)["id"]
        answers += [captured, api.call("GET", f"/v2/payments/captures/{capture_id}")]
        if instrument == "pending:ECHECK":
            emulator.decline(capture_id)
            answers.append(api.get(order_id))
    for currency in ("HUF", "JPY", "TWD"):
        order_id = api.order_id(order_body("3705", currency))
        emulator.approve(order_id)
        answers.append(api.capture(order_id, headers=WHOLE))
    return answers


def test_every_good_answer_is_as_specified_and_makes_sense(
    api: Caller, emulator: EmulatorControl, strict: Specification
) -> None:
    answers = every_good_answer(api, emulator) + uncommon_captures(api, emulator)
    answers += every_refund(api, emulator) + every_authorization(api, emulator)
    for answer in answers:
        assert answer.ok, answer.text
        assert strict.faults(answer) == [], answer.text
        if answer.content and "/orders" in str(answer.request.url):
            check_order(answer.json())


@pytest.mark.parametrize(("operation", "issue"), ERRORS)
def test_every_error_is_worded_as_specified(
    api: Caller, emulator: EmulatorControl, strict: Specification, operation: str, issue: str
) -> None:
    order_id = api.order_id()
    emulator.order_fault("issue", operation, issue=issue)
    calls: dict[str, Callable[[], requests.Response]] = {
        "authorize": lambda: api.authorize(order_id),
        "get_authorization": lambda: api.authorization("NONE"),
        "capture_authorization": lambda: api.take("NONE"),
        "reauthorize": lambda: api.take("NONE", "reauthorize"),
        "void": lambda: api.take("NONE", "void"),
        "create": api.create,
        "get": lambda: api.get(order_id),
        "patch": lambda: api.patch(order_id),
        "capture": lambda: api.capture(order_id),
        "refund": lambda: api.refund("NONE"),
        "get_capture": lambda: api.call("GET", "/v2/payments/captures/NONE"),
        "get_refund": lambda: api.call("GET", "/v2/payments/refunds/NONE"),
    }
    answer = calls[operation]()
    assert issues(answer) == [issue]
    assert strict.faults(answer) == [], answer.text


@pytest.mark.parametrize(("issue", "change"), MALFORMED + SENSELESS)
def test_every_refused_order_is_refused_as_specified(
    api: Caller, strict: Specification, issue: str, change: Change
) -> None:
    body = tea_body()
    change(body)
    answer = api.create(body)
    assert issue in issues(answer)
    assert strict.faults(answer) == [], answer.text


def test_every_refusal_that_comes_by_itself_is_as_specified(
    api: Caller, emulator: EmulatorControl, strict: Specification
) -> None:
    order_id = api.order_id()
    answers = [api.capture(order_id), api.get("NONE"), api.patch(order_id, {"op": "add"}), api.refund("NONE")]
    emulator.approve(order_id, "declined_card")
    answers += [api.capture(order_id), api.capture(order_id), api.create(key="k" * 109)]
    emulator.approve(order_id)
    capture_id = first_capture(api.capture(order_id))["id"]
    answers += [
        api.capture(order_id),
        api.refund(capture_id, {"amount": euro("99.00")}),
        api.refund(capture_id, {"amount": {"currency_code": "USD", "value": "1.00"}}),
        api.refund(capture_id, {"note_to_payer": ""}),
        api.refund(capture_id, [1]),
        api.call("GET", "/v2/payments/refunds/NONE"),
        requests.get(f"{api.base_url}/v2/checkout/orders/{order_id}", timeout=10),
    ]
    held = first_authorization(authorized(api, emulator))["id"]
    answers += [
        api.take("NONE"),
        api.take(held, body=[1]),
        api.take(held, body={"amount": {"currency_code": "USD", "value": "1.00"}}),
        api.take(held, body={"amount": euro("200.00")}),
        api.take(held, "reauthorize", {"amount": euro("200.00")}),
        api.take(held, "void", key="k" * 109),
    ]
    api.take(held, "void")
    answers += [api.take(held), api.take(held, "reauthorize"), api.take(held, "void")]
    emulator.order_fault("status", "capture", status=500)
    emulator.order_fault("status", "capture", status=503)
    answers += [api.capture(order_id), api.capture(order_id)]
    for answer in answers:
        assert not answer.ok
        assert strict.faults(answer) == [], answer.text


def test_what_paypal_says_beyond_its_specification_passes_the_realistic_one(
    api: Caller, emulator: EmulatorControl, realistic: Specification
) -> None:
    answers = [api.create(order_body("1.50", "JPY"))]
    emulator.order_fault("status", "create", status=429)
    answers.append(api.create())
    emulator.revoke_token()
    answers.append(api.create())
    assert [answer.status_code for answer in answers] == [422, 429, 401]
    for answer in answers:
        assert realistic.faults(answer) == [], answer.text


def test_every_answer_about_webhooks_is_as_specified(
    api: Caller, emulator: EmulatorControl, receiver: Receiver, strict: Specification
) -> None:
    base = "/v1/notifications"
    wish = {"url": "https://shop.example/hook", "event_types": [{"name": "CHECKOUT.ORDER.APPROVED"}]}
    made = api.call("POST", f"{base}/webhooks", wish)
    path = f"{base}/webhooks/{made.json()['id']}"
    emulator.approve(api.order_id())
    event_id = emulator.events()[0]["id"]
    simulated = {"url": receiver.url, "event_type": "PAYMENT.CAPTURE.COMPLETED"}
    answers = [
        made,
        api.call("POST", f"{base}/webhooks", wish),
        api.call("POST", f"{base}/webhooks", {}),
        api.call("GET", f"{base}/webhooks"),
        api.call("GET", path),
        api.call("GET", f"{path}/event-types"),
        api.call("PATCH", path, [{"op": "replace", "path": "/url", "value": "https://shop.example/new"}]),
        api.call("PATCH", path, []),
        api.call("GET", f"{base}/webhooks-event-types"),
        api.call("GET", f"{base}/webhooks-events?page_size=1"),
        api.call("GET", f"{base}/webhooks-events?page_size=x"),
        api.call("GET", f"{base}/webhooks-events/{event_id}"),
        api.call("GET", f"{base}/webhooks-events/NONE"),
        api.call("POST", f"{base}/webhooks-events/{event_id}/resend", {}),
        api.call("POST", f"{base}/simulate-event", simulated),
        api.call("POST", f"{base}/verify-webhook-signature", {}),
        api.call("DELETE", path),
        api.call("GET", path),
    ]
    for answer in answers:
        assert strict.faults(answer) == [], answer.text


def test_every_event_is_as_specified(api: Caller, emulator: EmulatorControl, strict: Specification) -> None:
    every_good_answer(api, emulator)
    uncommon_captures(api, emulator)
    every_refund(api, emulator)
    every_authorization(api, emulator)
    api = Caller(emulator.base_url)
    reversed_order = api.order_id(tea_body())
    emulator.approve(reversed_order)
    emulator.expire(reversed_order)
    seen = set()
    for event in emulator.events():
        seen.add(event["event_type"])
        assert strict.named_faults(event, "notifications.event") == []
        if "resource_type" in event:
            assert event["resource_version"] == "2.0"
            assert strict.named_faults(event["resource"], RESOURCES[event["resource_type"]]) == []
        check_references(event)
    assert seen == {name for name in known_event_types() if name.startswith(("CHECKOUT", "PAYMENT"))} - {
        "CHECKOUT.ORDER.PROCESSED"
    }


def check_references(event: dict[str, Any]) -> None:
    """Hold where an event says which purchase it is about."""
    resource = event["resource"]
    ups = [link["href"] for link in resource.get("links", []) if link["rel"] == "up"]
    match event.get("resource_type"):
        case "checkout-order":
            check_order(resource)
        case "capture":
            check_capture(resource)
            order_id = resource["supplementary_data"]["related_ids"]["order_id"]
            authorization_id = resource["supplementary_data"]["related_ids"].get("authorization_id")
            assert ups == [ups[0]]
            above = f"payments/authorizations/{authorization_id}" if authorization_id else None
            assert ups[0].endswith(f"/v2/{above or f'checkout/orders/{order_id}'}")
        case "authorization":
            assert resource["supplementary_data"]["related_ids"]["order_id"] in ups[0]
        case "refund":
            assert "/v2/payments/captures/" in ups[0]
            assert "supplementary_data" not in resource
        case _:
            assert resource["order_id"]
