"""Refunds by the API against PayPal's emulator: once for each key, and by two people above the limit."""

from dataclasses import replace

import pytest

from checkout.app import create_app
from checkout.flows import refunding
from checkout.sealing import Seal
from tests.paid_shop import PRICE, PaidShop, afterwards_emulator, paid_shop
from tests.web.api.program import Program, code, program, said
from tests.web.scripted import ScriptedProcessor
from tests.web.stage import SECRET_KEY, Clock, Stage

__all__ = ["afterwards_emulator", "paid_shop"]

SOME = {"amount": {"amount_minor": 500, "currency": "EUR"}, "note": "For the broken lid"}


@pytest.fixture
def till(paid_shop: PaidShop) -> Program:
    """Give a program of a shop at PayPal's emulator, where refunds above 10.00 need a second person."""
    limited = replace(paid_shop.house.shop, approval_above={"EUR": 1000})
    house = replace(paid_shop.house, shop=limited, seal=Seal(SECRET_KEY))
    app = create_app(house, secret_key=SECRET_KEY, hand_over_hosts=frozenset({"pay.example"}))
    return program(Stage(house, ScriptedProcessor(), Clock(), app))


def test_one_key_is_one_refund_and_above_the_limit_it_waits_for_a_second_person(
    till: Program, paid_shop: PaidShop
) -> None:
    paid = paid_shop.pays()
    body = {"payment_id": paid.payment_id, **SOME}
    first = till.post("/v1/refunds", body, key="one")
    (refund,) = said(first)["data"]
    assert (first.status_code, refund["state"], refund["amount"]) == (201, "completed", SOME["amount"])
    assert till.post("/v1/refunds", body, key="one").text == first.text
    assert said(till.get(f"/v1/refunds/{refund['id']}")) == refund
    assert paid_shop.standing(paid).refunded.minor == 500

    waiting = till.post("/v1/refunds", {"payment_id": paid.payment_id}, key="two")
    (rest,) = said(waiting)["data"]
    assert (waiting.status_code, rest["state"]) == (202, "to_approve")
    assert rest["amount"]["amount_minor"] == PRICE.minor - 500
    assert code(till.post("/v1/refunds", body, key="three")) == "more_than_is_left"
    refunding.approve(till.stage.house, rest["id"], by="ann")
    approved = said(till.get(f"/v1/refunds/{rest['id']}"))
    assert (approved["state"], approved["approved_by"]) == ("completed", "ann")
    assert approved["requested_by"] == "API key web shop"

    page = said(till.get("/v1/refunds", payment_id=paid.payment_id, limit=1))
    rest_of = said(till.get("/v1/refunds", limit=1, cursor=page["next_cursor"]))
    assert {page["data"][0]["id"], rest_of["data"][0]["id"]} == {refund["id"], rest["id"]}
    assert said(till.get(f"/v1/orders/{paid.order.id}"))["state"] == "refunded"
