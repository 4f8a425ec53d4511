"""A customer is handed over to the processor and comes back, whatever goes wrong on the way."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from checkout.domain.errors import (
    OrderClosedError,
    ProcessorRefusedError,
    ProcessorUnavailableError,
    Reaction,
    TooManyAttemptsError,
)
from checkout.domain.orders import OrderState
from checkout.domain.processor import Answer
from checkout.domain.standing import CAPTURES_MAX, PaymentState
from checkout.flows import paying
from tests.scripted_processor import (
    Fault,
    Operation,
    lost,
    refused,
)
from tests.small_shop import SmallShop, open_shop, reference_of

PAID_ONCE = [("processor", "debit", 2380, "EUR"), ("sales", "credit", 2380, "EUR")]


def test_a_customer_who_pays_and_comes_back_has_paid(shop: SmallShop) -> None:
    placed, _ = shop.approved()
    shop.come_back(placed)
    assert shop.state(placed) is OrderState.PAID
    assert shop.receipts(placed) == 1
    assert len(shop.processor.captured()) == 1
    assert shop.booked(placed) == PAID_ONCE
    assert shop.faults() == []
    assert shop.payments(placed)[0].ask_at is None


def test_a_visit_to_the_return_address_proves_nothing(shop: SmallShop) -> None:
    placed, reference = shop.begin()
    for _ in range(3):
        shop.come_back(placed)
    assert shop.standing(placed).state is PaymentState.AWAITING_CUSTOMER
    shop.processor.approve(reference)
    shop.come_back(placed)
    assert shop.state(placed) is OrderState.PAID


def test_too_many_empty_visits_end_the_payment_but_never_the_order(shop: SmallShop) -> None:
    placed, reference = shop.begin()
    for _ in range(CAPTURES_MAX + 2):
        shop.come_back(placed)
    assert len(shop.captures_asked()) == CAPTURES_MAX
    assert shop.standing(placed).is_final
    second = reference_of(paying.hand_over(shop.house, placed.token))
    assert second != reference
    shop.processor.approve(reference)
    shop.processor.approve(second)
    shop.come_back(placed)
    shop.sweep_on()
    assert shop.state(placed) is OrderState.PAID
    assert len(shop.processor.captured()) == 1


def test_an_expired_link_is_replaced_by_a_new_payment(shop: SmallShop) -> None:
    placed, reference = shop.begin()
    shop.clock.move(minutes=90)
    assert reference_of(paying.hand_over(shop.house, placed.token)) == reference
    shop.processor.close(reference)
    shop.clock.move(hours=2)
    assert reference_of(paying.hand_over(shop.house, placed.token)) != reference


def test_an_old_link_that_still_stands_is_handed_out_again_after_asking(shop: SmallShop) -> None:
    placed, reference = shop.begin()
    shop.clock.move(hours=3)
    assert reference_of(paying.hand_over(shop.house, placed.token)) == reference


def test_an_approved_payment_is_captured_when_its_customer_asks_to_pay_again(shop: SmallShop) -> None:
    placed, _ = shop.approved()
    shop.clock.move(hours=3)
    with pytest.raises(OrderClosedError):
        paying.hand_over(shop.house, placed.token)
    assert shop.state(placed) is OrderState.PAID


def test_an_opening_whose_answer_is_lost_is_asked_for_again_with_the_same_key(shop: SmallShop) -> None:
    placed = shop.place()
    shop.processor.plan(Operation.OPEN, Fault(after=lost("open")))
    with pytest.raises(ProcessorUnavailableError):
        paying.hand_over(shop.house, placed.token)
    paying.hand_over(shop.house, placed.token)
    assert len(shop.processor.held) == 1
    assert len(shop.payments(placed)) == 1


def test_an_opening_nobody_answered_ends_after_an_hour(shop: SmallShop) -> None:
    placed = shop.place()
    shop.processor.is_down(down=True)
    with pytest.raises(ProcessorUnavailableError):
        paying.hand_over(shop.house, placed.token)
    shop.sweep_on(2, minutes=40)
    assert shop.standing(placed).state is PaymentState.EXPIRED
    assert shop.payments(placed)[0].ask_at is None
    shop.processor.is_down(down=False)
    paying.hand_over(shop.house, placed.token)
    assert [payment.attempt for payment in shop.payments(placed)] == [1, 2]


def test_an_opening_answered_with_another_payments_reference_is_never_handed_out(shop: SmallShop) -> None:
    first, reference = shop.approved()
    shop.come_back(first)
    other = shop.processor.inquire
    second = shop.place()

    def as_the_first(_answer: Answer) -> Answer:
        from checkout.domain.processor import Question  # noqa: PLC0415

        told = other(Question("", reference, shop.order(first).due))
        return replace(told, hand_over_url=f"https://pay.example/{reference}")

    shop.processor.plan(Operation.OPEN, Fault(change=as_the_first))
    with pytest.raises(ProcessorRefusedError):
        paying.hand_over(shop.house, second.token)
    assert shop.state(second) is OrderState.AWAITING_PAYMENT
    assert shop.booked(second) == []
    assert shop.standing(second).state is PaymentState.FAILED
    assert "contradiction" in shop.differences(second)
    assert shop.booked(first) == PAID_ONCE
    paying.hand_over(shop.house, second.token)


def test_nothing_of_another_payment_is_learned_even_before_that_one_knew_it(shop: SmallShop) -> None:
    first, reference = shop.approved()
    second = shop.place()
    shop.processor.plan(Operation.OPEN, Fault(change=lambda answer: _of(shop, reference, answer)))
    with pytest.raises(ProcessorRefusedError):
        paying.hand_over(shop.house, second.token)
    shop.come_back(first)
    assert shop.state(first) is OrderState.PAID
    assert shop.state(second) is OrderState.AWAITING_PAYMENT


def _of(shop: SmallShop, reference: str, answer: Answer) -> Answer:
    from checkout.domain.processor import Question  # noqa: PLC0415

    told = shop.processor.inquire(Question("", reference, shop.processor.held[reference].opening.amount))
    return replace(answer, facts=told.facts)


def test_an_opening_for_another_amount_is_never_handed_out(shop: SmallShop) -> None:
    placed = shop.place()

    def cheaper(answer: Answer) -> Answer:
        return replace(answer, facts=(replace(answer.facts[0], amount=shop.order(placed).due * 2),))

    shop.processor.plan(Operation.OPEN, Fault(change=cheaper))
    with pytest.raises(ProcessorRefusedError):
        paying.hand_over(shop.house, placed.token)
    assert shop.standing(placed).state is PaymentState.FAILED
    assert "opened differs" in shop.differences(placed)
    shop.processor.approve("REF1")
    shop.come_back(placed)
    shop.sweep_on()
    assert shop.captures_asked() == []


def test_two_hand_overs_at_once_open_one_payment(shop: SmallShop) -> None:
    placed = shop.place()
    with ThreadPoolExecutor(8) as pool:
        links = list(pool.map(lambda _: paying.hand_over(shop.house, placed.token), range(8)))
    assert len(set(links)) == 1
    assert len(shop.payments(placed)) == 1
    assert len(shop.processor.held) == 1


def test_an_order_has_only_so_many_attempts(ready_url: str) -> None:
    shop = open_shop(ready_url, attempts_max=2)
    placed = shop.place()
    shop.processor.rule(Operation.OPEN, Fault(before=refused("BROKEN", Reaction.OPERATOR, "open")))
    for _ in range(2):
        with pytest.raises(ProcessorRefusedError):
            paying.hand_over(shop.house, placed.token)
    with pytest.raises(TooManyAttemptsError):
        paying.hand_over(shop.house, placed.token)
    assert len(shop.payments(placed)) == 2
    shop.house.store.close()


def test_a_closed_order_is_not_handed_over(shop: SmallShop) -> None:
    placed, _ = shop.approved()
    shop.come_back(placed)
    with pytest.raises(OrderClosedError):
        paying.hand_over(shop.house, placed.token)
