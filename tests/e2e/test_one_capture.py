"""Return, webhook and sweep in every order and all at once: one payment, one capture, one entry, one receipt."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from itertools import permutations

import pytest
import requests

from checkout.flows.house import House
from checkout.store import mailboxes
from tests.e2e.asserting import assert_all_is_well
from tests.e2e.conftest import HouseAt
from tests.e2e.dying import in_process
from tests.town import ANSWER_SECONDS, Customer, Town
from webhooks.process import process_due
from webhooks.reconcile import sweep_due

RETURN, WEBHOOK, SWEEP = "return", "webhook", "sweep"


def bring(town: Town, house: House, customer: Customer, messenger: str) -> None:
    """Let one messenger come."""
    if messenger == RETURN:
        customer.comes_back()
    elif messenger == WEBHOOK:
        town.emulator.flush_deliveries()
        process_due(house)
    else:
        sweep_due(house, everything=True)


@pytest.mark.parametrize("times", [1, 3])
def test_every_order_of_messengers_ends_in_one_capture(
    open_shop: Town, house_after: HouseAt, times: int
) -> None:
    """All six orders of the three, each messenger once and several times over."""
    house = house_after(timedelta())
    open_shop.emulator.pause_deliveries()
    for order in permutations([RETURN, WEBHOOK, SWEEP]):
        customer = open_shop.customer().orders().pays()
        for messenger in order:
            for _ in range(times):
                bring(open_shop, house, customer, messenger)
        bring(open_shop, house, customer, WEBHOOK)
        assert open_shop.order_state(customer.order_id) == "paid", order
        assert_all_is_well(open_shop, customer)


def test_all_messengers_at_once_from_threads_and_processes_end_in_one_capture(open_shop: Town) -> None:
    """Five returns, the webhook in three copies, and four processes that sweep and drain, at the same moment."""
    for _ in range(3):
        open_shop.emulator.order_fault("duplicate", "webhooks", times=10, copies=3)
        customer = open_shop.customer().orders()
        workers = [in_process(open_shop.variables, _sweep_and_drain) for _ in range(4)]
        customer.pays()
        together([customer.comes_back] * 5)
        for worker in workers:
            worker.join(ANSWER_SECONDS)
            assert worker.exitcode == 0
        open_shop.emulator.settle_deliveries()
        drain = in_process(open_shop.variables, _sweep_and_drain)
        drain.join(ANSWER_SECONDS)
        assert drain.exitcode == 0
        open_shop.settled(customer.order_id)
        assert_all_is_well(open_shop, customer)


def test_a_hundred_parallel_deliveries_of_one_event_are_one_row_and_all_answered_200(open_shop: Town) -> None:
    """One body under a hundred transmission ids, and the same transmission again and again."""
    open_shop.emulator.order_fault("duplicate", "webhooks", times=1, copies=50)
    open_shop.emulator.order_fault("duplicate", "webhooks", times=1, copies=50, same_transmission_id=True)
    customer = open_shop.customer().orders().pays()
    customer.comes_back()
    assert open_shop.emulator.settle_deliveries() == []
    sent = [attempt for delivery in open_shop.emulator.deliveries() for attempt in delivery["attempts"]]
    assert len(sent) >= 100
    assert {attempt["status"] for attempt in sent} == {200}
    with open_shop.store.read() as tx:
        kept = [message.envelope.event_id for message in mailboxes.newest(tx, limit=1000)]
    assert len(kept) == len(set(kept)) == len({event["id"] for event in open_shop.emulator.events()})
    assert_all_is_well(open_shop, customer)


def test_an_order_form_sent_twice_at_once_is_one_order(open_shop: Town) -> None:
    """A double click: both browsers land at the same payment."""
    customer = open_shop.customer().orders()
    links: list[str] = []

    def click() -> None:
        answer = requests.post(
            f"{open_shop.base_url}/products/tea", data=customer.form, allow_redirects=False, timeout=30
        )
        links.append(answer.headers["Location"])

    together([click] * 8)
    assert set(links) == {customer.link}


def together(actions: list[Callable[[], object]]) -> None:
    """Run all at the same moment, in threads; trouble in any is raised."""
    ready = threading.Barrier(len(actions))
    trouble: list[BaseException] = []

    def act(action: Callable[[], object]) -> None:
        ready.wait()
        try:
            action()
        except BaseException as bad:  # noqa: BLE001 -- raised below, in the test's own thread
            trouble.append(bad)

    threads = [threading.Thread(target=act, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if trouble:
        raise trouble[0]


def _sweep_and_drain(house: House) -> None:
    for _ in range(8):
        process_due(house)
        sweep_due(house, everything=True)
