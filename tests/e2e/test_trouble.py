"""Lost answers, lost webhooks, lost customers, wrong amounts, forgeries: the books stay true and nobody pays twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from checkout.store import discrepancies, mailboxes, payments
from tests.cut_line import CutLine
from tests.e2e.asserting import assert_all_is_well, assert_books_are_true, captures_of
from tests.e2e.conftest import HouseAt, settle_in, web
from tests.town import Customer, Town, open_town, wait_for
from webhooks.process import process_due
from webhooks.reconcile import expire_orders, sweep_due

AT_ONCE = timedelta(0)
MINUTE = timedelta(minutes=1)
SEVEN_HOURS = timedelta(hours=7)


def kinds_of(town: Town, customer: Customer) -> set[str]:
    """The discrepancies that a person sees of an order."""
    with town.store.read() as tx:
        attempts = payments.of_order(tx, customer.order_id)
        return {one.kind for payment in attempts for one in discrepancies.of_payment(tx, payment.id)}


def payment_state(town: Town, customer: Customer) -> str:
    """Where the newest payment of an order stands."""
    with town.store.read() as tx:
        return payments.of_order(tx, customer.order_id)[-1].state.value


def lose_all_webhooks(town: Town) -> None:
    """From now on none arrives."""
    town.emulator.order_fault("lose", "webhooks", rate=1.0)


def test_without_webhooks_and_without_return_a_payment_settles_by_sweep(
    open_shop: Town, house_after: HouseAt
) -> None:
    lose_all_webhooks(open_shop)
    customer = open_shop.customer().orders().pays()
    sweep_due(house_after(MINUTE))
    assert open_shop.order_state(customer.order_id) == "paid"
    assert_all_is_well(open_shop, customer)


def test_the_webhook_alone_completes_the_purchase_of_a_customer_who_never_comes_back(
    open_shop: Town, house_after: HouseAt
) -> None:
    customer = open_shop.customer().orders().pays()
    open_shop.emulator.settle_deliveries()
    process_due(house_after(AT_ONCE))
    assert open_shop.order_state(customer.order_id) == "paid"
    assert_all_is_well(open_shop, customer)


@pytest.mark.parametrize(
    "kind", ["lost_answer", "html", "empty", "truncated", "yaml", "bad_json", "py_reduce"]
)
def test_a_capture_whose_answer_is_lost_is_never_shown_as_failed_and_never_repeated(
    open_shop: Town, house_after: HouseAt, kind: str
) -> None:
    lose_all_webhooks(open_shop)
    customer = open_shop.customer().orders().pays()
    # Twice: the client may repeat once at once, with the same key.
    open_shop.emulator.order_fault(kind, "capture", times=2)
    open_shop.emulator.order_fault("status", "get", times=50, status=503)
    page = customer.comes_back()
    assert payment_state(open_shop, customer) == "unknown"
    assert "do not pay again" in page.lower()
    assert "declined" not in page.lower()
    assert "failed" not in page.lower()
    again = requests.post(customer.order_url + "/pay", timeout=30)
    assert open_shop.emulator.base_url not in again.url, "a second payment must not be begun"
    open_shop.emulator.clear_faults()
    lose_all_webhooks(open_shop)
    sweep_due(house_after(MINUTE))
    assert open_shop.order_state(customer.order_id) == "paid"
    assert_all_is_well(open_shop, customer)
    keys = {call["request_id"] for call in open_shop.emulator.calls(operation="capture")}
    assert len(keys) == 1


def test_a_capture_that_never_arrived_is_asked_for_again_with_its_own_key(
    open_shop: Town, house_after: HouseAt
) -> None:
    lose_all_webhooks(open_shop)
    customer = open_shop.customer().orders().pays()
    open_shop.emulator.order_fault("lost_request", "capture", times=2)
    assert "do not pay again" in customer.comes_back().lower()
    sweep_due(house_after(MINUTE))
    assert open_shop.order_state(customer.order_id) == "paid"
    assert_all_is_well(open_shop, customer)
    assert len({call["request_id"] for call in open_shop.emulator.calls(operation="capture")}) == 1


def test_when_paypal_has_forgotten_our_keys_it_is_asked_first_and_captured_once(
    open_shop: Town, house_after: HouseAt
) -> None:
    lose_all_webhooks(open_shop)
    customer = open_shop.customer().orders().pays()
    open_shop.emulator.order_fault("lost_answer", "capture", times=2)
    customer.comes_back()
    open_shop.emulator.advance(SEVEN_HOURS.total_seconds())
    open_shop.emulator.clear_calls()
    sweep_due(house_after(SEVEN_HOURS))
    assert open_shop.order_state(customer.order_id) == "paid"
    assert open_shop.emulator.calls(operation="capture") == []
    assert_all_is_well(open_shop, customer)


def test_an_approval_that_lapsed_before_it_was_captured_ends_without_money_and_may_be_paid_anew(
    open_shop: Town, house_after: HouseAt
) -> None:
    lose_all_webhooks(open_shop)
    customer = open_shop.customer().orders().pays()
    open_shop.emulator.order_fault("lost_request", "capture", times=2)
    customer.comes_back()
    open_shop.emulator.advance(SEVEN_HOURS.total_seconds())
    sweep_due(house_after(SEVEN_HOURS), everything=True)
    assert payment_state(open_shop, customer) == "expired"
    assert captures_of(open_shop, customer.order_id) == []
    customer.tries_again().pays()
    customer.comes_back()
    assert open_shop.order_state(customer.order_id) == "paid"
    assert_all_is_well(open_shop, customer)


def test_a_declined_customer_pays_with_something_else_at_the_same_link(open_shop: Town) -> None:
    customer = open_shop.customer().orders()
    first = customer.link
    customer.pays("declined_card")
    page = customer.comes_back()
    assert "no money was taken" in page.lower()
    customer.tries_again()
    assert customer.link == first
    customer.pays()
    customer.comes_back()
    assert open_shop.order_state(customer.order_id) == "paid"
    assert_all_is_well(open_shop, customer)


def test_a_capture_that_paypal_holds_is_not_paid_until_it_completes(
    open_shop: Town, house_after: HouseAt
) -> None:
    customer = open_shop.customer().orders().pays("pending:ECHECK")
    page = customer.comes_back()
    assert open_shop.order_state(customer.order_id) == "awaiting payment"
    assert payment_state(open_shop, customer) == "pending review"
    assert "do not pay again" in page.lower()
    held = open_shop.emulator.captures()[-1]
    open_shop.emulator.complete(held["id"])
    sweep_due(house_after(MINUTE), everything=True)
    assert open_shop.order_state(customer.order_id) == "paid"
    assert_all_is_well(open_shop, customer)


def test_an_order_past_its_time_is_asked_about_before_it_expires(
    open_shop: Town, house_after: HouseAt
) -> None:
    lose_all_webhooks(open_shop)
    paying = open_shop.customer().orders().pays()
    leaving = open_shop.customer().orders()
    open_shop.emulator.order_fault("status", "get", times=40, status=503)
    expire_orders(house_after(timedelta(hours=25)))
    assert open_shop.order_state(paying.order_id) == "awaiting payment"
    open_shop.emulator.clear_faults()
    expire_orders(house_after(timedelta(hours=26)))
    assert open_shop.order_state(paying.order_id) == "paid"
    assert open_shop.order_state(leaving.order_id) == "expired"
    assert "no money was taken" in leaving.looks().lower()
    assert_all_is_well(open_shop, paying)


def test_money_that_comes_after_a_cancellation_is_paid_late_and_never_lost(
    open_shop: Town, house_after: HouseAt
) -> None:
    lose_all_webhooks(open_shop)
    customer = open_shop.customer().orders()
    assert requests.post(customer.order_url + "/cancel", timeout=30).ok
    assert open_shop.order_state(customer.order_id) == "cancelled"
    customer.pays()
    customer.comes_back()
    assert captures_of(open_shop, customer.order_id) == [], "a cancelled order is never captured by us"
    capture_behind_our_back(open_shop, customer)
    sweep_due(house_after(MINUTE), everything=True)
    assert open_shop.order_state(customer.order_id) == "paid late"
    assert "paid late" in kinds_of(open_shop, customer)
    assert_books_are_true(open_shop)


def capture_behind_our_back(town: Town, customer: Customer) -> None:
    """Somebody else with our credentials captures, as a person at PayPal's own pages might."""
    known = town.emulator.settings()
    base = town.emulator.base_url
    token = requests.post(
        f"{base}/v1/oauth2/token",
        auth=(known["client_id"], known["client_secret"]),
        data={"grant_type": "client_credentials"},
        timeout=10,
    ).json()["access_token"]
    answer = requests.post(
        f"{base}/v2/checkout/orders/{customer.reference}/capture",
        headers={"Authorization": f"Bearer {token}", "PayPal-Request-Id": "behind-our-back"},
        json={},
        timeout=10,
    )
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize(
    ("kind", "more", "expected"),
    [
        ("wrong_amount", {"less": "20.00"}, "less captured"),
        ("wrong_amount", {"more": "5.00"}, "more captured"),
        ("wrong_currency", {"currency": "USD"}, "other currency"),
        ("wrong_payee", {}, "other payee"),
        ("wrong_custom_id", {"custom_id": "somebody-elses"}, "other reference"),
    ],
)
def test_money_that_is_not_as_due_never_counts_as_paid_and_is_named(
    open_shop: Town, house_after: HouseAt, kind: str, more: dict[str, str], expected: str
) -> None:
    customer = open_shop.customer().orders().pays()
    open_shop.emulator.order_fault(kind, "capture", times=1, **more)
    page = customer.comes_back()
    sweep_due(house_after(MINUTE), everything=True)
    assert open_shop.order_state(customer.order_id) not in {"paid", "paid late"}
    assert expected in kinds_of(open_shop, customer)
    assert "do not pay again" in page.lower()
    assert ("we are checking your payment" in page.lower()) == (kind != "wrong_amount")
    assert_books_are_true(open_shop)


def test_an_opening_with_another_amount_is_never_handed_to_the_customer(open_shop: Town) -> None:
    open_shop.emulator.order_fault("wrong_amount", "create", times=1, more="5.00")
    customer = open_shop.customer().orders()
    assert customer.link == ""
    assert "no money was taken" in customer.looks().lower()
    assert "opened differs" in kinds_of(open_shop, customer)


def test_an_answer_about_an_older_payment_is_never_taken_for_ours(open_shop: Town) -> None:
    first = open_shop.customer().orders()
    open_shop.emulator.order_fault("replay_other", "create", times=1)
    second = open_shop.customer().orders()
    assert second.link == ""
    assert kinds_of(open_shop, first) == set()
    assert kinds_of(open_shop, second)
    first.pays()
    first.comes_back()
    assert open_shop.order_state(first.order_id) == "paid"
    assert open_shop.order_state(second.order_id) == "awaiting payment"


def test_a_forged_signature_is_refused_and_nothing_of_it_is_kept(open_shop: Town) -> None:
    open_shop.emulator.order_fault("forge_signature", "webhooks", rate=1.0)
    customer = open_shop.customer().orders().pays()
    open_shop.emulator.settle_deliveries()
    statuses = {one["status"] for delivery in open_shop.emulator.deliveries() for one in delivery["attempts"]}
    assert statuses == {400}
    with open_shop.store.read() as tx:
        assert mailboxes.newest(tx, limit=10) == []
    assert open_shop.order_state(customer.order_id) == "awaiting payment"


def test_another_body_with_the_same_checksum_and_a_real_signature_changes_no_order(
    open_shop: Town, house_after: HouseAt
) -> None:
    open_shop.emulator.order_fault("forge_body_same_crc", "webhooks", rate=1.0, amount="9999.99")
    customer = open_shop.customer().orders().pays()
    customer.comes_back()
    assert open_shop.emulator.settle_deliveries() == []
    house = house_after(MINUTE)
    process_due(house)
    sweep_due(house, everything=True)
    assert open_shop.order_state(customer.order_id) == "paid"
    assert_all_is_well(open_shop, customer)


def test_a_lost_opening_answer_is_asked_for_again_with_the_same_key(open_shop: Town) -> None:
    open_shop.emulator.order_fault("lost_answer", "create", times=2)
    customer = open_shop.customer().orders()
    if not customer.link:
        assert "no money was taken" in customer.looks().lower()
        customer.tries_again()
    customer.pays()
    customer.comes_back()
    assert open_shop.order_state(customer.order_id) == "paid"
    assert len({call["request_id"] for call in open_shop.emulator.calls(operation="create")}) == 1
    assert_all_is_well(open_shop, customer)


@pytest.mark.parametrize("ready_url", ["postgresql"], indirect=True)
def test_a_database_that_is_down_gets_503_and_the_retry_settles(
    tmp_path: Path, ready_url: str, monkeypatch: pytest.MonkeyPatch, house_after: HouseAt
) -> None:
    """On PostgreSQL, whose line can be cut; what SQLite does is tested at the door itself."""
    with open_town(tmp_path / "town", ready_url) as town, CutLine(int(town.store.url.port or 0)) as line:
        settle_in(town, monkeypatch)
        relayed = town.store.url.set(port=line.port).render_as_string(hide_password=False)
        with web(replace(town, variables=town.variables | {"DATABASE_URL": relayed})):
            customer = town.customer().orders()
            line.cut()
            customer.pays()
            wait_for(lambda: statuses_of(town) == {503}, what="a refusal")
            assert requests.get(town.base_url, timeout=30).status_code == 503
            line.mend()
            town.emulator.advance(3600, deliver=True)
            assert 200 in statuses_of(town)
            process_due(house_after(AT_ONCE))
        assert town.order_state(customer.order_id) == "paid"
        assert_all_is_well(town, customer)


def statuses_of(town: Town) -> set[int]:
    """How the shop has answered PayPal's deliveries."""
    return {one["status"] for delivery in town.emulator.deliveries() for one in delivery["attempts"]}
