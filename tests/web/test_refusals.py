"""What goes wrong is said in the shop's own style, with the right status, and nothing private in a log."""

import re
from html import unescape

import pytest
from structlog.testing import capture_logs

from checkout.domain.errors import ProcessorUnavailableError, StoreUnavailableError
from checkout.flows import ordering, paying, showing
from tests.web.stage import TYPED, Stage


def _raise(error: Exception) -> object:
    def raiser(*_: object, **__: object) -> None:
        raise error

    return raiser


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/unknown", 404),
        ("POST", "/", 405),
        ("DELETE", "/products/lamp", 405),
        ("BREW", "/products/lamp", 405),
        ("GET", "/orders/\x00", 404),
        ("GET", f"/orders/{'a' * 65}", 404),
        ("GET", "/orders/%FF%FE", 404),
    ],
)
def test_a_wrong_address_or_method_gets_a_page(stage: Stage, method: str, path: str, status: int) -> None:
    answer = stage.client.open(path, method=method)
    assert answer.status_code == status
    assert "<h1>" in answer.text
    assert "Northern Light" in answer.text


def test_a_body_that_is_too_large_is_refused(stage: Stage) -> None:
    answer = stage.client.post("/products/lamp", data={"name": "x" * 70_000})
    assert answer.status_code == 413
    assert "larger than this shop takes" in answer.text


@pytest.mark.parametrize("body", [b"{", b"[" * 60_000, b'"\xff"', b"nul\x00"])
def test_broken_json_is_refused(stage: Stage, body: bytes) -> None:
    assert stage.client.post("/products/lamp", data=body, content_type="application/json").status_code == 400


def test_a_database_that_is_down_keeps_what_was_typed_and_says_when_to_try_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = stage.form_key("/products/lamp")
    monkeypatch.setattr(paying, "place", _raise(StoreUnavailableError()))
    answer = stage.client.post("/products/lamp", data={"key": key, **TYPED, "other": "not ours"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert "no money was taken" in answer.text
    assert "not ours" not in answer.text
    monkeypatch.undo()
    again = dict(re.findall(r'name="(\w+)" value="([^"]*)"', unescape(answer.text)))
    assert stage.client.post("/products/lamp", data=again).status_code == 303


def test_a_database_that_is_down_is_said_to_a_reader_too(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(showing, "shown_products", _raise(StoreUnavailableError()))
    answer = stage.client.get("/")
    assert (answer.status_code, "<form" in answer.text) == (503, False)


def test_an_order_that_cannot_be_shown_never_says_that_no_money_was_taken(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = f"/orders/{stage.order()}"
    monkeypatch.setattr(showing, "order_view", _raise(StoreUnavailableError()))
    answer = stage.client.get(order)
    assert (answer.status_code, answer.headers["Refresh"]) == (503, "30")
    assert "do not pay again" in answer.text
    assert "no money" not in answer.text


def test_a_failed_action_leads_back_to_its_order(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    order = f"/orders/{stage.order()}"
    monkeypatch.setattr(ordering, "cancel", _raise(StoreUnavailableError()))
    answer = stage.client.post(f"{order}/cancel")
    assert answer.status_code == 503
    assert f'href="{order}"' in answer.text
    assert "Refresh" not in answer.headers


def test_a_fault_of_ours_shows_and_logs_a_reference_and_nothing_that_was_typed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = stage.form_key("/products/lamp")
    monkeypatch.setattr(paying, "place", _raise(RuntimeError("insert of kim@example.com, Baker Street 12")))
    with capture_logs() as logs:
        answer = stage.client.post("/products/lamp", data={"key": key, **TYPED})
    assert answer.status_code == 500
    fault = next(line for line in logs if line["event"] == "fault")
    assert fault["incident"] in answer.text
    assert fault["error"] == "RuntimeError"
    assert any("shop_doors.py" in place for place in fault["at"])
    for private in ("kim@", "Baker"):
        assert private not in str(logs)
        assert private not in answer.text


def test_a_processor_that_fails_unexpectedly_is_not_a_fault_of_the_page(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ordering, "cancel", _raise(ProcessorUnavailableError("paypal", "inquire", "timeout")))
    answer = stage.client.post(f"/orders/{stage.order()}/cancel")
    assert answer.status_code == 303
    assert str(answer.location).endswith("?trouble=cancel")


def test_the_log_names_the_route_and_never_the_token_or_the_customer(stage: Stage) -> None:
    with capture_logs() as logs:
        token = stage.order()
        stage.client.get(f"/orders/{token}?note=private")
        stage.go_back()
        stage.client.get(f"/secret-{token}")
    said = [line for line in logs if line["event"] == "request"]
    assert {"method": "GET", "route": "/orders/<word:token>", "status": 200}.items() <= said[2].items()
    assert all(isinstance(line["duration_ms"], float) for line in said)
    for private in (token, "kim@", "Baker", "private", "Kim"):
        assert private not in str(logs)
