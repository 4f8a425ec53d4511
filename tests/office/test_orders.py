"""The list of orders and one order: found, narrowed down, kept as a view, helped with; seen in the audit."""

from __future__ import annotations

from checkout.domain.money import Money
from checkout.domain.orders import Basket, Line, OrderState, Origin
from checkout.domain.roles import Role
from checkout.flows.finding import PAGE_ORDERS
from checkout.flows.ordering import ShopWish, place_for_shop
from checkout.store import audit, notices, orders
from checkout.store.orders import Contact
from tests.office.paid_office import PaidOffice
from tests.office.stage import OfficeStage

CARD_NUMBER = "4" + "1" * 15


def deeds(office: OfficeStage, about: tuple[str, str] | None = None) -> list[str]:
    """What was done and seen, the newest first."""
    with office.house.store.read() as tx:
        return [one.deed.did for one in audit.newest(tx, limit=100, about=about)]


def placed(office: OfficeStage) -> str:
    """The number of an order that a customer has just placed."""
    token = office.shop.order("/products/book")
    with office.house.store.read() as tx:
        found = orders.by_token(tx, token)
    assert found
    return found.id


def test_the_list_shows_orders_and_says_in_the_audit_who_saw_it(office: OfficeStage) -> None:
    desk = office.desk(Role.VIEWER)
    assert "No order was placed yet." in desk.get("/orders").text
    assert deeds(office) == []
    number = placed(office)
    page = desk.get("/orders").text
    assert number in page
    assert "€37.00" in page
    assert deeds(office) == ["saw orders"]


def test_a_number_leads_straight_to_its_order(office: OfficeStage) -> None:
    number = placed(office)
    answer = office.desk(Role.VIEWER).get(f"/orders?q={number.lower().replace('-', '')}")
    assert (answer.status_code, answer.location) == (303, f"/office/orders/{number}")


def test_filters_stand_in_the_address_and_a_wrong_one_is_told(office: OfficeStage) -> None:
    number, desk = placed(office), office.desk(Role.VIEWER)
    for query, is_there in {
        "state=awaiting+payment": True,
        "state=paid": False,
        "currency=EUR&origin=form": True,
        "currency=GBP": False,
        "since=2020-01-01": True,
        "until=2020-01-01": False,
        "needs=person": False,
        "q=37,00+EUR": True,
        "q=37,01": False,
    }.items():
        assert (number in desk.get(f"/orders?{query}").text) is is_there, query
    for wrong in (
        "since=soon",
        "until=2026-13-01",
        "state=lost",
        "origin=moon",
        "before=x~y",
        "before=2026-01-01~X",
    ):
        page = desk.get(f"/orders?{wrong}")
        assert page.status_code == 200
        assert "There is a problem" in page.text, wrong
        assert number in page.text


def test_pages_lead_on_through_the_address(office: OfficeStage) -> None:
    numbers = [placed(office) for _ in range(PAGE_ORDERS + 1)]
    desk = office.desk(Role.VIEWER)
    page = desk.get("/orders?currency=EUR").text
    assert numbers[0] not in page
    older = page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert older.startswith("/office/orders?currency=EUR&before=")
    assert numbers[0] in desk.get(older.removeprefix("/office")).text


def test_a_view_is_kept_for_whoever_saved_it_and_removed(office: OfficeStage) -> None:
    mine, others = office.desk(Role.VIEWER), office.desk(Role.SUPPORT)
    answer = mine.post(
        "/orders/views", {"name": "  Open  euro ", "currency": "EUR", "state": "awaiting payment"}
    )
    assert answer.location == "/office/orders?state=awaiting+payment&currency=EUR"
    page = mine.get("/orders").text
    assert "Open euro" in page
    assert "Open euro" not in others.get("/orders").text
    view = page.split('name="view" value="')[1].split('"')[0]
    others.post("/orders/views/remove", {"view": view})
    assert "Open euro" in mine.get("/orders").text
    mine.post("/orders/views/remove", {"view": view})
    assert "Open euro" not in mine.get("/orders").text
    assert mine.post("/orders/views", {"name": " "}).status_code == 422


def test_a_note_is_kept_with_its_writer_and_never_a_card_number(office: OfficeStage) -> None:
    number, desk = placed(office), office.desk(Role.SUPPORT)
    assert desk.post(f"/orders/{number}/notes", {"note": "Called: wants it <b>blue</b>"}).status_code == 303
    page = desk.get(f"/orders/{number}").text
    assert "Called: wants it &lt;b&gt;blue&lt;/b&gt;" in page
    assert "Support Ann" in page
    for refused in ("", "x" * 2001, f"card {CARD_NUMBER}"):
        assert desk.post(f"/orders/{number}/notes", {"note": refused}).status_code == 422
    assert office.desk(Role.VIEWER).post(f"/orders/{number}/notes", {"note": "x"}).status_code == 403
    assert deeds(office, ("order", number)) == ["saw order", "wrote note"]


def test_an_order_without_money_is_cancelled_once(office: OfficeStage) -> None:
    number, desk = placed(office), office.desk(Role.SUPPORT)
    for _ in range(2):
        assert desk.post(f"/orders/{number}/cancel").status_code == 303
    assert "cancelled" in desk.get(f"/orders/{number}").text


def test_a_paid_order_is_not_cancelled(paid: PaidOffice) -> None:
    done = paid.paid.pays()
    answer = paid.desk(Role.SUPPORT).post(f"/orders/{done.order.id}/cancel")
    assert answer.status_code == 409
    assert paid.paid.order(done).state is OrderState.PAID
    assert "cancelled order" not in deeds(paid)


def test_a_receipt_is_sent_again_once_for_each_form_and_says_that_it_is_a_copy(paid: PaidOffice) -> None:
    order, desk = paid.paid.pays().order, paid.desk(Role.SUPPORT)
    form = {"press": desk.get(f"/orders/{order.id}").text.split('name="press" value="')[1].split('"')[0]}
    before = len(paid.paid.enqueued)
    for _ in range(2):
        assert desk.post(f"/orders/{order.id}/receipt", form).status_code == 303
    (copy,) = paid.paid.enqueued[before:]
    with paid.house.store.read() as tx:
        notice = notices.by_id(tx, copy)
    assert notice
    assert notice.is_copy
    assert "Mail “Copy of the receipt” is to be sent" in desk.get(f"/orders/{order.id}").text
    assert desk.post(f"/orders/{order.id}/receipt", {"press": "../x"}).status_code == 422
    assert deeds(paid, ("order", order.id)).count("sent mail again") == 1


def test_an_order_that_was_not_paid_has_no_receipt_to_send_again(office: OfficeStage) -> None:
    number = placed(office)
    answer = office.desk(Role.SUPPORT).post(f"/orders/{number}/receipt", {"press": "abc"})
    assert answer.status_code == 409
    assert "was never paid" in answer.text


def test_an_unknown_order_is_not_found(office: OfficeStage) -> None:
    desk = office.desk(Role.ADMIN)
    assert desk.get("/orders/NNNN-NNNN-NNNN").status_code == 404
    for door in ("notes", "cancel", "receipt", "refund", "capture", "void", "reauthorize"):
        form = {"note": "x", "request": "x", "payment": "x"}
        assert desk.post(f"/orders/NNNN-NNNN-NNNN/{door}", form).status_code == 404, door


def test_shipping_and_tax_stand_below_the_lines(office: OfficeStage) -> None:
    lines = (Line("Pot", 1, Money(2000, "EUR")),)
    wish = ShopWish(Basket(lines, 490, 0), ("",), Contact(""), "key of the shop", origin=Origin.API)
    order = place_for_shop(office.house, wish)
    page = office.desk(Role.VIEWER).get(f"/orders/{order.id}").text
    assert "Shipping</th>" in page
    assert "€4.90" in page
    assert "Tax</th>" not in page, "there is none"


def test_the_timeline_joins_every_source(paid: PaidOffice) -> None:
    order, desk = paid.paid.pays().order, paid.desk(Role.ADMIN)
    desk.post(f"/orders/{order.id}/notes", {"note": "Spoke to them"})
    page = desk.get(f"/orders/{order.id}").text
    for said in (
        *("Order placed", "Asked PayPal to capture", "debug id", "learned by capture", "Order paid"),
        *("Debit processor €23.80, credit sales €23.80", "Mail “Receipt” is to be sent", "order.paid"),
        *("Note: Spoke to them", "EUR 23.80 was taken and is in our account at PayPal"),
    ):
        assert said in page, said
    only = desk.get(f"/orders/{order.id}?only=ledger").text
    assert "Debit processor" in only
    assert "learned by capture" not in only
