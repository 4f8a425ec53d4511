"""An order is found by whatever a customer, the shop or a processor would quote of it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checkout.domain.money import Money
from checkout.domain.orders import Basket, Line, OrderState, Origin
from checkout.domain.quotes import quote_of
from checkout.domain.words import typed
from checkout.flows.finding import Found, Wanted, find_orders
from checkout.flows.ordering import Placed, ShopWish, place, place_for_shop
from checkout.flows.refunding import RefundWish, ask_refund
from checkout.store import mailboxes, products, searching
from checkout.store.orders import Contact
from checkout.store.products import Product
from checkout.store.searching import Sieve
from tests.disputing import disputed
from tests.paid_shop import PaidShop
from tests.scripted_processor import START
from tests.small_shop import SmallShop

KIM = Contact("Kim.Meyer@Mail.example", "Kim Meyer-Lüdenscheidt", "Road 1", "London", "NW1 6XE", "GB")


def placed(shop: SmallShop, contact: Contact = KIM, product: str = "tea") -> Placed:
    shop.clock.move(minutes=1)
    return place(shop.house, product_id=product, quantity=1, contact=contact, form_key=uuid4().hex)


def ids(found: Found) -> list[str]:
    return [one.id for one in found.orders]


def by(shop: SmallShop | PaidShop, text: str, **sieve: object) -> list[str]:
    return ids(find_orders(shop.house, Wanted(text, Sieve(**sieve))))  # type: ignore[arg-type]


@pytest.fixture
def kims(shop: SmallShop) -> Placed:
    """Kim's order, between two of others."""
    placed(shop, Contact("other@else.example", "Other Person", postcode="10115"))
    kims = placed(shop)
    placed(shop, Contact("third@else.example", "Third Person", postcode="10117"))
    return kims


QUOTED = (
    *("kim.meyer@mail.example", "KIM.MEYER@MAIL.EXAMPLE", "kim.meyer", "mail.example", "kim.me"),
    *("meyer", "Meyer-Ludenscheidt", "lüdenscheidt", "LUDENS", "kim lud", "ludenscheidt, kim"),
    *("nw1 6xe", "NW16XE", "kim nw16xe mail.example"),
)


NOT_QUOTED = ("kim other", "nobody", "eyer", "ki", "kim 12.50", "!!", "kim.meyer@other", "23.80 USD", "23.81")


def test_an_order_is_found_by_name_mail_and_postcode_and_nothing_else(shop: SmallShop, kims: Placed) -> None:
    for text in QUOTED:
        assert by(shop, text) == [kims.id], text
    for text in NOT_QUOTED:
        assert by(shop, text) == [], text


def test_all_words_of_many_orders_find_the_newest_first(shop: SmallShop, kims: Placed) -> None:
    assert by(shop, "tea")[1] == kims.id
    assert len(by(shop, "person tea")) == 2
    assert by(shop, "") == by(shop, "tea") == by(shop, "23,80 EUR") == by(shop, "€23.80 tea")
    assert by(shop, "kim 23.80") == [kims.id]
    assert by(shop, "2380") == []


def test_an_order_is_found_by_every_id_that_was_given_to_it(shop: SmallShop) -> None:
    shop.begin()
    order, reference = shop.approved()
    shop.come_back(order)
    (payment,) = shop.payments(order)
    capture = shop.processor.held[reference].captures[0].id
    shop.begin()
    names = [order.id, order.id.lower(), order.id.replace("-", ""), order.id.replace("-", " ")]
    names += [payment.id, payment.id.lower(), payment.terms.names, reference, capture]
    names += [f"https://shop.example/orders/{order.token}"]
    for name in names:
        found = find_orders(shop.house, Wanted(name))
        assert (ids(found), found.is_named) == ([order.id], True), name
    assert by(shop, order.id[:-1]) == []


def test_an_order_is_found_by_what_paypal_calls_its_refund_and_its_dispute(paid_shop: PaidShop) -> None:
    other, paid = paid_shop.pays(), paid_shop.pays()
    (refund,) = ask_refund(paid_shop.house, RefundWish(paid.payment_id, Money(100, "EUR"), "ann"))
    dispute = disputed(paid_shop, paid)
    for name in (paid.capture, paid.reference, str(refund.id), refund.name, dispute, dispute.lower()):
        assert by(paid_shop, name) == [paid.order.id], name
    assert by(paid_shop, other.capture) == [other.order.id]
    waiting = find_orders(paid_shop.house, Wanted(sieve=Sieve(needs_person=True)))
    assert ids(waiting) == [paid.order.id]


def test_an_order_is_found_by_the_shops_reference_and_code(shop: SmallShop, kims: Placed) -> None:
    assert kims.id
    wish = ShopWish(
        basket=Basket((Line("Pot", 1, Money(2500, "EUR")),)),
        codes=("POT-9",),
        contact=Contact(""),
        form_key="the shop's key",
        origin=Origin.API,
        shop_reference="SO-2026/0042",
    )
    order = place_for_shop(shop.house, wish)
    for text in ("SO-2026/0042", "so-2026/0042", "so-2026/00", "0042", "pot-9", "25,00"):
        assert by(shop, text) == [order.id], text
    assert find_orders(shop.house, Wanted("SO-2026/0042")).is_named
    assert by(shop, "", origin=Origin.API) == [order.id]
    assert by(shop, "0042 kim") == []


def test_filters_narrow_down_what_is_found(shop: SmallShop, kims: Placed) -> None:
    with shop.house.store.begin() as tx:
        yen = Product("set", "Set", "", Money(900, "JPY"), needs_address=False, active=True, created_at=START)
        products.add(tx, yen)
    in_yen = placed(shop, product="set")
    at = shop.order(kims).created_at
    assert by(shop, "", currency="JPY") == [in_yen.id]
    assert by(shop, "kim", currency="EUR") == [kims.id]
    assert by(shop, "", state=OrderState.PAID) == []
    assert len(by(shop, "", state=OrderState.AWAITING_PAYMENT)) == 4
    assert by(shop, "kim", state=OrderState.PAID) == []
    assert by(shop, "", since=at, until=at + timedelta(seconds=1)) == [kims.id]
    assert by(shop, "other", since=at) == []
    assert by(shop, "", origin=Origin.API) == []


def test_pages_show_each_order_once_and_end(shop: SmallShop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where a page looks at fewer orders than it needs to be full."""
    made = [
        placed(shop, Contact(f"kim{number}@mail.example", "Kim Odd" if number % 2 else "Kim Even")).id
        for number in range(9)
    ]
    monkeypatch.setattr(searching, "SCAN_MAX", 4)
    for text, many in (
        ("", 9),
        ("kim", 9),
        ("23.80", 9),
        ("kim odd", 4),
        ("mail.example even", 5),
        ("kim1", 1),
    ):
        seen, before, pages = [], None, 0
        while pages < 9:
            found = find_orders(shop.house, Wanted(text, before=before, limit=3))
            seen += ids(found)
            pages += 1
            before = found.next
            if before is None:
                break
        assert len(seen) == len(set(seen)) == many, text
        assert seen == [one for one in reversed(made) if one in seen], text
        assert before is None, text


def test_a_beginning_of_too_many_words_says_that_it_is_cut(shop: SmallShop) -> None:
    for number in range(30):
        placed(shop, Contact(f"a@d{number:02}.example", f"Common{number:02}"))
    found = find_orders(shop.house, Wanted("common"))
    assert (found.cut, len(found.orders)) == ("common", searching.BEGINNINGS_MAX)
    assert find_orders(shop.house, Wanted("common29")).cut is None


def test_an_order_is_found_by_the_event_that_told_of_it(shop: SmallShop) -> None:
    order, reference = shop.approved()
    envelope = shop.processor.authenticate(*shop.processor.event(reference))
    with shop.house.store.begin() as tx:
        mailboxes.put(tx, [(envelope, shop.clock())])
    assert by(shop, envelope.event_id) == []
    shop.process()
    assert by(shop, envelope.event_id) == [order.id]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.text(max_size=40),
    local=st.text("abcXYZ019._-", min_size=1, max_size=20),
    code=st.text(max_size=8),
)
def test_every_order_is_found_by_each_of_its_words(shop: SmallShop, name: str, local: str, code: str) -> None:
    clean = [text.replace("\x00", "").encode(errors="ignore").decode() for text in (name, code)]
    contact = Contact(f"{local}@Mail.example", clean[0], postcode=clean[1])
    order = placed(shop, contact)
    words = {word for text in (*clean, contact.email) for word in typed(text)}
    words = {word for word in words if quote_of(word).amount is None}  # `0.50` is looked for as an amount
    for word in words:
        found = find_orders(shop.house, Wanted(word, limit=1_000))
        assert order.id in ids(found), word
