"""Orders by signed links: one for a reference, one for each form without, and nobody sees somebody else's."""

import json
import threading
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import timedelta

import pytest

from checkout.domain.actors import Actor, Way
from checkout.domain.errors import BadInputError, CardNumberError, NotFoundError, PaymentUnderWayError
from checkout.domain.facts import FactKind
from checkout.domain.link_errors import (
    LinkBrokenError,
    LinkExpiredError,
    LinkKeyMissingError,
    LinkPaidError,
    LinkTooLongError,
    LinkUnusableError,
    LinkWithdrawnError,
)
from checkout.domain.money import Money
from checkout.domain.orders import Basket, Line, OrderState, Origin
from checkout.flows import link_keys, linking, ordering, paying
from checkout.flows.ordering import Placed, ShopWish
from checkout.flows.said import LinkSaid, read_order
from checkout.links import sign_order
from checkout.store import audit, happenings
from checkout.store.orders import Contact
from tests.scripted_processor import Fault, Operation
from tests.small_shop import SmallShop, reference_of

KIM, HAL = Contact("kim@example.com"), Contact("hal@example.com")
LINE: Mapping[str, object] = {
    "title": "A pot of tea",
    "quantity": 2,
    "unit_price_minor": 2380,
    "sku": "TEA-1",
}
ORDER: Mapping[str, object] = {"lines": [LINE], "currency": "EUR"}
FOR_ONE = {**ORDER, "shop_reference": "A-17", "shipping_minor": 490, "tax_minor": 380}
SAID = {"v": 1, "key": "k", **ORDER}
ACTOR = Actor("kim", Way.COMMAND)


def link_for(
    shop: SmallShop, order: Mapping[str, object] = ORDER, key: link_keys.MadeKey | None = None
) -> str:
    """The last part of a link's address, signed with a key that is made if none is given."""
    made = key or link_keys.create(shop.house, ACTOR, "test")
    link = sign_order(order, key=made.id, secret=made.secret, base_url=shop.house.shop.base_url)
    return link.rpartition("/")[2]


def place(shop: SmallShop, link: str, contact: Contact = KIM, nonce: str = "once") -> Placed:
    return linking.place_by_link(shop.house, linking.open_link(shop.house, link), contact, nonce)


def pay(shop: SmallShop, placed: Placed) -> None:
    shop.processor.approve(reference_of(paying.hand_over(shop.house, placed.token)))
    shop.come_back(placed)


def test_a_link_becomes_an_order_with_all_that_it_says(shop: SmallShop) -> None:
    order = {**FOR_ONE, "return_url": "https://shop.example/thanks", "capture_later": True}
    placed = place(shop, link_for(shop, order))
    kept = shop.order(placed)
    assert (kept.due.minor, kept.due.currency) == (2 * 2380 + 490 + 380, "EUR")
    assert (kept.shop_reference, kept.origin, kept.capture_later) == ("A-17", Origin.LINK, True)
    assert kept.return_url == "https://shop.example/thanks"
    assert (kept.shipping_minor, kept.tax_minor) == (490, 380)


def test_the_shop_is_told_which_reference_was_paid(shop: SmallShop) -> None:
    for order, reference in ((FOR_ONE, "A-17"), (ORDER, None)):
        pay(shop, place(shop, link_for(shop, order)))
        with shop.house.store.read() as tx:
            told = [json.loads(one.told) for one in happenings.newest(tx, limit=2)]
        assert [(one["state"], one["shop_reference"]) for one in told] == [
            ("paid", reference),
            ("awaiting_payment", reference),
        ]


def test_without_a_reference_each_form_makes_an_order_and_only_one(shop: SmallShop) -> None:
    link = link_for(shop)
    first, again, other = (place(shop, link, nonce=nonce) for nonce in ("once", "once", "twice"))
    assert first == again
    assert first.id != other.id


def test_with_a_reference_one_customer_comes_back_to_one_order(shop: SmallShop) -> None:
    link = link_for(shop, FOR_ONE)
    assert place(shop, link, nonce="once") == place(shop, link, nonce="twice")


def test_a_second_visitor_takes_the_place_of_an_unpaid_order_and_sees_nothing_of_it(shop: SmallShop) -> None:
    link = link_for(shop, FOR_ONE)
    kims = place(shop, link, KIM)
    hals = place(shop, link, HAL)
    assert hals.token != kims.token
    assert shop.state(kims) is OrderState.CANCELLED
    assert shop.state(hals) is OrderState.AWAITING_PAYMENT


def test_what_was_paid_once_is_not_paid_again_whoever_comes(shop: SmallShop) -> None:
    link = link_for(shop, FOR_ONE)
    early = linking.open_link(shop.house, link)
    pay(shop, place(shop, link))
    for contact in (KIM, HAL):
        with pytest.raises(LinkPaidError):
            place(shop, link, contact)
        with pytest.raises(LinkPaidError):
            linking.place_by_link(shop.house, early, contact, "form opened before it was paid")


def by_the_api(shop: SmallShop) -> Placed:
    """An order of the same reference that the shop's program placed for somebody, and no link made."""
    basket = Basket((Line("A pot of tea", 2, Money(2380, "EUR")),))
    wish = ShopWish(basket, ("",), Contact("program@example.com"), "key", Origin.API, shop_reference="A-17")
    order = ordering.place_for_shop(shop.house, wish)
    return Placed(order.id, order.token)


def test_what_was_paid_by_another_way_is_not_paid_again_by_a_link(shop: SmallShop) -> None:
    link = link_for(shop, FOR_ONE)
    early = linking.open_link(shop.house, link)
    pay(shop, by_the_api(shop))
    with pytest.raises(LinkPaidError):
        linking.open_link(shop.house, link)
    with pytest.raises(LinkPaidError):
        linking.place_by_link(shop.house, early, KIM, "form opened before it was paid")
    linking.open_link(shop.house, link_for(shop, {**FOR_ONE, "shop_reference": "A-18"}))


def test_an_open_order_of_another_way_is_neither_shown_nor_cancelled_by_a_link(shop: SmallShop) -> None:
    link, others = link_for(shop, FOR_ONE), by_the_api(shop)
    kims = place(shop, link, KIM)
    hals = place(shop, link, HAL)
    assert len({others.token, kims.token, hals.token}) == 3
    states = [shop.state(one) for one in (others, kims, hals)]
    assert states == [OrderState.AWAITING_PAYMENT, OrderState.CANCELLED, OrderState.AWAITING_PAYMENT]


def test_while_a_payment_of_another_way_may_be_under_way_a_link_begins_none(shop: SmallShop) -> None:
    link, others = link_for(shop, FOR_ONE), by_the_api(shop)
    shop.processor.approve(reference_of(paying.hand_over(shop.house, others.token)))
    shop.processor.plan(Operation.CAPTURE, Fault(capture_as=FactKind.PENDING))
    shop.come_back(others)
    with pytest.raises(PaymentUnderWayError):
        place(shop, link, KIM)


def test_while_a_payment_is_under_way_nobody_else_may_begin_one(shop: SmallShop) -> None:
    link = link_for(shop, FOR_ONE)
    placed = place(shop, link)
    shop.processor.approve(reference_of(paying.hand_over(shop.house, placed.token)))
    shop.processor.plan(Operation.CAPTURE, Fault(capture_as=FactKind.PENDING))
    shop.come_back(placed)
    with pytest.raises(PaymentUnderWayError):
        place(shop, link, HAL)


def test_a_corrected_link_replaces_the_unpaid_order_of_the_earlier_one(shop: SmallShop) -> None:
    key = link_keys.create(shop.house, ACTOR, "test")
    wrong = place(shop, link_for(shop, FOR_ONE, key))
    right = place(shop, link_for(shop, {**FOR_ONE, "shipping_minor": 0}, key))
    assert shop.state(wrong) is OrderState.CANCELLED
    assert shop.order(right).due.minor == 2 * 2380 + 380


def test_a_link_whose_order_was_cancelled_makes_another(shop: SmallShop) -> None:
    link = link_for(shop, FOR_ONE)
    first = place(shop, link)
    ordering.cancel(shop.house, first.token)
    second = place(shop, link)
    assert shop.state(second) is OrderState.AWAITING_PAYMENT
    assert second.id != first.id


def test_many_visitors_at_once_leave_one_order_that_can_be_paid(shop: SmallShop) -> None:
    link = linking.open_link(shop.house, link_for(shop, FOR_ONE))
    placed: list[Placed] = []

    def visit(number: int) -> None:
        try:
            contact = Contact(f"visitor{number % 3}@example.com")
            placed.append(linking.place_by_link(shop.house, link, contact, f"form {number}"))
        except PaymentUnderWayError:
            return  # too many others in between; trying again is safe

    visitors = [threading.Thread(target=visit, args=(number,)) for number in range(6)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    states = [shop.state(one) for one in {one.id: one for one in placed}.values()]
    assert placed
    assert states.count(OrderState.AWAITING_PAYMENT) <= 1


def test_a_key_that_was_replaced_opens_links_until_its_overlap_ends(shop: SmallShop) -> None:
    first = link_keys.create(shop.house, ACTOR, "test")
    second = link_keys.rotate(shop.house, ACTOR, first.id, timedelta(days=30))
    old, new = link_for(shop, key=first), link_for(shop, key=second)
    assert linking.open_link(shop.house, old).order.key == first.id
    assert link_keys.to_sign_with(shop.house) == second
    shop.clock.move(days=30)
    with pytest.raises(LinkWithdrawnError):
        linking.open_link(shop.house, old)
    assert linking.open_link(shop.house, new).order.key == second.id


def test_a_revoked_key_opens_nothing_and_cannot_be_used_again(shop: SmallShop) -> None:
    key = link_keys.create(shop.house, ACTOR, "test")
    link = link_for(shop, key=key)
    link_keys.revoke(shop.house, ACTOR, key.id)
    with pytest.raises(LinkWithdrawnError):
        linking.open_link(shop.house, link)
    with pytest.raises(NotFoundError):
        link_keys.rotate(shop.house, ACTOR, key.id, timedelta(0))
    with pytest.raises(LinkKeyMissingError):
        linking.sign(shop.house, ORDER)
    with pytest.raises(NotFoundError):
        linking.sign(shop.house, ORDER, key.id)


def test_a_secret_is_kept_sealed_and_every_deed_is_written_down(shop: SmallShop) -> None:
    key = link_keys.create(shop.house, ACTOR, "test")
    link_keys.revoke(shop.house, ACTOR, link_keys.rotate(shop.house, ACTOR, key.id, timedelta(1)).id)
    assert all(key.secret not in one.secret for one in link_keys.listed(shop.house))
    with shop.house.store.read() as tx:
        deeds = [one.deed.did for one in audit.newest(tx, limit=9)]
    assert deeds == ["revoked link key", "replaced link key", "made link key", "made link key"]


def unsigned(said: Mapping[str, object]) -> str:
    """What anybody can write without a key."""
    return f"{urlsafe_b64encode(json.dumps(said).encode()).rstrip(b'=').decode()}.{'A' * 43}"


def test_a_link_of_nobodys_key_or_of_another_keys_secret_is_broken(shop: SmallShop) -> None:
    key, other = (link_keys.create(shop.house, ACTOR, "test") for _ in range(2))
    for made in (link_keys.MadeKey("nobody", key.secret), link_keys.MadeKey(key.id, other.secret)):
        with pytest.raises(LinkBrokenError):
            linking.open_link(shop.house, link_for(shop, key=made))
    odd = [unsigned({"v": 1, "key": name}) for name in ("\ud800", "a\x00", "a\n", "", "x" * 17, 1, None)]
    for text in ("", "a.b", "x" * 100, f"{'e' * 90}.{'f' * 43}", *odd):
        with pytest.raises(LinkBrokenError):
            linking.open_link(shop.house, text)


def test_a_link_is_good_until_it_says_and_not_longer(shop: SmallShop) -> None:
    ends = int((shop.clock() + timedelta(hours=1)).timestamp())
    link = link_for(shop, {**ORDER, "expires": ends})
    assert linking.open_link(shop.house, link).order.expires == ends
    shop.clock.move(hours=1)
    with pytest.raises(LinkExpiredError):
        linking.open_link(shop.house, link)


def test_a_link_that_is_too_long_is_not_read(shop: SmallShop) -> None:
    with pytest.raises(LinkTooLongError):
        linking.open_link(shop.house, link_for(shop, {**ORDER, "shop_reference": "x" * 8000}))


UNUSABLE: dict[str, Mapping[str, object]] = {
    "lines": {"lines": []},
    "lines.0.quantity": {"lines": [{**LINE, "quantity": 0}]},
    "lines.0.unit_price_minor": {"lines": [{**LINE, "unit_price_minor": 23.8}]},
    "lines.0.title": {"lines": [{**LINE, "title": ""}]},
    "lines.0.price": {"lines": [{**LINE, "price": 1}]},
    "lines.0.sku": {"lines": [{**LINE, "sku": "x" * 65}]},
    "shipping_minor": {"shipping_minor": -1},
    "tax_minor": {"tax_minor": True},
    "currency": {"currency": "eur"},
    "XXQ": {"currency": "XXQ"},
    "more than nothing": {"lines": [{**LINE, "unit_price_minor": 0}]},
    "lines.0.title: has characters": {"lines": [{**LINE, "title": "a\u0007b"}]},
    "shop_reference": {"shop_reference": "kim@example.com and more"},
    "return_url": {"return_url": "javascript:alert(1)"},
    "expires": {"expires": "tomorrow"},
    "email": {"email": "kim@example.com"},
    "v": {"v": 2},
}


@pytest.mark.parametrize("place", UNUSABLE)
def test_whatever_cannot_be_ordered_is_named(place: str) -> None:
    with pytest.raises((BadInputError, CardNumberError), match=place):
        read_order(LinkSaid, {**SAID, **UNUSABLE[place]})


CARD = "4" + "1" * 15


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("title", {"lines": [{**LINE, "title": CARD}]}),
        ("sku", {"lines": [{**LINE, "sku": CARD}]}),
        ("shop_reference", {"shop_reference": CARD}),
        ("return_url", {"return_url": f"https://shop.example/{CARD}"}),
    ],
)
def test_no_text_of_an_order_is_a_card_number(field: str, said: Mapping[str, object]) -> None:
    with pytest.raises(CardNumberError) as refused:
        read_order(LinkSaid, {**SAID, **said})
    assert refused.value.field == field


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/", "https://kim:word@shop.example/", "//shop.example", "https:///x", "https://a\\b",
        "https://shop.example/ü", "https://shop.example:x/", "data:text/html,x", "https://[::1",
    ],
)  # fmt: skip
def test_a_customer_is_led_back_to_a_web_address_only(url: str) -> None:
    with pytest.raises(BadInputError, match="return_url"):
        read_order(LinkSaid, {**SAID, "return_url": url})


@pytest.mark.parametrize("url", ["https://shop.example/thanks?order=A-17#top", "http://127.0.0.1:5000/"])
def test_a_customer_may_be_led_back_to_the_shop(url: str) -> None:
    assert read_order(LinkSaid, {**SAID, "return_url": url}).return_url == url


def test_a_signed_link_that_says_nonsense_is_refused_by_the_door_too(shop: SmallShop) -> None:
    with pytest.raises(LinkUnusableError):
        linking.open_link(shop.house, link_for(shop, {**ORDER, "lines": "tea"}))
    with pytest.raises(LinkUnusableError):
        linking.sign(shop.house, {**ORDER, "currency": "euro"})
