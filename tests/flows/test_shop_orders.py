"""Orders that a shop describes: its own prices, shipping and tax, one order for one key, and nobody to write to."""

from dataclasses import replace
from datetime import timedelta

import pytest

from checkout.domain.errors import BadInputError, KeyUsedOtherwiseError, OrderClosedError
from checkout.domain.money import Money
from checkout.domain.orders import Basket, Line, OrderState, Origin
from checkout.flows import ordering, paying
from checkout.flows.ordering import Placed, ShopWish, place_for_shop
from checkout.store import orders
from checkout.store.orders import Contact
from tests.small_shop import SmallShop, reference_of

LINES = (Line("Green tea", 2, Money(1190, "EUR")), Line("A pot", 1, Money(2500, "EUR")))
WISH = ShopWish(
    basket=Basket(LINES, shipping_minor=490, tax_minor=513),
    codes=("TEA-2", ""),
    contact=Contact(""),
    form_key="the shop's key",
    origin=Origin.API,
    shop_reference="A-17",
    locale="de-DE",
    return_url="https://shop.example/thanks",
)
DUE = Money(2 * 1190 + 2500 + 490 + 513, "EUR")


def test_its_total_is_lines_and_shipping_and_tax_to_the_cent(shop: SmallShop) -> None:
    order = place_for_shop(shop.house, replace(WISH, life=timedelta(hours=2)))
    assert order.due == DUE
    assert order.expires_at - order.created_at == timedelta(hours=2)
    with shop.house.store.read() as tx:
        assert orders.by_id(tx, order.id) == order
        assert orders.basket(tx, order) == WISH.basket


def test_one_key_makes_one_order_and_another_body_is_refused(shop: SmallShop) -> None:
    first = place_for_shop(shop.house, WISH)
    assert place_for_shop(shop.house, WISH) == first
    for other in (
        replace(WISH, basket=Basket(LINES, 490, 512)),
        replace(WISH, shop_reference="A-18"),
        replace(WISH, basket=Basket((Line("Black tea", 2, LINES[0].unit_price), LINES[1]), 490, 513)),
        replace(WISH, capture_later=True),
        replace(WISH, return_url="https://shop.example/others"),
    ):
        with pytest.raises(KeyUsedOtherwiseError):
            place_for_shop(shop.house, other)
    assert place_for_shop(shop.house, replace(WISH, form_key="another")).id != first.id


def test_a_key_used_again_never_gives_another_customers_order(shop: SmallShop) -> None:
    mine = replace(WISH, contact=Contact("a@shop.example"))
    first = place_for_shop(shop.house, mine)
    assert place_for_shop(shop.house, mine) == first
    with pytest.raises(KeyUsedOtherwiseError):
        place_for_shop(shop.house, replace(WISH, contact=Contact("b@shop.example")))


@pytest.mark.parametrize(
    "basket", [Basket(LINES, shipping_minor=-1), Basket(LINES, tax_minor=-1), Basket(())]
)
def test_what_cannot_be_an_order_makes_none(shop: SmallShop, basket: Basket) -> None:
    with pytest.raises(BadInputError):
        place_for_shop(shop.house, replace(WISH, basket=basket))
    with shop.house.store.read() as tx:
        assert orders.newest(tx, limit=1) == []


def test_whoever_left_no_address_is_written_nothing_and_pays_all_the_same(shop: SmallShop) -> None:
    order = place_for_shop(shop.house, WISH)
    placed = Placed(order.id, order.token)
    shop.processor.approve(reference_of(paying.hand_over(shop.house, order.token)))
    shop.come_back(placed)
    assert shop.state(placed) is OrderState.PAID
    assert shop.receipts(placed) == 0


def test_the_shop_lets_an_order_expire_and_a_paid_one_stays(shop: SmallShop) -> None:
    order = place_for_shop(shop.house, WISH)
    for _ in range(2):
        ordering.close(shop.house, order.token, OrderState.EXPIRED)
    assert shop.state(Placed(order.id, order.token)) is OrderState.EXPIRED
    placed, _ = shop.approved()
    shop.come_back(placed)
    with pytest.raises(OrderClosedError):
        ordering.close(shop.house, placed.token, OrderState.EXPIRED)
