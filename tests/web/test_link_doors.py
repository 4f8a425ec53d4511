"""Pages of signed links: what is ordered, a page in plain words for each thing that is wrong, and nothing made by it."""

from collections.abc import Mapping
from datetime import timedelta
from html import unescape

import pytest

from checkout.domain.actors import Actor, Way
from checkout.flows import link_keys, linking
from checkout.links import sign_order
from checkout.store import orders
from tests.web.stage import CARD_NUMBER, KIM, NOON, TYPED, Stage

ACTOR = Actor("kim", Way.COMMAND)
ORDER: Mapping[str, object] = {
    "lines": [
        {"title": "Field guide", "quantity": 2, "unit_price_minor": 1850},
        {"title": "Desk lamp", "quantity": 1, "unit_price_minor": 6450, "sku": "LAMP"},
    ],
    "currency": "EUR",
    "shipping_minor": 490,
    "tax_minor": 2210,
}


def path_of(stage: Stage, order: Mapping[str, object] = ORDER, **more: object) -> str:
    """The path of a link for an order, signed with a new key."""
    key = link_keys.create(stage.house, ACTOR, "test")
    return sign_order({**order, **more}, key=key.id, secret=key.secret, base_url="")


def orders_made(stage: Stage) -> int:
    with stage.house.store.read() as tx:
        return len(orders.newest(tx, limit=50))


def test_a_link_shows_what_is_ordered_and_asks_for_a_mail_address_only(stage: Stage) -> None:
    page = unescape(stage.client.get(path_of(stage, shop_reference="A-17")).text)
    for said in (
        "Field guide",
        "2 \N{MULTIPLICATION SIGN} €18.50",
        "Desk lamp",
        "Shipping",
        "€4.90",
        "Tax",
        "€22.10",
        "€128.50",
        "A-17",
    ):
        assert said in page
    assert 'name="email"' in page
    assert 'name="street"' not in page
    assert orders_made(stage) == 0


def test_a_link_may_ask_for_an_address(stage: Stage) -> None:
    path = path_of(stage, needs_address=True)
    assert 'name="street"' in stage.client.get(path).text
    assert stage.post_form(path, street="").status_code == 422
    assert stage.post_form(path).status_code == 303


def test_a_form_of_a_link_leads_on_to_the_processor_and_is_paid(stage: Stage) -> None:
    answer = stage.post_form(path_of(stage))
    assert answer.status_code == 303
    assert "pay.example" in answer.headers["Location"]
    answer = stage.go_back()
    page = stage.client.get(answer.headers["Location"]).text
    assert "Payment received" in page
    assert "€128.50" in unescape(page)


def test_one_form_of_a_link_sent_twice_makes_one_order(stage: Stage) -> None:
    path = path_of(stage)
    typed = {"key": stage.form_key(path), **TYPED}
    assert {stage.client.post(path, data=typed).status_code for _ in range(2)} == {303}
    assert orders_made(stage) == 1


def test_a_form_key_of_one_link_does_not_open_another(stage: Stage) -> None:
    one, other = path_of(stage), path_of(stage, shop_reference="B-1")
    answer = stage.client.post(other, data={"key": stage.form_key(one), **TYPED})
    assert answer.status_code == 422
    assert "open for too long" in answer.text
    assert orders_made(stage) == 0


def test_a_paid_link_says_so_to_everybody_and_shows_nobody(stage: Stage) -> None:
    path = path_of(stage, shop_reference="A-17", needs_address=True)
    stage.post_form(path)
    stage.go_back()
    for answer in (stage.client.get(path), stage.client.post(path, data={"key": "x", **TYPED})):
        assert answer.status_code == 409
        assert "This has been paid already" in answer.text
        assert not any(part in answer.text for part in (KIM.email, KIM.name, KIM.street, "/orders/"))


def broken(stage: Stage) -> dict[str, tuple[str, int]]:
    """Every kind of link that leads nowhere: what its page says, and its status, by its path."""
    good = path_of(stage)
    revoked = link_keys.create(stage.house, ACTOR, "test")
    withdrawn = sign_order(ORDER, key=revoked.id, secret=revoked.secret, base_url="")
    link_keys.revoke(stage.house, ACTOR, revoked.id)
    line = {"title": "Tea", "quantity": 1, "unit_price_minor": 1}
    return {
        good[:-1]: ("This link is not complete", 400),
        good[: len(good) // 2]: ("This link is not complete", 400),
        good.replace("/pay/e", "/pay/f"): ("This link is not complete", 400),
        f"{good}=": ("This link is not complete", 400),
        withdrawn: ("The shop has withdrawn this link", 410),
        path_of(stage, expires=int((NOON - timedelta(days=1)).timestamp())): (
            "This link is not good any more",
            410,
        ),
        path_of(stage, shop_reference="x" * 9000): ("This link is too long", 414),
        path_of(stage, {"lines": [{**line, "unit_price_minor": 0}], "currency": "EUR"}): (
            "This link cannot be used",
            422,
        ),
        path_of(stage, lines=[{**line, "unit_price_minor": "1"}]): ("lines.0.unit_price_minor", 422),
        path_of(stage, lines=[{**line, "quantity": 10**30}]): ("lines.0.quantity", 422),
        path_of(stage, lines=[line] * 101): ("lines", 422),
        path_of(stage, currency="XAU"): ("This link cannot be used", 422),
        path_of(stage, lines=[{**line, "title": CARD_NUMBER}]): ("Do not enter a card number here", 422),
        path_of(stage, shop_reference=CARD_NUMBER): ("Do not enter a card number here", 422),
        "/pay/" + "a" * 70: ("This link is not complete", 400),
        "/pay/nothing": ("Page not found", 404),
    }


def test_each_thing_that_is_wrong_with_a_link_has_a_page_and_makes_nothing(stage: Stage) -> None:
    for path, (said, status) in broken(stage).items():
        for answer in (stage.client.get(path), stage.client.post(path, data=TYPED)):
            assert (said in answer.text, answer.status_code) == (True, status), (said, answer.text)
            assert CARD_NUMBER not in answer.text
    assert orders_made(stage) == 0


def test_a_card_number_in_the_form_comes_back_as_a_form_without_it(stage: Stage) -> None:
    answer = stage.post_form(path_of(stage, needs_address=True), street=CARD_NUMBER)
    assert answer.status_code == 422
    assert CARD_NUMBER not in answer.text
    assert "Card numbers are entered only at" in answer.text
    assert KIM.name in answer.text
    assert orders_made(stage) == 0


@pytest.mark.parametrize("parts", [("4111 1111", "1111 1111"), ("41111111", "11111111"), (CARD_NUMBER, "")])
def test_a_card_number_is_seen_through_the_base64_also_in_halves(
    stage: Stage, parts: tuple[str, str]
) -> None:
    title, sku = parts
    line = {"title": title, "sku": sku, "quantity": 1, "unit_price_minor": 1}
    assert stage.client.get(path_of(stage, lines=[line])).status_code == 422


def test_honest_amounts_beside_each_other_are_no_card_number(stage: Stage) -> None:
    digits = [CARD_NUMBER[start : start + 4] for start in range(0, 16, 4)]
    lines = [{"title": "Tea", "quantity": 1, "unit_price_minor": int(part)} for part in digits]
    beside = [
        {"title": "Tea", "quantity": int(part[:2]), "unit_price_minor": int(part[2:])} for part in digits
    ]
    for order in (lines, beside):
        assert stage.client.get(path_of(stage, lines=order)).status_code == 200


def test_the_command_line_and_the_helper_make_the_same_link(stage: Stage) -> None:
    key = link_keys.create(stage.house, ACTOR, "test")
    by_hand = sign_order(ORDER, key=key.id, secret=key.secret, base_url=stage.house.shop.base_url)
    assert linking.sign(stage.house, ORDER) == by_hand
