"""What the shop is told: each happening once, with what tells it, and for each endpoint that wants it."""

import json
from contextlib import suppress
from dataclasses import replace

import pytest

from checkout.domain.deliveries import DeliveryState
from checkout.domain.happenings import HappeningType, name_of, text_of, word
from checkout.domain.money import Money
from checkout.domain.orders import OrderState
from checkout.domain.tellings import OF_ORDERS, Ordered, of_new_order, of_order
from checkout.flows import endpoints, ordering
from checkout.flows.house import House
from checkout.sealing import Seal
from checkout.store import deliveries, happenings
from checkout.store.orders import Contact
from tests.small_shop import SmallShop
from tests.telling import ANN


@pytest.fixture
def house(shop: SmallShop) -> House:
    """The shop's house, where secrets can be kept."""
    return replace(shop.house, seal=Seal("a secret that is long enough for a seal"))


def told(house: House) -> list[str]:
    """The types of all that happened, in their order."""
    with house.store.read() as tx:
        return [one.type.value for one in reversed(happenings.newest(tx, limit=100))]


def delivered_to(house: House, endpoint_id: str) -> list[str]:
    """The types of all that is to be delivered to an endpoint, in their order."""
    with house.store.read() as tx:
        return [one.type.value for one in reversed(deliveries.newest(tx, limit=100, endpoint_id=endpoint_id))]


def test_a_purchase_is_told_step_by_step_and_each_step_once(shop: SmallShop, house: House) -> None:
    placed, _ = shop.approved()
    shop.come_back(placed)
    shop.sweep_on()
    assert told(house) == ["order.created", "order.paid"]


def test_what_is_told_holds_ids_states_and_amounts_and_no_person(shop: SmallShop, house: House) -> None:
    placed, _ = shop.approved()
    shop.come_back(placed)
    with house.store.read() as tx:
        paid = happenings.newest(tx, limit=1)[0]
    assert json.loads(paid.told) == {
        "order_id": placed.id,
        "shop_reference": None,
        "state": "paid",
        "total": {"amount_minor": 2380, "currency": "EUR"},
        "captured": {"amount_minor": 2380, "currency": "EUR"},
        "refunded": {"amount_minor": 0, "currency": "EUR"},
        "reversed": {"amount_minor": 0, "currency": "EUR"},
    }
    assert paid.order_id == placed.id
    assert "example.com" not in paid.told


def test_a_state_is_told_in_the_words_that_the_api_answers() -> None:
    due = Money(2380, "EUR")
    for state in OF_ORDERS:
        happening = of_order(Ordered("ORDER", due, state))
        assert happening is not None
        assert json.loads(text_of(happening.told))["state"] == word(state)
    assert word(OrderState.PARTIALLY_REFUNDED) == "partially_refunded"


def test_a_cancelled_order_is_told_once(shop: SmallShop, house: House) -> None:
    placed = shop.place()
    ordering.cancel(house, placed.token)
    ordering.cancel(house, placed.token)
    assert told(house) == ["order.created", "order.cancelled"]


def test_what_is_rolled_back_is_not_told(shop: SmallShop, house: House) -> None:
    made = endpoints.add(house, ANN, url="https://shop.example/hooks")
    wish = ordering.Wish("tea", 1, Contact("a@example.com"), "a form key")
    with suppress(RuntimeError), house.store.begin() as tx:
        ordering.place_in(tx, house, wish)
        raise RuntimeError
    assert told(house) == []
    assert delivered_to(house, made.endpoint.id) == []
    shop.place()
    assert told(house) == ["order.created"]


def test_each_endpoint_has_a_delivery_of_what_it_wants_and_of_nothing_else(
    shop: SmallShop, house: House
) -> None:
    all_of_it = endpoints.add(house, ANN, url="https://shop.example/all").endpoint.id
    only_paid = endpoints.add(house, ANN, url="https://shop.example/paid", types=["order.paid"]).endpoint.id
    late = endpoints.add(house, ANN, url="https://shop.example/late", types=["order.paid_late"]).endpoint.id
    off = endpoints.add(house, ANN, url="https://shop.example/off").endpoint.id
    gone = endpoints.add(house, ANN, url="https://shop.example/gone").endpoint.id
    endpoints.disable(house, ANN, off)
    endpoints.remove(house, ANN, gone)
    placed, _ = shop.approved()
    shop.come_back(placed)
    assert delivered_to(house, all_of_it) == ["order.created", "order.paid"]
    assert delivered_to(house, only_paid) == ["order.paid"]
    for other in (late, off, gone):
        assert delivered_to(house, other) == []


def test_the_same_happening_has_the_same_name_when_it_is_learned_again(shop: SmallShop, house: House) -> None:
    placed = shop.place()
    with house.store.read() as tx:
        first = happenings.newest(tx, limit=1)[0]
        row = shop.order(placed)
    happening = of_new_order(Ordered(row.id, row.due, row.state))
    assert name_of(house.shop.installation, happening.about) == first.name
    assert name_of("other", happening.about) != first.name


def test_what_happened_while_an_endpoint_was_disabled_is_sent_by_its_span(
    shop: SmallShop, house: House
) -> None:
    endpoint = endpoints.add(
        house, ANN, url="https://shop.example/hooks", types=["order.created"]
    ).endpoint.id
    shop.place()
    shop.clock.move(minutes=1)
    endpoints.disable(house, ANN, endpoint)
    shop.clock.move(minutes=1)
    shop.place()
    with house.store.read() as tx:
        assert [one.state for one in deliveries.newest(tx, limit=9)] == [DeliveryState.HELD]
    shop.clock.move(minutes=1)
    enabled = endpoints.enable(house, ANN, endpoint)
    assert enabled.sent == 1
    assert enabled.missed_since is not None
    assert endpoints.resend_span(house, ANN, endpoint, enabled.missed_since).sent == 1
    with house.store.read() as tx:
        assert [one.state for one in deliveries.newest(tx, limit=9)] == [DeliveryState.DUE] * 2
    assert set(told(house)) == {HappeningType.ORDER_CREATED.value}
