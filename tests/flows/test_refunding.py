"""Refunds against PayPal's emulator: never more than is left, once each, and every outcome its own."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from checkout.domain.errors import BadInputError, CardNumberError
from checkout.domain.intents import Outcome
from checkout.domain.money import Money
from checkout.domain.orders import OrderState
from checkout.domain.refund_errors import (
    DisputedError,
    MoreThanIsLeftError,
    NothingToRefundError,
    NotWaitingError,
    OtherCurrencyError,
    OtherRequestError,
    RefundImpossibleError,
    SamePersonError,
    TooOldToRefundError,
)
from checkout.flows import refunding
from tests.paid_shop import PRICE, Paid, PaidShop

REPOSITORY = Path(__file__).parents[2]
CARD_NUMBER = "4" + "1" * 15


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def moved_back(shop: PaidShop) -> int:
    """What the emulator's own book says went back, in minor units."""
    return sum(-round(float(one["gross"]) * 100) for one in shop.emulator.movements(kind="refund"))


def test_a_full_refund_goes_back_once_and_is_booked_with_its_fee(paid_shop: PaidShop) -> None:
    paid = paid_shop.pays()
    (refund,) = paid_shop.refunds(paid)
    assert (refund.outcome, refund.arrived, refund.amount) == (Outcome.DONE, "completed", PRICE)
    assert paid_shop.order(paid).state is OrderState.REFUNDED
    book = paid_shop.emulator.statement()["position"]["EUR"]
    assert paid_shop.balance() == {
        "processor": -round(-float(book["total"]) * 100),
        "sales": -2380,
        "refunds": 2380,
        "fees": 35,
    }
    assert paid_shop.faults() == []


def test_many_parts_go_back_until_nothing_is_left(paid_shop: PaidShop) -> None:
    paid = paid_shop.pays()
    for minor in (1000, 1000, 380):
        (refund,) = paid_shop.refunds(paid, eur(minor))
        assert refund.arrived == "completed"
    assert paid_shop.order(paid).state is OrderState.REFUNDED
    with pytest.raises(
        MoreThanIsLeftError, match=r"EUR 0\.00 is left \(EUR 23\.80 captured, EUR 23\.80 sent back\)"
    ):
        paid_shop.refunds(paid, eur(1))
    assert moved_back(paid_shop) == 2380


def test_more_than_is_left_is_refused_before_anybody_hears_of_it(paid_shop: PaidShop) -> None:
    paid = paid_shop.pays()
    paid_shop.refunds(paid, eur(2000))
    paid_shop.emulator.clear_calls()
    with pytest.raises(MoreThanIsLeftError, match=r"EUR 3\.80 is left"):
        paid_shop.refunds(paid, eur(381))
    with pytest.raises(OtherCurrencyError, match=r"in EUR, so USD 1\.00 cannot"):
        paid_shop.refunds(paid, Money(100, "USD"))
    assert paid_shop.emulator.calls(operation="refund") == []


def test_an_order_without_money_has_nothing_to_give_back(paid_shop: PaidShop) -> None:
    paid = paid_shop.pays(instrument="pending:ECHECK")
    with pytest.raises(NothingToRefundError, match="pending review"):
        paid_shop.refunds(paid)


def test_a_refund_whose_answer_was_lost_is_found_and_not_repeated(paid_shop: PaidShop) -> None:
    paid = paid_shop.pays()
    paid_shop.emulator.order_fault("lost_answer", "refund", times=2)
    (refund,) = paid_shop.refunds(paid, eur(500))
    assert refund.outcome is Outcome.UNKNOWN
    with pytest.raises(MoreThanIsLeftError, match=r"EUR 5\.00 reserved"):
        paid_shop.refunds(paid, eur(1900))
    paid_shop.sweep()
    (refund,) = refunding.refunds_of(paid_shop.house, paid.payment_id)
    assert (refund.outcome, refund.arrived) == (Outcome.DONE, "completed")
    assert moved_back(paid_shop) == 500


def test_a_refund_that_never_reached_paypal_is_sent_again_with_its_own_key(paid_shop: PaidShop) -> None:
    paid = paid_shop.pays()
    paid_shop.emulator.order_fault("lost_request", "refund", times=2)
    (refund,) = paid_shop.refunds(paid, eur(500))
    assert refund.outcome is Outcome.UNKNOWN
    assert moved_back(paid_shop) == 0
    paid_shop.move(minutes=2)
    paid_shop.sweep()
    keys = {call["request_id"] for call in paid_shop.emulator.calls(operation="refund")}
    assert len(keys) == 1
    assert moved_back(paid_shop) == 500
    assert paid_shop.standing(paid).refunded == eur(500)


def test_a_refund_unknown_past_its_keys_life_is_not_repeated(paid_shop: PaidShop) -> None:
    paid = paid_shop.pays()
    paid_shop.emulator.order_fault("lost_request", "refund", times=2)
    paid_shop.refunds(paid, eur(500))
    paid_shop.move(days=46)
    paid_shop.emulator.clear_calls()
    paid_shop.sweep()
    assert paid_shop.emulator.calls(operation="refund") == []
    (refund,) = refunding.refunds_of(paid_shop.house, paid.payment_id)
    assert (refund.outcome, refund.issue) == (Outcome.REFUSED, "NEVER_HAPPENED")
    assert paid_shop.refunds(paid)[0].amount == PRICE


def test_ten_retries_of_one_request_move_money_once(paid_shop: PaidShop) -> None:
    paid = paid_shop.pays()
    paid_shop.emulator.order_fault("lost_answer", "refund", times=3)
    names = {paid_shop.refunds(paid, eur(700), request="crm-17")[0].name for _ in range(10)}
    paid_shop.move(minutes=2)
    paid_shop.sweep()
    assert len(names) == 1
    assert moved_back(paid_shop) == 700
    with pytest.raises(OtherRequestError):
        paid_shop.refunds(paid, eur(800), request="crm-17")


def test_parallel_refunds_never_exceed_what_was_left(paid_shop: PaidShop) -> None:
    paid = paid_shop.pays()

    def refund(shop: PaidShop) -> bool:
        try:
            shop.refunds(paid, eur(300))
        except MoreThanIsLeftError:
            return False
        return True

    others = [paid_shop.elsewhere() for _ in range(2)]
    with ThreadPoolExecutor(12) as threads:
        done = list(threads.map(refund, others * 6))
    for shop in others:
        shop.house.store.close()
    assert sum(done) == 7
    assert moved_back(paid_shop) == 2100
    assert paid_shop.standing(paid).refunded == eur(2100)


def test_fifty_refunds_at_once_from_two_processes_never_exceed_what_was_left(paid_shop: PaidShop) -> None:
    paid = paid_shop.pays()
    url = paid_shop.house.store.url.render_as_string(hide_password=False)
    asked = [url, paid_shop.emulator.base_url, paid.payment_id, "300", "25"]
    command = [sys.executable, "-m", "tests.flows.refunding_process", *asked]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    running = [subprocess.Popen(command, **pipes, text=True, cwd=REPOSITORY) for _ in range(2)]  # type: ignore[call-overload]
    said = [process.communicate(timeout=100) for process in running]
    assert [process.returncode for process in running] == [0, 0], said
    paid_shop.sweep()
    assert sum(int(output.splitlines()[-1]) for output, _ in said) == 7, said
    assert moved_back(paid_shop) == 2100
    assert paid_shop.standing(paid).refunded == eur(2100)
    assert paid_shop.faults() == []


@pytest.mark.parametrize(
    ("end", "arrived", "left"),
    [("complete", "completed", 1880), ("fail", "failed", 2380), ("cancel", "cancelled", 2380)],
)
def test_a_refund_on_its_way_reserves_its_amount_until_it_ends(
    paid_shop: PaidShop, end: str, arrived: str, left: int
) -> None:
    paid = paid_shop.pays()
    paid_shop.emulator.order_fault("refund_pending", "refund")
    (refund,) = paid_shop.refunds(paid, eur(500))
    assert (refund.outcome, refund.arrived) == (Outcome.DONE, "pending")
    assert paid_shop.balance().get("refunds") is None
    assert refunding.left_of(paid_shop.house, paid.payment_id)[0].left == eur(1880)
    assert not paid_shop.standing(paid).is_final
    getattr(paid_shop.emulator, f"{end}_refund")(refund.id)
    paid_shop.sweep()
    (refund,) = refunding.refunds_of(paid_shop.house, paid.payment_id)
    assert refund.arrived == arrived
    assert refunding.left_of(paid_shop.house, paid.payment_id)[0].left == eur(left)
    assert ("refund failed" in paid_shop.differences(paid)) == (end == "fail")
    assert paid_shop.faults() == []


def test_a_refund_made_on_paypals_pages_is_booked_once_and_takes_from_what_is_left(
    paid_shop: PaidShop,
) -> None:
    paid = paid_shop.pays()
    paid_shop.emulator.refund(paid.capture, {"currency_code": "EUR", "value": "3.80"})
    (mine,) = paid_shop.refunds(paid, eur(2000))
    assert mine.arrived == "completed"
    paid_shop.refresh(paid)
    paid_shop.refresh(paid)
    assert paid_shop.balance()["refunds"] == 2380
    assert paid_shop.order(paid).state is OrderState.REFUNDED


def test_what_was_refunded_at_paypal_meanwhile_is_a_clear_refusal_and_then_known(paid_shop: PaidShop) -> None:
    paid = paid_shop.pays()
    paid_shop.emulator.refund(paid.capture)
    (refund,) = paid_shop.refunds(paid)
    assert (refund.outcome, refund.issue) == (Outcome.REFUSED, "CAPTURE_FULLY_REFUNDED")
    assert paid_shop.standing(paid).refunded == PRICE
    assert moved_back(paid_shop) == 2380


def test_a_low_balance_is_a_clear_refusal_and_nothing_is_reserved_after_it(paid_shop: PaidShop) -> None:
    paid = paid_shop.pays()
    paid_shop.emulator.set_settings(insufficient_funds=True)
    (refund,) = paid_shop.refunds(paid)
    assert (refund.outcome, refund.issue) == (Outcome.REFUSED, "REFUND_FAILED_INSUFFICIENT_FUNDS")
    assert refunding.left_of(paid_shop.house, paid.payment_id)[0].left == PRICE
    paid_shop.emulator.set_settings(insufficient_funds=False)
    assert paid_shop.refunds(paid)[0].arrived == "completed"


def test_after_180_days_nothing_is_asked_for(paid_shop: PaidShop) -> None:
    paid = paid_shop.pays()
    paid_shop.move(days=181)
    paid_shop.emulator.clear_calls()
    with pytest.raises(TooOldToRefundError, match="more than 180 days ago"):
        paid_shop.refunds(paid)
    assert paid_shop.emulator.calls(operation="refund") == []


def test_a_disputed_payment_is_not_refunded_beside_the_dispute(paid_shop: PaidShop) -> None:
    paid = paid_shop.pays()
    dispute = paid_shop.emulator.open_dispute(paid.capture)["dispute_id"]
    paid_shop.refresh(paid, disputes=frozenset({dispute}))
    with pytest.raises(DisputedError, match=f"checkout disputes accept {dispute}"):
        paid_shop.refunds(paid, eur(100))
    assert moved_back(paid_shop) == 0


def test_a_second_person_agrees_above_the_limit(paid_shop: PaidShop) -> None:
    limited = replace(paid_shop.house.shop, approval_above={"EUR": 1000})
    paid_shop.house = replace(paid_shop.house, shop=limited)
    paid = paid_shop.pays()
    assert paid_shop.refunds(paid, eur(1000))[0].arrived == "completed"
    (waiting,) = paid_shop.refunds(paid, eur(1001))
    assert waiting.outcome is Outcome.TO_APPROVE
    assert moved_back(paid_shop) == 1000
    with pytest.raises(MoreThanIsLeftError, match=r"EUR 3\.79 is left"):
        paid_shop.refunds(paid, eur(380))
    with pytest.raises(SamePersonError):
        refunding.approve(paid_shop.house, waiting.name, by="ann")
    agreed = refunding.approve(paid_shop.house, waiting.name, by="bob")
    assert (agreed.arrived, agreed.wished_by, agreed.agreed_by) == ("completed", "ann", "bob")
    assert moved_back(paid_shop) == 2001
    with pytest.raises(NotWaitingError):
        refunding.approve(paid_shop.house, waiting.name, by="bob")


def test_a_wish_that_is_withdrawn_gives_its_amount_free(paid_shop: PaidShop) -> None:
    limited = replace(paid_shop.house.shop, approval_above={"USD": 1000})
    paid_shop.house = replace(paid_shop.house, shop=limited)
    paid = paid_shop.pays()
    (waiting,) = paid_shop.refunds(paid)
    assert waiting.outcome is Outcome.TO_APPROVE, "a currency without a limit always needs a second person"
    assert refunding.withdraw(paid_shop.house, waiting.name, by="bob").outcome is Outcome.WITHDRAWN
    assert refunding.left_of(paid_shop.house, paid.payment_id)[0].left == PRICE
    with pytest.raises(NotWaitingError):
        refunding.approve(paid_shop.house, waiting.name, by="bob")


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"amount": eur(0)}, BadInputError),
        ({"amount": eur(-5)}, BadInputError),
        ({"by": " "}, BadInputError),
        ({"note": "n" * 256}, BadInputError),
        ({"note": f"my card is {CARD_NUMBER}"}, CardNumberError),
        ({"capture": "NOT-A-CAPTURE"}, RefundImpossibleError),
    ],
)
def test_a_wish_that_means_nothing_is_refused_with_what_to_do(
    paid_shop: PaidShop, wrong: dict[str, object], error: type[Exception]
) -> None:
    paid = _once_paid(paid_shop)
    amount, others = wrong.get("amount"), {name: wrong[name] for name in wrong if name != "amount"}
    with pytest.raises(error):
        paid_shop.refunds(paid, amount, **others)  # type: ignore[arg-type]


def _once_paid(shop: PaidShop) -> Paid:
    return shop.pays()
