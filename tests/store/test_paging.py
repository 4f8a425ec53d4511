"""Pages of long lists: each begins where the one before ended, whatever somebody writes into the address."""

from __future__ import annotations

import pytest

from checkout.store.paging import BadCursorError, moment_mark, moment_of, number_of, page
from tests.scripted_processor import START


def test_a_page_knows_whether_there_is_a_next_one() -> None:
    assert page([1, 2, 3], str, limit=2).rows == [1, 2]
    assert page([1, 2, 3], str, limit=2).after == "2"
    assert page([1, 2], str, limit=2).after is None


def test_a_mark_comes_back_as_it_was_given() -> None:
    assert moment_of(moment_mark(START, "a~b")) == (START, "a~b")
    assert number_of("17") == 17


@pytest.mark.parametrize("mark", ["", "0", "-1", "9" * 30, "9" * 5000, "1e3", "٣", "x", "1 or 1=1"])
def test_a_number_that_no_list_gave_is_refused(mark: str) -> None:
    with pytest.raises(BadCursorError):
        number_of(mark)


@pytest.mark.parametrize(
    "mark", ["", "~", "2026-11-27", "2026-11-27T00:00:00~x", "now~1", "2026-11-27T00:00:00+00:00~"]
)
def test_a_moment_that_no_list_gave_is_refused(mark: str) -> None:
    with pytest.raises(BadCursorError):
        moment_of(mark)
