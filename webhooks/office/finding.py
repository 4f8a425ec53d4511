"""What the address of the list of orders says: filters and place, read leniently and written back exactly."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlencode

from checkout.domain.orders import OrderState, Origin
from checkout.domain.quotes import QUOTE_MAX
from checkout.flows.finding import Wanted
from checkout.store.paging import BadCursorError, moment_of
from checkout.store.searching import Place, Sieve
from webhooks.office.desk.spans import BadSpanError, day_of

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = TypeVar("Kind", OrderState, Origin)

FIELDS = ("q", "state", "since", "until", "origin", "currency", "needs")
"""What a view keeps, in the order in which the address has it."""

NEEDS_PERSON = "person"


@dataclass(slots=True)
class Asked:
    """An address as it was understood. `typed` is what its fields say, `complaints` what is wrong with them."""

    typed: dict[str, str]
    wanted: Wanted = field(default_factory=Wanted)
    complaints: list[tuple[str, str]] = field(default_factory=list)

    @property
    def query(self) -> str:
        """The filters as an address has them, without the place in the list."""
        return urlencode([(name, self.typed[name]) for name in FIELDS if self.typed[name]])

    @property
    def narrows(self) -> bool:
        """Whether anything but a text narrows the list."""
        return any(self.typed[name] for name in FIELDS[1:])

    def older(self, place: Place) -> str:
        """The address's query for the page behind a place."""
        return urlencode(
            [*((name, self.typed[name]) for name in FIELDS if self.typed[name]), ("before", _text(place))]
        )


def read(said: Mapping[str, str]) -> Asked:
    """What an address says. A filter that makes no sense is told and left out."""
    asked = Asked({name: said.get(name, "").strip()[:QUOTE_MAX] for name in FIELDS})
    since, until = _day(asked, "since", "From"), _day(asked, "until", "To")
    sieve = Sieve(
        state=_one_of(asked, "state", OrderState),
        since=since,
        until=None if until is None else until + timedelta(days=1),
        origin=_one_of(asked, "origin", Origin),
        currency=asked.typed["currency"] or None,
        needs_person=asked.typed["needs"] == NEEDS_PERSON,
    )
    asked.wanted = Wanted(asked.typed["q"], sieve, _place(asked, said.get("before", "")))
    return asked


def _one_of(asked: Asked, name: str, kinds: type[Kind]) -> Kind | None:
    typed = asked.typed[name]
    if not typed:
        return None
    try:
        return kinds(typed)
    except ValueError:
        asked.complaints.append((name, f"There is no {name} called {typed}."))
        return None


def _day(asked: Asked, name: str, title: str) -> datetime | None:
    """The moment a day begins, in UTC."""
    typed = asked.typed[name]
    if not typed:
        return None
    try:
        return datetime.combine(day_of(typed), time(), UTC)
    except BadSpanError:
        asked.complaints.append((name, f"{title} must be a date, such as 2026-11-27."))
        return None


def _place(asked: Asked, typed: str) -> Place | None:
    if not typed:
        return None
    try:
        return Place(*moment_of(typed))
    except BadCursorError:
        said = "The place in the list could not be read, so it begins with the newest."
        asked.complaints.append(("", said))
        return None


def _text(place: Place) -> str:
    return f"{place.created_at.astimezone(UTC).isoformat().replace('+00:00', 'Z')}~{place.id}"
