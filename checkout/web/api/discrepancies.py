"""Discrepancies: where the books and the processor differ, until a person has resolved it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from checkout.domain.errors import NotFoundError
from checkout.domain.happenings import word
from checkout.domain.keys import Scope
from checkout.store import discrepancies as differences
from checkout.store import listing
from checkout.web.api import cursors
from checkout.web.api.doors import Call, door
from checkout.web.api.shapes import Id, Listing, Moment, Nothing, Page, Shape, Worded

if TYPE_CHECKING:
    from checkout.store.discrepancies import Discrepancy as Row

LIST = "discrepancies"
DIGITS_MAX = 15


class DiscrepancyState(StrEnum):
    """Whether it still waits for a person."""

    OPEN = "open"
    RESOLVED = "resolved"


class Discrepancy(Shape):
    """One difference, with what each side says."""

    id: int
    state: Annotated[DiscrepancyState, Worded()]
    kind: str
    explanation: str
    ours: str | None
    theirs: str | None
    processor: str
    payment_id: str | None
    subject: str | None
    opened_at: Moment
    resolved_at: Moment | None
    resolution: str | None
    resolved_by: str | None


class DiscrepancyPage(Page):
    """Discrepancies, oldest first."""

    data: list[Discrepancy]


class DiscrepancyListing(Listing):
    """Which discrepancies."""

    state: Annotated[DiscrepancyState, Worded()] | None = None
    payment_id: Id | None = None


@door(
    "GET /discrepancies/<word:discrepancy_id>",
    scope=Scope.DISCREPANCIES_READ,
    asks=Nothing,
    answers=Discrepancy,
)
def get_discrepancy(call: Call, _asked: Nothing, discrepancy_id: str) -> Discrepancy:
    """One discrepancy."""
    is_number = discrepancy_id.isascii() and discrepancy_id.isdecimal() and len(discrepancy_id) <= DIGITS_MAX
    with call.house.store.read() as tx:
        found = differences.by_id(tx, int(discrepancy_id)) if is_number else None
    if found is None:
        raise NotFoundError("discrepancy", discrepancy_id)
    return _discrepancy(found)


@door("GET /discrepancies", scope=Scope.DISCREPANCIES_READ, asks=DiscrepancyListing, answers=DiscrepancyPage)
def list_discrepancies(call: Call, asked: DiscrepancyListing) -> DiscrepancyPage:
    """Discrepancies, oldest first."""
    after = cursors.place(LIST, asked)
    with call.house.store.read() as tx:
        found = listing.page_of_discrepancies(
            tx,
            is_open=None if asked.state is None else asked.state is DiscrepancyState.OPEN,
            payment_id=asked.payment_id,
            after=after[0] if after else None,
            limit=asked.limit + 1,
        )
    shown, cursor = cursors.page(LIST, found, asked.limit, lambda one: (one.id,))
    return DiscrepancyPage(data=[_discrepancy(one) for one in shown], next_cursor=cursor)


def _discrepancy(row: Row) -> Discrepancy:
    return Discrepancy(
        id=row.id,
        state=DiscrepancyState.OPEN if row.resolved_at is None else DiscrepancyState.RESOLVED,
        kind=word(row.kind),
        explanation=row.explanation,
        ours=row.ours,
        theirs=row.theirs,
        processor=row.processor,
        payment_id=row.payment_id,
        subject=row.subject,
        opened_at=row.opened_at,
        resolved_at=row.resolved_at,
        resolution=row.resolution,
        resolved_by=row.resolved_by,
    )
