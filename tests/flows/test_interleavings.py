"""Return, webhook and sweep in every order, once or often, one after the other and all at once: one purchase."""

import random
import threading
from collections.abc import Callable, Sequence
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checkout.domain.orders import OrderState
from checkout.flows import paying
from checkout.flows.asking import ask_quietly
from checkout.flows.ordering import Placed
from checkout.store import mailboxes
from tests.scripted_processor import (
    DECLINE_INSTRUMENT,
    LOSE_ANSWER,
    NEVER_ARRIVES,
    Fault,
    Operation,
    lost,
)
from tests.small_shop import SmallShop, open_shop

PAID_ONCE = [("processor", "debit", 2380, "EUR"), ("sales", "credit", 2380, "EUR")]
MESSENGERS = ("return", "webhook", "again", "process", "sweep", "left")
TROUBLES = (None, LOSE_ANSWER, NEVER_ARRIVES, Fault(after=lost("inquire")))


def deliver(shop: SmallShop, reference: str, number: int = 1) -> None:
    """An event arrives and is kept."""
    envelope = shop.processor.authenticate(*shop.processor.event(reference, number))
    with shop.house.store.begin() as tx:
        mailboxes.put(tx, [(envelope, shop.clock())])


def act(shop: SmallShop, placed: Placed, reference: str, messenger: str) -> None:
    """Let one messenger bring the news."""
    match messenger:
        case "return":
            shop.come_back(placed)
        case "webhook":
            deliver(shop, reference)
            shop.process()
        case "again":
            deliver(shop, reference, random.randrange(3))
        case "process":
            shop.process()
        case "sweep":
            for payment in shop.payments(placed):
                ask_quietly(shop.house, payment.id)
        case _:
            paying.left(shop.house, shop.payments(placed)[-1].token)


def is_paid_exactly_once(shop: SmallShop, placed: Placed) -> None:
    """Everything that must be one is one."""
    assert shop.state(placed) is OrderState.PAID
    assert len(shop.payments(placed)) == 1
    assert len(shop.processor.captured()) == 1
    assert shop.booked(placed) == PAID_ONCE
    assert shop.receipts(placed) == 1
    assert shop.differences(placed) == set()
    assert shop.payments(placed)[0].ask_at is None


PROPERTY = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@PROPERTY
@given(
    messengers=st.lists(st.sampled_from(MESSENGERS), max_size=8),
    captures=st.lists(st.sampled_from(TROUBLES[:3]), max_size=2),
    inquiries=st.lists(st.sampled_from((None, NEVER_ARRIVES)), max_size=3),
)
def test_in_whatever_order_the_messengers_come_there_is_one_purchase(
    shop: SmallShop,
    messengers: list[str],
    captures: list[Fault | None],
    inquiries: list[Fault | None],
) -> None:
    shop.processor.held.clear()
    shop.processor.calls.clear()
    placed, reference = shop.approved()
    shop.processor.plan(Operation.CAPTURE, *(fault or Fault() for fault in captures))
    shop.processor.plan(Operation.INQUIRE, *(fault or Fault() for fault in inquiries))
    for messenger in messengers:
        act(shop, placed, reference, messenger)
        assert len(shop.processor.captured()) <= 1
        assert shop.state(placed) in {OrderState.PAID, OrderState.AWAITING_PAYMENT}
        assert (shop.state(placed) is OrderState.PAID) <= bool(shop.processor.captured())
        shop.clock.move(seconds=7)
    shop.processor._plans = {operation: [] for operation in Operation}  # noqa: SLF001 -- trouble is over
    shop.sweep_on(3, hours=2)
    is_paid_exactly_once(shop, placed)


def at_once(work: Sequence[Callable[[], object]]) -> list[BaseException]:
    """Run all of it in threads that start at the same moment; what they raised."""
    barrier = threading.Barrier(len(work))
    raised: list[BaseException] = []

    def run(one: Callable[[], object]) -> None:
        try:
            barrier.wait(20)
            one()
        except BaseException as bad:  # noqa: BLE001 -- the test reports it
            raised.append(bad)

    threads = [threading.Thread(target=run, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(50)
    assert not any(thread.is_alive() for thread in threads)
    return raised


@pytest.mark.parametrize("trouble", [None, LOSE_ANSWER, NEVER_ARRIVES])
@pytest.mark.parametrize("binds_body", [False, True])
def test_all_messengers_at_once_make_one_purchase(
    ready_url: str, trouble: Fault | None, *, binds_body: bool
) -> None:
    shop = open_shop(ready_url, binds_body=binds_body)
    # Three sets of connections: what separate processes are to a database.
    places = [shop, shop.elsewhere(), shop.elsewhere()]
    for _ in range(3):
        shop.processor.held.clear()
        placed, reference = shop.approved()
        if trouble is not None:
            shop.processor.plan(Operation.CAPTURE, trouble)
        work: list[Callable[[], object]] = []
        for number in range(12):
            messenger = MESSENGERS[number % len(MESSENGERS)]
            place = places[number % len(places)]
            work.append(partial(act, place, placed, reference, messenger))
        random.shuffle(work)
        assert at_once(work) == []
        shop.sweep_on(3, hours=1)
        is_paid_exactly_once(shop, placed)
    for place in places:
        place.house.store.close()


def test_many_customers_at_once_wait_for_each_other_without_a_deadlock(shop: SmallShop) -> None:
    begun = [shop.approved() for _ in range(8)]
    messengers = ("return", "webhook", "sweep")
    assert at_once([partial(act, shop, *one, messenger) for one in begun for messenger in messengers]) == []
    shop.sweep_on(3, hours=1)
    assert {shop.state(placed) for placed, _ in begun} == {OrderState.PAID}
    assert len(shop.processor.captured()) == len(begun)
    assert shop.faults() == []


def test_a_declined_customer_who_tries_again_pays_once_whoever_brings_the_news(shop: SmallShop) -> None:
    placed, reference = shop.approved()
    shop.processor.plan(Operation.CAPTURE, DECLINE_INSTRUMENT)
    shop.come_back(placed)
    shop.clock.move(minutes=2)
    shop.processor.approve(reference)
    assert at_once([partial(act, shop, placed, reference, one) for one in MESSENGERS]) == []
    shop.sweep_on(3, hours=1)
    is_paid_exactly_once(shop, placed)
    assert len(set(shop.captures_asked())) == 2
