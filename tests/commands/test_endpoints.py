"""`checkout endpoints`: made, tried, rotated, disabled and sent to again from a terminal."""

from typing import Any

import pytest

from checkout.flows import endpoints as flow
from tests.commands.conftest import Terminal

URL = "https://shop.example/hooks"


def made(terminal: Terminal, *more: str) -> dict[str, Any]:
    """A new endpoint, with its secret."""
    found: dict[str, Any] = terminal.reads("endpoints", "add", URL, "--by", "ann", *more)
    return found


def test_a_secret_is_shown_when_it_is_made_and_never_again(terminal: Terminal) -> None:
    one = made(terminal, "--type", "order.paid", "--description", "the shop")
    assert one["secret"].startswith("whsec_")
    assert one["types"] == ["order.paid"]
    for command in (["list"], ["show", one["id"]], ["deliveries", one["id"]]):
        assert one["secret"] not in terminal.says("endpoints", *command)
        assert one["secret"] not in terminal.says("endpoints", *command, "--json")
    rotated = terminal.says("endpoints", "rotate", one["id"])
    assert "whsec_" in rotated
    assert one["secret"] not in rotated


def test_an_endpoint_lives_through_all_commands(terminal: Terminal) -> None:
    assert "told nowhere yet" in terminal.says("endpoints", "list")
    endpoint = made(terminal)["id"]
    event = terminal.says("endpoints", "ping", endpoint).split()[0]
    assert event in terminal.says("endpoints", "deliveries", endpoint)
    terminal.order()
    shown = terminal.reads("endpoints", "deliveries", endpoint)
    assert [one["type"] for one in shown] == ["order.created", "ping"]
    terminal.says("endpoints", "disable", endpoint)
    assert "disabled" in terminal.says("endpoints", "show", endpoint)
    assert "Enable it first" in terminal.fails("endpoints", "resend", endpoint, event)
    terminal.order()
    said = terminal.says("endpoints", "enable", endpoint)
    assert "2 that waited are sent now" in said
    assert f"checkout endpoints resend {endpoint} --since" in said
    assert f"{event} is sent again" in terminal.says("endpoints", "resend", endpoint, event)
    assert "2 are sent" in terminal.says("endpoints", "resend", endpoint, "--since", "2026-01-01")
    terminal.says("endpoints", "remove", endpoint)
    assert "There is no endpoint" in terminal.fails("endpoints", "show", endpoint)


def test_a_span_is_sent_to_its_end_however_many_steps_that_takes(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "SPAN_MAX", 1)
    for _ in range(3):
        terminal.order()
    endpoint = made(terminal)["id"]
    assert "3 are sent" in terminal.says("endpoints", "resend", endpoint, "--since", "2026-01-01")


def test_what_cannot_be_is_refused_in_one_sentence(terminal: Terminal) -> None:
    refused = {
        ("add", "http://shop.example/hooks"): "must begin with https://",
        ("add", "https://user@shop.example/"): "without a user",
        ("add", "https://shop.example:25/"): "its port must be 443",
        ("add", URL, "--type", "order.eaten"): "is no type of event",
        ("add", URL, "--description", "x" * 121): "one line of at most 120",
        ("show", "ep_none"): "There is no endpoint",
        ("resend", "ep_none", "evt_none"): "There is no endpoint",
        ("ping", "ep_none"): "There is no endpoint",
    }
    for arguments, said in refused.items():
        assert said in terminal.fails("endpoints", *arguments), arguments
    terminal.fails("endpoints", "resend", "ep_none", code=2)
    endpoint = made(terminal)["id"]
    assert "There is no event" in terminal.fails("endpoints", "resend", endpoint, "evt_none")
    assert "in the past" in terminal.fails("endpoints", "resend", endpoint, "--since", "2100-01-01")


def test_without_a_key_to_seal_with_no_secret_is_made(terminal: Terminal) -> None:
    terminal.set(SECRET_KEY="")
    assert "SECRET_KEY" in terminal.fails("endpoints", "add", URL)


def test_for_development_an_endpoint_may_lie_on_this_machine(terminal: Terminal) -> None:
    assert "https://" in terminal.fails("endpoints", "add", "http://127.0.0.1:9000/")
    terminal.set(NOTICES_MAY_GO_INSIDE="true")
    assert "127.0.0.1:9000" in terminal.says("endpoints", "add", "http://127.0.0.1:9000/")
