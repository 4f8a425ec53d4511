"""Events about disputes and the account, any event at all, and the list of events however long."""

import time

import pytest

from checkout.processors.paypal.emulator.control_client import ControlFailedError, EmulatorControl
from tests.processors.paypal.emulator.caller import Caller, Json
from tests.processors.paypal.emulator.paying import act, asked, paid
from tests.processors.paypal.emulator.receiver import Receiver
from tests.processors.paypal.emulator.signatures import verifies

EVENTS = "/v1/notifications/webhooks-events"


def listed(api: Caller, **query: object) -> list[Json]:
    """Return all events the API lists, page by page."""
    found: list[Json] = []
    answer = asked(api, EVENTS, **query)
    while True:
        found += answer.json()["events"]
        onward = [link["href"] for link in answer.json()["links"] if link["rel"] == "next"]
        if not onward:
            return found
        answer = api.call("GET", onward[0].removeprefix(api.base_url))


def test_a_dispute_tells_of_its_beginning_its_changes_and_its_end(
    api: Caller, emulator: EmulatorControl, receiver: Receiver
) -> None:
    capture_id = paid(api, emulator)
    dispute_id = emulator.open_dispute(capture_id, message="Where is my tea?")["dispute_id"]
    act(api, dispute_id, "send-message", {"message": "On its way."})
    emulator.cancel_dispute(dispute_id)
    emulator.settle_deliveries()
    told = [event for event in emulator.events() if "DISPUTE" in event["event_type"]]
    kinds = ["CREATED", "UPDATED", "RESOLVED"]
    assert [event["event_type"] for event in told] == [f"CUSTOMER.DISPUTE.{kind}" for kind in kinds]
    for event in told:
        assert event["resource_type"] == "dispute"
        assert "resource_version" not in event
        assert dispute_id in event["summary"]
        assert event["resource"]["messages"][0]["content"] == "Where is my tea?"
    assert sorted(kind for kind in receiver.types() if "DISPUTE" in kind) == sorted(
        f"CUSTOMER.DISPUTE.{kind}" for kind in kinds
    )
    assert len(listed(api, transaction_id=capture_id, event_type="CUSTOMER.DISPUTE.CREATED")) == 1


@pytest.mark.parametrize("action", ["ADDED", "ESCALATED", "LIFTED", "UPDATED"])
def test_a_limitation_of_the_account_is_told(
    emulator: EmulatorControl, receiver: Receiver, action: str
) -> None:
    event = emulator.limit_account(action)
    assert event["event_type"] == f"CUSTOMER.ACCOUNT-LIMITATION.{action}"
    assert event["resource"]["merchant_id"] == "MERCHANTEMU22"
    emulator.settle_deliveries()
    (delivery,) = receiver.received
    assert delivery.event == event
    assert verifies(delivery, receiver.webhook_id)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("partner", "MERCHANT.PARTNER-CONSENT.REVOKED"),
        ("authorization", "IDENTITY.AUTHORIZATION-CONSENT.REVOKED"),
    ],
)
def test_a_consent_taken_back_is_told(emulator: EmulatorControl, kind: str, name: str) -> None:
    assert emulator.revoke_consent(kind)["event_type"] == name


def test_any_event_at_all_can_be_sent(emulator: EmulatorControl, receiver: Receiver) -> None:
    resource = {"id": "X-1", "weather": {"tomorrow": "rain"}}
    event = emulator.send_event(
        "WEATHER.FORECAST.CHANGED", resource, resource_type="forecast", resource_version="9.9"
    )
    emulator.settle_deliveries()
    assert receiver.types() == ["WEATHER.FORECAST.CHANGED"]
    assert receiver.received[0].event == event
    assert (event["resource"], event["resource_version"]) == (resource, "9.9")
    bare = emulator.send_event("PAYMENT.CAPTURE.COMPLETED", {"id": "NOBODYS"}, resource_version=None)
    assert (bare["resource_type"], bare.get("resource_version")) == ("capture", None)


@pytest.mark.parametrize("wish", [{}, {"event_type": ""}, {"event_type": "A.B", "resource": []}])
def test_an_event_without_a_name_or_a_resource_is_refused(emulator: EmulatorControl, wish: Json) -> None:
    with pytest.raises(ControlFailedError, match="needs an event_type"):
        emulator.call("POST", "/control/events", wish)


def test_every_event_is_listed_also_where_none_was_delivered(api: Caller, emulator: EmulatorControl) -> None:
    paid(api, emulator)
    emulator.limit_account()
    emulator.register_webhook("http://127.0.0.1:9/hook")
    emulator.order_fault("lose", "webhooks", times=1)
    emulator.send_event("A.B")
    found = [event["id"] for event in listed(api, page_size=2)]
    assert found == [event["id"] for event in emulator.events()][::-1]
    assert len(found) == 5


def test_events_that_come_in_between_two_pages_move_nothing(api: Caller, emulator: EmulatorControl) -> None:
    for number in range(6):
        emulator.send_event(f"NUMBER.{number}")
    first = asked(api, EVENTS, page_size=3).json()
    emulator.send_event("NUMBER.LATE")
    (onward,) = [link["href"] for link in first["links"] if link["rel"] == "next"]
    second = api.call("GET", onward.removeprefix(api.base_url)).json()
    names = [event["event_type"] for event in first["events"] + second["events"]]
    assert names == [f"NUMBER.{number}" for number in (5, 4, 3, 2, 1, 0)]
    assert [link["rel"] for link in second["links"]] == ["previous"]
    back = api.call("GET", second["links"][0]["href"].removeprefix(api.base_url)).json()
    assert [event["event_type"] for event in back["events"]] == [
        event["event_type"] for event in first["events"]
    ]


def test_events_are_found_by_time(api: Caller, emulator: EmulatorControl) -> None:
    emulator.send_event("EARLY.ONE")
    emulator.advance(60)
    between = emulator.now()
    emulator.advance(60)
    emulator.send_event("LATE.ONE")
    assert [event["event_type"] for event in listed(api, start_time=between)] == ["LATE.ONE"]
    assert [event["event_type"] for event in listed(api, end_time=between)] == ["EARLY.ONE"]
    assert listed(api, start_time=between, end_time=between) == []


def test_a_page_of_events_is_quick_however_many_there_are(api: Caller, emulator: EmulatorControl) -> None:
    for _ in range(100):
        emulator.send_event("MANY.OF.THEM")
    started = time.perf_counter()
    page = asked(api, EVENTS, page_size=10).json()
    assert time.perf_counter() - started < 0.25
    assert (page["count"], len(page["events"])) == (10, 10)
