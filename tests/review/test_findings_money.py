"""Money that a double fault could have lost from sight, and customers it could have left waiting."""

from dataclasses import replace

import pytest

from checkout.domain.errors import Reaction
from checkout.domain.facts import Fact, FactKind
from checkout.domain.money import Money
from checkout.domain.orders import OrderState
from checkout.domain.processor import Answer, Envelope, Told
from checkout.domain.standing import PaymentState
from checkout.flows import paying, showing
from checkout.store import mailboxes
from checkout.store.mailboxes import Message, MessageState
from tests.scripted_processor import (
    DECLINE_INSTRUMENT,
    LOSE_ANSWER,
    NEVER_ARRIVES,
    PAYEE,
    Fault,
    Operation,
    refused,
    signed,
)
from tests.small_shop import SmallShop, reference_of
from webhooks.process import TRIES_MAX


def stale(answer: Answer) -> Answer:
    """What a read says that has not caught up with a capture yet."""
    return replace(answer, facts=tuple(one for one in answer.facts if one.kind is not FactKind.CAPTURED))


@pytest.mark.parametrize("reaction", [Reaction.OPERATOR, Reaction.OUR_BUG])
def test_a_refusal_of_the_repeat_never_fails_a_capture_that_may_have_happened(
    shop: SmallShop, reaction: Reaction
) -> None:
    placed, _ = shop.approved()
    shop.processor.plan(Operation.CAPTURE, LOSE_ANSWER, Fault(before=refused("NOT_AUTHORIZED", reaction)))
    shop.come_back(placed)
    shop.processor.plan(Operation.INQUIRE, Fault(change=stale))
    shop.sweep_on(1)
    assert shop.standing(placed).state is PaymentState.UNKNOWN
    assert "refused for the operator" in shop.differences(placed)
    assert showing.order_view(shop.house, placed.token).outcome is showing.Outcome.CONFIRMING
    shop.sweep_on(1, hours=2)
    assert shop.state(placed) is OrderState.PAID
    assert len(shop.processor.captured()) == 1


def test_a_refusal_of_the_first_call_is_a_known_failure(shop: SmallShop) -> None:
    placed, _ = shop.approved()
    shop.processor.plan(Operation.CAPTURE, Fault(before=refused("NOT_AUTHORIZED", Reaction.OPERATOR)))
    shop.come_back(placed)
    assert shop.standing(placed).state is PaymentState.FAILED


def test_an_unknown_capture_of_a_payment_that_is_gone_comes_to_its_end(shop: SmallShop) -> None:
    placed, reference = shop.approved()
    shop.processor.plan(
        Operation.CAPTURE, NEVER_ARRIVES, Fault(before=refused("NOT_AUTHORIZED", Reaction.OPERATOR))
    )
    shop.come_back(placed)
    shop.sweep_on(1)
    shop.processor.close(reference)
    shop.sweep_on(3, hours=2)
    assert shop.standing(placed).state is PaymentState.EXPIRED
    assert shop.processor.captured() == []


def test_a_decline_of_an_earlier_attempt_proves_nothing_about_a_later_one(shop: SmallShop) -> None:
    placed, reference = shop.approved()
    first_at = shop.clock()
    shop.processor.plan(Operation.CAPTURE, DECLINE_INSTRUMENT, LOSE_ANSWER)
    shop.come_back(placed)
    shop.clock.move(minutes=5)
    shop.processor.approve(reference)
    shop.come_back(placed)

    def only_the_first(answer: Answer) -> Answer:
        declined = Fact(FactKind.DECLINED, reference, "CAP-OLD", Money(2380, "EUR"), happened_at=first_at)
        return replace(stale(answer), facts=(*stale(answer).facts, declined))

    shop.processor.plan(Operation.INQUIRE, Fault(change=only_the_first))
    shop.processor.plan(Operation.CAPTURE, NEVER_ARRIVES)
    shop.sweep_on(1)
    assert shop.standing(placed).state is PaymentState.UNKNOWN
    shop.sweep_on(1, hours=2)
    assert shop.state(placed) is OrderState.PAID
    assert len(shop.processor.captured()) == 1


def test_a_decline_of_the_later_attempt_ends_it(shop: SmallShop) -> None:
    placed, reference = shop.approved()

    def dated(answer: Answer) -> Answer:
        return replace(answer, facts=tuple(replace(one, happened_at=shop.clock()) for one in answer.facts))

    declined = Fault(capture_as=FactKind.DECLINED, change=dated)
    shop.processor.plan(Operation.CAPTURE, DECLINE_INSTRUMENT, declined)
    shop.come_back(placed)
    shop.clock.move(minutes=5)
    shop.processor.approve(reference)
    shop.come_back(placed)
    assert shop.standing(placed).state is PaymentState.DECLINED


def test_a_customer_whose_approval_is_gone_may_pay_at_the_same_link(shop: SmallShop) -> None:
    placed, reference = shop.approved()
    shop.processor.plan(Operation.CAPTURE, DECLINE_INSTRUMENT)
    shop.sweep_on(1, seconds=6)
    shop.come_back(placed)
    assert showing.order_view(shop.house, placed.token).outcome is showing.Outcome.READY
    asked = len(shop.captures_asked())
    shop.sweep_on(6)
    assert len(shop.captures_asked()) == asked, "nothing new was heard"
    assert reference_of(paying.hand_over(shop.house, placed.token)) == reference
    shop.processor.approve(reference)
    shop.come_back(placed)
    assert shop.state(placed) is OrderState.PAID


def test_an_approval_that_the_processor_had_not_noticed_yet_is_captured_later(shop: SmallShop) -> None:
    placed, _ = shop.approved()
    shop.clock.move(seconds=3)
    shop.processor.plan(Operation.CAPTURE, Fault(before=refused("ORDER_NOT_APPROVED", Reaction.NOT_APPROVED)))
    shop.come_back(placed)
    assert shop.state(placed) is OrderState.AWAITING_PAYMENT
    shop.sweep_on(1)
    assert shop.state(placed) is OrderState.PAID


def keep(shop: SmallShop, raw: bytes, headers: dict[str, str]) -> None:
    """An event is in the inbox."""
    with shop.house.store.begin() as tx:
        mailboxes.put(tx, [(shop.processor.authenticate(raw, headers), shop.clock())])


def newest(shop: SmallShop) -> Message:
    """The event that came last."""
    with shop.house.store.read() as tx:
        return mailboxes.newest(tx, limit=1)[0]


def tell_of_refund(shop: SmallShop, monkeypatch: pytest.MonkeyPatch, reference: str) -> None:
    """The processor says by an event that a refund happened."""
    plain = shop.processor.translate

    def translate(envelope: Envelope) -> Told:
        return replace(plain(envelope), happened=envelope.kept["refund"])

    monkeypatch.setattr(shop.processor, "translate", translate)
    keep(shop, *signed({"id": "E-REFUND", "reference": reference, "refund": "REFUND1"}))
    shop.process()


def test_a_refund_that_the_processor_does_not_show_yet_is_not_taken_for_done(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed, reference = shop.approved()
    shop.come_back(placed)
    tell_of_refund(shop, monkeypatch, reference)
    assert newest(shop).state is MessageState.NEW

    def with_refund(answer: Answer) -> Answer:
        refund = Fact(FactKind.REFUNDED, reference, "REFUND1", Money(1000, "EUR"), PAYEE)
        return replace(answer, facts=(*answer.facts, refund))

    shop.processor.rule(Operation.INQUIRE, Fault(change=with_refund))
    shop.clock.move(minutes=1)
    shop.process()
    assert newest(shop).state is MessageState.DONE
    assert shop.state(placed) is OrderState.PARTIALLY_REFUNDED


def test_a_refund_that_the_processor_never_shows_is_seen_by_a_person(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed, reference = shop.approved()
    shop.come_back(placed)
    tell_of_refund(shop, monkeypatch, reference)
    for _ in range(TRIES_MAX):
        shop.clock.move(hours=2)
        shop.process()
    assert newest(shop).state is MessageState.PARKED
    assert "does not show" in str(newest(shop).reason)
    assert shop.state(placed) is OrderState.PAID, "an unproven hint books nothing"
