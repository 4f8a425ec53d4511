"""The fold: the same set of messages is the same standing, and no standing claims what is not known."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.domain.differences import Difference
from checkout.domain.disputes import DisputeOutcome, DisputeStage, DisputeStatus
from checkout.domain.errors import Reaction
from checkout.domain.facts import Fact, FactKind
from checkout.domain.intents import UNRESOLVED, Intent, Operation, Outcome
from checkout.domain.money import Money
from checkout.domain.sent_back import ReturnState
from checkout.domain.standing import (
    CAPTURES_MAX,
    NO_MONEY_STATES,
    PaymentState,
    Standing,
    first_step,
    fold,
)
from checkout.domain.terms import Terms
from tests.domain.histories import (
    DUE,
    LATER,
    OPENED,
    PAYEE,
    REFERENCE,
    START,
    TERMS,
    UNTIL,
    History,
    any_histories,
    disputed,
    fact,
    intent,
    real_histories,
    real_terms_and_histories,
    terms_and_histories,
)

ANY = st.one_of(real_histories(), any_histories)
Story = tuple[Terms, History]
CAPTURE_FACTS = {FactKind.CAPTURED, FactKind.PENDING, FactKind.DECLINED}


def captures_of(intents: list[Intent]) -> list[Intent]:
    """Captures asked for, first to last."""
    return sorted((one for one in intents if one.operation is Operation.CAPTURE), key=lambda one: one.attempt)


@given(terms_and_histories, st.randoms(use_true_random=False), st.integers(1, 3))
def test_no_order_and_no_repetition_changes_the_standing(
    story: Story, chance: random.Random, times: int
) -> None:
    terms, (facts, intents) = story
    shuffled, asked = facts * times, list(intents)
    chance.shuffle(shuffled)
    chance.shuffle(asked)
    now, before = fold(terms, shuffled, asked), fold(terms, facts, intents)
    assert now == before
    assert (now.disputes, now.returns, now.authorizations) == (
        before.disputes,
        before.returns,
        before.authorizations,
    )


@given(real_terms_and_histories, st.randoms(use_true_random=False))
def test_messages_lost_and_told_again_by_another_end_in_the_same_standing(
    story: Story, chance: random.Random
) -> None:
    terms, (facts, intents) = story
    heard = [one for one in facts if chance.random() < 0.5]
    assert fold(terms, [*heard, *reversed(facts)], intents) == fold(terms, facts, intents)


@given(terms_and_histories)
def test_captured_only_by_a_fact_that_says_so(story: Story) -> None:
    terms, (facts, intents) = story
    standing = fold(terms, facts, intents)
    told = any(one.kind is FactKind.CAPTURED for one in facts)
    assert (standing.state is PaymentState.CAPTURED) is told
    assert standing.captured.currency == DUE.currency
    if not told:
        assert standing.captured.minor == 0


@given(ANY)
def test_never_over_without_money_while_a_capture_is_unknown(history: History) -> None:
    facts, intents = history
    standing = fold(TERMS, facts, intents)
    captures = captures_of(intents)
    if captures and captures[-1].outcome in UNRESOLVED and standing.state in NO_MONEY_STATES:
        raise AssertionError(standing)


@given(ANY)
def test_an_answered_capture_nobody_can_see_is_never_over_and_never_repeated(history: History) -> None:
    facts, intents = history
    captures = captures_of(intents)
    seen = any(one.kind in CAPTURE_FACTS for one in facts)
    if captures and captures[-1].outcome is Outcome.DONE and not seen:
        standing = fold(TERMS, facts, intents)
        assert standing.state is PaymentState.UNKNOWN
        assert not standing.may_be_captured
        assert not standing.is_final


@given(terms_and_histories)
def test_a_standing_never_contradicts_itself(story: Story) -> None:
    terms, history = story
    standing = fold(terms, *history)
    steps = [one for one in history[1] if one.operation is first_step(terms)]
    captures = captures_of(history[1])
    assert not (standing.is_final and standing.may_be_captured)
    if standing.may_be_captured:
        assert standing.reference is not None
        assert Difference.OPENED_DIFFERS not in standing.differences
        assert not captures or captures[-1].outcome not in {*UNRESOLVED, Outcome.DONE}
        assert not any(one.outcome is Outcome.REFUSED and one.attempt >= CAPTURES_MAX for one in steps)
    if standing.retriable:
        assert standing.state is PaymentState.DECLINED
        assert not standing.is_final
    if standing.state in {
        PaymentState.CAPTURING,
        PaymentState.UNKNOWN,
        PaymentState.PENDING_REVIEW,
        PaymentState.APPROVED,
        PaymentState.AUTHORIZED,
        PaymentState.AWAITING_CUSTOMER,
        PaymentState.CREATED,
    }:
        assert not standing.is_final, "what is open is asked about"


@given(real_terms_and_histories)
def test_what_really_happens_differs_in_nothing_but_what_a_person_must_see(story: Story) -> None:
    terms, history = story
    told = {one.kind for one in history[0]}
    differences = fold(terms, *history).differences
    assert differences <= {Difference.REFUSED, Difference.REVERSED, Difference.REFUND_FAILED}
    assert (Difference.REVERSED in differences) is (FactKind.REVERSED in told)
    assert (Difference.REFUND_FAILED in differences) is (FactKind.REFUND_FAILED in told)


@given(ANY)
def test_money_that_counts_is_exactly_what_the_matching_captures_say(history: History) -> None:
    facts, intents = history
    subjects = [one.subject for one in facts if one.kind is FactKind.CAPTURED]
    if len(set(subjects)) < len(subjects):
        return
    expected = sum(
        one.amount.minor
        for one in facts
        if one.kind is FactKind.CAPTURED
        and one.amount is not None
        and (one.amount.currency, one.payee, one.names) == ("EUR", TERMS.payee, TERMS.names)
    )
    assert fold(TERMS, facts, intents).captured == Money(expected, "EUR")


CAPTURED = fact(FactKind.CAPTURED, "CAP1")
APPROVED = [fact(FactKind.OPENED), fact(FactKind.APPROVED)]
AUTHORIZED = fact(FactKind.AUTHORIZED, "AUTH1", words=UNTIL, happened_at=START)


def refused(reaction: Reaction, attempt: int = 1) -> Intent:
    """A refused capture."""
    return intent(Operation.CAPTURE, Outcome.REFUSED, attempt, reaction)


REACHED: dict[PaymentState, tuple[list[Fact], list[Intent]]] = {
    PaymentState.CREATED: ([], [intent(Operation.OPEN, Outcome.ASKED)]),
    PaymentState.AWAITING_CUSTOMER: ([fact(FactKind.OPENED)], [OPENED]),
    PaymentState.APPROVED: (APPROVED, [OPENED]),
    PaymentState.CAPTURING: (APPROVED, [OPENED, intent(Operation.CAPTURE, Outcome.ASKED)]),
    PaymentState.UNKNOWN: (APPROVED, [OPENED, intent(Operation.CAPTURE, Outcome.UNKNOWN)]),
    PaymentState.PENDING_REVIEW: ([*APPROVED, fact(FactKind.PENDING, "CAP1", reason="ECHECK")], [OPENED]),
    PaymentState.AUTHORIZED: ([*APPROVED, AUTHORIZED], [OPENED]),
    PaymentState.CAPTURED: ([*APPROVED, CAPTURED], [OPENED]),
    PaymentState.DECLINED: ([*APPROVED, fact(FactKind.DECLINED, "CAP1")], [OPENED]),
    PaymentState.EXPIRED: ([*APPROVED, fact(FactKind.EXPIRED)], [OPENED]),
    PaymentState.VOIDED: ([*APPROVED, fact(FactKind.VOIDED)], [OPENED]),
    PaymentState.FAILED: ([], [intent(Operation.OPEN, Outcome.REFUSED, 1, Reaction.OPERATOR)]),
}


@pytest.mark.parametrize("state", PaymentState)
def test_every_state_can_be_reached(state: PaymentState) -> None:
    assert fold(TERMS, *REACHED[state]).state is state


DIFFERENT: dict[Difference, tuple[list[Fact], list[Intent]]] = {
    Difference.OPENED_DIFFERS: ([fact(FactKind.OPENED, amount=Money(1, "EUR"))], []),
    Difference.LESS_CAPTURED: ([replace(CAPTURED, amount=Money(2379, "EUR"))], []),
    Difference.MORE_CAPTURED: ([replace(CAPTURED, amount=Money(2381, "EUR"))], []),
    Difference.OTHER_CURRENCY: ([replace(CAPTURED, amount=Money(2380, "USD"))], []),
    Difference.OTHER_PAYEE: ([replace(CAPTURED, payee="OTHER")], []),
    Difference.PAYEE_NOT_TOLD: ([replace(CAPTURED, payee=None)], []),
    Difference.OTHER_REFERENCE: ([replace(CAPTURED, names="shop-OTHER-1")], []),
    Difference.CAPTURED_TWICE: ([CAPTURED, replace(CAPTURED, subject="CAP2")], []),
    Difference.UNRECOGNISED: ([fact(FactKind.UNRECOGNISED, reason="NEW_WORD")], []),
    Difference.REFUSED: ([], [refused(Reaction.OPERATOR)]),
    Difference.REFUND_FAILED: ([CAPTURED, fact(FactKind.REFUND_FAILED, "R1")], []),
    Difference.REFUND_DENIED: (
        [CAPTURED, fact(FactKind.REFUNDED, "R1"), fact(FactKind.REFUND_FAILED, "R1")],
        [],
    ),
    Difference.REVERSED: ([CAPTURED, fact(FactKind.REVERSED, "R1")], []),
    Difference.MORE_SENT_BACK: ([CAPTURED, fact(FactKind.REFUNDED, "R1", amount=Money(2381, "EUR"))], []),
}


@pytest.mark.parametrize("difference", Difference)
def test_every_difference_is_seen_and_only_where_it_is(difference: Difference) -> None:
    assert difference in fold(TERMS, *DIFFERENT[difference]).differences
    assert fold(TERMS, [*APPROVED, CAPTURED], [OPENED]).differences == frozenset()


def test_every_reaction_to_a_refused_capture_has_its_state() -> None:
    def after(reaction: Reaction) -> tuple[PaymentState, bool]:
        standing = fold(TERMS, APPROVED, [OPENED, refused(reaction)])
        return standing.state, standing.retriable

    assert {reaction: after(reaction) for reaction in Reaction} == {
        Reaction.BACK_TO_PAYER: (PaymentState.AWAITING_CUSTOMER, False),
        Reaction.NOT_APPROVED: (PaymentState.AWAITING_CUSTOMER, False),
        Reaction.OTHER_INSTRUMENT: (PaymentState.DECLINED, True),
        Reaction.OTHER_METHOD: (PaymentState.DECLINED, False),
        Reaction.START_AGAIN: (PaymentState.EXPIRED, False),
        Reaction.OPERATOR: (PaymentState.FAILED, False),
        Reaction.OUR_BUG: (PaymentState.FAILED, False),
        Reaction.READ_AND_GO_ON: (PaymentState.FAILED, False),
        Reaction.REPEAT_LATER: (PaymentState.FAILED, False),
        Reaction.WAIT: (PaymentState.FAILED, False),
    }


@pytest.mark.parametrize("end", [FactKind.EXPIRED, FactKind.VOIDED])
def test_a_link_that_is_gone_cannot_be_tried_again(end: FactKind) -> None:
    standing = fold(TERMS, [*APPROVED, fact(end)], [OPENED, refused(Reaction.OTHER_INSTRUMENT)])
    assert standing.state is PaymentState.DECLINED
    assert standing.is_final
    assert fold(TERMS, [*APPROVED, fact(end)], [OPENED, refused(Reaction.BACK_TO_PAYER)]).is_final


@pytest.mark.parametrize("reaction", Reaction)
def test_the_last_permitted_attempt_ends_the_payment(reaction: Reaction) -> None:
    attempts = [refused(reaction, attempt) for attempt in range(1, CAPTURES_MAX + 1)]
    assert fold(TERMS, APPROVED, attempts).state is PaymentState.DECLINED
    assert fold(TERMS, APPROVED, attempts).is_final


def test_a_capture_that_was_held_and_declined_is_declined_and_one_completed_is_captured() -> None:
    held = [*APPROVED, fact(FactKind.PENDING, "CAP1")]
    assert fold(TERMS, [*held, fact(FactKind.DECLINED, "CAP1")], []).state is PaymentState.DECLINED
    assert fold(TERMS, [*held, fact(FactKind.DECLINED, "CAP2")], []).state is PaymentState.PENDING_REVIEW
    assert fold(TERMS, [*held, CAPTURED], []).state is PaymentState.CAPTURED


def test_a_refund_that_is_told_before_its_capture_changes_nothing_in_the_end() -> None:
    refund = fact(FactKind.REFUNDED, "REFUND1", amount=Money(500, "EUR"))
    early = fold(TERMS, [refund], [])
    assert early.state is not PaymentState.CAPTURED
    standing: Standing = fold(TERMS, [refund, *APPROVED, CAPTURED], [])
    assert (standing.captured, standing.refunded) == (DUE, Money(500, "EUR"))
    assert standing.reference == REFERENCE


def test_an_opening_that_was_refused_is_over() -> None:
    again = intent(Operation.OPEN, Outcome.REFUSED, 1, Reaction.START_AGAIN)
    assert fold(TERMS, [], [again]).state is PaymentState.EXPIRED
    assert fold(TERMS, [], [again]).is_final
    assert fold(TERMS, [], [intent(Operation.OPEN, Outcome.UNKNOWN)]).state is PaymentState.CREATED


def dispute(status: DisputeStatus, minutes: int = 0) -> Fact:
    """A dispute about the capture."""
    said = (status, DisputeStage.CHARGEBACK, DisputeOutcome.NONE)
    return disputed("PP-D-1", "CAP1", DUE, minutes=minutes, said=said)


PAID = [*APPROVED, CAPTURED]
STILL_OPEN: dict[str, tuple[list[Fact], list[Intent]]] = {
    "a refund on its way": ([*PAID, fact(FactKind.REFUND_PENDING, "R1")], []),
    "a refund nobody answered": (PAID, [intent(Operation.REFUND, Outcome.UNKNOWN)]),
    "an open dispute": ([*PAID, dispute(DisputeStatus.WAITING_FOR_US)], []),
    "a dispute in a word nobody knows": ([*PAID, dispute(DisputeStatus.OTHER)], []),
    "a reservation with something left": ([*PAID, AUTHORIZED], []),
    "an answer to a dispute nobody answered": (PAID, [intent(Operation.GIVE_EVIDENCE, Outcome.ASKED)]),
}


@pytest.mark.parametrize("what", STILL_OPEN)
def test_what_goes_on_after_the_capture_is_asked_about(what: str) -> None:
    assert not fold(TERMS, *STILL_OPEN[what]).is_final
    assert fold(TERMS, PAID, []).is_final


def test_what_has_ended_after_the_capture_is_asked_about_no_more() -> None:
    ended = [
        *PAID,
        fact(FactKind.REFUND_PENDING, "R1", amount=Money(500, "EUR")),
        fact(FactKind.REFUNDED, "R1", amount=Money(500, "EUR")),
        dispute(DisputeStatus.WAITING_FOR_US),
        dispute(DisputeStatus.RESOLVED, 1),
        AUTHORIZED,
        fact(FactKind.AUTHORIZATION_VOIDED, "AUTH1", words=UNTIL),
    ]
    waits = [intent(Operation.REFUND, Outcome.TO_APPROVE), intent(Operation.REFUND, Outcome.REFUSED, 2)]
    assert fold(TERMS, ended, waits).is_final


def test_what_was_taken_back_is_no_refund_and_what_came_again_is_taken_off() -> None:
    back = fact(FactKind.REFUNDED, "R1", amount=Money(900, "EUR"))
    told = [*PAID, back, replace(back, kind=FactKind.REVERSED)]
    standing = fold(TERMS, told, [])
    assert (standing.refunded, standing.reversed) == (Money(0, "EUR"), Money(900, "EUR"))
    again = fact(FactKind.RETURNED, "B1", amount=Money(900, "EUR"), happened_at=START)
    assert fold(TERMS, [*told, again], []).reversed == Money(0, "EUR")


def test_one_of_several_words_on_a_refund_stands_and_money_that_moved_is_not_undone() -> None:
    kinds = [FactKind.REFUND_PENDING, FactKind.REFUND_FAILED, FactKind.REFUND_CANCELLED]
    told = [*PAID, *(fact(kind, "R1", amount=Money(500, "EUR")) for kind in kinds)]
    assert [one.state for one in fold(TERMS, told, []).returns] == [ReturnState.FAILED]
    moved = fold(TERMS, [*told, fact(FactKind.REFUNDED, "R1", amount=Money(500, "EUR"))], [])
    assert [one.state for one in moved.returns] == [ReturnState.COMPLETED]
    assert moved.refunded == Money(500, "EUR")


def test_a_reservation_that_was_asked_for_and_is_not_seen_is_never_asked_for_again() -> None:
    for outcome in (Outcome.ASKED, Outcome.UNKNOWN, Outcome.DONE):
        standing = fold(LATER, APPROVED, [OPENED, intent(Operation.AUTHORIZE, outcome)])
        assert standing.state in {PaymentState.CAPTURING, PaymentState.UNKNOWN}
        assert not standing.may_be_captured


ENDS: list[tuple[FactKind, PaymentState]] = [
    (FactKind.AUTHORIZATION_DENIED, PaymentState.DECLINED),
    (FactKind.AUTHORIZATION_VOIDED, PaymentState.VOIDED),
    (FactKind.AUTHORIZATION_EXPIRED, PaymentState.EXPIRED),
]


@pytest.mark.parametrize(("end", "state"), ENDS)
def test_a_reservation_that_has_ended_is_over_without_money(end: FactKind, state: PaymentState) -> None:
    ended = fact(end, "AUTH1", words=UNTIL)
    for facts in ([AUTHORIZED, ended], [ended, AUTHORIZED], [ended]):
        standing = fold(LATER, [*APPROVED, *facts], [OPENED])
        assert standing.state is state
        assert standing.authorized == Money(0, "EUR")
        assert standing.is_final


def test_the_payee_of_a_capture_is_looked_at_whichever_way_it_was_taken() -> None:
    for terms in (TERMS, LATER):
        assert fold(terms, [replace(CAPTURED, payee="OTHER")], []).captured == Money(0, "EUR")
        assert fold(terms, [replace(CAPTURED, payee=PAYEE)], []).captured == DUE
