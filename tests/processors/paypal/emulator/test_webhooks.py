"""The management of webhooks: registering, limits, lists, resending, simulating, verifying."""

import json

import pytest
import requests

from checkout.processors.paypal.emulator.control_client import EmulatorControl
from tests.processors.paypal.emulator.caller import Caller, Json, order_body
from tests.processors.paypal.emulator.receiver import Receiver, receiving
from tests.processors.paypal.emulator.signatures import verifies

HOOKS = "/v1/notifications/webhooks"
EVENTS = "/v1/notifications/webhooks-events"
APPROVED = {"name": "CHECKOUT.ORDER.APPROVED"}


def register(api: Caller, url: str, *names: Json) -> requests.Response:
    return api.call("POST", HOOKS, {"url": url, "event_types": list(names) or [{"name": "*"}]})


def error_name(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["name"]


def test_a_webhook_is_registered_shown_changed_and_removed(api: Caller) -> None:
    made = register(api, "https://shop.example/hook", APPROVED)
    assert made.status_code == 201
    path = f"{HOOKS}/{made.json()['id']}"
    assert [link["rel"] for link in made.json()["links"]] == ["self", "update", "delete"]
    assert api.call("GET", HOOKS).json()["webhooks"] == [made.json()]
    assert api.call("GET", f"{path}/event-types").json()["event_types"][0]["name"] == APPROVED["name"]
    change = [{"op": "replace", "path": "/url", "value": "https://shop.example/other"}]
    assert api.call("PATCH", path, change).json()["url"] == "https://shop.example/other"
    assert api.call("GET", path).json()["url"] == "https://shop.example/other"
    assert api.call("DELETE", path).status_code == 204
    assert error_name(api.call("GET", path)) == (404, "INVALID_RESOURCE_ID")
    assert error_name(api.call("DELETE", path)) == (404, "INVALID_RESOURCE_ID")


def test_an_address_is_registered_once(api: Caller) -> None:
    register(api, "https://shop.example/hook")
    assert error_name(register(api, "https://shop.example/hook")) == (400, "WEBHOOK_URL_ALREADY_EXISTS")
    other = register(api, "https://shop.example/other").json()["id"]
    change = [{"op": "replace", "path": "/url", "value": "https://shop.example/hook"}]
    assert error_name(api.call("PATCH", f"{HOOKS}/{other}", change)) == (400, "WEBHOOK_URL_ALREADY_EXISTS")


def test_ten_addresses_are_the_most(api: Caller) -> None:
    for number in range(10):
        assert register(api, f"https://shop.example/{number}").status_code == 201
    assert error_name(register(api, "https://shop.example/10")) == (400, "WEBHOOK_NUMBER_LIMIT_EXCEEDED")


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"url": "shop.example", "event_types": [APPROVED]},
        {"url": "ftp://shop.example/", "event_types": [APPROVED]},
        {"url": "http://[", "event_types": [APPROVED]},
        {"url": "https://shop.example/", "event_types": []},
        {"url": "https://shop.example/", "event_types": ["*"]},
        {"url": "https://shop.example/", "event_types": [{"name": "NO.SUCH.EVENT"}]},
    ],
)
def test_a_malformed_webhook_is_refused(api: Caller, body: object) -> None:
    assert api.call("POST", HOOKS, body).status_code == 400
    assert api.call("GET", HOOKS).json() == {"webhooks": []}


@pytest.mark.parametrize(
    "operations",
    [
        {},
        [],
        [{"op": "remove", "path": "/url"}],
        [{"op": "replace", "path": "/id", "value": "X"}],
        [{"op": "replace", "path": "/url", "value": "https://a.example"}, {"op": "replace", "path": "/url"}],
    ],
)
def test_a_wrong_change_of_a_webhook_changes_nothing(api: Caller, operations: object) -> None:
    made = register(api, "https://shop.example/hook").json()
    assert api.call("PATCH", f"{HOOKS}/{made['id']}", operations).status_code == 400
    assert api.call("GET", f"{HOOKS}/{made['id']}").json() == made


def test_every_event_that_is_sent_can_be_subscribed_to(api: Caller) -> None:
    listed = api.call("GET", "/v1/notifications/webhooks-event-types").json()["event_types"]
    names = {entry["name"] for entry in listed}
    assert {"PAYMENT.CAPTURE.COMPLETED", "PAYMENT.CAPTURE.DENIED", "CUSTOMER.DISPUTE.CREATED"} <= names


def test_events_go_only_where_they_are_wanted(api: Caller, emulator: EmulatorControl) -> None:
    with receiving() as some, receiving() as every:
        register(api, some.url, APPROVED)
        register(api, every.url)
        order_id = api.order_id()
        emulator.approve(order_id)
        api.capture(order_id)
        emulator.settle_deliveries()
        assert some.types() == ["CHECKOUT.ORDER.APPROVED"]
        assert sorted(every.types()) == [
            "CHECKOUT.ORDER.APPROVED",
            "CHECKOUT.ORDER.COMPLETED",
            "PAYMENT.CAPTURE.COMPLETED",
        ]


def test_events_are_listed_ten_at_a_time_with_links_to_the_next(
    api: Caller, emulator: EmulatorControl
) -> None:
    orders = [api.order_id() for _ in range(23)]
    for order_id in orders:
        emulator.approve(order_id)
    found, path = [], EVENTS
    sizes = []
    while path:
        page = api.call("GET", path).json()
        sizes.append(page["count"])
        found += [event["resource"]["id"] for event in page["events"]]
        following = [link["href"] for link in page["links"] if link["rel"] == "next"]
        path = following[0].removeprefix(api.base_url) if following else ""
    assert sizes == [10, 10, 3]
    assert found == list(reversed(orders))


def test_events_are_chosen_by_time_type_and_transaction(api: Caller, emulator: EmulatorControl) -> None:
    first = api.order_id()
    emulator.approve(first)
    emulator.advance(60)
    between = emulator.now()
    emulator.advance(60)
    second = api.order_id()
    emulator.approve(second)
    api.capture(second)

    def listed(query: str) -> list[str]:
        events = api.call("GET", f"{EVENTS}?{query}").json()["events"]
        return [event["event_type"].rpartition(".")[2] for event in events]

    assert len(listed("page_size=100")) == 4
    assert listed(f"end_time={between}") == ["APPROVED"]
    assert listed(f"start_time={between}") == ["COMPLETED", "COMPLETED", "APPROVED"]
    assert listed(f"transaction_id={first}") == ["APPROVED"]
    assert listed("event_type=PAYMENT.CAPTURE.COMPLETED") == ["COMPLETED"]
    for wrong in ("page_size=0", "page_size=x", "start_time=yesterday"):
        assert api.call("GET", f"{EVENTS}?{wrong}").status_code == 400


def test_an_event_is_sent_again_under_a_new_transmission_id(
    api: Caller, emulator: EmulatorControl, receiver: Receiver
) -> None:
    emulator.approve(api.order_id())
    emulator.settle_deliveries()
    event_id = emulator.events()[0]["id"]
    answer = api.call("POST", f"{EVENTS}/{event_id}/resend", {})
    assert (answer.status_code, answer.json()["id"]) == (202, event_id)
    emulator.settle_deliveries()
    first, second = receiver.received
    assert first.raw == second.raw
    assert first.headers["paypal-transmission-id"] != second.headers["paypal-transmission-id"]
    assert verifies(second, receiver.webhook_id)
    assert api.call("GET", f"{EVENTS}/{event_id}").json() == first.event
    assert api.call("POST", f"{EVENTS}/WH-0/resend", {}).status_code == 404


def test_an_event_still_on_its_way_is_not_sent_twice(
    api: Caller, emulator: EmulatorControl, receiver: Receiver
) -> None:
    emulator.pause_deliveries()
    emulator.approve(api.order_id())
    assert api.call("POST", f"{EVENTS}/{emulator.events()[0]['id']}/resend", {}).status_code == 202
    emulator.flush_deliveries()
    assert len(receiver.received) == 1


@pytest.mark.parametrize(
    "event_type",
    ["CHECKOUT.ORDER.APPROVED", "PAYMENT.CAPTURE.REFUNDED", "CHECKOUT.PAYMENT-APPROVAL.REVERSED"],
)
def test_the_simulator_signs_for_the_literal_id_and_lists_nothing(
    api: Caller, emulator: EmulatorControl, receiver: Receiver, event_type: str
) -> None:
    wish = {"url": receiver.url, "event_type": event_type}
    answer = api.call("POST", "/v1/notifications/simulate-event", wish)
    assert answer.status_code == 202
    emulator.settle_deliveries()
    (delivery,) = receiver.received
    assert delivery.event["event_type"] == event_type
    assert verifies(delivery, "WEBHOOK_ID")
    assert not verifies(delivery, receiver.webhook_id)
    assert api.call("GET", EVENTS).json()["events"] == []
    assert emulator.movements() == []


@pytest.mark.parametrize("wish", [{}, {"event_type": "NONE"}, {"event_type": "CHECKOUT.ORDER.APPROVED"}])
def test_a_malformed_simulation_is_refused(api: Caller, wish: Json) -> None:
    assert api.call("POST", "/v1/notifications/simulate-event", wish).status_code == 400


def test_the_postback_verifies_original_bytes_only(
    api: Caller, emulator: EmulatorControl, receiver: Receiver
) -> None:
    emulator.approve(api.order_id(order_body(description="Grüner Tee")))
    emulator.settle_deliveries()
    delivery = receiver.received[0]
    fields = {
        "transmission_id": delivery.headers["paypal-transmission-id"],
        "transmission_time": delivery.headers["paypal-transmission-time"],
        "transmission_sig": delivery.headers["paypal-transmission-sig"],
        "cert_url": delivery.headers["paypal-cert-url"],
        "auth_algo": "SHA256withRSA",
        "webhook_id": receiver.webhook_id,
    }

    def asked(event: bytes, **changed: str) -> str:
        head = json.dumps({**fields, **changed}).encode()[:-1]
        answer = api.session.post(
            f"{api.base_url}/v1/notifications/verify-webhook-signature",
            data=head + b', "webhook_event" : ' + event + b" }",
            headers={"Authorization": f"Bearer {api.token().json()['access_token']}"},
            timeout=10,
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["verification_status"])

    assert asked(delivery.raw) == "SUCCESS"
    assert asked(json.dumps(delivery.event).encode()) == "FAILURE"
    assert asked(delivery.raw, transmission_id="other") == "FAILURE"
    assert asked(delivery.raw, webhook_id="WEBHOOKID") == "FAILURE"
    assert asked(delivery.raw, transmission_sig="%%%") == "FAILURE"
    empty = api.call("POST", "/v1/notifications/verify-webhook-signature", {})
    assert error_name(empty) == (400, "VALIDATION_ERROR")
