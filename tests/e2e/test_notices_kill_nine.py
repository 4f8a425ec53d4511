"""kill -9 between a state and its notice: each happening reaches the shop under one name, and none that never was."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from checkout.flows import endpoints, ordering, paying
from checkout.flows.house import House
from checkout.senders.shop import ShopCourier
from checkout.store import happenings, orders, payments
from checkout.store.orders import Contact
from tests.e2e.conftest import HouseAt
from tests.e2e.dying import die_at_steps, in_dying_process
from tests.processors.paypal.loopback import Asked, loopback, raw_answer
from tests.telling import ANN, deliver_due
from tests.town import STOP_SECONDS, Town
from webhooks.reconcile import sweep_due

LATER = timedelta(seconds=120)
"""Longer than any claim: what a dead process had in hand is due again."""
STEPS_MAX = 40


def place(house: House, form_key: str) -> ordering.Placed:
    """A customer orders tea."""
    contact = Contact(email="customer@example.org")
    return ordering.place(house, product_id="tea", quantity=1, contact=contact, form_key=form_key)


def order_take_and_tell(house: House, form_key: str, payment_token: str) -> None:
    """Place an order, take the money of another that was approved, and tell the shop what is due."""
    place(house, form_key)
    paying.came_back(house, payment_token)
    deliver_due(house, ShopCourier(inside=True))


def approved(town: Town, house: House, form_key: str) -> tuple[str, str]:
    """The number of an order whose customer agreed at PayPal, and its payment's token."""
    placed = place(house, form_key)
    paying.hand_over(house, placed.token)
    with house.store.read() as tx:
        payment = payments.of_order(tx, placed.id)[0]
    town.emulator.approve(str(payment.reference), "balance")
    return placed.id, payment.token


@pytest.mark.timeout(300)
def test_a_crash_at_any_step_between_state_and_notice_loses_none(town: Town, house_after: HouseAt) -> None:
    town.variables["NOTICES_MAY_GO_INSIDE"] = "true"
    house, later = house_after(timedelta()), house_after(LATER)
    came: dict[str, list[str]] = defaultdict(list)

    def answer(asked: Asked) -> list[bytes]:
        event = json.loads(asked.body)
        came[f"{event['type']} {event['data']['order_id']}"].append(asked.headers["webhook-id"])
        return [raw_answer(b"")]

    with loopback(answer) as receiver:
        endpoints.add(
            replace(house, shop=replace(house.shop, may_tell_inside=True)), ANN, url=f"{receiver.url}/hooks"
        )
        for die_at in die_at_steps(STEPS_MAX, is_sqlite=town.store.is_sqlite):
            trace = town.folder / f"{die_at}.trace"
            paid, token = approved(town, house, f"form {die_at}")
            work = partial(order_take_and_tell, form_key=f"new {die_at}", payment_token=token)
            process = in_dying_process(town.variables, work, trace, die_at=die_at)
            process.join(STOP_SECONDS)
            finished = process.exitcode == 0
            for _ in range(2):
                sweep_due(later, everything=True)
            deliver_due(later, ShopCourier(inside=True))
            steps = trace.read_text()
            with house.store.read() as tx:
                new = orders.by_form_key(tx, f"new {die_at}")
                told = [f"{one.type} {one.order_id}" for one in happenings.newest(tx, limit=999)]
            assert len(told) == len(set(told))
            assert (new is None) == (die_at == 1), steps
            wanted = [f"order.paid {paid}", *([f"order.created {new.id}"] if new else [])]
            assert set(wanted) <= set(came), steps
            assert set(came) <= set(told), steps
            assert all(len(set(names)) == 1 for names in came.values()), steps
            if finished:
                assert die_at > 10, steps
                assert max(len(names) for names in came.values()) > 1, "no crash after sending was seen"
                return
    pytest.fail("the work has more steps than this test expects")
