"""Disputes against PayPal's emulator: looked at first, answered once, kept with who did it, and reminded of."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from checkout.domain.actors import Actor
from checkout.domain.actors import Way as ActingWay
from checkout.domain.dispute_answers import (
    DOCUMENTS_BYTES_MAX,
    Acceptance,
    Acknowledgement,
    Answer,
    AnsweredAlreadyError,
    AnswerUnknownError,
    Appeal,
    Arrival,
    ClaimEnd,
    Document,
    Evidence,
    EvidenceKind,
    EvidenceTooLargeError,
    Message,
    NotAllowedNowError,
    Offer,
    OfferKind,
    Way,
)
from checkout.domain.disputes import DisputeOutcome, DisputeStatus
from checkout.domain.errors import BadInputError, CardNumberError, NotFoundError, ProcessorUnavailableError
from checkout.domain.facts import FactKind
from checkout.domain.intents import DISPUTE_ANSWERS, Operation, Outcome
from checkout.domain.money import Money
from checkout.domain.orders import OrderState
from checkout.flows.disputing import answer, refund_of
from checkout.flows.settling import attempts_of
from checkout.processors.paypal import dispute_calls
from checkout.processors.paypal.adapter import PayPal
from checkout.store import audit
from checkout.store.every_text import every_text
from tests.disputing import answers_of, at_paypal, dispute_of, disputed, hear, row_of
from tests.paid_shop import PRICE, PaidShop
from tests.processors.paypal.samples import CARD

SORRY = Acceptance("Sorry.")
POST = {"method": "POST"}


def test_a_dispute_is_known_and_listed_and_takes_no_money_by_itself(shop_on_sqlite: PaidShop) -> None:
    paid = shop_on_sqlite.pays()
    before = shop_on_sqlite.balance()
    dispute_id = disputed(shop_on_sqlite, paid, value="20.00")
    found, row = dispute_of(shop_on_sqlite, paid), row_of(shop_on_sqlite, dispute_id)
    assert (found.status, found.capture) == (DisputeStatus.WAITING_FOR_US, paid.capture)
    assert row is not None
    assert (row.payment_id, row.amount, row.due_at) == (paid.payment_id, Money(2000, "EUR"), found.due_at)
    assert shop_on_sqlite.balance() == before
    assert shop_on_sqlite.order(paid).state is OrderState.PAID


def test_an_answer_is_in_the_audit_though_nobody_lived_to_hear_what_came_of_it(
    shop_on_sqlite: PaidShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    dispute_id = disputed(shop_on_sqlite, shop_on_sqlite.pays(), value="20.00")
    ann = Actor("Ann", ActingWay.OFFICE)
    monkeypatch.setattr("checkout.flows.answering.carry_out", _dies)
    with pytest.raises(SystemExit):
        answer(shop_on_sqlite.house, dispute_id, SORRY, by="Ann", actor=ann)
    with shop_on_sqlite.house.store.read() as tx:
        (deed,) = audit.newest(tx, limit=9)
    assert (deed.actor, deed.deed.did, deed.deed.subject) == (ann, "answered dispute", dispute_id)


def _dies(*_: object) -> None:
    raise SystemExit


def test_told_again_it_is_one_dispute_and_one_fact(shop_on_sqlite: PaidShop) -> None:
    paid = shop_on_sqlite.pays()
    dispute_id = disputed(shop_on_sqlite, paid)
    for _ in range(3):
        hear(shop_on_sqlite, paid, dispute_id)
    with shop_on_sqlite.house.store.read() as tx:
        told = [one for attempt in attempts_of(tx, paid.order.id) for one in attempt.told]
    assert len([fact for fact in told if fact.kind is FactKind.DISPUTED]) == 1
    assert shop_on_sqlite.differences(paid) == set()


def test_a_forged_hint_makes_no_dispute_of_ours(shop_on_sqlite: PaidShop) -> None:
    ours, theirs = shop_on_sqlite.pays(), shop_on_sqlite.pays()
    dispute_id = str(shop_on_sqlite.emulator.open_dispute(theirs.capture)["dispute_id"])
    hear(shop_on_sqlite, ours, dispute_id, "PP-R-NEVER-1", "../../x")
    assert shop_on_sqlite.standing(ours).disputes == ()
    assert row_of(shop_on_sqlite, dispute_id) is None


def test_an_accepted_claim_is_an_intent_a_refund_of_ours_and_kept_with_who_did_it(
    shop_on_sqlite: PaidShop,
) -> None:
    paid = shop_on_sqlite.pays()
    dispute_id = disputed(shop_on_sqlite, paid, value="20.00")
    done = answer(shop_on_sqlite.house, dispute_id, SORRY, by="ann")
    assert (done.outcome, done.issue) == (Outcome.DONE, None)
    assert done.dispute is not None
    assert done.dispute.outcome is DisputeOutcome.LOST
    (intent,) = answers_of(shop_on_sqlite, paid)
    assert (intent.operation, intent.amount_minor, intent.subject) == (
        Operation.ACCEPT_CLAIM,
        2000,
        dispute_id,
    )
    assert (intent.wished_by, intent.note) == ("ann", "refund")
    assert shop_on_sqlite.standing(paid).refunded == Money(2000, "EUR")
    assert shop_on_sqlite.order(paid).state is OrderState.PARTIALLY_REFUNDED
    assert "disputes lost" not in shop_on_sqlite.balance()
    assert (shop_on_sqlite.differences(paid), shop_on_sqlite.faults()) == (set(), [])


def test_nobody_can_call_the_refund_of_an_accepted_claim_a_reversal(shop_on_sqlite: PaidShop) -> None:
    paid = shop_on_sqlite.pays()
    answer(shop_on_sqlite.house, disputed(shop_on_sqlite, paid), SORRY, by="ann")
    (back,) = shop_on_sqlite.standing(paid).returns
    shop_on_sqlite.refresh(paid, reversals=frozenset({back.subject}))
    assert shop_on_sqlite.standing(paid).reversed == Money(0, "EUR")


def test_what_the_dispute_does_not_allow_is_refused_before_anything_is_sent(shop_on_sqlite: PaidShop) -> None:
    paid = shop_on_sqlite.pays()
    dispute_id = disputed(shop_on_sqlite, paid)
    shop_on_sqlite.emulator.escalate_dispute(dispute_id)
    with pytest.raises(NotAllowedNowError) as refused:
        answer(shop_on_sqlite.house, dispute_id, Message("Hello"), by="ann")
    assert refused.value.way is Way.MESSAGE
    due = dispute_of(shop_on_sqlite, paid).due_at
    assert due is not None
    assert f"accept-claim, provide-evidence, by {due:%Y-%m-%d %H:%M} UTC" in str(refused.value)
    assert answers_of(shop_on_sqlite, paid) == []
    assert not [
        call for call in shop_on_sqlite.emulator.calls(operation="disputes") if call["method"] == "POST"
    ]


REFUSED: list[tuple[Answer, type[Exception]]] = [
    (Message(" "), BadInputError),
    (Message("a" * 2001), BadInputError),
    (Message(f"Your card {CARD} was charged"), CardNumberError),
    (Acceptance("Sorry.", ClaimEnd.PARTIAL), BadInputError),
    (Acceptance("Sorry.", amount=PRICE), BadInputError),
    (Evidence(EvidenceKind.DELIVERY, carrier="DHL"), BadInputError),
    (Evidence(EvidenceKind.REFUND), BadInputError),
    (
        Evidence(
            EvidenceKind.OTHER,
            documents=(Document("a.pdf", b"a" * (DOCUMENTS_BYTES_MAX + 1), "application/pdf"),),
        ),
        EvidenceTooLargeError,
    ),
    (
        Evidence(EvidenceKind.OTHER, documents=(Document("a.pdf", b"", "application/pdf"),) * 11),
        EvidenceTooLargeError,
    ),
    (Offer(OfferKind.REFUND, "Take it.", Money(999_999, "EUR")), BadInputError),
    (Offer(OfferKind.REFUND, "Take it.", Money(100, "USD")), BadInputError),
    (Offer(OfferKind.REPLACEMENT, "Take it.", Money(100, "EUR")), BadInputError),
]


def test_what_no_processor_could_take_is_refused(shop_on_sqlite: PaidShop) -> None:
    paid = shop_on_sqlite.pays()
    dispute_id = disputed(shop_on_sqlite, paid)
    for wanted, error in REFUSED:
        with pytest.raises(error):
            answer(shop_on_sqlite.house, dispute_id, wanted, by="ann")
    assert answers_of(shop_on_sqlite, paid) == []


def test_an_answer_needs_a_name_and_a_dispute(shop_on_sqlite: PaidShop) -> None:
    shop = shop_on_sqlite
    dispute_id = disputed(shop, shop.pays())
    with pytest.raises(BadInputError, match="who answers"):
        answer(shop.house, dispute_id, SORRY, by=" ")
    with pytest.raises(NotFoundError):
        answer(shop.house, "PP-R-NEVER-1", SORRY, by="ann")


def test_each_answer_is_kept_and_moves_the_dispute_on(shop_on_sqlite: PaidShop) -> None:
    shop = shop_on_sqlite
    paid = shop.pays()
    dispute_id = disputed(shop, paid, reason="MERCHANDISE_OR_SERVICE_NOT_AS_DESCRIBED")

    def moves(wanted: Answer, status: DisputeStatus) -> None:
        done = answer(shop.house, dispute_id, wanted, by="ann")
        assert done.outcome is Outcome.DONE
        assert dispute_of(shop, paid).status is status

    moves(Message("It is as described."), DisputeStatus.WAITING_FOR_BUYER)
    shop.emulator.buyer_message(dispute_id)
    moves(Offer(OfferKind.AFTER_RETURN, "Send it back."), DisputeStatus.WAITING_FOR_BUYER)
    shop.emulator.accept_offer(dispute_id)
    shop.emulator.return_item(dispute_id)
    moves(Acknowledgement(Arrival.DAMAGED, "Broken."), DisputeStatus.UNDER_REVIEW)
    shop.emulator.ask_evidence(dispute_id)
    moves(Evidence(EvidenceKind.OTHER, "See the picture."), DisputeStatus.UNDER_REVIEW)
    shop.emulator.escalate_dispute(dispute_id)
    shop.emulator.resolve_dispute(dispute_id, "RESOLVED_BUYER_FAVOUR")
    hear(shop, paid, dispute_id)
    moves(Appeal(Evidence(EvidenceKind.OTHER, "New proof.")), DisputeStatus.UNDER_REVIEW)
    given = answers_of(shop, paid)
    assert {intent.operation for intent in given} == DISPUTE_ANSWERS - {Operation.ACCEPT_CLAIM}
    assert {intent.outcome for intent in given} == {Outcome.DONE}


def test_a_lost_answer_is_resolved_by_looking_at_the_dispute(shop_on_sqlite: PaidShop) -> None:
    paid = shop_on_sqlite.pays()
    dispute_id = disputed(shop_on_sqlite, paid)
    shop_on_sqlite.emulator.order_fault("lost_answer", "disputes", match=POST)
    done = answer(shop_on_sqlite.house, dispute_id, SORRY, by="ann")
    assert done.outcome is Outcome.DONE
    assert len(shop_on_sqlite.standing(paid).returns) == 1
    with pytest.raises(NotAllowedNowError):
        answer(shop_on_sqlite.house, dispute_id, SORRY, by="bob")


def test_an_answer_that_never_arrived_is_unknown_then_known_and_may_be_given_again(
    paid_shop: PaidShop,
) -> None:
    paid = paid_shop.pays()
    dispute_id = disputed(paid_shop, paid)
    paid_shop.emulator.order_fault("lost_request", "disputes", match=POST)
    lost = answer(paid_shop.house, dispute_id, SORRY, by="ann")
    assert lost.outcome is Outcome.UNKNOWN
    assert paid_shop.standing(paid).has_open_asks
    with pytest.raises(AnswerUnknownError, match="ann"):
        answer(paid_shop.house, dispute_id, SORRY, by="bob")
    paid_shop.move(minutes=11)
    paid_shop.sweep(everything=False)
    (intent,) = answers_of(paid_shop, paid)
    assert (intent.outcome, intent.issue) == (Outcome.REFUSED, "NEVER_HAPPENED")
    assert answer(paid_shop.house, dispute_id, SORRY, by="bob").outcome is Outcome.DONE
    assert len(paid_shop.standing(paid).returns) == 1


@pytest.mark.parametrize("arrives", [True, False])
def test_whoever_dies_while_answering_loses_nothing(
    shop_on_sqlite: PaidShop, monkeypatch: pytest.MonkeyPatch, *, arrives: bool
) -> None:
    shop = shop_on_sqlite
    paid = shop.pays()
    dispute_id = disputed(shop, paid)
    adapter = shop.house.processors["paypal"]
    assert isinstance(adapter, PayPal)

    def dies(_: PayPal, dispute_id: str, wanted: Answer) -> None:
        if arrives:
            dispute_calls.answer_dispute(adapter.client, dispute_id, wanted)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(PayPal, "answer_dispute", dies)
        with pytest.raises(KeyboardInterrupt):
            answer(shop.house, dispute_id, SORRY, by="ann")
    assert [intent.outcome for intent in answers_of(shop, paid)] == [Outcome.ASKED]
    shop.move(minutes=10, seconds=1)
    shop.sweep(everything=False)
    outcome = Outcome.DONE if arrives else Outcome.REFUSED
    assert [intent.outcome for intent in answers_of(shop, paid)] == [outcome]
    assert len(shop.standing(paid).returns) == int(arrives)
    assert "unknown too long" not in shop.differences(paid)


def test_a_dispute_that_merely_changed_proves_no_answer(shop_on_sqlite: PaidShop) -> None:
    paid = shop_on_sqlite.pays()
    dispute_id = disputed(shop_on_sqlite, paid)
    shop_on_sqlite.emulator.order_fault("lost_request", "disputes", match=POST)
    answer(shop_on_sqlite.house, dispute_id, SORRY, by="ann")
    shop_on_sqlite.emulator.cancel_dispute(dispute_id)
    shop_on_sqlite.move(minutes=11)
    shop_on_sqlite.sweep(everything=False)
    (intent,) = answers_of(shop_on_sqlite, paid)
    assert intent.outcome is Outcome.REFUSED
    assert dispute_of(shop_on_sqlite, paid).outcome is DisputeOutcome.CANCELLED_BY_BUYER
    assert shop_on_sqlite.standing(paid).is_final


def test_where_the_dispute_cannot_be_read_nothing_is_sent(shop_on_sqlite: PaidShop) -> None:
    paid = shop_on_sqlite.pays()
    dispute_id = disputed(shop_on_sqlite, paid)
    shop_on_sqlite.emulator.order_fault("status", "disputes", status=503, times=9)
    with pytest.raises(ProcessorUnavailableError):
        answer(shop_on_sqlite.house, dispute_id, SORRY, by="ann")
    assert answers_of(shop_on_sqlite, paid) == []
    shop_on_sqlite.emulator.clear_faults()


def test_a_refusal_is_kept_and_told(shop_on_sqlite: PaidShop) -> None:
    paid = shop_on_sqlite.pays()
    dispute_id = disputed(shop_on_sqlite, paid)
    shop_on_sqlite.emulator.set_settings(insufficient_funds=True)
    done = answer(shop_on_sqlite.house, dispute_id, SORRY, by="ann")
    shop_on_sqlite.emulator.set_settings(insufficient_funds=False)
    assert (done.outcome, done.issue) == (Outcome.REFUSED, "INSUFFICIENT_FUNDS")
    assert dispute_of(shop_on_sqlite, paid).status is DisputeStatus.WAITING_FOR_US
    assert shop_on_sqlite.differences(paid) == set()
    assert answer(shop_on_sqlite.house, dispute_id, SORRY, by="ann").outcome is Outcome.DONE


def test_two_people_at_once_give_one_answer(paid_shop: PaidShop) -> None:
    paid = paid_shop.pays()
    dispute_id = disputed(paid_shop, paid)
    shops = [paid_shop.elsewhere() for _ in range(4)]

    def accept(shop: PaidShop) -> bool:
        try:
            return answer(shop.house, dispute_id, SORRY, by="ann").outcome is Outcome.DONE
        except (AnswerUnknownError, AnsweredAlreadyError, NotAllowedNowError):
            return False
        finally:
            shop.house.store.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(accept, shops)) == 1
    assert len(paid_shop.standing(paid).returns) == 1
    assert [intent.outcome for intent in answers_of(paid_shop, paid)] == [Outcome.DONE]
    posts = [call for call in paid_shop.emulator.calls(operation="disputes") if call["method"] == "POST"]
    assert len(posts) == 1


def test_a_lost_dispute_is_a_loss_in_the_books_and_not_twice(shop_on_sqlite: PaidShop) -> None:
    paid = shop_on_sqlite.pays()
    dispute_id = disputed(shop_on_sqlite, paid, value="20.00", channel="EXTERNAL")
    shop_on_sqlite.emulator.resolve_dispute(dispute_id, "RESOLVED_BUYER_FAVOUR")
    (capture,) = shop_on_sqlite.emulator.captures(id=paid.capture)
    reversal = str(capture["refunds"][-1]["id"])
    for _ in range(3):
        shop_on_sqlite.refresh(paid, disputes=frozenset({dispute_id}), reversals=frozenset({reversal}))
    assert shop_on_sqlite.balance()["disputes lost"] == 2000
    assert "reversals" not in shop_on_sqlite.balance()
    assert shop_on_sqlite.faults() == []


def test_a_word_nobody_has_seen_is_a_difference_and_counts_as_open(shop_on_sqlite: PaidShop) -> None:
    paid = shop_on_sqlite.pays()
    dispute_id = disputed(shop_on_sqlite, paid)
    shop_on_sqlite.emulator.dispute_says(dispute_id, status="ON_A_JOURNEY")
    hear(shop_on_sqlite, paid, dispute_id)
    assert dispute_of(shop_on_sqlite, paid).is_open
    assert shop_on_sqlite.differences(paid) == {"unrecognised"}


def test_nothing_of_the_customer_is_kept(shop_on_sqlite: PaidShop) -> None:
    paid = shop_on_sqlite.pays()
    dispute_id = disputed(shop_on_sqlite, paid, message="Words of somebody unhappy")
    answer(shop_on_sqlite.house, dispute_id, Message("Words of the shop"), by="ann")
    shop_on_sqlite.emulator.buyer_message(dispute_id, "More words of theirs")
    hear(shop_on_sqlite, paid, dispute_id)
    assert "Test Buyer" in str(at_paypal(shop_on_sqlite, dispute_id))
    with shop_on_sqlite.house.store.read() as tx:
        texts = [text for _, text in every_text(tx)]
    for personal in ("Words", "words", "Test Buyer", "Buyer"):
        assert not [text for text in texts if personal in text]


def test_a_refund_that_was_given_is_found_for_evidence(shop_on_sqlite: PaidShop) -> None:
    shop = shop_on_sqlite
    paid, other = shop.pays(), shop.pays()
    assert refund_of(shop.house, disputed(shop, other)) == ""
    (refund,) = shop.refunds(paid, Money(1000, "EUR"))
    dispute_id = disputed(shop, paid, reason="CREDIT_NOT_PROCESSED")
    given = refund_of(shop.house, dispute_id)
    assert given == refund.id
    done = answer(shop.house, dispute_id, Evidence(EvidenceKind.REFUND, refund=given), by="ann")
    assert done.outcome is Outcome.DONE
