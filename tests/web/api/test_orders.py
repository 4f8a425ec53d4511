"""Orders by the API: exact, single, listed in pages that hold, and closed."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from checkout.domain.facts import FactKind
from checkout.domain.money import MINOR_MAX
from checkout.flows import shop_orders
from tests.web.api.program import ORDER, TEA, TOTAL, Program, code, said

MANY = 50


def test_an_order_is_exact_and_its_customer_pays_it(shop: Program) -> None:
    order = shop.order()
    assert order["total"] == {"amount_minor": TOTAL, "currency": "EUR"}
    assert [one["total"]["amount_minor"] for one in order["lines"]] == [2380, 2500]
    assert order["created_at"].endswith("Z")
    payment = shop.paid(capture_later=False)
    assert payment["captured"] == {"amount_minor": TOTAL, "currency": "EUR"}
    paid = said(shop.get(f"/v1/orders/{payment['order_id']}"))
    assert (paid["state"], paid["captured"]["amount_minor"]) == ("paid", TOTAL)
    assert shop.get(f"/v1/payments/{payment['id']}").json == payment


def test_an_order_whose_money_was_taken_back_or_is_contested_is_not_to_be_packed(shop: Program) -> None:
    house, number = shop.stage.house, shop.paid()["order_id"]
    assert shop_orders.order(house, number).is_paid
    shop.stage.tell(FactKind.DISPUTED)
    assert said(shop.get(f"/v1/orders/{number}"))["is_disputed"]
    assert shop_orders.order(house, number).is_disputed
    for kind in (FactKind.REFUNDED, FactKind.REVERSED):
        shop.stage.tell(kind, subject="BACK1")
    shown, seen = said(shop.get(f"/v1/orders/{number}")), shop_orders.order(house, number)
    assert (shown["state"], shown["reversed"]) == ("paid", {"amount_minor": TOTAL, "currency": "EUR"})
    assert (seen.state, seen.reversed.minor, seen.is_paid) == ("paid", TOTAL, False)


def test_a_state_is_the_same_word_in_the_shops_own_process_and_by_the_api(shop: Program) -> None:
    number = shop.paid()["order_id"]
    shop.stage.tell(FactKind.REFUNDED, 500, "BACK1")
    state = said(shop.get(f"/v1/orders/{number}"))["state"]
    assert state == "partially_refunded"
    assert shop_orders.order(shop.stage.house, number).state == state


def test_fifty_at_once_with_one_key_make_one_order(either_shop: Program) -> None:
    with ThreadPoolExecutor(MANY) as pool:
        asked = [pool.submit(either_shop.post, "/v1/orders", ORDER, key="one") for _ in range(MANY)]
    answers = [one.result() for one in asked]
    assert set(Counter(one.status_code for one in answers)) <= {201, 409}
    made = {said(one)["id"] for one in answers if one.status_code == 201}
    assert len(made) == 1
    assert [one["id"] for one in said(either_shop.get("/v1/orders"))["data"]] == list(made)
    again = either_shop.post("/v1/orders", ORDER, key="one")
    assert (said(again)["id"], again.headers["Idempotent-Replayed"]) == (made.pop(), "true")


def test_a_key_with_another_body_or_door_is_refused_and_a_day_later_still_names_its_order(
    shop: Program,
) -> None:
    order = said(shop.post("/v1/orders", ORDER, key="one"))
    assert code(shop.post("/v1/orders", ORDER | {"tax_minor": 1}, key="one")) == "idempotency_key_reused"
    assert code(shop.post(f"/v1/orders/{order['id']}/cancel", key="one")) == "idempotency_key_reused"
    shop.stage.clock.now += timedelta(hours=25)
    assert code(shop.post("/v1/orders", ORDER | {"tax_minor": 1}, key="one")) == "idempotency_key_reused"
    again = shop.post("/v1/orders", ORDER, key="two")
    assert said(again)["id"] != order["id"]


def test_a_repeat_after_the_answer_is_forgotten_finds_the_same_order(shop: Program) -> None:
    order = said(shop.post("/v1/orders", ORDER, key="one"))
    shop.stage.clock.now += timedelta(hours=25)
    again = shop.post("/v1/orders", ORDER, key="one")
    assert (again.status_code, said(again)["id"]) == (201, order["id"])
    assert "Idempotent-Replayed" not in again.headers


def test_pages_hold_while_orders_are_added_and_a_cursor_is_taken_as_it_came(either_shop: Program) -> None:
    clock = either_shop.stage.clock
    placed = []
    for number in range(5):
        clock.now += timedelta(seconds=number % 2)  # two at the same time, too
        placed.append(either_shop.order(shop_reference=f"A-{number % 2}")["id"])
    seen, cursor = [], None
    while True:
        page = said(either_shop.get("/v1/orders", limit=2, **({"cursor": cursor} if cursor else {})))
        seen += [one["id"] for one in page["data"]]
        cursor = page["next_cursor"]
        clock.now += timedelta(seconds=1)
        either_shop.order()
        if cursor is None:
            break
        assert code(either_shop.get("/v1/orders", cursor=cursor[:-1])) == "cursor_invalid"
        assert code(either_shop.get("/v1/pay-links", cursor=cursor)) == "cursor_invalid"
    assert sorted(seen) == sorted(placed)
    chosen = said(either_shop.get("/v1/orders", shop_reference="A-1", state="awaiting_payment"))["data"]
    assert {one["id"] for one in chosen} == {placed[1], placed[3]}
    later = said(either_shop.get("/v1/orders", created_from=clock.now.isoformat()))["data"]
    assert len(later) == 1
    assert said(either_shop.get("/v1/orders", state="paid"))["data"] == []


@pytest.mark.parametrize("way", ["cancel", "expire"])
def test_an_order_without_money_is_closed_and_a_paid_one_stays(shop: Program, way: str) -> None:
    order = shop.order()
    for _ in range(2):
        assert (
            said(shop.post(f"/v1/orders/{order['id']}/{way}"))["state"]
            == {
                "cancel": "cancelled",
                "expire": "expired",
            }[way]
        )
    paid = shop.paid()
    refused = shop.post(f"/v1/orders/{paid['order_id']}/{way}", key="one")
    assert code(refused) == "order_closed"
    again = shop.post(f"/v1/orders/{paid['order_id']}/{way}", key="one")
    assert (again.text, again.headers["Idempotent-Replayed"]) == (refused.text, "true")


WRONG: list[tuple[dict[str, object], str]] = [
    ({"lines": []}, "/lines"),
    ({"lines": [TEA | {"quantity": 0}]}, "/lines/0/quantity"),
    ({"lines": [TEA | {"quantity": "2"}]}, "/lines/0/quantity"),
    ({"lines": [TEA, TEA | {"unit_price_minor": 11.9}]}, "/lines/1/unit_price_minor"),
    ({"lines": [TEA | {"unit_price_minor": -1}]}, "/lines/0/unit_price_minor"),
    ({"lines": [TEA | {"unit_price_minor": MINOR_MAX + 1}]}, "/lines/0/unit_price_minor"),
    ({"lines": [TEA | {"title": " \u0000"}]}, "/lines/0/title"),
    ({"lines": [TEA | {"colour": "green"}]}, "/lines/0/colour"),
    ({"currency": "eur"}, "/currency"),
    ({"shipping_minor": True}, "/shipping_minor"),
    ({"contact": {"email": "kim"}}, "/contact/email"),
    ({"contact": {"country": "XX"}}, "/contact/country"),
    ({"return_url": "http://shop.example/"}, "/return_url"),
    ({"return_url": "javascript:alert(1)"}, "/return_url"),
    ({"return_url": "https://kim@shop.example/"}, "/return_url"),
    ({"expires_in_seconds": 1}, "/expires_in_seconds"),
    ({"refund_all/~": 1}, "/refund_all~1~0"),
]


def test_whatever_is_not_as_it_must_be_is_named_by_its_place_and_makes_nothing(shop: Program) -> None:
    for change, pointer in WRONG:
        refused = shop.post("/v1/orders", ORDER | change)
        assert code(refused) == "request_invalid"
        assert [one["pointer"] for one in said(refused)["errors"]] == [pointer]
    assert said(shop.get("/v1/orders"))["data"] == []


def test_an_amount_that_cannot_be_an_orders_is_refused(shop: Program) -> None:
    nothing = {"lines": [TEA | {"unit_price_minor": 0}], "shipping_minor": 0, "tax_minor": 0}
    assert code(shop.post("/v1/orders", ORDER | nothing)) == "input_refused"
    assert code(shop.post("/v1/orders", ORDER | {"currency": "ZZZ"})) == "currency_not_taken"
    assert code(shop.post("/v1/orders", ORDER, key=None)) == "idempotency_key_missing"
    for key in ("x" * 256, "\u00fc"):
        assert code(shop.post("/v1/orders", ORDER, key=key)) == "idempotency_key_invalid"
