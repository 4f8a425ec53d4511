"""A rehearsal's lives are such as the flows would have made: books true, states what the facts say."""

from dataclasses import dataclass, replace

import pytest
from sqlalchemy import func, select

from checkout.domain.orders import OrderState, order_state
from checkout.domain.standing import PaymentState
from checkout.flows.modes import stamped
from checkout.flows.rehearsal.filling import NotEmptyError, Rehearsal, rehearse
from checkout.flows.rehearsal.lives import ORDER_STATES, SHARES, Story
from checkout.flows.settling import attempts_of
from checkout.flows.tracing import trace_order
from checkout.store import ledger, mailboxes, orders
from checkout.store.tables import facts, inbox
from tests.small_shop import SmallShop
from webhooks.invariants import check

ORDERS, EVENTS = 300, 1_500


@dataclass(frozen=True, slots=True)
class Filled:
    """A shop after its rehearsal."""

    shop: SmallShop
    written: dict[str, int]


@pytest.fixture
def filled(shop: SmallShop) -> Filled:
    """Some hundred lives."""
    return Filled(shop, rehearse(shop.house, Rehearsal(ORDERS, EVENTS, seed=7)))


def test_the_books_of_made_up_lives_are_true(filled: Filled) -> None:
    assert check(filled.shop.house) == []
    with filled.shop.house.store.read() as tx:
        assert list(ledger.faults(tx)) == []


def test_every_life_stands_as_its_facts_say(filled: Filled) -> None:
    seen = set()
    with filled.shop.house.store.read() as tx:
        for order in orders.newest(tx, limit=ORDERS):
            attempts = attempts_of(tx, order.id)
            assert [one.payment.state for one in attempts] == [one.standing.state for one in attempts], (
                order.id
            )
            standings = [one.standing for one in attempts]
            assert order.state == order_state(order.due, order.closed, standings), order.id
            seen |= {order.state} | {one.payment.state for one in attempts}
    assert {OrderState.PAID, OrderState.REFUNDED, OrderState.EXPIRED, OrderState.CANCELLED} <= seen
    assert {PaymentState.CAPTURED, PaymentState.DECLINED} <= seen


def test_as_many_orders_and_events_are_made_as_were_wanted(filled: Filled) -> None:
    assert filled.written["orders"] == ORDERS
    with filled.shop.house.store.read() as tx:
        events = tx.execute(select(func.count()).select_from(inbox)).scalar_one()
    assert EVENTS - 20 <= events <= EVENTS + 20


def test_the_shop_goes_on_after_a_rehearsal(filled: Filled) -> None:
    placed, _ = filled.shop.approved()
    filled.shop.come_back(placed)
    with filled.shop.house.store.read() as tx:
        assert tx.execute(select(func.max(facts.c.id))).scalar_one() > filled.written["facts"]
        newest = mailboxes.newest(tx, limit=1)
    assert trace_order(filled.shop.house, placed.id).order.state is OrderState.PAID
    assert newest
    assert check(filled.shop.house) == []


def test_a_live_shops_database_is_not_called_a_sandbox_by_a_rehearsal_that_is_refused(
    shop: SmallShop,
) -> None:
    shop.approved()  # by a program that stamped nothing yet; its processor is switched off now
    with pytest.raises(NotEmptyError):
        rehearse(replace(shop.house, processors={}), Rehearsal(10, 50))
    with shop.house.store.read() as tx:
        assert stamped(tx) is None


def test_a_database_with_orders_is_never_filled(shop: SmallShop) -> None:
    shop.approved()
    with pytest.raises(NotEmptyError, match="has orders already"):
        rehearse(shop.house, Rehearsal(10, 50))


def test_every_story_has_a_share() -> None:
    assert set(SHARES) == set(ORDER_STATES) == set(Story)
