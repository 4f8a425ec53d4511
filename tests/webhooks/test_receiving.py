"""The webhook door keeps every authentic event once before it answers, and nothing else."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from checkout.domain.errors import CannotAuthenticateError, NotAuthenticError, StoreUnavailableError
from checkout.domain.orders import OrderState
from checkout.domain.processor import Envelope
from checkout.store import mailboxes
from checkout.store.engine import Store, Tx
from tests.scripted_processor import START, ScriptedProcessor, signed
from tests.small_shop import SmallShop
from webhooks.letterbox import BATCH_MAX, Letterbox
from webhooks.receive import BODY_BYTES_MAX, webhook_door

DOOR = "/webhooks/scripted"


@pytest.fixture
def door(shop: SmallShop) -> Flask:
    """The webhook door of the shop."""
    app = Flask(__name__)
    app.register_blueprint(webhook_door(shop.house, Letterbox(shop.house.store, shop.clock)))
    return app


@pytest.fixture
def client(door: Flask) -> FlaskClient:
    """Somebody who knocks."""
    return door.test_client()


def kept(shop: SmallShop) -> list[mailboxes.Message]:
    """All that is in the inbox."""
    with shop.house.store.read() as tx:
        return mailboxes.newest(tx, limit=500)


def envelope(number: int, *, body: str = "", transmission: str = "") -> Envelope:
    """An authentic event."""
    return Envelope(
        "scripted",
        f"E{number}",
        "payment.changed",
        None,
        transmission or f"T{number}",
        f"{number}{body}",
        False,  # noqa: FBT003
    )


def test_a_hundred_deliveries_of_one_event_at_once_are_one_row_and_all_answered(
    shop: SmallShop, door: Flask
) -> None:
    _, reference = shop.approved()
    raw, headers = shop.processor.event(reference)
    barrier = threading.Barrier(100)

    def send(_: int) -> int:
        barrier.wait(30)
        return door.test_client().post(DOOR, data=raw, headers=headers).status_code

    with ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(send, range(100)))
    assert answers == [200] * 100
    assert len(kept(shop)) == 1
    assert shop.process() == 1
    assert shop.process() == 0
    assert len(shop.processor.captured()) == 1


@contextmanager
def crowd(letterbox: Letterbox, size: int) -> Iterator[None]:
    """So many senders come while another one is writing; then the first of them leads."""
    letterbox._is_led = True  # noqa: SLF001
    yield
    while len(letterbox._waiting) < size:  # noqa: SLF001
        threading.Event().wait(0.01)
    letterbox._waiting[0].wake.set()  # noqa: SLF001


def test_more_events_at_once_than_a_batch_holds_are_all_kept_when_they_are_answered(shop: SmallShop) -> None:
    letterbox = Letterbox(shop.house.store, shop.clock)
    many = BATCH_MAX * 2
    answered: list[int] = []

    def put(number: int) -> None:
        letterbox.put(envelope(number))
        with shop.house.store.read() as tx:
            found = {message.envelope.event_id for message in mailboxes.newest(tx, limit=500)}
        assert f"E{number}" in found, "answered, and not kept"
        answered.append(number)

    with crowd(letterbox, many):
        pool = ThreadPoolExecutor(many)
        futures = [pool.submit(put, number) for number in range(many)]
    for future in futures:
        future.result(30)
    pool.shutdown()
    assert len(answered) == len(kept(shop)) == many


def test_a_transmission_seen_before_with_another_body_is_refused(
    shop: SmallShop, client: FlaskClient
) -> None:
    raw, headers = signed({"id": "E1", "amount": "1"}, transmission="T1")
    forged, _ = signed({"id": "E1", "amount": "9999"})
    assert client.post(DOOR, data=raw, headers=headers).status_code == 200
    assert client.post(DOOR, data=forged, headers=headers).status_code == 400
    assert client.post(DOOR, data=raw, headers=headers).status_code == 200
    assert len(kept(shop)) == 1


def test_a_transmission_that_comes_with_two_bodies_at_once_is_kept_once(shop: SmallShop) -> None:
    two = [envelope(1, transmission="T"), envelope(1, body="x", transmission="T")]
    with shop.house.store.begin() as tx:
        assert mailboxes.seen_otherwise(tx, two) == [two[1]]


def test_another_processors_transmission_of_the_same_id_is_no_forgery(shop: SmallShop) -> None:
    ours, theirs = envelope(1, transmission="T"), replace(envelope(2, transmission="T"), processor="other")
    with shop.house.store.begin() as tx:
        mailboxes.put(tx, [(theirs, START)])
        assert mailboxes.seen_otherwise(tx, [ours, theirs]) == []


def test_a_new_transmission_of_an_old_event_is_answered_and_changes_nothing(
    shop: SmallShop, client: FlaskClient
) -> None:
    for transmission in ("T1", "T2"):
        raw, headers = signed({"id": "E1"}, transmission=transmission)
        assert client.post(DOOR, data=raw, headers=headers).status_code == 200
    assert len(kept(shop)) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"\x00\xff", 400),
        (b'{"id":"E1"}', 400),
        (b" " * (BODY_BYTES_MAX + 1), 413),
    ],
)
def test_what_is_malformed_or_unsigned_or_too_large_is_refused_and_not_kept(
    shop: SmallShop, client: FlaskClient, body: bytes, status: int
) -> None:
    assert client.post(DOOR, data=body).status_code == status
    assert kept(shop) == []


def test_only_a_processor_that_sends_events_has_a_door(client: FlaskClient) -> None:
    assert client.post("/webhooks/nobody", data=b"{}").status_code == 404
    assert client.get(DOOR).status_code == 405


def test_what_cannot_be_checked_now_is_asked_for_again(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot(*_: object) -> Envelope:
        raise CannotAuthenticateError("no certificate")

    monkeypatch.setattr(ScriptedProcessor, "authenticate", cannot)
    answer = client.post(DOOR, data=b"{}")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]


def test_an_event_is_not_answered_2xx_while_the_database_is_down_and_settles_when_it_comes_again(
    shop: SmallShop, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed, reference = shop.approved()
    raw, headers = shop.processor.event(reference)

    def down(_: Store) -> object:
        raise StoreUnavailableError

    with monkeypatch.context() as outage:
        outage.setattr(Store, "begin", down)
        assert client.post(DOOR, data=raw, headers=headers).status_code == 503
    assert kept(shop) == []
    assert client.post(DOOR, data=raw, headers=headers).status_code == 200
    shop.process()
    assert shop.state(placed) is OrderState.PAID


def test_one_event_that_cannot_be_kept_does_not_sink_its_neighbours(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = mailboxes.put

    def fragile(tx: Tx, envelopes: list[tuple[Envelope, object]]) -> None:
        if any(one.event_id == "E3" for one, _ in envelopes):
            raise ValueError
        put(tx, envelopes)  # type: ignore[arg-type]

    monkeypatch.setattr(mailboxes, "put", fragile)
    letterbox = Letterbox(shop.house.store, shop.clock)
    with crowd(letterbox, 6):
        pool = ThreadPoolExecutor(6)
        futures = [pool.submit(letterbox.put, envelope(number)) for number in range(6)]
    trouble = [future.exception(30) for future in futures]
    pool.shutdown()
    assert [isinstance(one, ValueError) for one in trouble] == [False, False, False, True, False, False]
    assert len(kept(shop)) == 5


def test_an_event_of_any_type_is_kept(shop: SmallShop, client: FlaskClient) -> None:
    raw, headers = signed({"id": "E1", "type": "x" * 200})
    assert client.post(DOOR, data=raw, headers=headers).status_code == 200
    assert len(kept(shop)) == 1


def test_a_forgery_is_told_apart_within_one_crowd(shop: SmallShop) -> None:
    letterbox = Letterbox(shop.house.store, shop.clock)
    letterbox.put(envelope(1, transmission="T"))
    with pytest.raises(NotAuthenticError):
        letterbox.put(envelope(1, body="x", transmission="T"))
    letterbox.put(envelope(1, transmission="T"))


def test_batches_with_the_same_events_in_other_orders_never_wait_for_each_other(shop: SmallShop) -> None:
    places = [shop, shop.elsewhere()]
    barrier = threading.Barrier(2)

    def put(place: int) -> None:
        for round_ in range(15):
            crowd = [(envelope(round_ * 100 + number), START) for number in range(40)]
            barrier.wait(20)
            with places[place].house.store.begin() as tx:
                mailboxes.put(tx, crowd if place else crowd[::-1])

    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(put, 0), pool.submit(put, 1)]:
            future.result(40)
    with shop.house.store.read() as tx:
        assert sum(mailboxes.counts(tx).values()) == 15 * 40
    places[1].house.store.close()
