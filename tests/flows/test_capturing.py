"""The money a customer approved is taken once: answers lost, refused, held, wrong or late."""

import threading
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest

from checkout.domain.errors import (
    PaymentUnderWayError,
    Reaction,
    StoreUnavailableError,
)
from checkout.domain.facts import FactKind
from checkout.domain.orders import OrderState
from checkout.domain.processor import Answer
from checkout.domain.standing import PaymentState
from checkout.flows import paying, showing
from checkout.store import intents
from checkout.store.engine import Store, Tx
from tests.scripted_processor import (
    DECLINE_INSTRUMENT,
    LOSE_ANSWER,
    NEVER_ARRIVES,
    Fault,
    Operation,
    refused,
)
from tests.small_shop import SmallShop, reference_of

PAID_ONCE = [("processor", "debit", 2380, "EUR"), ("sales", "credit", 2380, "EUR")]


def test_the_processors_own_id_of_a_successful_capture_is_kept(shop: SmallShop) -> None:
    placed, _ = shop.approved()
    shop.come_back(placed)
    with shop.house.store.read() as tx:
        kept = dict(intents.debug_ids(tx, shop.payments(placed)[0].id))
    assert set(kept) == {"open", "capture"}


def test_the_capture_of_a_lost_answer_is_found_by_asking_and_not_repeated(shop: SmallShop) -> None:
    placed, _ = shop.approved()
    shop.processor.plan(Operation.CAPTURE, LOSE_ANSWER)
    shop.come_back(placed)
    assert shop.standing(placed).state is PaymentState.UNKNOWN
    assert not shop.standing(placed).is_final
    assert showing.order_view(shop.house, placed.token).outcome is showing.Outcome.CONFIRMING
    with pytest.raises(PaymentUnderWayError):
        paying.hand_over(shop.house, placed.token)
    shop.sweep_on(1)
    assert shop.state(placed) is OrderState.PAID
    assert len(shop.captures_asked()) == 1


def test_a_capture_that_never_arrived_is_repeated_with_its_own_key(shop: SmallShop) -> None:
    placed, _ = shop.approved()
    shop.processor.plan(Operation.CAPTURE, NEVER_ARRIVES)
    shop.come_back(placed)
    shop.come_back(placed)
    assert len(shop.captures_asked()) == 1, "only a caller who has just asked repeats it"
    shop.sweep_on(1)
    assert shop.state(placed) is OrderState.PAID
    assert len(set(shop.captures_asked())) == 1


def test_a_capture_whose_caller_died_is_completed_by_the_sweep(shop: SmallShop) -> None:
    placed, _ = shop.approved()
    shop.processor.plan(Operation.CAPTURE, Fault(before=KeyboardInterrupt()))  # type: ignore[arg-type]
    with pytest.raises(KeyboardInterrupt):
        shop.come_back(placed)
    assert shop.standing(placed).state is PaymentState.CAPTURING
    shop.sweep_on(1, seconds=6)
    assert shop.standing(placed).state is PaymentState.CAPTURING, "the caller may still be waiting"
    shop.sweep_on(2, minutes=10)
    assert shop.state(placed) is OrderState.PAID
    assert len(set(shop.captures_asked())) == 1


def test_an_unknown_capture_is_asked_about_ever_less_often(shop: SmallShop) -> None:
    placed, _ = shop.approved()
    shop.processor.rule(Operation.CAPTURE, NEVER_ARRIVES)
    shop.come_back(placed)
    for _ in range(6 * 60):
        shop.clock.move(seconds=10)
        shop.sweep()
    assert 3 <= len(shop.captures_asked()) <= 6, "an hour of outage"
    assert shop.standing(placed).state is PaymentState.UNKNOWN
    shop.processor.rule(Operation.CAPTURE, None)
    shop.sweep_on(24, hours=1)
    assert shop.state(placed) is OrderState.PAID
    assert len(set(shop.captures_asked())) == 1


def test_an_answer_without_what_came_of_the_capture_never_permits_another(shop: SmallShop) -> None:
    placed, _ = shop.approved()

    def only_approved(answer: Answer) -> Answer:
        return replace(answer, facts=tuple(fact for fact in answer.facts if fact.kind is FactKind.APPROVED))

    shop.processor.plan(Operation.CAPTURE, Fault(change=only_approved))
    shop.come_back(placed)
    assert shop.standing(placed).state is PaymentState.UNKNOWN
    shop.come_back(placed)
    shop.sweep_on(3)
    assert shop.state(placed) is OrderState.PAID
    assert len(shop.processor.captured()) == 1


def test_a_capture_in_a_state_nobody_knows_is_neither_paid_nor_failed_nor_repeated(shop: SmallShop) -> None:
    placed, reference = shop.approved()
    shop.processor.plan(Operation.CAPTURE, Fault(capture_as=FactKind.UNRECOGNISED))
    shop.come_back(placed)
    shop.sweep_on(4)
    assert shop.standing(placed).state in {PaymentState.UNKNOWN, PaymentState.CAPTURING}
    assert "unrecognised" in shop.differences(placed)
    assert len(set(shop.captures_asked())) == 1
    shop.processor.resolve(reference, FactKind.CAPTURED)
    shop.sweep_on(4, days=1)
    assert shop.state(placed) is OrderState.PAID


@pytest.mark.parametrize("already", ["ORDER_ALREADY_CAPTURED", "DUPLICATE_INVOICE_ID"])
def test_already_captured_without_a_capture_to_see_is_unknown_and_seen_by_a_person(
    shop: SmallShop, already: str
) -> None:
    placed, _ = shop.approved()
    shop.processor.plan(Operation.CAPTURE, Fault(before=refused(already, Reaction.READ_AND_GO_ON)))
    shop.come_back(placed)
    assert shop.standing(placed).state is PaymentState.UNKNOWN
    assert "refused for the operator" in shop.differences(placed)
    with pytest.raises(PaymentUnderWayError):
        paying.hand_over(shop.house, placed.token)
    shop.sweep_on(2)
    assert shop.state(placed) is OrderState.PAID
    assert len(set(shop.captures_asked())) == 1


def test_already_captured_is_read_and_paid(shop: SmallShop) -> None:
    placed, reference = shop.approved()
    shop.processor.plan(
        Operation.CAPTURE, LOSE_ANSWER, Fault(before=refused("ALREADY", Reaction.READ_AND_GO_ON))
    )
    shop.come_back(placed)
    shop.processor.plan(
        Operation.INQUIRE, Fault(change=lambda answer: replace(answer, facts=answer.facts[:2]))
    )
    shop.sweep_on(1)
    assert reference
    assert shop.state(placed) is OrderState.PAID
    assert len(shop.processor.captured()) == 1


@pytest.mark.parametrize(
    ("reaction", "state", "opens_anew"),
    [
        (Reaction.BACK_TO_PAYER, PaymentState.AWAITING_CUSTOMER, False),
        (Reaction.OTHER_INSTRUMENT, PaymentState.DECLINED, False),
        (Reaction.OTHER_METHOD, PaymentState.DECLINED, True),
        (Reaction.START_AGAIN, PaymentState.EXPIRED, True),
        (Reaction.OPERATOR, PaymentState.FAILED, True),
        (Reaction.OUR_BUG, PaymentState.FAILED, True),
        (Reaction.REPEAT_LATER, PaymentState.UNKNOWN, None),
        (Reaction.WAIT, PaymentState.UNKNOWN, None),
    ],
)
def test_each_reaction_to_a_refused_capture_leads_where_it_says(
    shop: SmallShop, reaction: Reaction, state: PaymentState, *, opens_anew: bool | None
) -> None:
    placed, reference = shop.approved()
    shop.processor.plan(Operation.CAPTURE, Fault(before=refused("SOME_ISSUE", reaction)))
    shop.come_back(placed)
    assert shop.standing(placed).state is state
    assert shop.state(placed) is OrderState.AWAITING_PAYMENT
    expects_person = reaction in {Reaction.OPERATOR, Reaction.OUR_BUG}
    assert ("refused for the operator" in shop.differences(placed)) is expects_person
    if opens_anew is None:
        with pytest.raises(PaymentUnderWayError):
            paying.hand_over(shop.house, placed.token)
        return
    assert (reference_of(paying.hand_over(shop.house, placed.token)) != reference) is opens_anew
    shop.processor.approve(shop.payments(placed)[-1].reference or "")
    shop.come_back(placed)
    assert shop.state(placed) is OrderState.PAID
    assert shop.booked(placed) == PAID_ONCE


def test_after_a_declined_instrument_only_news_asks_again(shop: SmallShop) -> None:
    placed, reference = shop.approved()
    shop.processor.plan(Operation.CAPTURE, DECLINE_INSTRUMENT)
    shop.come_back(placed)
    shop.sweep_on(3)
    assert len(shop.captures_asked()) == 1
    shop.clock.move(minutes=1)
    shop.processor.approve(reference)
    shop.sweep_on(1, days=2)
    assert shop.state(placed) is OrderState.PAID, (
        "the customer paid otherwise at the same link, never came back"
    )
    assert len(set(shop.captures_asked())) == 2
    assert len(shop.processor.captured()) == 1


def test_a_capture_declined_for_good_lets_the_customer_begin_anew(shop: SmallShop) -> None:
    placed, reference = shop.approved()
    shop.processor.plan(Operation.CAPTURE, Fault(capture_as=FactKind.DECLINED))
    shop.come_back(placed)
    assert shop.standing(placed).state is PaymentState.DECLINED
    second = reference_of(paying.hand_over(shop.house, placed.token))
    assert second != reference
    shop.processor.approve(second)
    shop.sweep_on(2)
    assert shop.state(placed) is OrderState.PAID
    assert [payment.state for payment in shop.payments(placed)] == [
        PaymentState.DECLINED,
        PaymentState.CAPTURED,
    ]


@pytest.mark.parametrize("end", [FactKind.CAPTURED, FactKind.DECLINED])
def test_a_held_capture_is_not_paid_until_it_is_completed(shop: SmallShop, end: FactKind) -> None:
    placed, reference = shop.approved()
    shop.processor.plan(Operation.CAPTURE, Fault(capture_as=FactKind.PENDING))
    shop.come_back(placed)
    assert shop.standing(placed).state is PaymentState.PENDING_REVIEW
    assert shop.state(placed) is OrderState.AWAITING_PAYMENT
    assert shop.booked(placed) == []
    with pytest.raises(PaymentUnderWayError):
        paying.hand_over(shop.house, placed.token)
    shop.processor.resolve(reference, end)
    shop.sweep_on(3, days=1)
    paid = end is FactKind.CAPTURED
    assert (shop.state(placed) is OrderState.PAID) is paid
    assert shop.receipts(placed) == int(paid)
    assert len(shop.captures_asked()) == 1


def test_a_second_payment_of_an_order_is_not_captured_while_the_first_may_have_its_money(
    shop: SmallShop,
) -> None:
    placed, first = shop.begin()
    shop.processor.close(first)
    shop.sweep_on(1)
    second = reference_of(paying.hand_over(shop.house, placed.token))
    shop.processor.held[first].closed = None
    shop.processor.approve(second)
    shop.processor.plan(Operation.CAPTURE, LOSE_ANSWER)
    shop.come_back(placed)
    shop.processor.approve(first)
    paying.came_back(shop.house, shop.payments(placed)[0].token)
    assert len(shop.captures_asked()) == 1
    shop.sweep_on(2)
    assert shop.state(placed) is OrderState.PAID
    assert len(shop.processor.captured()) == 1


def test_with_the_processors_keys_expired_it_is_asked_first_and_captured_once(shop: SmallShop) -> None:
    placed, reference = shop.approved()
    shop.processor.plan(Operation.CAPTURE, LOSE_ANSWER)
    shop.come_back(placed)
    shop.clock.move(hours=7)
    shop.processor.held[reference].captures[0].key = "forgotten"
    shop.sweep()
    assert shop.state(placed) is OrderState.PAID
    assert len(shop.processor.captured()) == 1


def test_the_caller_who_waits_is_not_overtaken_by_a_sweep(shop: SmallShop) -> None:
    from tests.scripted_processor import Hang  # noqa: PLC0415

    placed, _ = shop.approved()
    hang = Hang()
    shop.processor.plan(Operation.CAPTURE, Fault(hangs=hang))
    customer = threading.Thread(target=shop.come_back, args=(placed,))
    customer.start()
    assert hang.reached.wait(20)
    shop.sweep_on(1, seconds=10)
    assert shop.state(placed) is OrderState.PAID, "the sweep saw the capture; the answer is still on its way"
    hang.let_go.set()
    customer.join(20)
    assert len(shop.captures_asked()) == 1
    assert shop.receipts(placed) == 1
    assert shop.booked(placed) == PAID_ONCE


def test_a_database_that_is_away_when_the_answer_comes_loses_nothing(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed, _ = shop.approved()
    begin, begun = Store.begin, []

    def away_the_second_time(store: Store) -> AbstractContextManager[Tx]:
        begun.append(store)
        if len(begun) == 2:
            raise StoreUnavailableError
        return begin(store)

    with monkeypatch.context() as outage:
        outage.setattr(Store, "begin", away_the_second_time)
        shop.come_back(placed)
    assert len(shop.processor.captured()) == 1
    assert shop.standing(placed).state is PaymentState.CAPTURING
    shop.sweep_on(1)
    assert shop.state(placed) is OrderState.PAID
    assert len(shop.captures_asked()) == 1
    assert shop.booked(placed) == PAID_ONCE
