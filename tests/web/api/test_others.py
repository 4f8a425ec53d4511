"""Pay links, products, refunds, ledger, disputes and discrepancies by the API."""

from datetime import timedelta

from checkout.domain.facts import FactKind
from checkout.flows.complaints import ID, PATTERNS
from checkout.store import discrepancies
from checkout.store.discrepancies import Found
from tests.web.api.program import TOTAL, Program, code, said


def test_a_pay_link_is_made_followed_and_withdrawn(shop: Program) -> None:
    shop.stage.clock.now += timedelta(seconds=1)
    link = said(shop.post("/v1/pay-links", {"product_id": "book", "quantity": 3}))
    path = link["url"].removeprefix(shop.stage.house.shop.base_url)
    assert shop.stage.client.get(path).status_code == 200
    assert said(shop.get("/v1/pay-links"))["data"][0] == link == said(shop.get(f"/v1/pay-links/{link['id']}"))
    gone = said(shop.post(f"/v1/pay-links/{link['id']}/withdraw"))
    assert not gone["is_active"]
    assert shop.stage.client.get(path).status_code == 404
    assert code(shop.post("/v1/pay-links", {"product_id": "nothing"})) == "not_found"
    assert code(shop.post("/v1/pay-links/nothing/withdraw")) == "not_found"


def test_products_are_listed_page_by_page(shop: Program) -> None:
    first = said(shop.get("/v1/products", limit=3))
    rest = said(shop.get("/v1/products", limit=3, cursor=first["next_cursor"]))
    assert [one["id"] for one in first["data"] + rest["data"]] == ["book", "gone", "lamp", "print"]
    assert rest["next_cursor"] is None
    assert said(shop.get("/v1/products/print"))["price"] == {"amount_minor": 3500, "currency": "JPY"}
    assert code(shop.get("/v1/products/nothing")) == "not_found"


def test_the_ledger_is_read_on_from_where_it_was_left(shop: Program) -> None:
    paid = shop.paid()
    shop.stage.clock.now += timedelta(seconds=5)
    shop.stage.tell(FactKind.REFUNDED, 500, "BACK1")
    whole = said(shop.get("/v1/ledger-entries"))["data"]
    first = said(shop.get("/v1/ledger-entries", limit=2))
    rest = said(shop.get("/v1/ledger-entries", cursor=first["next_cursor"]))
    assert first["data"] + rest["data"] == whole
    sides = {"debit": 0, "credit": 0}
    for one in whole:
        assert (one["payment_id"], one["order_id"]) == (paid["id"], paid["order_id"])
        sides[one["side"]] += one["amount"]["amount_minor"]
    assert sides == {"debit": TOTAL + 500, "credit": TOTAL + 500}
    sales = said(shop.get("/v1/ledger-entries", account="sales", currency="EUR", payment_id=paid["id"]))[
        "data"
    ]
    assert [one["amount"]["amount_minor"] for one in sales] == [TOTAL]
    now = shop.stage.clock.now.isoformat()
    later = said(shop.get("/v1/ledger-entries", posted_from=now))["data"]
    earlier = said(shop.get("/v1/ledger-entries", posted_to=now))["data"]
    assert earlier + later == whole
    assert {one["fact"] for one in later} == {"refunded"}
    assert code(shop.get("/v1/ledger-entries", account="till")) == "request_invalid"


def test_a_discrepancy_is_shown_with_both_sides_until_it_is_resolved(shop: Program) -> None:
    paid = shop.paid()
    found = Found(
        "paypal", "a difference", "missing", "PayPal lacks it.", paid["id"], "CAP1", "58.83", "nothing"
    )
    with shop.stage.house.store.begin() as tx:
        discrepancies.open_once(tx, found, at=shop.stage.clock())
    (one,) = said(shop.get("/v1/discrepancies", state="open", payment_id=paid["id"]))["data"]
    assert (one["ours"], one["theirs"], one["state"]) == ("58.83", "nothing", "open")
    assert said(shop.get(f"/v1/discrepancies/{one['id']}")) == one
    with shop.stage.house.store.begin() as tx:
        discrepancies.resolve(tx, "paypal", "a difference", "It came.", at=shop.stage.clock())
    assert said(shop.get("/v1/discrepancies", state="open"))["data"] == []
    assert said(shop.get(f"/v1/discrepancies/{one['id']}"))["state"] == "resolved"


WRONG_REFUNDS: list[tuple[dict[str, object], str]] = [
    ({"payment_id": "nobody"}, "not_found"),
    ({"amount": {"amount_minor": TOTAL + 1, "currency": "EUR"}}, "more_than_is_left"),
    ({"amount": {"amount_minor": 1, "currency": "GBP"}}, "input_refused"),
    ({"capture": "NONE"}, "nothing_to_refund"),
    ({"amount": {"amount_minor": 0, "currency": "EUR"}}, "request_invalid"),
    ({"amount": {"amount_minor": 1, "currency": "ZZZ"}}, "currency_not_taken"),
]


def test_a_refund_in_another_currency_is_refused_for_its_currency(shop: Program) -> None:
    paid = shop.paid()
    wish = {"payment_id": paid["id"], "amount": {"amount_minor": 500, "currency": "USD"}}
    refused = said(shop.post("/v1/refunds", wish))
    assert (refused["code"], refused["status"]) == ("input_refused", 422)
    assert "came in EUR, so USD 5.00 cannot be given back of it" in refused["detail"]


def test_what_a_body_or_an_address_must_be_instead_is_said(shop: Program) -> None:
    wrong = {"payment_id": "P 1", "amount": 500, "amuont": 500}
    errors = said(shop.post("/v1/refunds", wrong))["errors"]
    assert {one["pointer"]: one["detail"] for one in errors} == {
        "/payment_id": PATTERNS[ID],
        "/amount": "must be an object, {…}",
        "/amuont": "is no field here; /v1/docs lists them",
    }
    (asked,) = said(shop.get("/v1/refunds", order="A-17"))["errors"]
    assert (asked["parameter"], asked["detail"]) == ("order", "is not a parameter here")
    (asked,) = said(shop.get("/v1/orders", created_from="yesterday"))["errors"]
    assert asked["detail"].startswith("must be a time with its zone")


def test_a_refund_that_cannot_be_sends_nothing(shop: Program) -> None:
    paid = shop.paid()
    for body, expected in WRONG_REFUNDS:
        assert code(shop.post("/v1/refunds", {"payment_id": paid["id"], **body})) == expected
    assert said(shop.get("/v1/refunds"))["data"] == []
    assert code(shop.post("/v1/refunds", {"payment_id": paid["id"]}, key=None)) == "idempotency_key_missing"
