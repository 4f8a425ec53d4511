"""The door: each fact once whoever tells it, and the books true also when the money is wrong."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from checkout.domain.facts import Fact, FactKind
from checkout.domain.money import Money
from checkout.domain.orders import OrderState
from checkout.domain.standing import PaymentState
from checkout.flows import paying, showing
from checkout.flows.ordering import Placed
from checkout.flows.settling import settle
from checkout.store import ledger
from tests.scripted_processor import PAYEE
from tests.small_shop import SmallShop, reference_of
from webhooks.reconcile import expire_orders

EUR = Money(2380, "EUR")
REPOSITORY = Path(__file__).parents[2]


def tell(shop: SmallShop, placed: Placed, *told: Fact, attempt: int = -1) -> None:
    """Let facts about one of the order's payments in."""
    payment = shop.payments(placed)[attempt]
    with shop.house.store.begin() as tx:
        settle(tx, shop.house, payment, told, learned_from="test")


def captured(shop: SmallShop, placed: Placed, **other: object) -> Fact:
    """A capture exactly as it is due, but for what is given."""
    payment = shop.payments(placed)[-1]
    reference = str(payment.reference)
    due = Fact(FactKind.CAPTURED, reference, f"CAP-{reference}", EUR, PAYEE, payment.terms.names)
    return replace(due, **other)  # type: ignore[arg-type]


def test_one_entry_for_each_fact_however_many_threads_tell_it(shop: SmallShop) -> None:
    placed, _ = shop.begin()
    fact = captured(shop, placed)
    places = [shop, shop.elsewhere()]
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda number: tell(places[number % 2], placed, fact), range(40)))
    assert len(shop.booked(placed)) == 2
    assert shop.receipts(placed) == 1
    assert shop.state(placed) is OrderState.PAID
    assert shop.faults() == []
    places[1].house.store.close()


def test_one_entry_for_each_fact_however_many_processes_tell_it(shop: SmallShop, ready_url: str) -> None:
    placed, _ = shop.begin()
    payment = shop.payments(placed)[0]
    command = [sys.executable, "-m", "tests.flows.settling_process", ready_url, payment.id, "8"]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY) for _ in range(3)]
    said = [process.communicate(timeout=40)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0, 0]
    assert "".join(said).count(f"receipt-{placed.id}") == 1, "enqueued by one of them, once"
    assert len(shop.booked(placed)) == 2
    assert shop.state(placed) is OrderState.PAID
    assert shop.faults() == []


WRONG: dict[str, tuple[dict[str, object], set[str], str, OrderState]] = {
    "less": ({"amount": Money(100, "EUR")}, {"less captured"}, "suspense", OrderState.PARTIALLY_PAID),
    "more": (
        {"amount": Money(9999, "EUR")},
        {"more captured", "order overpaid"},
        "suspense",
        OrderState.OVERPAID,
    ),
    "other currency": (
        {"amount": Money(2380, "USD")},
        {"other currency", "less captured"},
        "suspense",
        OrderState.AWAITING_PAYMENT,
    ),
    "other payee": (
        {"payee": "SOMEONEELSE"},
        {"other payee", "less captured"},
        "suspense",
        OrderState.AWAITING_PAYMENT,
    ),
    "no payee": (
        {"payee": None},
        {"payee not told", "less captured"},
        "suspense",
        OrderState.AWAITING_PAYMENT,
    ),
    "other name": (
        {"names": "shop-other-1"},
        {"other reference", "less captured"},
        "suspense",
        OrderState.AWAITING_PAYMENT,
    ),
    "no name": (
        {"names": None},
        {"other reference", "less captured"},
        "suspense",
        OrderState.AWAITING_PAYMENT,
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_money_that_is_not_what_was_due_never_counts_as_paid_and_stays_in_the_books(
    shop: SmallShop, wrong: str
) -> None:
    other, kinds, account, state = WRONG[wrong]
    placed, _ = shop.begin()
    fact = captured(shop, placed, **other)
    for _ in range(2):
        tell(shop, placed, fact)
    assert shop.state(placed) is state
    assert shop.differences(placed) == kinds
    holder = "elsewhere" if wrong == "other payee" else "processor"
    assert fact.amount is not None
    moved = (fact.amount.minor, fact.amount.currency)
    assert shop.booked(placed) == [(holder, "debit", *moved), (account, "credit", *moved)]
    assert shop.faults() == []
    assert showing.order_view(shop.house, placed.token).outcome is not showing.Outcome.PAID
    assert shop.receipts(placed) == int(state is OrderState.OVERPAID)


def test_money_that_does_not_count_keeps_its_order_open_for_a_person(shop: SmallShop) -> None:
    placed, _ = shop.begin()
    tell(shop, placed, captured(shop, placed, payee="SOMEONEELSE"))
    shop.clock.move(hours=25)
    assert expire_orders(shop.house) == 0
    assert showing.order_view(shop.house, placed.token).outcome is showing.Outcome.CHECKING


def test_two_paid_payments_of_one_order_are_overpaid_and_said_once(shop: SmallShop) -> None:
    placed, first = shop.begin()
    early = captured(shop, placed)
    shop.processor.close(first)
    shop.sweep_on(1)
    reference_of(paying.hand_over(shop.house, placed.token))
    tell(shop, placed, captured(shop, placed))
    tell(shop, placed, early, attempt=0)
    tell(shop, placed, captured(shop, placed))
    assert shop.state(placed) is OrderState.OVERPAID
    assert shop.differences(placed) == {"order overpaid"}
    assert shop.receipts(placed) == 1
    assert len(shop.booked(placed)) == 4
    assert shop.faults() == []


def test_a_fact_told_twice_in_two_ways_is_a_discrepancy_and_the_first_telling_stands(shop: SmallShop) -> None:
    placed, _ = shop.begin()
    tell(shop, placed, captured(shop, placed))
    tell(shop, placed, captured(shop, placed, amount=Money(1, "EUR")))
    assert shop.differences(placed) == {"contradiction"}
    assert shop.state(placed) is OrderState.PAID
    assert len(shop.booked(placed)) == 2
    assert shop.faults() == []


def test_a_telling_that_leaves_something_out_contradicts_nothing(shop: SmallShop) -> None:
    placed, _ = shop.begin()
    tell(shop, placed, captured(shop, placed))
    tell(shop, placed, captured(shop, placed, payee=None, names=None))
    assert shop.differences(placed) == set()


def test_a_capture_of_another_payment_is_not_booked_a_second_time(shop: SmallShop) -> None:
    first, _ = shop.begin()
    fact = captured(shop, first)
    tell(shop, first, fact)
    second, _ = shop.begin()
    tell(shop, second, fact)
    assert shop.state(second) is OrderState.AWAITING_PAYMENT
    assert shop.booked(second) == []
    assert shop.differences(second) == {"contradiction"}
    assert shop.payments(second)[0].reference == "REF2"


def test_money_given_back_is_booked_and_its_order_says_so(shop: SmallShop) -> None:
    placed, reference = shop.begin()
    refund = Fact(FactKind.REFUNDED, reference, "REFUND1", Money(1000, "EUR"), PAYEE)
    tell(shop, placed, refund)
    tell(shop, placed, captured(shop, placed))
    assert shop.state(placed) is OrderState.PARTIALLY_REFUNDED
    tell(shop, placed, replace(refund, subject="REFUND2", amount=Money(1380, "EUR")))
    assert shop.state(placed) is OrderState.REFUNDED
    with shop.house.store.read() as tx:
        balances = {one.account: one.amount.minor for one in ledger.balances(tx)}
    assert balances == {"processor": 0, "refunds": 2380, "sales": -2380}
    assert shop.faults() == []


def test_nothing_is_kept_of_a_settlement_that_fails(shop: SmallShop) -> None:
    placed, _ = shop.begin()
    fact = captured(shop, placed)
    with pytest.raises(RuntimeError):
        _fail_after(shop, placed, fact)
    assert shop.booked(placed) == []
    assert shop.state(placed) is OrderState.AWAITING_PAYMENT


def _fail_after(shop: SmallShop, placed: Placed, fact: Fact) -> None:
    payment = shop.payments(placed)[0]
    with shop.house.store.begin() as tx:
        settle(tx, shop.house, payment, [fact], learned_from="test")
        raise RuntimeError


def test_a_reason_of_any_length_does_not_keep_a_fact_out(shop: SmallShop) -> None:
    placed, reference = shop.begin()
    tell(shop, placed, Fact(FactKind.UNRECOGNISED, reference, "CAP1", reason="X" * 200))
    assert shop.differences(placed) == {"unrecognised"}


def test_a_payment_is_asked_about_ever_less_often_and_never_forgotten(shop: SmallShop) -> None:
    placed, _ = shop.begin()
    asked: list[float] = []
    begun = shop.clock.now
    for _ in range(2 * 24 * 12):
        shop.clock.move(minutes=5)
        if shop.sweep() != (0, 0):
            asked.append((shop.clock.now - begun).total_seconds())
    assert 5 <= len(asked) <= 8
    assert shop.standing(placed).state is PaymentState.AWAITING_CUSTOMER
    assert shop.payments(placed)[0].ask_at is not None
