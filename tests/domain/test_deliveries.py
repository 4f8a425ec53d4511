"""The schedule of the specification, and names that are made of what happened."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.domain.cards import holds_card_number
from checkout.domain.deliveries import DELAYS, JITTER, RESTS_MAX, Reply, due_again, rests_until
from checkout.domain.happenings import ABOUT_MAX, HappeningType, about, name_of

AT = datetime(2026, 11, 27, tzinfo=UTC)


def test_the_schedule_is_the_one_of_the_specification() -> None:
    assert sum(DELAYS, timedelta()) == timedelta(hours=75, minutes=35, seconds=5)


@given(st.integers(), st.integers(1, 20))
def test_a_retry_is_never_early_and_at_most_a_tenth_late(number: int, attempts: int) -> None:
    due = due_again(f"evt_{number}", attempts, AT)
    if attempts >= len(DELAYS):
        assert due is None
    else:
        assert due is not None
        assert DELAYS[attempts] <= due - AT <= DELAYS[attempts] * (1 + JITTER)


def test_what_failed_together_does_not_come_back_together() -> None:
    assert len({due_again(f"evt_{number}", 2, AT) for number in range(50)}) > 40


@pytest.mark.parametrize(
    ("status", "seconds", "rest"), [(200, 60, 0), (500, 60, 0), (429, 60, 60), (503, 9**9, 3600)]
)
def test_rest_is_given_to_whom_asks_and_within_bounds(status: int, seconds: int, rest: int) -> None:
    until = rests_until(Reply(status, "", 1, seconds), AT)
    assert until == (AT + timedelta(seconds=rest) if rest else None)
    assert until is None or until - AT <= RESTS_MAX


@given(st.integers(), st.integers(), st.integers(0, 300))
def test_what_differs_has_another_name_and_none_is_long_or_looks_like_a_card(
    one: int, other: int, length: int
) -> None:
    abouts = [about(HappeningType.ORDER_PAID, "x" * length, number) for number in (one, other)]
    names = [name_of("shop", text) for text in abouts]
    assert (names[0] == names[1]) == (one == other)
    assert all(len(text) <= ABOUT_MAX for text in abouts)
    assert not any(holds_card_number(name) for name in names)
