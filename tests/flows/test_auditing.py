"""A deed and its line in the audit are one transaction: neither is ever there without the other."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from checkout.domain.actors import Actor, Way
from checkout.domain.money import Money
from checkout.domain.orders import OrderState
from checkout.flows import endpoints, halting, helping, offering
from checkout.sealing import Seal
from checkout.store import audit, halts, products
from checkout.store import endpoints as endpoint_table
from checkout.store.audit import Deed
from checkout.store.halts import Stops
from tests.small_shop import SmallShop

ANN = Actor("Ann", Way.OFFICE)
ADDRESS = "https://one.example/hooks?token=hidden"
OTHER = "https://other.example:8443/in/hidden"


class PowerCutError(Exception):
    """The machine stops."""


def cancels(shop: SmallShop) -> tuple[Callable[[], object], Callable[[], object]]:
    placed = shop.place()
    return lambda: helping.cancel_order(shop.house, ANN, placed.id), lambda: shop.state(placed)


def ends_a_halt(shop: SmallShop) -> tuple[Callable[[], object], Callable[[], object]]:
    with shop.house.store.begin() as tx:
        halts.begin(tx, "paypal", Stops.PAYMENTS, "made up", "A halt.", at=shop.clock())
        (halt,) = halts.open_ones(tx)

    def standing() -> object:
        with shop.house.store.read() as tx:
            return len(halts.open_ones(tx))

    return lambda: halting.go_on(shop.house, ANN, halt.id), standing


def of_the_shelf(shop: SmallShop) -> object:
    with shop.house.store.read() as tx:
        links = [(one.product_id, one.active) for one in products.links(tx)]
        return [(one.id, one.active) for one in products.all_of(tx)], links


def adds_a_product(shop: SmallShop) -> tuple[Callable[[], object], Callable[[], object]]:
    def add() -> object:
        price = Money(900, "EUR")
        return offering.add_product(shop.house, ANN, title="A lid", price=price, needs_address=False)

    return add, lambda: of_the_shelf(shop)


def withdraws_a_product(shop: SmallShop) -> tuple[Callable[[], object], Callable[[], object]]:
    return (
        lambda: offering.set_offered(shop.house, ANN, "tea", offered=False),
        lambda: of_the_shelf(shop),
    )


def adds_a_link(shop: SmallShop) -> tuple[Callable[[], object], Callable[[], object]]:
    return lambda: offering.add_link(shop.house, ANN, "tea", 2), lambda: of_the_shelf(shop)


def withdraws_a_link(shop: SmallShop) -> tuple[Callable[[], object], Callable[[], object]]:
    link = offering.add_link(shop.house, ANN, "tea", 2)
    return lambda: offering.withdraw_link(shop.house, ANN, link.token), lambda: of_the_shelf(shop)


@pytest.mark.parametrize(
    ("prepared", "kept"),
    [
        (cancels, "cancelled order"),
        (ends_a_halt, "ended halt"),
        (adds_a_product, "added product"),
        (withdraws_a_product, "withdrew product"),
        (adds_a_link, "added pay link"),
        (withdraws_a_link, "withdrew pay link"),
    ],
)
def test_a_deed_that_cannot_be_kept_is_not_done_and_one_that_is_done_is_kept(
    shop: SmallShop,
    monkeypatch: pytest.MonkeyPatch,
    prepared: Callable[[SmallShop], tuple[Callable[[], object], Callable[[], object]]],
    kept: str,
) -> None:
    deed, look = prepared(shop)
    before = look()

    def cut(*_: object) -> None:
        raise PowerCutError

    with monkeypatch.context() as patch:
        patch.setattr(audit, "add", cut)
        with pytest.raises(PowerCutError):
            deed()
    assert look() == before
    deed()
    assert look() != before
    with shop.house.store.read() as tx:
        newest = audit.newest(tx, limit=1)[0]
    assert (newest.actor, newest.deed.did) == (ANN, kept)


def test_what_was_done_already_is_kept_once(shop: SmallShop) -> None:
    placed = shop.place()
    for _ in range(2):
        helping.cancel_order(shop.house, ANN, placed.id)
        offering.set_offered(shop.house, ANN, "tea", offered=False)
    assert shop.state(placed) is OrderState.CANCELLED
    with shop.house.store.read() as tx:
        assert [one.deed.did for one in audit.newest(tx, limit=9)] == ["withdrew product", "cancelled order"]


def test_an_endpoint_that_is_moved_says_from_and_to_which_host_and_nothing_else(shop: SmallShop) -> None:
    house = replace(shop.house, seal=Seal("a secret that is long enough for a seal"))
    place = endpoints.add(house, ANN, url=ADDRESS).endpoint
    endpoints.change(house, ANN, place.id, url=OTHER)
    endpoints.change(house, ANN, place.id, description="The same place")
    with house.store.read() as tx:
        deeds = [one.deed for one in audit.newest(tx, limit=2)]
        assert endpoint_table.by_id(tx, place.id) is not None
    did = "changed an endpoint"
    assert deeds == [
        Deed(did, "endpoint", place.id),
        Deed(did, "endpoint", place.id, "from one.example to other.example"),
    ]
