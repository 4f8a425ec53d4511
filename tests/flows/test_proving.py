"""Which facts prove an operation, and which never do: what is not proven is asked about, not taken for done."""

from dataclasses import replace
from datetime import timedelta

import pytest

from checkout.domain.disputes import DisputeOutcome, DisputeStage, DisputeStatus
from checkout.domain.facts import Fact, FactKind, words
from checkout.domain.intents import DISPUTE_ANSWERS, Intent, Operation, Outcome
from checkout.domain.money import Money
from checkout.domain.terms import Terms
from checkout.flows.proving import CLOCKS_DIFFER_MAX, proof_of
from checkout.flows.settling import refresh, settle
from checkout.store import intents, orders
from tests.domain.histories import LATER, START, TERMS, at, disputed, fact, intent
from tests.scripted_processor import PAYEE
from tests.small_shop import SmallShop

OURS = {"invoice": "shop-ORDER-1-R1"}
REFUND = intent(Operation.REFUND, Outcome.UNKNOWN, subject="CAP1", invoice="shop-ORDER-1-R1")
TAKE = intent(Operation.CAPTURE, Outcome.UNKNOWN, subject="AUTH1", invoice="shop-ORDER-1-C1")
VOID = intent(Operation.VOID, Outcome.UNKNOWN, subject="AUTH1")
RENEW = intent(Operation.REAUTHORIZE, Outcome.UNKNOWN, subject="AUTH1")
SENT = [
    *(FactKind.REFUNDED, FactKind.REFUND_PENDING),
    *(FactKind.REFUND_FAILED, FactKind.REFUND_CANCELLED),
]


def proves(told: Fact, of: Intent, terms: Terms = TERMS) -> bool:
    """True where this fact alone proves the operation."""
    return proof_of(of, terms, [told]) is told


@pytest.mark.parametrize("kind", SENT)
def test_a_refund_is_proven_by_our_own_name_for_it_whatever_became_of_it(kind: FactKind) -> None:
    assert proves(fact(kind, "R1", words=words(**OURS)), REFUND)
    assert not proves(fact(kind, "R1", words=words(invoice="shop-ORDER-1-R2")), REFUND)
    assert not proves(fact(kind, "R1"), REFUND), "somebody else may have sent it at PayPal's own site"
    assert not proves(fact(kind, "R1"), replace(REFUND, invoice=None))


@pytest.mark.parametrize("kind", [FactKind.REVERSED, FactKind.CAPTURED, FactKind.RETURNED, FactKind.MOVED])
def test_nothing_else_proves_a_refund(kind: FactKind) -> None:
    assert not proves(fact(kind, "R1", words=words(**OURS)), REFUND)


@pytest.mark.parametrize("kind", [FactKind.CAPTURED, FactKind.PENDING, FactKind.DECLINED])
def test_a_capture_of_a_reservation_is_proven_by_its_name_and_a_direct_one_by_any(kind: FactKind) -> None:
    named = fact(kind, "CAP1", words=words(invoice="shop-ORDER-1-C1"))
    assert proves(named, TAKE, LATER)
    assert not proves(fact(kind, "CAP1", words=words(invoice="shop-ORDER-1-C2")), TAKE, LATER)
    assert proves(fact(kind, "CAP1"), intent(Operation.CAPTURE, Outcome.UNKNOWN))


def test_an_old_decline_proves_nothing_of_a_later_attempt() -> None:
    second = intent(Operation.CAPTURE, Outcome.UNKNOWN, 2)
    declined = fact(FactKind.DECLINED, "CAP1")
    assert not proves(declined, second)
    early = second.asked_at - CLOCKS_DIFFER_MAX - timedelta(seconds=1)
    assert not proves(replace(declined, happened_at=early), second)
    assert proves(replace(declined, happened_at=second.asked_at - CLOCKS_DIFFER_MAX), second)


def test_letting_go_is_proven_by_the_end_of_that_reservation_alone() -> None:
    for kind in (FactKind.AUTHORIZATION_VOIDED, FactKind.AUTHORIZATION_EXPIRED):
        assert proves(fact(kind, "AUTH1"), VOID, LATER)
        assert not proves(fact(kind, "AUTH2"), VOID, LATER)
    assert not proves(fact(FactKind.AUTHORIZATION_DENIED, "AUTH1"), VOID, LATER)


def test_making_sure_again_is_proven_by_a_newer_reservation() -> None:
    newer = fact(FactKind.AUTHORIZED, "AUTH2", happened_at=at(1))
    assert proves(newer, RENEW, LATER)
    assert not proves(replace(newer, subject="AUTH1"), RENEW, LATER)
    assert not proves(replace(newer, happened_at=START - timedelta(days=1)), RENEW, LATER)
    assert not proves(replace(newer, happened_at=None), RENEW, LATER)


def test_reserving_is_proven_by_any_answer_about_a_reservation() -> None:
    asked = intent(Operation.AUTHORIZE, Outcome.UNKNOWN)
    for kind in (FactKind.AUTHORIZED, FactKind.AUTHORIZATION_PENDING, FactKind.AUTHORIZATION_DENIED):
        assert proves(fact(kind, "AUTH1"), asked, LATER)
    assert not proves(fact(FactKind.APPROVED), asked, LATER)


def test_an_opening_is_proven_by_nothing_but_its_own_answer() -> None:
    opening = intent(Operation.OPEN, Outcome.UNKNOWN)
    assert not any(proves(fact(kind), opening) for kind in FactKind)


@pytest.mark.parametrize("operation", sorted(DISPUTE_ANSWERS))
def test_an_answer_to_a_dispute_is_proven_by_no_other_dispute_and_no_earlier_state(
    operation: Operation,
) -> None:
    given = intent(operation, Outcome.UNKNOWN, subject="PP-D-1", request=f"accept-claim@{at(2).isoformat()}")
    said = (DisputeStatus.UNDER_REVIEW, DisputeStage.CHARGEBACK, DisputeOutcome.NONE)
    shown = disputed("PP-D-1", "CAP1", None, minutes=3, said=said)
    assert proves(shown, given)
    assert not proves(replace(shown, subject="PP-D-2"), given)
    assert not proves(disputed("PP-D-1", "CAP1", None, minutes=2, said=said), given)
    assert not any(proves(fact(kind, "PP-D-1"), given) for kind in FactKind if kind is not FactKind.DISPUTED)


def test_what_facts_prove_is_kept_with_what_came_of_it_and_a_known_refusal_stays(shop: SmallShop) -> None:
    placed, reference = shop.approved()
    shop.come_back(placed)
    payment = shop.payments(placed)[0]
    names = payment.terms.names
    asked = [
        replace(REFUND, key="K1", invoice=f"{names}-R1", amount_minor=500),
        replace(REFUND, key="K2", attempt=2, invoice=f"{names}-R2", outcome=Outcome.REFUSED),
        replace(REFUND, key="K3", attempt=3, invoice=f"{names}-R3", outcome=Outcome.TO_APPROVE),
    ]
    told = [
        Fact(
            FactKind.REFUNDED,
            reference,
            f"REFUND{number}",
            Money(500, "EUR"),
            PAYEE,
            names,
            words=words(invoice=f"{names}-R{number}"),
        )
        for number in (1, 2, 3)
    ]
    with shop.house.store.begin() as tx:
        order = orders.lock(tx, placed.id)
        for one in asked:
            intents.add(tx, payment.id, one, Money(500, "EUR"))
        assert refresh(tx, shop.house, order, payment).has_open_asks
        standing = settle(tx, shop.house, payment, told, learned_from="test")
        kept = {one.key: one for one in intents.of_payment(tx, payment.id)}
    assert not standing.has_open_asks
    assert (kept["K1"].outcome, kept["K1"].result) == (Outcome.DONE, "REFUND1")
    assert kept["K2"].outcome is Outcome.REFUSED
    assert kept["K3"].outcome is Outcome.TO_APPROVE
