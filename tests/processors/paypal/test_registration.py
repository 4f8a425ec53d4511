"""Registering our webhook touches only our own, and says what to do where it cannot."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from checkout.domain.errors import ProcessorRefusedError, ProcessorUnavailableError
from checkout.processors.paypal.client import PayPalClient
from checkout.processors.paypal.registration import (
    WebhookAddressError,
    WebhookLimitError,
    register,
    status,
)
from checkout.processors.paypal.subscriptions import SUBSCRIBED
from tests.processors.paypal.loopback import Asked, Loopback, Piece, json_answer, loopback, token_answer
from tests.processors.paypal.samples import settings

BASE_URL = "https://shop.example"
URL = "https://shop.example/webhooks/paypal"
ALL = sorted(SUBSCRIBED)
LISTING = "/v1/notifications/webhooks"


def webhook(
    url: str = URL, names: Iterable[str] = ALL, webhook_id: str = "0EH40505U7160970P"
) -> dict[str, Any]:
    return {"id": webhook_id, "url": url, "event_types": [{"name": name} for name in names]}


OTHERS = [
    webhook("https://other.example/hook", ["*"], "9AA"),
    webhook(f"{URL}/", ALL, "9BB"),
    webhook(f"{URL}2", ALL, "9CC"),
]


@contextmanager
def app_with(
    *webhooks: dict[str, Any], creating: bytes | None = None
) -> Iterator[tuple[PayPalClient, Loopback]]:
    """An app at PayPal that has these webhooks."""

    def handle(asked: Asked) -> Iterable[Piece]:
        if asked.path == "/v1/oauth2/token":
            return [token_answer()]
        if asked.method == "GET":
            return [json_answer({"webhooks": list(webhooks)})]
        return [creating or json_answer(webhook(webhook_id="1NEW"), 201)]

    with loopback(handle) as server:
        yield PayPalClient(settings(server.url)), server


def changes(server: Loopback) -> list[tuple[str, str]]:
    """Everything asked that may change something."""
    return [
        (one.method, one.path) for one in server.asked if one.method != "GET" and "oauth2" not in one.path
    ]


def test_a_new_webhook_is_registered_for_what_we_listen_to() -> None:
    with app_with(*OTHERS) as (client, server):
        found = register(client, BASE_URL + "/")
    assert (found.webhook_id, found.url, found.created) == ("1NEW", URL, True)
    assert changes(server) == [("POST", LISTING)]
    asked = json.loads(server.asked[-1].body)
    assert asked == {"url": URL, "event_types": [{"name": name} for name in ALL]}


def test_registering_again_changes_nothing() -> None:
    with app_with(*OTHERS, webhook()) as (client, server):
        found = register(client, BASE_URL)
    assert (found.webhook_id, found.created, found.changed) == ("0EH40505U7160970P", False, False)
    assert changes(server) == []


@pytest.mark.parametrize("names", [["*"], ["CHECKOUT.ORDER.APPROVED"], [*ALL, "BILLING.PLAN.CREATED"], []])
def test_our_own_webhook_is_set_right_and_no_other_touched(names: list[str]) -> None:
    with app_with(*OTHERS, webhook(names=names)) as (client, server):
        found = register(client, BASE_URL)
    assert (found.created, found.changed) == (False, True)
    assert changes(server) == [("PATCH", f"{LISTING}/0EH40505U7160970P")]
    (patch,) = json.loads(server.asked[-1].body)
    assert (patch["op"], patch["path"]) == ("replace", "/event_types")


def test_a_full_app_says_which_webhooks_it_has_and_what_to_do() -> None:
    full = json_answer({"name": "WEBHOOK_NUMBER_LIMIT_EXCEEDED", "message": "no", "debug_id": "d"}, 400)
    with app_with(*OTHERS, creating=full) as (client, server):
        with pytest.raises(WebhookLimitError, match=r"other\.example") as raised:
            register(client, BASE_URL)
        assert "Delete one" in str(raised.value)
        assert changes(server) == [("POST", LISTING)]


def test_another_refusal_is_told_as_it_is() -> None:
    refused = json_answer(
        {"name": "VALIDATION_ERROR", "details": [{"issue": "Not a valid webhook URL"}]}, 400
    )
    with (
        app_with(creating=refused) as (client, _),
        pytest.raises(ProcessorRefusedError, match="VALIDATION_ERROR"),
    ):
        register(client, BASE_URL)


@pytest.mark.parametrize(
    "base_url",
    ["http://shop.example", "https://localhost", "https://shop.example:8443", "shop.example", "https://"],
)
def test_an_address_paypal_cannot_deliver_to_is_refused_before_anything_is_asked(base_url: str) -> None:
    with app_with() as (client, server):
        with pytest.raises(WebhookAddressError, match="BASE_URL"):
            register(client, base_url)
        assert server.asked == []


@pytest.mark.parametrize("listed", [{}, {"webhooks": None}, {"webhooks": "x"}])
def test_a_list_that_is_none_changes_nothing(listed: dict[str, Any]) -> None:
    def handle(asked: Asked) -> Iterable[Piece]:
        return [token_answer() if "oauth2" in asked.path else json_answer(listed)]

    with loopback(handle) as server, pytest.raises(ProcessorUnavailableError):
        register(PayPalClient(settings(server.url)), BASE_URL)
    assert changes(server) == []


def test_the_status_says_that_all_is_well() -> None:
    with app_with(*OTHERS, webhook()) as (client, server):
        found = status(client, BASE_URL, ("0EH40505U7160970P",))
    assert (found.webhook_id, found.differences) == ("0EH40505U7160970P", ())
    assert len(found.others) == 3
    assert changes(server) == []


def test_the_status_names_each_difference_with_its_fix() -> None:
    with app_with(webhook(names=["CHECKOUT.ORDER.APPROVED", "BILLING.PLAN.CREATED"])) as (client, _):
        unknown, missing, surplus = status(client, BASE_URL, ("WH-OLD",)).differences
    assert "PAYPAL_WEBHOOK_IDS does not hold 0EH40505U7160970P" in unknown
    assert "PAYMENT.CAPTURE.COMPLETED" in missing
    assert "BILLING.PLAN.CREATED" in surplus
    with app_with(*OTHERS) as (client, _):
        (none,) = status(client, BASE_URL, ()).differences
    assert "webhooks register" in none
