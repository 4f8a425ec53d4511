"""The shop is told: each endpoint by itself, again by the schedule, and signed as its libraries read it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import text
from standardwebhooks.webhooks import Webhook

from checkout.domain.deliveries import ATTEMPTS_KEPT, DELAYS, JITTER, DeliveryState, Reply
from checkout.flows import delivering, endpoints
from checkout.flows.house import House
from checkout.senders.shop import Letter, ShopCourier, signed
from checkout.store import deliveries
from checkout.store import endpoints as rows
from tests.processors.paypal.loopback import Asked, Piece, loopback, raw_answer
from tests.small_shop import SmallShop
from tests.telling import ANN, house_that_tells
from tests.town import wait_for
from tests.webhooks.told import FAILED, TOOK, Postman, Told, told
from webhooks.deliveries import Deliveries

__all__ = ["told"]


def test_what_the_shop_took_is_sent_once(told: Told) -> None:
    assert told.deliver() == 1
    assert told.deliver() == 0
    assert told.row().state is DeliveryState.DELIVERED
    assert told.log() == ["answered 200"]


def test_a_failed_delivery_is_tried_by_the_schedule_under_one_name_and_then_given_up(told: Told) -> None:
    told.postman.reply = FAILED
    waits: list[timedelta] = []
    while True:
        assert told.deliver() == 1
        due = told.row().due_at
        if due is None:
            break
        assert told.deliver() == 0
        waits.append(due - told.house.clock())
        told.shop.clock.now = due
    assert told.row().state is DeliveryState.FAILED
    assert len(told.postman.letters) == len(DELAYS) == 10
    assert all(
        delay <= wait <= delay * (1 + JITTER) for delay, wait in zip(DELAYS[1:], waits, strict=True)
    ), waits
    assert len({(letter.name, letter.body) for letter in told.postman.letters}) == 1
    assert told.the_endpoint().disabled_at is None


def test_a_worker_that_dies_after_sending_has_it_sent_again_under_the_same_name(told: Told) -> None:
    with told.house.store.read() as tx:
        endpoint = rows.with_due(tx, told.house.clock())[0]
    claimed = delivering.claim(told.house, endpoint, 9)
    told.postman.post(Letter(endpoint.url, claimed[0].happening.name, "", told.house.clock(), ()))
    assert told.deliver() == 0
    told.shop.clock.move(seconds=delivering.CLAIM_LIFE.total_seconds())
    assert told.deliver() == 1
    assert len({letter.name for letter in told.postman.letters}) == 1


def test_a_late_word_of_failure_does_not_undo_what_was_claimed_anew_or_taken(told: Told) -> None:
    with told.house.store.read() as tx:
        endpoint = rows.with_due(tx, told.house.clock())[0]
    stale = delivering.claim(told.house, endpoint, 9)[0]
    told.shop.clock.move(minutes=2)
    assert told.deliver() == 1
    delivering.deliver(told.house, Postman(FAILED), endpoint, stale)
    assert told.row().state is DeliveryState.DELIVERED


def test_an_endpoint_that_is_gone_is_disabled_at_once_with_a_mail(told: Told) -> None:
    told.postman.reply = Reply(410, "answered 410", 1)
    told.deliver()
    assert told.row().state is DeliveryState.HELD
    assert told.the_endpoint().disabled_why == "it answered 410: gone"
    assert told.alarms() == [f"endpoint {told.endpoint} is disabled: it answered 410: gone"]
    assert told.mail().startswith("The shop: look at this")
    told.shop.clock.move(days=1)
    assert told.deliver() == 0
    told.postman.reply = TOOK
    assert endpoints.enable(told.house, ANN, told.endpoint).sent == 1
    assert told.deliver() == 1
    assert told.row().state is DeliveryState.DELIVERED


def test_an_endpoint_that_took_nothing_for_five_days_is_disabled_with_a_mail(told: Told) -> None:
    told.postman.reply = FAILED
    told.deliver()
    told.shop.clock.move(days=4)
    told.deliver()
    assert told.the_endpoint().disabled_at is None
    told.shop.clock.move(days=1)
    told.deliver()
    assert told.the_endpoint().disabled_at is not None
    assert len(told.alarms()) == 1


def test_another_address_begins_the_five_days_and_the_rest_anew(told: Told) -> None:
    told.postman.reply = Reply(503, "answered 503", 1, rest_seconds=3600)
    told.deliver()
    told.shop.clock.move(days=5)
    told.deliver()
    endpoints.enable(told.house, ANN, told.endpoint)
    told.deliver()
    told.shop.clock.move(days=5)
    endpoints.change(told.house, ANN, told.endpoint, description="The same address.")
    assert told.the_endpoint().failing_since is not None
    endpoints.change(told.house, ANN, told.endpoint, url="http://127.0.0.1:9/mended")
    assert told.deliver() == 1
    assert told.the_endpoint().disabled_at is None


def test_one_delivery_that_went_well_begins_the_five_days_anew(told: Told) -> None:
    told.postman.reply = FAILED
    told.deliver()
    told.shop.clock.move(days=4)
    told.postman.reply = TOOK
    told.deliver()
    told.postman.reply = FAILED
    told.shop.clock.move(days=2)
    told.shop.place()
    told.deliver()
    assert told.the_endpoint().disabled_at is None


def test_a_shop_that_asks_for_rest_has_it_and_not_for_ever(told: Told) -> None:
    told.postman.reply = Reply(429, "answered 429", 1, rest_seconds=1800)
    told.deliver()
    told.postman.reply = TOOK
    told.shop.clock.move(minutes=10)
    assert told.deliver() == 0
    told.shop.clock.move(minutes=21)
    told.postman.reply = Reply(503, "answered 503", 1, rest_seconds=10_000_000)
    assert told.deliver() == 1
    told.shop.clock.move(minutes=61)
    assert told.deliver() == 1


def test_the_log_is_forgotten_after_a_month_and_what_waits_is_not(told: Told) -> None:
    told.deliver()
    told.postman.reply = FAILED
    told.shop.place()
    told.deliver()
    told.shop.clock.move(days=ATTEMPTS_KEPT.days + 1)
    assert delivering.forget_old(told.house) == 3
    assert told.log() == []
    assert told.row().state is DeliveryState.DUE


@contextmanager
def running(house: House, courier: ShopCourier) -> Iterator[Deliveries]:
    """The worker's loop in a thread of this test."""
    loop, stopping = Deliveries(house, courier), threading.Event()

    def run() -> None:
        while not stopping.is_set():
            if not loop.step():
                stopping.wait(0.02)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield loop
    stopping.set()
    thread.join(30)
    assert loop.stop(30)


@pytest.mark.timeout(120)
def test_one_endpoint_that_hangs_and_one_that_fails_delay_none_of_98_others(shop: SmallShop) -> None:
    took: Counter[str] = Counter()
    let_go, hangs = threading.Event(), threading.Event()

    def answer(asked: Asked) -> list[Piece]:
        if asked.path == "/hangs":
            hangs.set()
            let_go.wait(100)
        if asked.path == "/fails":
            return [raw_answer(b"", 500)]
        took[asked.path] += 1
        return [raw_answer(b"")]

    house = house_that_tells(shop.house)
    good = [f"/{number}" for number in range(98)]
    with loopback(answer) as receiver:
        for path in ("/hangs", "/fails", *good):
            endpoints.add(house, ANN, url=receiver.url + path, types=["order.created"])
        for _ in range(2):
            shop.place()
        with running(house, ShopCourier(inside=True, seconds=90)) as loop:
            wait_for(lambda: all(took[path] == 2 for path in good), seconds=90, what="the good endpoints")
            assert hangs.is_set()
            assert loop.under_way >= 1
            assert took["/hangs"] == 0
            let_go.set()
            wait_for(lambda: took["/hangs"] == 2, what="the end of the hanging")


def test_two_workers_never_send_the_same_one_at_once(told: Told) -> None:
    for _ in range(8):
        told.shop.place()
    other = told.shop.elsewhere()
    with told.house.store.read() as tx:
        endpoint = rows.with_due(tx, told.house.clock())[0]
    mine = delivering.claim(told.house, endpoint, 5)
    theirs = delivering.claim(replace(told.house, store=other.house.store), endpoint, 99)
    other.house.store.close()
    assert {one.happening.id for one in mine}.isdisjoint(one.happening.id for one in theirs)
    assert len(mine) + len(theirs) == 9


def test_what_is_sent_is_the_payload_with_its_name_time_and_type(told: Told) -> None:
    told.deliver()
    letter = told.postman.letters[0]
    at = datetime.now(told.house.clock().tzinfo)
    read = Webhook(letter.secrets[0]).verify(letter.body, signed(replace(letter, at=at)))
    assert set(read) == {"id", "type", "timestamp", "data"}
    assert read["id"] == letter.name
    assert read["type"] == "order.created"
    assert read["timestamp"].endswith("Z")


def test_each_attempt_is_counted_by_what_came_of_it(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[str] = []
    monkeypatch.setattr("checkout.flows.delivering.DELIVERIES", SimpleNamespace(add=counted.append))
    for reply in (FAILED, Reply(None, "no answer", 1), TOOK):
        told.postman.reply = reply
        told.deliver()
        told.shop.clock.move(hours=1)
    assert counted == ["refused", "no answer", "delivered"]


def test_an_endpoint_whose_queue_cannot_be_read_holds_up_no_other(told: Told) -> None:
    other = endpoints.add(told.house, ANN, url="http://127.0.0.1:9/other").endpoint.id
    told.shop.place()
    first, second = sorted([told.endpoint, other])
    with told.house.store.begin() as tx:  # written by a newer program than this one
        name = "insert into happenings (name, type, about, told, happened_at) values"
        at = {"at": "2026-11-01 00:00:00.000000"}
        tx.execute(text(f"{name} ('evt_new', 'order.unheard_of', 'x', '{{}}', :at)"), at)
        number = tx.execute(text("select id from happenings where name = 'evt_new'")).scalar_one()
        deliveries.add_one(tx, number, first, told.house.clock())
    loop = Deliveries(told.house, told.postman)
    for _ in range(3):
        loop.step()
    assert loop.stop(10)
    with told.house.store.read() as tx:
        states = {one.state for one in deliveries.newest(tx, limit=9, endpoint_id=second)}
    assert states == {DeliveryState.DELIVERED}
