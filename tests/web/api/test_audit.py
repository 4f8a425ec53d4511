"""What a program does with orders, links and money is kept in the audit, by the name of its key."""

import pytest

from checkout.domain.actors import Actor, Way
from checkout.store import audit
from checkout.store.audit import Deed
from tests.web.api.program import Program, code, said

PROGRAM = Actor("API key web shop", Way.API)


def kept(shop: Program, kind: str, subject: str) -> list[tuple[Actor, Deed]]:
    """What the audit holds of one thing, the first before the others."""
    with shop.stage.house.store.read() as tx:
        found = audit.newest(tx, limit=9, about=(kind, subject))
    return [(one.actor, one.deed) for one in reversed(found)]


@pytest.mark.parametrize(("way", "did"), [("cancel", "cancelled order"), ("expire", "let order expire")])
def test_a_program_that_closes_an_order_is_named_once(either_shop: Program, way: str, did: str) -> None:
    order = either_shop.order()
    for _ in range(2):
        assert either_shop.post(f"/v1/orders/{order['id']}/{way}").status_code == 200
    assert kept(either_shop, "order", order["id"]) == [(PROGRAM, Deed(did, "order", order["id"]))]


def test_an_order_that_is_not_closed_has_no_deed(shop: Program) -> None:
    paid = shop.paid()
    assert code(shop.post(f"/v1/orders/{paid['order_id']}/cancel")) == "order_closed"
    assert kept(shop, "order", paid["order_id"]) == []


def test_a_program_that_makes_and_withdraws_a_pay_link_is_named(either_shop: Program) -> None:
    link = said(either_shop.post("/v1/pay-links", {"product_id": "book"}))
    for _ in range(2):
        assert either_shop.post(f"/v1/pay-links/{link['id']}/withdraw").status_code == 200
    deeds = [(one.did, one.said) for who, one in kept(either_shop, "product", "book") if who == PROGRAM]
    assert deeds == [("added pay link", link["id"]), ("withdrew pay link", link["id"])]


def test_a_program_that_asks_for_a_refund_is_named(shop: Program) -> None:
    paid = shop.paid()
    half = {"amount_minor": 500, "currency": "EUR"}
    answer = shop.post("/v1/refunds", {"payment_id": paid["id"], "amount": half})
    (refund,) = said(answer)["data"]
    deed = Deed("asked for refund", "refund", refund["id"], "EUR 5.00")
    assert kept(shop, "refund", refund["id"]) == [(PROGRAM, deed)]
