"""What a happening is about is one text, of bounded length, that never looks like a card number."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from checkout.domain.cards import holds_card_number
from checkout.domain.happenings import ABOUT_MAX, HappeningType, about

KIND = HappeningType.ORDER_REFUNDED
CARD = "4" + "1" * 15


@given(st.integers(1, 8), st.integers(1, 8), st.text("0123456789", min_size=0, max_size=11))
def test_sums_and_ids_side_by_side_are_no_card_number(first: int, second: int, more: str) -> None:
    cut = sorted({0, first, first + second, 16})
    parts = [CARD[start:end] for start, end in pairwise(cut)]
    assert not holds_card_number(about(KIND, *parts, more))


@given(st.lists(st.text("0123456789ABC", max_size=40), min_size=5, max_size=20))
def test_a_long_one_is_cut_and_is_still_its_own(parts: list[str]) -> None:
    one, other = about(KIND, *parts, "x" * ABOUT_MAX), about(KIND, *parts, "x" * ABOUT_MAX, "y")
    assert len(one) == len(other) == ABOUT_MAX
    assert one != other
    assert one.rpartition(":")[2].isalpha()
