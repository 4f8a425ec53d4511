"""Disputes are folded to their latest moment, whatever was told first."""

import itertools
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkout.domain.disputes import Dispute, DisputeOutcome, DisputeStage, DisputeStatus, disputes
from checkout.domain.facts import Fact, FactKind, words
from tests.domain.histories import DUE, at, disputed, fact

STATES = st.tuples(
    st.integers(0, 2),
    st.sampled_from(DisputeStatus),
    st.sampled_from(DisputeStage),
    st.sampled_from(DisputeOutcome),
)


def moment(
    minutes: int,
    status: DisputeStatus,
    stage: DisputeStage = DisputeStage.INQUIRY,
    outcome: DisputeOutcome = DisputeOutcome.NONE,
) -> Fact:
    """How the dispute stood at a time."""
    return disputed("PP-D-1", "CAP1", DUE, minutes=minutes, said=(status, stage, outcome))


def one(*told: Fact) -> Dispute:
    """The one dispute there is."""
    (found,) = disputes(told)
    return found


@settings(max_examples=50)
@given(st.lists(STATES, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_no_order_changes_how_a_dispute_stands_and_the_latest_word_counts(
    states: list[tuple[int, DisputeStatus, DisputeStage, DisputeOutcome]], chance: random.Random
) -> None:
    told = [moment(*state) for state in states]
    shuffled = told * 2
    chance.shuffle(shuffled)
    assert disputes(shuffled) == disputes(told)
    assert one(*told).updated_at == max(fact.happened_at for fact in told if fact.happened_at)


def test_of_one_moment_the_word_that_is_further_on_counts() -> None:
    waits = moment(1, DisputeStatus.WAITING_FOR_US)
    later_stage = moment(1, DisputeStatus.WAITING_FOR_US, DisputeStage.PRE_ARBITRATION)
    ended = moment(1, DisputeStatus.RESOLVED, outcome=DisputeOutcome.WON)
    for told in itertools.permutations([waits, later_stage, ended]):
        assert one(*told).status is DisputeStatus.RESOLVED
    for told in itertools.permutations([waits, later_stage]):
        assert one(*told).stage is DisputeStage.PRE_ARBITRATION


def test_a_dispute_may_be_opened_again() -> None:
    ended = moment(1, DisputeStatus.RESOLVED, outcome=DisputeOutcome.LOST)
    assert not one(ended).is_open
    assert one(moment(2, DisputeStatus.UNDER_REVIEW), ended).is_open


@pytest.mark.parametrize("status", DisputeStatus)
def test_every_status_but_resolved_is_open(status: DisputeStatus) -> None:
    assert one(moment(1, status)).is_open is (status is not DisputeStatus.RESOLVED)


def test_what_is_not_said_is_not_made_up() -> None:
    bare = one(fact(FactKind.DISPUTED, "PP-D-1", words=words(allows="make-offer accept-claim")))
    assert (bare.status, bare.stage, bare.outcome) == (
        DisputeStatus.OTHER,
        DisputeStage.OTHER,
        DisputeOutcome.NONE,
    )
    assert (bare.capture, bare.amount, bare.due_at, bare.updated_at) == (None, None, None, None)
    assert bare.allows == {"make-offer", "accept-claim"}
    assert one(replace(moment(3, DisputeStatus.OPEN), happened_at=at(4))).updated_at == at(4)
