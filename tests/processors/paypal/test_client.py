"""Each measured trap of PayPal's client, answered: nothing runs, nothing hangs, nothing is guessed."""

import json
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from checkout.domain.errors import (
    ProcessorRefusedError,
    ProcessorUnavailableError,
    Reaction,
)
from checkout.processors.paypal.client import PayPalClient
from checkout.processors.paypal.wire import BODY_BYTES_MAX
from tests.processors.paypal.loopback import (
    Asked,
    Handler,
    Piece,
    json_answer,
    loopback,
    raw_answer,
    token_answer,
)
from tests.processors.paypal.samples import REFERENCE, order, settings

TOKEN_PATH = "/v1/oauth2/token"
NEVER = 60.0
"""Seconds that a server waits before its answer: longer than a test does."""
SOON = 15.0
"""Seconds within which a call with a limit of one or two is over on the busiest machine."""


def with_token(answer: Handler) -> Handler:
    """Answer requests for a token well, and all others by `answer`."""

    def handle(asked: Asked) -> Iterable[Piece]:
        return [token_answer()] if asked.path == TOKEN_PATH else answer(asked)

    return handle


def always(*pieces: Piece) -> Handler:
    """Answer everything but the token with these pieces."""
    return with_token(lambda _: list(pieces))


def unavailable(
    handler: Handler, ask: Callable[[PayPalClient], object], **times: float
) -> ProcessorUnavailableError:
    """What a call raises whose outcome is unknown."""
    with loopback(handler) as server, pytest.raises(ProcessorUnavailableError) as raised:
        ask(PayPalClient(settings(server.url, **times)))
    return raised.value


def read(client: PayPalClient) -> object:
    return client.get_order(REFERENCE)


def capture(client: PayPalClient) -> object:
    return client.capture_order(REFERENCE, "key-1")


def create(client: PayPalClient) -> object:
    return client.create_order({"intent": "CAPTURE"}, "key-1")


def test_an_answer_that_names_python_objects_runs_nothing(tmp_path: Path) -> None:
    proof = tmp_path / "ran"
    body = {
        "id": REFERENCE,
        "links": [{"py/reduce": [{"py/type": "os.system"}, {"py/tuple": [f"touch {proof}"]}]}],
    }
    for ask in (read, capture, create):
        error = unavailable(always(json_answer(body)), ask)
        assert "names Python objects" in error.why
    assert not proof.exists()


def test_an_error_answer_or_token_answer_that_names_python_objects_runs_nothing(tmp_path: Path) -> None:
    proof = tmp_path / "ran"
    trap = {"py/reduce": [{"py/type": "os.system"}, {"py/tuple": [f"touch {proof}"]}]}
    unavailable(always(json_answer({"details": [trap]}, 422)), capture)
    unavailable(lambda _: [json_answer({"access_token": "a", "expires_in": 9, "x": trap})], capture)
    assert not proof.exists()


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "application/json"),
        (b"null", "application/json"),
        (b"[]", "application/json"),
        (b'"text"', "application/json"),
        (b"id: 1\nstatus: COMPLETED\n", "application/json"),
        (b'{"id": "1", "status": "COMPL', "application/json"),
        (b"<html>ok</html>", "text/html"),
        (b"<html>ok</html>", "application/json"),
        (b'{"id": "1"}', "text/html"),
        (b'{"id": "1", "id": "2"}', "application/json"),
        (b'{"id": NaN}', "application/json"),
        (b'{"id": 1e999}', "application/json"),
        (b'{"id": "\xff"}', "application/json"),
        (b'{"id": "\\ud800"}', "application/json"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "application/json"),
        (b'{"a":' * 60 + b"1" + b"}" * 60, "application/json"),
        (b'{"id": ' + b"9" * 5000 + b"}", "application/json"),
    ],
)
def test_a_body_that_is_not_one_whole_json_object_is_no_answer(body: bytes, content_type: str) -> None:
    for status in (200, 201, 400, 422):
        unavailable(always(raw_answer(body, status, content_type)), capture)


def test_a_charset_cannot_make_the_client_read_something_else() -> None:
    answer = raw_answer(json.dumps(order() | {"+AHs-": 1}).encode(), 200, "application/json; charset=utf-7")
    with loopback(always(answer)) as server:
        received = PayPalClient(settings(server.url)).get_order(REFERENCE)
    assert "+AHs-" in received.document


def test_an_answer_without_end_is_cut_at_its_size_limit() -> None:
    error = unavailable(always(raw_answer(b'{"a":"' + b"x" * BODY_BYTES_MAX + b'"}')), capture)
    assert f"more than {BODY_BYTES_MAX} bytes" in error.why


def test_a_whole_answer_is_given_with_its_debug_id() -> None:
    with loopback(always(json_answer(order(), 201))) as server:
        received = PayPalClient(settings(server.url)).capture_order(REFERENCE, "key-1")
    assert (received.status, received.debug_id) == (201, "f0debug1")
    assert received.document["id"] == REFERENCE
    asked = server.asked[-1]
    assert asked.headers["paypal-request-id"] == "key-1"
    assert asked.headers["prefer"] == "return=representation"
    assert asked.headers["authorization"] == "Bearer A21-first"


@pytest.mark.parametrize("slow", ["headers", "body"])
def test_a_dripping_server_is_cut_at_the_total_limit(slow: str) -> None:
    whole = json_answer(order())
    start = 0 if slow == "headers" else whole.index(b"\r\n\r\n") + 8
    drips = [piece for one in whole[start:] for piece in (bytes([one]), 0.1)]
    assert sum(piece for piece in drips if isinstance(piece, float)) > SOON
    began = time.monotonic()
    error = unavailable(always(*([whole[:start]] if start else []), *drips), capture, total_seconds=2.0)
    assert 1.8 < time.monotonic() - began < SOON
    assert "in time" in error.why


def test_a_server_that_never_answers_is_left_after_the_read_limit() -> None:
    began = time.monotonic()
    error = unavailable(always(NEVER), capture, read_seconds=1.0, total_seconds=NEVER)
    assert 0.8 < time.monotonic() - began < SOON
    assert "in time" in error.why


def test_a_token_that_never_comes_ends_the_call_too() -> None:
    began = time.monotonic()
    unavailable(lambda _: [NEVER], capture, read_seconds=NEVER, total_seconds=2.0)
    assert 1.8 < time.monotonic() - began < SOON


def test_a_redirect_is_never_followed() -> None:
    with loopback(always(json_answer(order()))) as elsewhere:
        moved = raw_answer(b"{}", 307, Location=f"{elsewhere.url}/v2/checkout/orders/{REFERENCE}")
        error = unavailable(always(moved), capture)
    assert "redirect" in error.why
    assert elsewhere.asked == []


def test_cookies_are_not_kept_and_proxies_of_the_environment_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with loopback(always(json_answer(order(), Set_Cookie="session=1; Path=/"))) as server:
        client = PayPalClient(settings(server.url))
        client.get_order(REFERENCE)
        client.get_order(REFERENCE)
    assert not [one for one in server.asked if "cookie" in one.headers]


def test_many_threads_on_a_cold_client_ask_for_one_token() -> None:
    def handle(asked: Asked) -> Iterable[Piece]:
        return [0.2, token_answer()] if asked.path == TOKEN_PATH else [json_answer(order())]

    with loopback(handle) as server, ThreadPoolExecutor(32) as threads:
        client = PayPalClient(settings(server.url))
        list(threads.map(lambda _: client.get_order(REFERENCE), range(64)))
    assert len(server.paths("POST")) == 1
    assert len(server.paths("GET")) == 64


def test_a_token_that_is_refused_to_many_threads_is_asked_for_once() -> None:
    refused = json_answer({"error": "invalid_client", "error_description": "no"}, 401)
    looked = threading.Semaphore(0)

    def monotonic() -> float:
        looked.release()
        return time.monotonic()

    def refuse(_: Asked) -> Iterable[Piece]:
        # Each thread looks at the clock as it comes, and the one that asks once more: then all of them wait.
        assert all(looked.acquire(timeout=SOON) for _ in range(8 + 1))
        return [refused]

    with loopback(refuse) as server, ThreadPoolExecutor(8) as threads:
        client = PayPalClient(settings(server.url), monotonic)

        def ask(_: int) -> tuple[str, Reaction, str | None]:
            with pytest.raises(ProcessorRefusedError) as raised:
                client.capture_order(REFERENCE, "key-1")
            return raised.value.issue, raised.value.reaction, raised.value.debug_id

        answers = set(threads.map(ask, range(8)))
    assert answers == {("INVALID_CLIENT", Reaction.OPERATOR, "f0debug1")}
    assert server.paths() == [TOKEN_PATH]


@pytest.mark.parametrize(("status", "body"), [(503, b"{}"), (429, b"{}"), (200, b"<html>"), (200, b"{}")])
def test_a_token_answer_that_cannot_be_used_says_its_status(status: int, body: bytes) -> None:
    error = unavailable(lambda _: [raw_answer(body, status, PayPal_Debug_Id="tok1")], capture)
    assert f"HTTP {status}" in error.why
    assert error.debug_id == "tok1"


def test_a_token_that_paypal_refuses_is_renewed_once_and_the_call_repeated_with_its_key() -> None:
    tokens = iter(["A21-first", "A21-second"])

    def handle(asked: Asked) -> Iterable[Piece]:
        if asked.path == TOKEN_PATH:
            return [token_answer(next(tokens))]
        if asked.headers["authorization"] == "Bearer A21-first":
            return [json_answer({"error": "invalid_token", "error_description": "expired"}, 401)]
        return [json_answer(order(), 201)]

    with loopback(handle) as server:
        PayPalClient(settings(server.url)).capture_order(REFERENCE, "key-1")
    calls = [one for one in server.asked if one.path != TOKEN_PATH]
    assert [one.headers["paypal-request-id"] for one in calls] == ["key-1", "key-1"]


def test_a_token_refused_again_is_the_operators_matter_and_not_tried_for_ever() -> None:
    refused = json_answer({"name": "AUTHENTICATION_FAILURE"}, 401)
    with loopback(always(refused)) as server, pytest.raises(ProcessorRefusedError) as raised:
        PayPalClient(settings(server.url)).capture_order(REFERENCE, "key-1")
    assert raised.value.reaction is Reaction.OPERATOR
    assert len(server.asked) == 4


def test_a_token_lives_by_the_monotonic_clock_and_as_long_as_paypal_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [1000.0]
    tokens = iter(["A21-first", "A21-second"])

    def handle(asked: Asked) -> Iterable[Piece]:
        return [token_answer(next(tokens), 3600)] if asked.path == TOKEN_PATH else [json_answer(order())]

    with loopback(handle) as server:
        client = PayPalClient(settings(server.url), monotonic=lambda: now[0])
        monkeypatch.setattr(time, "time", lambda: 0.0)
        for moment in (1000.0, 4000.0, 4539.0, 4541.0):
            now[0] = moment
            client.get_order(REFERENCE)
    assert server.paths("POST") == [TOKEN_PATH] * 2


def test_a_read_that_paypal_cannot_answer_now_is_asked_again() -> None:
    answers = iter(
        [raw_answer(b"busy", 503, "text/html"), json_answer({"name": "X"}, 429), json_answer(order())]
    )
    with loopback(with_token(lambda _: [next(answers)])) as server:
        assert PayPalClient(settings(server.url)).get_order(REFERENCE).status == 200
    assert len(server.paths("GET")) == 3


def test_a_read_is_not_repeated_where_paypal_says_to_wait_longer_than_the_call_may_take() -> None:
    with loopback(always(raw_answer(b"{}", 429, Retry_After="60"))) as server:
        with pytest.raises(ProcessorUnavailableError, match="HTTP 429"):
            PayPalClient(settings(server.url)).get_order(REFERENCE)
        assert len(server.paths("GET")) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_capture_that_paypal_cannot_answer_now_is_unknown_and_not_repeated_here(status: int) -> None:
    with loopback(always(json_answer({"name": "INTERNAL_SERVER_ERROR"}, status))) as server:
        with pytest.raises(ProcessorUnavailableError) as raised:
            PayPalClient(settings(server.url)).capture_order(REFERENCE, "key-1")
        assert raised.value.debug_id == "f0debug1"
        assert len(server.paths("POST")) == 2


def test_a_capture_whose_connection_breaks_is_repeated_once_with_the_same_key() -> None:
    answers: list[list[Piece]] = [[], [json_answer(order("COMPLETED"), 200)]]
    with loopback(with_token(lambda _: answers.pop(0))) as server:
        PayPalClient(settings(server.url)).capture_order(REFERENCE, "key-1")
    assert [one.headers.get("paypal-request-id") for one in server.asked] == [None, "key-1", "key-1"]


def test_a_capture_whose_connection_breaks_twice_is_unknown() -> None:
    with loopback(with_token(lambda _: [])) as server, pytest.raises(ProcessorUnavailableError):
        PayPalClient(settings(server.url)).capture_order(REFERENCE, "key-1")
    assert len(server.asked) == 3


def test_a_refusal_of_a_repeat_proves_nothing_about_the_call_whose_answer_was_lost() -> None:
    answers: list[list[Piece]] = [[], [json_answer({"details": [{"issue": "INSTRUMENT_DECLINED"}]}, 422)]]
    unavailable(with_token(lambda _: answers.pop(0)), capture)


def test_that_it_already_happened_is_believed_of_a_repeat_too() -> None:
    said = json_answer({"details": [{"issue": "ORDER_ALREADY_CAPTURED"}]}, 422)
    answers: list[list[Piece]] = [[], [said]]
    with (
        loopback(with_token(lambda _: answers.pop(0))) as server,
        pytest.raises(ProcessorRefusedError) as raised,
    ):
        PayPalClient(settings(server.url)).capture_order(REFERENCE, "key-1")
    assert raised.value.reaction is Reaction.READ_AND_GO_ON


@pytest.mark.parametrize(
    "document",
    [
        {"details": "none"},
        {"details": [None, 1, {"issue": 7}]},
        {"name": ["A"], "details": {"issue": "X"}},
        {},
        {"links": "x", "message": {"a": 1}},
    ],
)
def test_an_error_of_any_shape_becomes_a_refusal_that_can_be_shown(document: dict[str, object]) -> None:
    with (
        loopback(always(json_answer(document, 422))) as server,
        pytest.raises(ProcessorRefusedError) as raised,
    ):
        PayPalClient(settings(server.url)).capture_order(REFERENCE, "key-1")
    assert raised.value.reaction is Reaction.OUR_BUG
    assert "HTTP_422" in str(raised.value)


@pytest.mark.parametrize(
    "change",
    [
        {"purchase_units": 7},
        {"links": "x"},
        {"purchase_units": [None]},
        {"payer": 3},
        {"purchase_units": [{"payments": 1}]},
    ],
)
def test_an_answer_of_another_shape_is_no_answer(change: dict[str, object]) -> None:
    with loopback(always(json_answer(order() | change))) as server:
        client = PayPalClient(settings(server.url))
        try:
            client.get_order(REFERENCE)
        except ProcessorUnavailableError as error:
            assert error.debug_id == "f0debug1"  # noqa: PT017, it may also be read, by a more patient client


def test_webhook_calls_go_through_the_same_session_and_token() -> None:
    with loopback(always(json_answer({"webhooks": []}))) as server:
        PayPalClient(settings(server.url)).list_webhooks()
    assert server.asked[-1].headers["authorization"] == "Bearer A21-first"


def test_a_warm_client_has_its_token_before_the_first_customer() -> None:
    with loopback(always(json_answer(order()))) as server:
        client = PayPalClient(settings(server.url))
        client.warm_up()
        client.get_order(REFERENCE)
    assert server.paths() == [TOKEN_PATH, f"/v2/checkout/orders/{REFERENCE}"]


def test_nobody_listening_is_no_answer_and_quickly_so() -> None:
    with loopback(always()) as server:
        gone = server.url
    patient = settings(gone, connect_seconds=NEVER, read_seconds=NEVER, total_seconds=NEVER)
    began = time.monotonic()
    with pytest.raises(ProcessorUnavailableError):
        PayPalClient(patient).capture_order(REFERENCE, "key-1")
    assert time.monotonic() - began < SOON


def test_neither_secret_nor_token_is_shown_by_anything_printable() -> None:
    given = settings()
    client = PayPalClient(given)
    assert "very-secret" not in repr(given) + repr(client) + repr(vars(client)) + str(given)
