"""Money goes back once, never more than is left, never by a stale form, and by two people above the limit."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

from checkout.domain.actors import Actor, Way
from checkout.domain.intents import Outcome
from checkout.domain.keys import Scope, name_of_program
from checkout.domain.money import Money
from checkout.domain.orders import OrderState
from checkout.domain.roles import Role
from checkout.flows import keys, refunding
from checkout.store import audit
from tests.disputing import disputed
from tests.office.paid_office import PaidOffice
from tests.office.stage import Desk
from tests.paid_shop import Paid

REASON = "the customer asked for it"


def form(desk: Desk, paid: Paid) -> dict[str, str]:
    """The hidden fields of the refund form as it is shown now, and its amount."""
    page = desk.get(f"/orders/{paid.order.id}/refund").text
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.split("<h1>")[1]))
    amount = re.search(r'name="amount"[^>]*value="([^"]+)"', page)
    assert amount
    return {
        **{name: unescape(value) for name, value in fields.items()},
        "amount": amount[1],
        "reason": REASON,
    }


def send(desk: Desk, paid: Paid, typed: dict[str, str]) -> tuple[int, str]:
    """Send the form, and read what the next page says."""
    typed = {name: value for name, value in typed.items() if name != "csrf_token"}
    answer = desk.post(f"/orders/{paid.order.id}/refund", typed, follow_redirects=True)
    return answer.status_code, unescape(answer.text)


def test_a_part_goes_back_once_however_often_its_form_is_sent(paid: PaidOffice) -> None:
    order, desk = paid.paid.pays(), paid.desk(Role.REFUNDER)
    typed = {**form(desk, order), "amount": "5,00", "note": "With our apologies"}
    for _ in range(2):
        status, page = send(desk, order, typed)
        assert status == 200
        assert "€5.00 is on its way back to the customer." in page
    (refund,) = refunding.refunds_of(paid.house, order.payment_id)
    assert (refund.outcome, refund.amount, refund.wished_by) == (
        Outcome.DONE,
        Money(500, "EUR"),
        "Refunder Ann",
    )
    assert paid.paid.order(order).state is OrderState.PARTIALLY_REFUNDED
    with paid.house.store.read() as tx:
        (kept,) = audit.newest(tx, limit=9, about=("refund", refund.name))
    assert (kept.deed.did, kept.deed.said) == ("asked for refund", f"EUR 5.00 because {REASON}")


def test_a_form_that_was_overtaken_is_refused_and_shown_anew(paid: PaidOffice) -> None:
    order, desk = paid.paid.pays(), paid.desk(Role.REFUNDER)
    stale = {**form(desk, order), "amount": "1.00"}
    send(desk, order, {**form(desk, order), "amount": "2.00"})
    status, page = send(desk, order, stale)
    assert status == 409
    assert "EUR 23.80 was left when this form was shown, and EUR 21.80 is left now" in page
    assert "€21.80</span> is left" in page
    assert len(refunding.refunds_of(paid.house, order.payment_id)) == 1
    # What is shown now may be sent.
    fresh = {**form(desk, order), "amount": "1.00"}
    assert send(desk, order, fresh)[0] == 200


def test_what_cannot_be_used_sends_nothing_and_keeps_what_was_typed(paid: PaidOffice) -> None:
    order, desk = paid.paid.pays(), paid.desk(Role.REFUNDER)
    shown = form(desk, order)
    for changed, status in (
        ({"amount": "a lot"}, 422),
        ({"amount": "0"}, 422),
        ({"amount": "-5"}, 422),
        ({"amount": "1.005"}, 422),
        ({"amount": "23.81"}, 409),
        ({"reason": ""}, 422),
        ({"reason": "because"}, 422),
        ({"shown": ""}, 422),
        ({"shown": "USD2380"}, 422),
        ({"request": ""}, 422),
        ({"payment": "another"}, 404),
        ({"note": "4" + "1" * 15}, 422),
    ):
        assert send(desk, order, {**shown, **changed})[0] == status, changed
    page = send(desk, order, {**shown, "amount": "99.00", "note": "Kept words"})[1]
    assert 'value="99.00"' in page
    assert 'value="Kept words"' in page
    assert refunding.refunds_of(paid.house, order.payment_id) == []


def test_above_the_limit_somebody_else_must_agree(paid: PaidOffice) -> None:
    order, desk = paid.paid.pays(), paid.desk(Role.REFUNDER)
    assert "waits for a second person" in send(desk, order, form(desk, order))[1]
    (waiting,) = refunding.refunds_of(paid.house, order.payment_id)
    assert "refund to approve" in desk.get("/today").text
    own = desk.get("/refunds").text
    assert waiting.amount == Money(2380, "EUR")
    assert f"/refunds/{waiting.name}/approve" not in own
    assert desk.post(f"/refunds/{waiting.name}/approve").status_code == 409
    other = paid.desk(Role.ADMIN)
    assert f"/refunds/{waiting.name}/approve" in other.get("/refunds").text
    assert other.post(f"/refunds/{waiting.name}/approve").status_code == 303
    assert other.post(f"/refunds/{waiting.name}/approve").status_code == 409
    (done,) = refunding.refunds_of(paid.house, order.payment_id)
    assert (done.outcome, done.wished_by, done.agreed_by) == (Outcome.DONE, "Refunder Ann", "Admin Ann")
    assert paid.paid.order(order).state is OrderState.REFUNDED
    assert "No refund waits." in desk.get("/refunds").text


def test_who_made_an_api_key_cannot_approve_what_it_asked_for(paid: PaidOffice) -> None:
    order, maker, other = paid.paid.pays(), paid.desk(Role.ADMIN), paid.desk(Role.REFUNDER)
    keys.make(paid.house, Actor("Admin Ann", Way.OFFICE), name="shop", scopes=[Scope.REFUNDS_WRITE])
    (waiting,) = paid.paid.refunds(order, by=name_of_program("shop"))
    address = f"/refunds/{waiting.name}/approve"
    assert address not in maker.get("/refunds").text
    refused = maker.post(address)
    assert refused.status_code == 409
    assert "Admin Ann made the API key that asked for this refund" in unescape(refused.text)
    assert address in other.get("/refunds").text
    assert other.post(address).status_code == 303


def test_a_refund_that_waits_can_be_withdrawn(paid: PaidOffice) -> None:
    order, desk = paid.paid.pays(), paid.desk(Role.REFUNDER)
    send(desk, order, form(desk, order))
    (waiting,) = refunding.refunds_of(paid.house, order.payment_id)
    assert paid.desk(Role.SUPPORT).post(f"/refunds/{waiting.name}/withdraw").status_code == 403
    assert desk.post(f"/refunds/{waiting.name}/withdraw").status_code == 303
    assert form(desk, order)["amount"] == "23.80"


def test_an_open_dispute_stops_a_refund(paid: PaidOffice) -> None:
    order, desk = paid.paid.pays(), paid.desk(Role.REFUNDER)
    typed = form(desk, order)
    disputed(paid.paid, order)
    status, page = send(desk, order, {**typed, "amount": "1.00"})
    assert status == 409
    assert "is in dispute" in page
    assert refunding.refunds_of(paid.house, order.payment_id) == []
    assert "dispute waits for your answer" in desk.get("/today").text


def test_only_who_may_move_money_and_has_just_confirmed_sends_it(paid: PaidOffice) -> None:
    order = paid.paid.pays()
    typed = form(paid.desk(Role.REFUNDER), order)
    helper = paid.desk(Role.SUPPORT)
    assert helper.get(f"/orders/{order.order.id}/refund").status_code == 403
    assert send(helper, order, typed)[0] == 403
    late = paid.desk(Role.REFUNDER)
    paid.paid.clock.offset += timedelta(minutes=11)
    assert send(late, order, {**typed, "amount": "3.00"})[0] == 403
    assert refunding.refunds_of(paid.house, order.payment_id) == []


def test_reserved_money_is_taken_in_parts_and_let_go(paid: PaidOffice) -> None:
    order, desk = paid.paid.pays(capture_later=True), paid.desk(Role.REFUNDER)
    here = f"/orders/{order.order.id}"
    assert order.order.id in desk.get("/reservations").text
    take = {"payment": order.payment_id, "shown": "EUR2380", "amount": "10.00"}
    undecided = desk.post(f"{here}/capture", take)
    assert undecided.status_code == 422
    assert "Say what becomes of the other EUR 13.80" in undecided.text
    assert paid.paid.standing(order).authorized == Money(2380, "EUR")
    take["rest"] = "keep"
    assert desk.post(f"{here}/capture", take).status_code == 303
    # The same press again finds less than it was shown.
    again = desk.post(f"{here}/capture", take)
    assert again.status_code == 409
    assert "is left now" in again.text
    assert paid.paid.standing(order).captured == Money(1000, "EUR")
    early = desk.post(f"{here}/reauthorize", {"payment": order.payment_id}, follow_redirects=True)
    assert "reauthorize" in early.text
    # Nor does a page from before the capture let go what somebody means to take later.
    let_go = {"payment": order.payment_id, "shown": "EUR2380"}
    assert desk.post(f"{here}/void", let_go).status_code == 409
    assert desk.post(f"{here}/void", {"payment": order.payment_id}).status_code == 422
    assert paid.paid.standing(order).authorized == Money(1380, "EUR")
    assert desk.post(f"{here}/void", {**let_go, "shown": "EUR1380"}).status_code == 303
    assert paid.desk(Role.SUPPORT).post(f"{here}/capture", take).status_code == 403


def test_a_part_is_taken_and_the_rest_let_go_where_the_form_says_so(paid: PaidOffice) -> None:
    order, desk = paid.paid.pays(capture_later=True), paid.desk(Role.REFUNDER)
    here = f"/orders/{order.order.id}"
    page = desk.get(here).text
    assert len(re.findall(r'<input type="radio" [^>]*name="rest"', page)) == 2
    assert " checked" not in page, "neither is chosen for whoever takes a part"
    take = {"payment": order.payment_id, "shown": "EUR2380", "amount": "10.00", "rest": "let go"}
    answer = desk.post(f"{here}/capture", take, follow_redirects=True)
    assert "capture: done. Let go for good: EUR 13.80." in answer.text
    assert paid.paid.standing(order).authorized == Money(0, "EUR")


def test_a_reservation_is_let_go_whole(paid: PaidOffice) -> None:
    order, desk = paid.paid.pays(capture_later=True), paid.desk(Role.REFUNDER)
    assert desk.post(f"/orders/{order.order.id}/void", {"payment": "another"}).status_code == 404
    let_go = {"payment": order.payment_id, "shown": "EUR2380"}
    answer = desk.post(f"/orders/{order.order.id}/void", let_go, follow_redirects=True)
    assert "void: done." in answer.text
    assert "No money is reserved." in desk.get("/reservations").text
