"""A host is looked up once for a connection, and never for longer than the call may take."""

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field

import pytest

from checkout.connecting import lookup
from checkout.connecting.lookup import Address, addresses
from checkout.domain.errors import ProcessorUnavailableError
from checkout.processors.paypal.client import PayPalClient
from checkout.processors.paypal.settings import PayPalSettings
from tests.processors.paypal.loopback import json_answer, loopback
from tests.processors.paypal.samples import REFERENCE, order, settings
from tests.processors.paypal.test_client import NEVER, SOON, always

HOST = "paypal.invalid"


@dataclass
class Resolver:
    """Stands in for the system's; waits until it is told to go on, and then tells what a test says."""

    told: list[Address] = field(default_factory=list)
    fails: Exception | None = None
    asked: list[str] = field(default_factory=list)
    may_answer: threading.Event = field(default_factory=threading.Event)

    def __call__(self, host: str, *_: object) -> list[tuple[object, ...]]:
        self.asked.append(host)
        self.may_answer.wait(NEVER)
        if self.fails is not None:
            raise self.fails
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", place) for place in self.told]


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Resolver]:
    """A resolver that hangs until a test, or its end, lets it go on."""
    made = Resolver()
    monkeypatch.setattr(lookup, "getaddrinfo", made)
    monkeypatch.setattr(lookup, "_open", {})
    yield made
    made.may_answer.set()


def elsewhere(port: int = 80, **times: float) -> PayPalSettings:
    """Settings for a host that must be looked up."""
    return settings(f"http://{HOST}:{port}", emulator_anywhere=True, **times)


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


def test_a_resolver_that_hangs_ends_the_call_at_its_limit(resolver: Resolver) -> None:
    client = PayPalClient(elsewhere(total_seconds=1.0))
    began = time.monotonic()
    with pytest.raises(ProcessorUnavailableError, match="in time"):
        client.capture_order(REFERENCE, "key-1")
    assert 0.8 < time.monotonic() - began < SOON
    assert resolver.asked == [HOST]


def test_many_calls_wait_for_one_lookup(resolver: Resolver) -> None:
    with ThreadPoolExecutor(16) as threads:
        waiting = [threads.submit(addresses, HOST, 443, 0.3) for _ in range(16)]
        assert {type(one.exception()) for one in waiting} == {TimeoutError}
        assert resolver.asked == [HOST]
        resolver.told = [("127.0.0.1", 443)]
        late = threads.submit(addresses, HOST, 443, SOON)
        resolver.may_answer.set()
        assert late.result() == [("127.0.0.1", 443)]


def test_a_lookup_that_is_stuck_is_asked_anew(resolver: Resolver, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TimeoutError):
        addresses(HOST, 80, 0.05)
    monkeypatch.setattr(lookup, "STUCK_SECONDS", 0.0)
    with pytest.raises(TimeoutError):
        addresses(HOST, 80, 0.05)
    assert resolver.asked == [HOST, HOST]


def test_an_answer_is_not_kept_for_the_next_who_asks(resolver: Resolver) -> None:
    resolver.may_answer.set()
    for place in (("127.0.0.1", 80), ("127.0.0.2", 80)):
        resolver.told = [place]
        assert addresses(HOST, 80, SOON) == [place]


@pytest.mark.parametrize(
    "fails",
    [socket.gaierror(socket.EAI_NONAME, "unknown"), UnicodeError("too long"), MemoryError()],
    ids=repr,
)
def test_a_host_that_nobody_knows_is_no_answer_and_quickly_so(resolver: Resolver, fails: Exception) -> None:
    resolver.fails = fails
    resolver.may_answer.set()
    began = time.monotonic()
    with pytest.raises(ProcessorUnavailableError, match="the connection broke"):
        PayPalClient(elsewhere(total_seconds=NEVER)).capture_order(REFERENCE, "key-1")
    assert time.monotonic() - began < SOON
    resolver.fails, resolver.told = None, [("127.0.0.1", 80)]
    assert addresses(HOST, 80, SOON) == [("127.0.0.1", 80)]


def test_a_host_without_an_address_is_no_answer(resolver: Resolver) -> None:
    resolver.may_answer.set()
    with pytest.raises(ProcessorUnavailableError, match="the connection broke"):
        PayPalClient(elsewhere()).capture_order(REFERENCE, "key-1")


def test_no_thread_for_a_lookup_is_no_answer(resolver: Resolver, monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(_: threading.Thread) -> None:
        message = "can't start new thread"
        raise RuntimeError(message)

    monkeypatch.setattr(threading.Thread, "start", none_left)
    with pytest.raises(ProcessorUnavailableError, match="the connection broke"):
        PayPalClient(elsewhere()).capture_order(REFERENCE, "key-1")
    assert resolver.asked == []


def test_a_connection_that_is_kept_needs_no_second_lookup(resolver: Resolver) -> None:
    resolver.may_answer.set()
    with loopback(always(json_answer(order()))) as server:
        resolver.told = [("127.0.0.1", port_of(server.url))]
        client = PayPalClient(elsewhere(port_of(server.url)))
        for _ in range(5):
            client.get_order(REFERENCE)
        assert server.connections == 1
    assert resolver.asked == [HOST]
    assert server.asked[-1].headers["host"] == f"{HOST}:{port_of(server.url)}"


def test_the_next_address_is_tried_where_one_does_not_listen(resolver: Resolver) -> None:
    resolver.may_answer.set()
    with socket.create_server(("127.0.0.1", 0)) as closed:
        refusing = closed.getsockname()
    with loopback(always(json_answer(order()))) as server:
        resolver.told = [refusing, ("127.0.0.1", port_of(server.url))]
        assert PayPalClient(elsewhere()).get_order(REFERENCE).status == 200


def test_many_addresses_that_do_not_answer_end_the_call_at_its_limit(resolver: Resolver) -> None:
    resolver.may_answer.set()
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, ExitStack() as waiting:
        for _ in range(4):  # nobody accepts them, and there is no room for more
            one = waiting.enter_context(socket.socket())
            one.settimeout(0)
            with suppress(BlockingIOError):
                one.connect(full.getsockname())
        resolver.told = [full.getsockname()] * 100
        began = time.monotonic()
        with pytest.raises(ProcessorUnavailableError, match="in time"):
            PayPalClient(elsewhere(connect_seconds=0.5, total_seconds=1.2)).capture_order(REFERENCE, "key-1")
        assert 1.0 < time.monotonic() - began < SOON
