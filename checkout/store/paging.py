"""Long lists a page at a time: each page says where the next one begins, so that no row is counted or skipped over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy import literal, tuple_

from checkout.domain.errors import BadInputError
from checkout.store.tables.base import UtcTime

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Row = TypeVar("Row")
Made = TypeVar("Made")

PAGE_ROWS = 50
"""What one reads on a page; a list that is longer has a next page."""
ID_MAX = 2**63 - 1
_SEPARATOR = "~"


class BadCursorError(BadInputError):
    """A mark of a page that this list never gave."""

    def __init__(self) -> None:
        super().__init__("This address does not lead to a page of the list. Begin at its first page.")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows, and the mark of the page after them; None where this is the last."""

    rows: list[Row]
    after: str | None = None


def page(rows: Sequence[Row], mark: Callable[[Row], str], *, limit: int = PAGE_ROWS) -> Page[Row]:
    """A page of rows that were read with one more than fits."""
    shown = list(rows[:limit])
    return Page(shown, mark(shown[-1]) if len(rows) > limit else None)


def moment_mark(at: datetime, name: object) -> str:
    """The mark of a row by a time and what sets rows of one time apart."""
    return f"{at.isoformat()}{_SEPARATOR}{name}"


def moment_of(mark: str) -> tuple[datetime, str]:
    """What a mark by a time says. Raises BadCursorError."""
    moment, _, name = mark.partition(_SEPARATOR)
    try:
        at = datetime.fromisoformat(moment)
        # In the last hours of the year 9999 somewhere else, which no calendar has in UTC, it overflows.
        at = at.astimezone(UTC) if at.tzinfo else at
    except (ValueError, OverflowError):
        raise BadCursorError from None
    if at.tzinfo is None or not name:
        raise BadCursorError
    return at, name


def place(at: datetime, *more: str | int) -> Any:  # noqa: ANN401 -- a row value, which has no type of its own
    """A row's place in a list by time, to be compared with the columns that the list is in order by."""
    return tuple_(literal(at, UtcTime()), *map(literal, more))


def number_of(mark: str) -> int:
    """What a mark by a row's number says. Raises BadCursorError."""
    if (
        not (mark.isascii() and mark.isdecimal())
        or not 0 < int(mark[:20]) <= ID_MAX
        or len(mark) > len(str(ID_MAX))
    ):
        raise BadCursorError
    return int(mark)
