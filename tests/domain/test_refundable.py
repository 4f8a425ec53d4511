"""What may still be given back: never less than nothing, never more than came, and nothing promised twice."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings

from checkout.domain.disputes import DisputeOutcome, DisputeStage, DisputeStatus
from checkout.domain.facts import Fact, FactKind, words
from checkout.domain.intents import Intent, Operation, Outcome
from checkout.domain.money import Money
from checkout.domain.refundable import REFUND_LIFE, lefts
from checkout.domain.standing import fold
from checkout.domain.terms import Terms
from tests.domain.histories import (
    DUE,
    START,
    TERMS,
    History,
    disputed,
    fact,
    intent,
    real_terms_and_histories,
    terms_and_histories,
)

CAPTURED = fact(FactKind.CAPTURED, "CAP1", happened_at=START)
Story = tuple[Terms, History]


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def left(facts: list[Fact], asked: list[Intent] | None = None) -> int:
    """What is left of the first capture, in minor units."""
    return lefts(TERMS, facts, asked or [])[0].left.minor


def back(kind: FactKind, minor: int, subject: str = "R1", of: str | None = "CAP1", **more: str) -> Fact:
    """A movement back."""
    return fact(kind, subject, amount=eur(minor), words=words(of=of, **more))


def wish(outcome: Outcome, minor: int, invoice: str = "shop-ORDER-1-R1") -> Intent:
    """A refund that somebody asked for."""
    return intent(Operation.REFUND, outcome, amount_minor=minor, subject="CAP1", invoice=invoice)


@settings(max_examples=50)
@given(terms_and_histories)
def test_what_is_left_is_never_less_than_nothing_and_never_more_than_came(story: Story) -> None:
    terms, (facts, asked) = story
    for one in lefts(terms, facts, asked):
        assert 0 <= one.left.minor <= one.captured.minor


@settings(max_examples=50)
@given(real_terms_and_histories)
def test_what_is_left_and_what_went_is_what_came(story: Story) -> None:
    terms, (facts, asked) = story
    standing, found = fold(terms, facts, asked), lefts(terms, facts, asked)
    assert sum(one.captured.minor for one in found) == standing.captured.minor
    gone = standing.refunded.minor + standing.reversed_minor
    assert sum(one.left.minor for one in found) <= standing.captured.minor - gone


@settings(max_examples=50)
@given(real_terms_and_histories)
def test_what_is_left_depends_on_no_order(story: Story) -> None:
    terms, (facts, asked) = story
    assert lefts(terms, facts[::-1] * 2, asked[::-1]) == lefts(terms, facts, asked)


@pytest.mark.parametrize(
    ("kind", "taken"),
    [
        (FactKind.REFUNDED, 900),
        (FactKind.REFUND_PENDING, 900),
        (FactKind.REVERSED, 900),
        (FactKind.REFUND_FAILED, 0),
        (FactKind.REFUND_CANCELLED, 0),
    ],
)
def test_what_moved_or_may_yet_move_is_not_left(kind: FactKind, taken: int) -> None:
    assert left([CAPTURED, back(kind, 900)]) == 2380 - taken
    assert left([CAPTURED, back(kind, 900, of=None)]) == 2380 - taken


def test_what_was_taken_back_and_came_again_may_be_given_back() -> None:
    taken = [CAPTURED, back(FactKind.REFUNDED, 900), back(FactKind.REVERSED, 900)]
    assert left(taken) == 1480
    again = fact(FactKind.RETURNED, "B1", amount=eur(900), words=words(of="R1"), happened_at=START)
    assert left([*taken, again]) == 2380
    assert left([*taken, replace(again, words=words(of="CAP1"))]) == 2380
    too_much = replace(again, amount=eur(9000))
    assert left([*taken, too_much]) == 2380, "what came of something else is not this capture's"
    assert left([*taken, replace(again, amount=Money(900, "USD"))]) == 1480


@pytest.mark.parametrize("outcome", Outcome)
def test_what_is_promised_is_nobody_elses_until_it_is_known(outcome: Outcome) -> None:
    reserves = outcome in {Outcome.ASKED, Outcome.UNKNOWN, Outcome.TO_APPROVE}
    assert left([CAPTURED], [wish(outcome, 900)]) == 2380 - (900 if reserves else 0)


def test_a_promise_that_is_seen_to_have_moved_is_counted_once() -> None:
    moved = back(FactKind.REFUNDED, 900, invoice="shop-ORDER-1-R1")
    assert left([CAPTURED, moved], [wish(Outcome.UNKNOWN, 900)]) == 1480
    assert left([CAPTURED, moved], [wish(Outcome.UNKNOWN, 500, "shop-ORDER-1-R2")]) == 980


@pytest.mark.parametrize("status", DisputeStatus)
def test_what_is_contested_is_not_given_back_beside_its_dispute(status: DisputeStatus) -> None:
    said = (status, DisputeStage.CHARGEBACK, DisputeOutcome.NONE)
    told = [CAPTURED, disputed("PP-D-1", "CAP1", eur(1000), minutes=1, said=said)]
    assert left(told) == (2380 if status is DisputeStatus.RESOLVED else 1380)
    assert lefts(TERMS, told, [])[0].disputed.minor == 2380 - left(told)


def test_a_dispute_of_more_than_came_leaves_nothing() -> None:
    said = (DisputeStatus.OPEN, DisputeStage.CHARGEBACK, DisputeOutcome.NONE)
    assert left([CAPTURED, disputed("PP-D-1", "CAP1", eur(9999), minutes=1, said=said)]) == 0


def test_each_capture_has_its_own_left_and_the_oldest_comes_first() -> None:
    second = replace(CAPTURED, subject="ANEW", amount=eur(100), happened_at=START + timedelta(days=1))
    found = lefts(TERMS, [second, CAPTURED, back(FactKind.REFUNDED, 30, of="ANEW")], [])
    assert [(one.capture, one.left.minor) for one in found] == [("CAP1", 2380), ("ANEW", 70)]


@pytest.mark.parametrize("wrong", [{"payee": "OTHER"}, {"names": "other"}, {"amount": Money(2380, "USD")}])
def test_what_is_not_ours_is_not_ours_to_give(wrong: dict[str, object]) -> None:
    assert lefts(TERMS, [replace(CAPTURED, **wrong)], []) == []  # type: ignore[arg-type]


def test_a_capture_is_too_old_from_one_moment_on() -> None:
    (one,) = lefts(TERMS, [CAPTURED], [])
    assert not one.too_old(START + REFUND_LIFE)
    assert one.too_old(START + REFUND_LIFE + timedelta(seconds=1))
    (untold,) = lefts(TERMS, [replace(CAPTURED, happened_at=None)], [])
    assert not untold.too_old(START + REFUND_LIFE * 2)
    assert one.captured == DUE
