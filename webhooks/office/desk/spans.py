"""Periods of the books: a month, a day, or any days; always UTC, and always named so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from checkout.domain.errors import BadInputError

DAY = timedelta(days=1)
ZONE = "UTC"


class BadSpanError(BadInputError):
    """Days that are none, or the wrong way round."""

    def __init__(self, said: str) -> None:
        super().__init__(f"{said} Write days as 2026-11-30, and the first before the last.")


@dataclass(frozen=True, slots=True)
class Days:
    """Whole days in UTC, both included."""

    first: date
    last: date

    @property
    def start(self) -> datetime:
        """The first moment."""
        return datetime.combine(self.first, time(), UTC)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.last, time(), UTC) + DAY

    @property
    def query(self) -> dict[str, str]:
        """How an address names it."""
        return {"from": self.first.isoformat(), "to": self.last.isoformat()}


def days_asked(first: str, last: str, now: datetime) -> Days:
    """The days that somebody asks for; this month until today where they do not say. Raises BadSpanError."""
    today = now.astimezone(UTC).date()
    begin = day_of(first) if first else today.replace(day=1)
    end = day_of(last) if last else max(today, begin)
    if end < begin:
        raise BadSpanError(f"{end} is before {begin}.")
    return Days(begin, end)


def presets(now: datetime) -> list[tuple[str, Days]]:
    """What most people ask for, by its name."""
    today = now.astimezone(UTC).date()
    this_month = today.replace(day=1)
    last_of_before = this_month - DAY
    return [
        ("Today", Days(today, today)),
        ("Yesterday", Days(today - DAY, today - DAY)),
        ("This month", Days(this_month, today)),
        ("Last month", Days(last_of_before.replace(day=1), last_of_before)),
        ("This year", Days(today.replace(month=1, day=1), today)),
    ]


def moment_of(typed: str) -> datetime:
    """A moment that an address of ours carries. Raises BadSpanError."""
    try:
        found = datetime.fromisoformat(typed)
    except ValueError:
        raise BadSpanError(f"{typed[:40]!r} is no moment.") from None
    day_of(found.date().isoformat())
    if found.tzinfo is None:
        raise BadSpanError(f"{typed[:40]!r} names no zone.")
    return found


def day_of(typed: str) -> date:
    """A day that somebody typed, of a year in which a shop can have books. Raises BadSpanError."""
    try:
        found = date.fromisoformat(typed)
    except ValueError:
        raise BadSpanError(f"{typed[:20]!r} is no day.") from None
    if not date(2000, 1, 1) <= found <= date(9000, 1, 1):
        raise BadSpanError(f"{typed[:20]!r} is no day of these books.")
    return found
