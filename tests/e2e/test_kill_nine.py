"""kill -9 of web and worker at the steps of a purchase: nothing is lost, nothing is taken twice, the order settles."""

from __future__ import annotations

from datetime import timedelta
from multiprocessing.context import ForkServerProcess

import pytest
import requests

from checkout.flows.house import House
from tests.e2e.asserting import assert_all_is_well
from tests.e2e.conftest import HouseAt, web
from tests.e2e.dying import die_at_steps, start_dying_worker
from tests.town import STOP_SECONDS, Customer, Town, wait_for
from webhooks.process import process_due
from webhooks.reconcile import sweep_due

LATER = timedelta(seconds=60)
"""Longer than any call may last: whoever asked for a capture before is known to be gone."""

STEPS_MAX = 60


def buy(customer: Customer) -> None:
    """The whole purchase, as far as the shop lives."""
    customer.orders()
    customer.pays()
    customer.comes_back()


def wait_for_end_or_payment(town: Town, worker: ForkServerProcess, customer: Customer) -> None:
    """Until the worker has died of its step or done its work."""
    order_id = customer.order_id
    wait_for(lambda: not worker.is_alive() or town.order_state(order_id) == "paid", what="the worker's end")


def settle_what_is_left(town: Town, house: House) -> None:
    """The worker's loops, a minute later, until nothing is left to do."""
    town.emulator.settle_deliveries()
    for _ in range(3):
        process_due(house)
        sweep_due(house, everything=True)


@pytest.mark.timeout(600)
def test_a_web_process_killed_at_any_step_loses_nothing(town: Town, house_after: HouseAt) -> None:
    """From the order form to the return: the process dies at one step, then at a later one, until none is left."""
    house = house_after(LATER)
    for die_at in die_at_steps(STEPS_MAX, is_sqlite=town.store.is_sqlite):
        (town.folder / "web.trace").unlink(missing_ok=True)
        customer = town.customer()
        with web(town, die_at=die_at) as process:
            try:
                buy(customer)
            except (requests.RequestException, AssertionError):
                process.join(STOP_SECONDS)
                assert not process.is_alive(), town.logs()
            finished = process.is_alive()
        with web(town):
            if not finished:
                customer.goes_on()
            settle_what_is_left(town, house)
        assert town.order_state(customer.order_id) == "paid", (
            f"step {die_at}: {(town.folder / 'web.trace').read_text()}"
        )
        assert_all_is_well(town, customer)
        if finished:
            assert die_at > 10
            return
    pytest.fail("the purchase has more steps than this test expects")


@pytest.mark.timeout(600)
def test_a_worker_killed_at_any_step_loses_nothing(town: Town, house_after: HouseAt) -> None:
    """The customer never comes back; the worker that completes the purchase dies at its steps."""
    trace = town.folder / "worker.trace"
    house = house_after(LATER)
    with web(town):
        for die_at in die_at_steps(STEPS_MAX, is_sqlite=town.store.is_sqlite):
            for old in (trace, trace.with_suffix(".ready")):
                old.unlink(missing_ok=True)
            customer = town.customer().orders().pays()
            town.emulator.settle_deliveries()
            worker = start_dying_worker(town.variables, trace, die_at=die_at)
            wait_for_end_or_payment(town, worker, customer)
            worker.join(0.5)
            died = not worker.is_alive()
            worker.kill()
            worker.join(STOP_SECONDS)
            if died:
                settle_what_is_left(town, house)
                settle_what_is_left(town, house)
            assert town.order_state(customer.order_id) == "paid", f"step {die_at}: {trace.read_text()}"
            assert_all_is_well(town, customer)
            if not died:
                assert die_at > 4
                return
    pytest.fail("the worker has more steps than this test expects")
