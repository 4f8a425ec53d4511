"""Money that is only reserved at first: taken in parts or whole, made sure of again, let go, or run out."""

import pytest
from sqlalchemy import text

from checkout.domain.authorizations import AuthorizationState
from checkout.domain.errors import BadInputError, MoneyReservedError
from checkout.domain.intents import Outcome
from checkout.domain.money import Money
from checkout.domain.orders import OrderState
from checkout.domain.standing import PaymentState
from checkout.flows import ordering, reserving
from checkout.flows.reserving import HaltedError, NothingReservedError, UnresolvedBeforeError
from checkout.store import halts
from checkout.store.halts import Stops
from tests.paid_shop import PRICE, Paid, PaidShop


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def reserve(shop: PaidShop) -> Paid:
    paid = shop.pays(capture_later=True)
    assert shop.standing(paid).state is PaymentState.AUTHORIZED
    return paid


def test_reserved_money_is_not_ours_and_the_order_not_paid(paid_shop: PaidShop) -> None:
    paid = reserve(paid_shop)
    standing = paid_shop.standing(paid)
    assert (standing.captured, standing.authorized) == (eur(0), PRICE)
    assert paid_shop.order(paid).state is OrderState.AUTHORIZED
    assert paid_shop.balance() == {}
    assert paid_shop.enqueued == []
    (one,) = reserving.reserved(paid_shop.house)
    assert one.until is not None
    assert one.honoured_until is not None
    assert (one.until - one.honoured_until).days == 26


def test_all_of_it_is_taken_at_once(paid_shop: PaidShop) -> None:
    paid = reserve(paid_shop)
    step = reserving.capture(paid_shop.house, paid.payment_id, by="ann")
    assert step.outcome is Outcome.DONE
    assert paid_shop.order(paid).state is OrderState.PAID
    assert paid_shop.balance()["sales"] == -2380
    assert paid_shop.differences(paid) == set()
    assert paid_shop.faults() == []
    assert reserving.reserved(paid_shop.house) == []
    with pytest.raises(NothingReservedError):
        reserving.capture(paid_shop.house, paid.payment_id, by="ann")


def test_it_is_taken_in_parts_and_the_rest_let_go(paid_shop: PaidShop) -> None:
    paid = reserve(paid_shop)
    reserving.capture(paid_shop.house, paid.payment_id, by="ann", amount=eur(1000), final=False)
    assert paid_shop.order(paid).state is OrderState.PARTIALLY_PAID
    assert paid_shop.standing(paid).authorized == eur(1380)
    step = reserving.capture(paid_shop.house, paid.payment_id, by="ann", amount=eur(380), final=True)
    assert step.outcome is Outcome.DONE
    standing = paid_shop.standing(paid)
    assert (standing.captured, standing.authorized) == (eur(1380), eur(0))
    assert paid_shop.differences(paid) == set(), "what the operator chose not to take is no difference"
    assert len(paid_shop.captures_of(paid.reference)) == 2
    assert paid_shop.faults() == []


def test_more_than_was_reserved_is_never_asked_for(paid_shop: PaidShop) -> None:
    paid = reserve(paid_shop)
    with pytest.raises(BadInputError, match=r"EUR 23\.80 may still be taken"):
        reserving.capture(paid_shop.house, paid.payment_id, by="ann", amount=eur(2381))
    assert paid_shop.captures_of(paid.reference) == []


def test_it_is_let_go_and_the_order_can_then_be_cancelled(paid_shop: PaidShop) -> None:
    paid = reserve(paid_shop)
    with pytest.raises(MoneyReservedError, match="reservations release"):
        ordering.cancel(paid_shop.house, paid.order.token)
    assert reserving.void(paid_shop.house, paid.payment_id, by="ann").outcome is Outcome.DONE
    assert paid_shop.standing(paid).state is PaymentState.VOIDED
    assert paid_shop.order(paid).state is OrderState.AWAITING_PAYMENT
    ordering.cancel(paid_shop.house, paid.order.token)
    assert paid_shop.order(paid).state is OrderState.CANCELLED


def test_it_is_made_sure_of_again_after_three_days_and_then_taken(paid_shop: PaidShop) -> None:
    paid = reserve(paid_shop)
    early = reserving.reauthorize(paid_shop.house, paid.payment_id, by="ann")
    assert early.outcome is Outcome.REFUSED
    paid_shop.move(days=5)
    late = reserving.reauthorize(paid_shop.house, paid.payment_id, by="ann")
    assert late.outcome is Outcome.DONE
    standing = paid_shop.standing(paid)
    assert standing.authorized == PRICE, "the older reservation no longer counts"
    (one,) = reserving.reserved(paid_shop.house)
    assert one.honoured_until is not None
    assert one.honoured_until > paid_shop.clock()
    assert reserving.capture(paid_shop.house, paid.payment_id, by="ann").outcome is Outcome.DONE
    assert paid_shop.order(paid).state is OrderState.PAID


def test_its_end_is_a_fact_and_nothing_can_be_taken_after_it(paid_shop: PaidShop) -> None:
    paid = reserve(paid_shop)
    paid_shop.move(days=30)
    paid_shop.sweep()
    standing = paid_shop.standing(paid)
    assert standing.state is PaymentState.EXPIRED
    assert [one.state for one in standing.authorizations] == [AuthorizationState.EXPIRED]
    with pytest.raises(NothingReservedError):
        reserving.capture(paid_shop.house, paid.payment_id, by="ann")


def test_a_reservation_under_review_is_neither_taken_nor_opened_again(paid_shop: PaidShop) -> None:
    paid = paid_shop.pays(instrument="pending:PENDING_REVIEW", capture_later=True)
    assert paid_shop.standing(paid).state is PaymentState.PENDING_REVIEW
    with pytest.raises(NothingReservedError):
        reserving.capture(paid_shop.house, paid.payment_id, by="ann")
    (held,) = paid_shop.emulator.authorizations(order_id=paid.reference)
    paid_shop.emulator.approve_authorization(held["id"])
    paid_shop.sweep()
    assert paid_shop.standing(paid).state is PaymentState.AUTHORIZED


def test_a_capture_whose_answer_was_lost_is_found_by_its_name(paid_shop: PaidShop) -> None:
    paid = reserve(paid_shop)
    paid_shop.emulator.order_fault("lost_answer", "capture_authorization", times=2)
    step = reserving.capture(paid_shop.house, paid.payment_id, by="ann", amount=eur(500), final=False)
    assert step.outcome is Outcome.UNKNOWN
    assert paid_shop.standing(paid).state is PaymentState.UNKNOWN
    with pytest.raises(UnresolvedBeforeError):
        reserving.capture(paid_shop.house, paid.payment_id, by="ann")
    paid_shop.sweep()
    assert paid_shop.standing(paid).captured == eur(500)
    assert len(paid_shop.captures_of(paid.reference)) == 1


def test_an_authorization_whose_answer_was_lost_is_found(paid_shop: PaidShop) -> None:
    paid_shop.emulator.order_fault("lost_answer", "authorize", times=2)
    paid = paid_shop.pays(capture_later=True)
    assert paid_shop.standing(paid).state is PaymentState.UNKNOWN
    paid_shop.sweep()
    assert paid_shop.standing(paid).state is PaymentState.AUTHORIZED
    assert len(paid_shop.emulator.authorizations(order_id=paid.reference)) == 1


def test_nothing_is_taken_while_captures_stand_still(paid_shop: PaidShop) -> None:
    paid = reserve(paid_shop)
    with paid_shop.house.store.begin() as tx:
        halts.begin(tx, "*", Stops.CAPTURES, "test", "The books are not true.", at=paid_shop.clock())
    with pytest.raises(HaltedError, match="The books are not true"):
        reserving.capture(paid_shop.house, paid.payment_id, by="ann")
    assert paid_shop.captures_of(paid.reference) == []
    with paid_shop.house.store.begin() as tx:
        assert halts.end(tx, "*", at=paid_shop.clock(), by="ann") == 1
    assert reserving.capture(paid_shop.house, paid.payment_id, by="ann").outcome is Outcome.DONE


def test_a_capture_declined_after_the_honour_period_leaves_the_reservation_to_be_decided(
    paid_shop: PaidShop,
) -> None:
    paid = reserve(paid_shop)
    paid_shop.move(days=4)
    paid_shop.emulator.order_fault("decline", "capture_authorization", match={"honoured": "no"})
    step = reserving.capture(paid_shop.house, paid.payment_id, by="ann")
    assert step.outcome is Outcome.REFUSED
    assert paid_shop.standing(paid).state is PaymentState.AUTHORIZED
    assert paid_shop.balance() == {}


def test_parts_that_were_taken_are_given_back_together(paid_shop: PaidShop) -> None:
    paid = reserve(paid_shop)
    for minor in (1000, 1380):
        reserving.capture(paid_shop.house, paid.payment_id, by="ann", amount=eur(minor), final=minor == 1380)
    made = paid_shop.refunds(paid, eur(1500))
    assert len(made) == len({one.capture for one in made}) == 2
    assert sum(one.amount.minor for one in made) == 1500
    assert {one.arrived for one in made} == {"completed"}
    assert paid_shop.standing(paid).refunded == eur(1500)


def test_after_a_restore_money_is_taken_under_a_number_that_was_never_used(paid_shop: PaidShop) -> None:
    paid = reserve(paid_shop)
    reserving.capture(paid_shop.house, paid.payment_id, by="ann", amount=eur(1000), final=False)
    with (
        paid_shop.house.store.begin() as tx
    ):  # the backup is older than what was asked for; the sweep has told it
        tx.execute(text("delete from intents where operation = 'capture'"))
    step = reserving.capture(paid_shop.house, paid.payment_id, by="ann", amount=eur(380), final=True)
    assert step.outcome is Outcome.DONE
    assert paid_shop.standing(paid).captured == eur(1380)
    assert len(paid_shop.captures_of(paid.reference)) == 2
    assert paid_shop.faults() == []
