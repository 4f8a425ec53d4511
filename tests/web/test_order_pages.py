"""One page per outcome: what happened, whether money was taken, and what to do next."""

import pytest

from checkout.domain.facts import FactKind
from checkout.domain.money import Money
from checkout.domain.orders import Basket, Line, Origin
from checkout.flows.ordering import ShopWish, place_for_shop
from checkout.store.orders import Contact
from tests.web.scenes import ADDRESSES
from tests.web.scripted import DECLINED, DOWN
from tests.web.stage import Stage

HEADINGS = {
    "ready": ("This order is not paid yet", "No money was taken."),
    "left": ("You came back without paying", "No money was taken."),
    "processor unreachable": ("We could not reach PayPal", "No money was taken."),
    "not cancelled yet": ("We could not cancel this order yet", "No money was taken."),
    "confirming": ("We are confirming your payment", "Do not pay again."),
    "review": ("Your payment is being reviewed", "Do not pay again."),
    "authorized": ("Your payment is reserved", "nothing has been taken yet"),
    "paid": ("Payment received", "We received <strong>£129.00</strong>"),
    "paid late": ("Your payment came after this order was closed", "We received <strong>£129.00</strong>"),
    "partially paid": (
        "Part of your payment has arrived",
        "<strong>£100.00</strong> of £129.00; £29.00 is missing",
    ),
    "overpaid": ("We received more than this order costs", "That is £71.00 too much"),
    "declined": ("Your payment was declined", "No money was taken."),
    "failed": ("We could not take your payment", "No money was taken."),
    "cancelled": ("This order is cancelled", "No money was taken."),
    "expired": ("This order has expired", "No money was taken."),
    "refunded": ("Your payment was refunded", "sent back <strong>£129.00</strong>"),
    "partially refunded": ("Part of your payment was refunded", "sent back <strong>£50.00</strong>"),
}
PAYABLE = {"ready", "left", "processor unreachable", "not cancelled yet", "declined", "failed"}


@pytest.mark.parametrize("scene", HEADINGS)
def test_each_outcome_says_what_happened_and_whether_money_was_taken(stage: Stage, scene: str) -> None:
    heading, money = HEADINGS[scene]
    page = stage.client.get(ADDRESSES[scene](stage)).text
    assert f"<h1>{heading}</h1>" in page
    assert f"<title>{heading} \u2013 Northern Light</title>" in page
    assert money in page


@pytest.mark.parametrize("scene", HEADINGS)
def test_only_an_order_that_can_be_paid_has_a_way_to_pay_or_cancel(stage: Stage, scene: str) -> None:
    page = stage.client.get(ADDRESSES[scene](stage)).text
    assert ("/pay" in page) == (scene in PAYABLE)
    assert ("/cancel" in page) == (scene in PAYABLE)


@pytest.mark.parametrize("scene", sorted(set(HEADINGS) - {"paid"}))
def test_no_other_page_says_that_the_order_is_paid(stage: Stage, scene: str) -> None:
    page = stage.client.get(ADDRESSES[scene](stage)).text
    assert "Payment received" not in page
    assert "your order is paid" not in page


@pytest.mark.parametrize("scene", ADDRESSES)
def test_every_page_has_one_heading_no_script_and_nothing_foreign(stage: Stage, scene: str) -> None:
    shown = stage.client.get(ADDRESSES[scene](stage))
    assert shown.text.count("<h1") == 1
    for foreign in (
        "<script",
        "style=",
        "javascript:",
        'src="http',
        'href="http',
        "http-equiv",
        "Set-Cookie",
    ):
        assert foreign not in shown.text + str(shown.headers)


def test_reserved_money_is_shown_and_the_customer_is_told_to_wait(stage: Stage) -> None:
    page = stage.client.get(ADDRESSES["authorized"](stage)).text
    assert "<strong>£258.00</strong> is reserved at PayPal" in page
    assert "Do not pay again." in page
    assert [fact.kind for facts in stage.processor.facts.values() for fact in facts] == [
        FactKind.OPENED,
        FactKind.AUTHORIZED,
    ]


def test_an_order_whose_money_is_reserved_is_not_cancelled_by_its_customer(stage: Stage) -> None:
    order = ADDRESSES["authorized"](stage)
    stage.client.post(f"{order}/cancel")
    assert "Your payment is reserved" in stage.client.get(order).text


@pytest.mark.parametrize(
    ("scene", "said"),
    [("refund on its way", "On its way back to you"), ("taken back", "Taken back by PayPal or your bank")],
)
def test_money_that_goes_back_is_shown_beside_what_was_received(stage: Stage, scene: str, said: str) -> None:
    page = stage.client.get(ADDRESSES[scene](stage)).text
    assert "Payment received" in page
    assert f"<dt>{said}</dt><dd>£50.00</dd>" in page
    paid = stage.client.get(ADDRESSES["paid"](stage)).text
    assert said not in paid


def test_wording_parameters_cannot_say_that_no_money_was_taken_of_a_paid_order(stage: Stage) -> None:
    order = ADDRESSES["paid"](stage)
    for query in ("?left=1", "?trouble=reach", "?trouble=attempts", "?trouble=cancel"):
        page = stage.client.get(order + query).text
        assert "Payment received" in page
        assert "No money was taken" not in page


def test_an_unknown_trouble_says_nothing(stage: Stage) -> None:
    page = stage.client.get(ADDRESSES["ready"](stage) + "?trouble=<b>evil").text
    assert "evil" not in page
    assert "This order is not paid yet" in page


def test_a_waiting_page_looks_again_less_and_less_often(stage: Stage) -> None:
    order = ADDRESSES["confirming"](stage)
    waits, address = [], order
    for _ in range(12):
        seconds, _, address = stage.client.get(address).headers["Refresh"].partition("; url=")
        waits.append(int(seconds))
    assert waits == [3, 5, 8, 13, 20, 30, 60, 120, 300, 300, 300, 300]


@pytest.mark.parametrize("looked", ["-1", "9" * 5000, "1e3", "x", "٣", ""])
def test_a_bad_count_of_looks_begins_again(stage: Stage, looked: str) -> None:
    order = ADDRESSES["confirming"](stage)
    shown = stage.client.get(order, query_string={"looked": looked})
    assert shown.headers["Refresh"].startswith("3;")


def test_a_waiting_page_can_be_told_to_stop(stage: Stage) -> None:
    shown = stage.client.get(f"{ADDRESSES['confirming'](stage)}?looked=stop")
    assert "Refresh" not in shown.headers
    assert "This page no longer updates itself." in shown.text


@pytest.mark.parametrize(
    "scene", ["ready", "paid", "authorized", "refund on its way", "declined", "cancelled", "refunded"]
)
def test_a_page_with_nothing_to_wait_for_does_not_look_again(stage: Stage, scene: str) -> None:
    assert "Refresh" not in stage.client.get(ADDRESSES[scene](stage)).headers


def test_a_confirming_page_becomes_a_paid_one(stage: Stage) -> None:
    order = ADDRESSES["confirming"](stage)
    stage.tell(FactKind.CAPTURED)
    assert "Payment received" in stage.client.get(order).text


def test_a_declined_payment_can_be_tried_again_on_the_same_order(stage: Stage) -> None:
    stage.processor.captures = DECLINED
    order = f"/orders/{stage.order()}"
    stage.go_back()
    sent = stage.client.post(f"{order}/pay")
    assert (sent.status_code, str(sent.location)[:22]) == (303, "http://pay.example/pay")
    stage.processor.captures = FactKind.CAPTURED
    stage.go_back()
    assert "Payment received" in stage.client.get(order).text


def test_paying_while_a_payment_is_being_confirmed_shows_the_order_and_opens_nothing(stage: Stage) -> None:
    order = ADDRESSES["confirming"](stage)
    assert stage.client.post(f"{order}/pay").location == order
    assert len(stage.processor.openings) == 1


def test_cancelling_while_a_payment_is_being_confirmed_changes_nothing(stage: Stage) -> None:
    order = ADDRESSES["confirming"](stage)
    assert stage.client.post(f"{order}/cancel").location == order
    assert "We are confirming your payment" in stage.client.get(order).text


def test_cancelling_twice_is_fine(stage: Stage) -> None:
    order = ADDRESSES["cancelled"](stage)
    assert stage.client.post(f"{order}/cancel").status_code == 303
    assert "This order is cancelled" in stage.client.get(order).text


def test_a_paid_order_cannot_be_cancelled(stage: Stage) -> None:
    order = ADDRESSES["paid"](stage)
    stage.client.post(f"{order}/cancel")
    assert "Payment received" in stage.client.get(order).text


def test_coming_back_many_times_takes_the_money_once(stage: Stage) -> None:
    stage.order()
    visits = [stage.go_back() for _ in range(3)]
    assert len({visit.location for visit in visits}) == 1
    assert [len(facts) for facts in stage.processor.facts.values()] == [2]


def test_the_returns_query_proves_nothing(stage: Stage) -> None:
    stage.order()
    stage.processor.captures = DECLINED
    opening = next(iter(stage.processor.openings.values()))
    path = opening.return_url.removeprefix(stage.house.shop.base_url)
    order = stage.client.get(f"{path}?token=OTHER&PayerID=X&status=COMPLETED&paid=true").location
    assert "Payment received" not in stage.client.get(str(order)).text


def test_coming_back_while_the_processor_is_silent_still_shows_the_order(stage: Stage) -> None:
    stage.order()
    stage.processor.captures = stage.processor.inquires = DOWN
    visit = stage.go_back()
    assert visit.status_code == 303
    assert "We are confirming your payment" in stage.client.get(str(visit.location)).text


@pytest.mark.parametrize(
    "way", ["/return/unknown", "/left/unknown", "/orders/unknown", "/orders/unknown/receipt"]
)
def test_an_unknown_token_is_not_found(stage: Stage, way: str) -> None:
    assert stage.client.get(way).status_code == 404


@pytest.mark.parametrize("act", ["/orders/unknown/pay", "/orders/unknown/cancel"])
def test_an_unknown_order_cannot_be_acted_upon(stage: Stage, act: str) -> None:
    assert stage.client.post(act).status_code == 404


@pytest.mark.parametrize("act", ["pay", "cancel"])
def test_looking_never_pays_or_cancels(stage: Stage, act: str) -> None:
    order = ADDRESSES["ready"](stage)
    answer = stage.client.get(f"{order}/{act}")
    assert (answer.status_code, set(answer.allow)) == (405, {"OPTIONS", "POST"})


def test_the_receipt_says_who_paid_how_much_and_when(stage: Stage) -> None:
    page = stage.client.get(ADDRESSES["receipt"](stage)).text
    for part in (
        "Kim Ny",
        "Baker Street 12",
        "NW1 6XE London",
        "United Kingdom",
        "£129.00",
        "Northern Light",
    ):
        assert part in page
    assert "22 November 2026 at 12:00 UTC" in page


@pytest.mark.parametrize("scene", ["ready", "confirming", "authorized", "declined", "cancelled", "review"])
def test_there_is_no_receipt_before_money_is_in(stage: Stage, scene: str) -> None:
    order = ADDRESSES[scene](stage).partition("?")[0]
    assert stage.client.get(f"{order}/receipt").location == order


def test_an_order_that_used_up_its_tries_says_so(stage: Stage) -> None:
    page = stage.client.get(ADDRESSES["too many tries"](stage)).text
    assert "as many tries as one order may have" in page
    assert "No money was taken." in page
    assert 'action="/orders/' in page  # cancelling stays possible
    assert "/pay" not in page


@pytest.mark.parametrize(
    ("trouble", "words"), [("reach", "We could not reach PayPal just now."), ("cancel", "could not cancel")]
)
def test_a_declined_order_tells_a_later_trouble_too(stage: Stage, trouble: str, words: str) -> None:
    page = stage.client.get(f"{ADDRESSES['declined'](stage)}?trouble={trouble}").text
    assert "<h1>Your payment was declined</h1>" in page
    assert words in page


def test_a_shops_order_shows_its_parts_and_the_way_back_and_writes_to_nobody(stage: Stage) -> None:
    basket = Basket((Line("Tea", 2, Money(1000, "EUR")),), shipping_minor=490, tax_minor=300)
    contact, back = Contact(""), "https://shop.example/thanks"
    wish = ShopWish(basket, ("",), contact, "key", Origin.API, locale="de-DE", return_url=back)
    order = place_for_shop(stage.house, wish)
    page = stage.client.get(f"/orders/{order.token}").text
    for shown in ("Shipping</th><td>€4.90", "Tax</th><td>€3.00", "Total</th><td>€27.90", f'href="{back}"'):
        assert shown in page
    stage.client.post(f"/orders/{order.token}/pay")
    (opening,) = stage.processor.openings.values()
    assert (tuple(opening.lines), opening.shipping_minor, opening.tax_minor) == (basket.lines, 490, 300)
    assert opening.language == "de-DE"
    stage.go_back()
    page = stage.client.get(f"/orders/{order.token}").text
    assert "Payment received" in page
    assert "A receipt is on its way" not in page
    receipt = stage.client.get(f"/orders/{order.token}/receipt").text
    assert "Shipping</th><td>€4.90" in receipt
    assert "<dt>For</dt>" not in receipt
    assert stage.notices == []
