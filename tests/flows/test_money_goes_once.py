"""What a payments engineer tried to break: amounts nobody can write, repeats that are refused, orders forgotten."""

from dataclasses import replace
from datetime import timedelta

import pytest

from checkout.domain.actors import Actor, Way
from checkout.domain.errors import AmountDoesNotFitError, BadInputError
from checkout.domain.intents import Outcome
from checkout.domain.keys import Scope, name_of_program
from checkout.domain.money import Money
from checkout.domain.refund_errors import MoreThanIsLeftError, SamePersonError
from checkout.flows import keys, refunding, reserving
from checkout.store import halts
from checkout.store.halts import Stops
from tests.paid_shop import Paid, PaidShop


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def sent_at_paypal(shop: PaidShop) -> int:
    return sum(-round(float(one["gross"]) * 100) for one in shop.emulator.movements(kind="refund"))


def only_refund(shop: PaidShop, paid: Paid) -> refunding.Refund:
    (found,) = refunding.refunds_of(shop.house, paid.payment_id)
    return found


def test_an_amount_paypal_cannot_write_is_refused_and_locks_nothing(paid_shop: PaidShop) -> None:
    forint = Money(370_500, "HUF")
    paid, later = paid_shop.pays(forint), paid_shop.pays(forint, capture_later=True)
    odd = Money(10_050, "HUF")
    with pytest.raises(AmountDoesNotFitError):
        paid_shop.refunds(paid, odd)
    with pytest.raises(AmountDoesNotFitError):
        reserving.capture(paid_shop.house, later.payment_id, by="ann", amount=odd)
    assert paid_shop.refunds(paid, Money(10_000, "HUF"))[0].arrived == "completed"
    assert reserving.capture(paid_shop.house, later.payment_id, by="ann").outcome is Outcome.DONE


def test_a_refused_repeat_proves_nothing_where_the_order_is_forgotten(paid_shop: PaidShop) -> None:
    paid = paid_shop.pays()
    paid_shop.emulator.order_fault("lost_answer", "refund", times=2)
    paid_shop.refunds(paid, eur(500))
    paid_shop.emulator.expire(paid.reference)
    paid_shop.emulator.order_fault("issue", "refund", issue="PERMISSION_DENIED")
    paid_shop.move(minutes=2)
    paid_shop.sweep()
    assert only_refund(paid_shop, paid).outcome is Outcome.UNKNOWN
    with pytest.raises(MoreThanIsLeftError):
        paid_shop.refunds(paid, eur(1881))
    paid_shop.move(minutes=2)
    paid_shop.sweep()
    assert only_refund(paid_shop, paid).arrived == "completed"
    assert sent_at_paypal(paid_shop) == 500


def test_a_refused_repeat_is_the_end_where_all_of_the_order_was_shown_and_somebody_is_told(
    paid_shop: PaidShop,
) -> None:
    paid = paid_shop.pays()
    paid_shop.emulator.order_fault("lost_request", "refund", times=2)
    paid_shop.refunds(paid, eur(500))
    paid_shop.emulator.set_settings(insufficient_funds=True)
    paid_shop.move(minutes=2)
    paid_shop.sweep()
    assert only_refund(paid_shop, paid).outcome is Outcome.REFUSED
    assert "refused late" in paid_shop.differences(paid)
    assert sent_at_paypal(paid_shop) == 0


def test_past_its_keys_life_a_refund_of_a_forgotten_order_stays_unknown(paid_shop: PaidShop) -> None:
    paid = paid_shop.pays()
    paid_shop.emulator.order_fault("lost_answer", "refund", times=2)
    paid_shop.refunds(paid, eur(500))
    paid_shop.emulator.expire(paid.reference)
    paid_shop.move(days=46)
    paid_shop.sweep()
    assert only_refund(paid_shop, paid).outcome is Outcome.UNKNOWN
    assert "unknown too long" in paid_shop.differences(paid)


def test_a_full_refund_of_a_forgotten_order_is_not_taken_for_refused(paid_shop: PaidShop) -> None:
    paid = paid_shop.pays()
    paid_shop.emulator.order_fault("lost_answer", "refund", times=2)
    paid_shop.refunds(paid)
    paid_shop.emulator.expire(paid.reference)
    paid_shop.move(days=1)
    paid_shop.emulator.order_fault("issue", "refund", issue="CAPTURE_FULLY_REFUNDED")
    paid_shop.sweep()
    assert only_refund(paid_shop, paid).outcome is Outcome.UNKNOWN


def test_a_refund_whose_process_died_is_gone_on_with_within_a_minute_or_so(paid_shop: PaidShop) -> None:
    paid = paid_shop.pays(instrument="pending:PENDING_REVIEW")
    for _ in range(9):
        paid_shop.move(days=1)
        paid_shop.sweep(everything=False)
    paid_shop.emulator.complete(paid_shop.captures_of(paid.reference)[0])
    paid_shop.sweep()
    paid_shop.emulator.order_fault("lost_request", "refund", times=2)
    paid_shop.refunds(paid, eur(500))
    paid_shop.move(seconds=60)
    paid_shop.sweep(everything=False)
    assert only_refund(paid_shop, paid).arrived == "completed"


def test_what_is_given_in_parts_counts_together_towards_the_second_person(paid_shop: PaidShop) -> None:
    limited = replace(paid_shop.house.shop, approval_above={"EUR": 1000})
    paid_shop.house = replace(paid_shop.house, shop=limited)
    paid = paid_shop.pays()
    assert paid_shop.refunds(paid, eur(600))[0].outcome is Outcome.DONE
    (second,) = paid_shop.refunds(paid, eur(600))
    assert second.outcome is Outcome.TO_APPROVE
    for same in ("Ann ", "ANN", " ann"):
        with pytest.raises(SamePersonError):
            refunding.approve(paid_shop.house, second.name, by=same)
    with pytest.raises(BadInputError):
        refunding.approve(paid_shop.house, second.name, by=" ")


def test_who_made_the_key_that_asks_for_a_refund_is_not_the_second_person(paid_shop: PaidShop) -> None:
    limited = replace(paid_shop.house.shop, approval_above={"EUR": 100})
    house = paid_shop.house = replace(paid_shop.house, shop=limited)
    ann, bob = Actor("Ann", Way.OFFICE), Actor("Bob", Way.OFFICE)
    made = keys.make(house, ann, name="web shop", scopes=[Scope.REFUNDS_WRITE])
    keys.make(house, Actor("Cid", Way.OFFICE), name="another", scopes=[Scope.REFUNDS_WRITE])
    program, paid = name_of_program("web shop"), paid_shop.pays()
    (waiting,) = paid_shop.refunds(paid, eur(1100), by=program)
    for same in ("Ann", " ann"):
        with pytest.raises(SamePersonError, match="made the API key"):
            refunding.approve(house, waiting.name, by=same)
    assert refunding.approve(house, waiting.name, by="Cid").arrived == "completed"

    keys.rotate(house, bob, made.key.id, overlap=timedelta(hours=2))
    paid_shop.move(hours=1)
    (while_both_open,) = paid_shop.refunds(paid, eur(200), by=program)
    for one in ("Ann", "Bob"):
        with pytest.raises(SamePersonError):
            refunding.approve(house, while_both_open.name, by=one)
    paid_shop.move(hours=3)
    (by_bobs,) = paid_shop.refunds(paid, eur(300), by=program)
    with pytest.raises(SamePersonError):
        refunding.approve(house, by_bobs.name, by="Bob")
    assert refunding.approve(house, by_bobs.name, by="Ann").arrived == "completed"


def test_no_key_asks_for_a_refund_and_is_revoked_so_that_its_maker_may_agree(paid_shop: PaidShop) -> None:
    limited = replace(paid_shop.house.shop, approval_above={"EUR": 1000})
    house = paid_shop.house = replace(paid_shop.house, shop=limited)
    ann = Actor("Ann", Way.OFFICE)
    made, paid = keys.make(house, ann, name="web shop", scopes=[Scope.REFUNDS_WRITE]), paid_shop.pays()
    paid_shop.move(minutes=1)
    keys.revoke(house, ann, made.key.id)
    paid_shop.move(minutes=1)  # as of a request that was let in before
    (waiting,) = paid_shop.refunds(paid, eur(1100), by=name_of_program("web shop"))
    with pytest.raises(SamePersonError):
        refunding.approve(house, waiting.name, by="Ann")


def test_no_repeat_goes_past_a_halt_or_beside_a_dispute(paid_shop: PaidShop) -> None:
    later, contested = paid_shop.pays(capture_later=True), paid_shop.pays()
    paid_shop.emulator.order_fault("lost_request", "capture_authorization", times=2)
    paid_shop.emulator.order_fault("lost_request", "refund", times=2)
    reserving.capture(paid_shop.house, later.payment_id, by="ann")
    paid_shop.refunds(contested, eur(500))
    dispute = paid_shop.emulator.open_dispute(contested.capture)["dispute_id"]
    with paid_shop.house.store.begin() as tx:
        halts.begin(tx, "*", Stops.CAPTURES, "test", "Look first.", at=paid_shop.clock())
    paid_shop.move(minutes=2)
    paid_shop.refresh(contested, disputes=frozenset({dispute}))
    paid_shop.sweep()
    assert paid_shop.captures_of(later.reference) == []
    assert sent_at_paypal(paid_shop) == 0
    with paid_shop.house.store.begin() as tx:
        halts.end(tx, "*", at=paid_shop.clock(), by="ann")
    paid_shop.move(minutes=2)
    paid_shop.sweep()
    assert len(paid_shop.captures_of(later.reference)) == 1
    assert sent_at_paypal(paid_shop) == 0


def test_a_forged_reversal_does_not_rename_a_refund_of_ours_that_was_not_told_yet(
    paid_shop: PaidShop,
) -> None:
    paid = paid_shop.pays()
    paid_shop.emulator.order_fault("lost_answer", "refund", times=2)
    paid_shop.refunds(paid, eur(500))
    (refund,) = paid_shop.emulator.refunds(capture_id=paid.capture)
    paid_shop.refresh(paid, reversals=frozenset({refund["id"]}))
    standing = paid_shop.standing(paid)
    assert (standing.refunded, standing.reversed) == (eur(500), eur(0))


def test_a_refund_at_paypal_of_a_forgotten_order_is_found_by_its_event(paid_shop: PaidShop) -> None:
    paid = paid_shop.pays()
    paid_shop.emulator.expire(paid.reference)
    paid_shop.emulator.refund(paid.capture, {"currency_code": "EUR", "value": "3.80"})
    (refund,) = paid_shop.emulator.refunds(capture_id=paid.capture)
    paid_shop.refresh(paid, refunds=frozenset({refund["id"], "SOMEBODYELSES1234"}))
    assert paid_shop.standing(paid).refunded == eur(380)
