"""Disputes: what customers contest, and until when an answer is due."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from checkout.domain.disputes import DisputeOutcome, DisputeStage, DisputeStatus
from checkout.domain.errors import NotFoundError
from checkout.domain.keys import Scope
from checkout.store import disputes as contests
from checkout.store import listing
from checkout.web.api import cursors
from checkout.web.api.doors import Call, door
from checkout.web.api.shapes import Amount, Listing, Moment, Nothing, Page, Shape, Worded

if TYPE_CHECKING:
    from checkout.store.disputes import DisputeRow

LIST = "disputes"


class Dispute(Shape):
    """A dispute about a payment. It is answered in the back office or by `checkout disputes`."""

    id: str
    payment_id: str
    processor: str
    status: Annotated[DisputeStatus, Worded()]
    stage: Annotated[DisputeStage, Worded()]
    outcome: Annotated[DisputeOutcome, Worded()]
    reason: str
    amount: Amount | None
    answer_due_at: Moment | None
    updated_at: Moment | None


class DisputePage(Page):
    """Disputes by their ids."""

    data: list[Dispute]


class DisputeListing(Listing):
    """Which disputes."""

    status: Annotated[DisputeStatus, Worded()] | None = None


@door("GET /disputes/<word:dispute_id>", scope=Scope.DISPUTES_READ, asks=Nothing, answers=Dispute)
def get_dispute(call: Call, _asked: Nothing, dispute_id: str) -> Dispute:
    """One dispute as it stood last."""
    with call.house.store.read() as tx:
        found = contests.by_id(tx, dispute_id)
    if found is None:
        raise NotFoundError("dispute", dispute_id)
    return _dispute(found)


@door("GET /disputes", scope=Scope.DISPUTES_READ, asks=DisputeListing, answers=DisputePage)
def list_disputes(call: Call, asked: DisputeListing) -> DisputePage:
    """Disputes by their ids."""
    after = cursors.place(LIST, asked)
    with call.house.store.read() as tx:
        found = listing.page_of_disputes(
            tx,
            status=asked.status,
            after=after,
            limit=asked.limit + 1,
        )
    shown, cursor = cursors.page(LIST, found, asked.limit, lambda one: (one.processor, one.id))
    return DisputePage(data=[_dispute(one) for one in shown], next_cursor=cursor)


def _dispute(row: DisputeRow) -> Dispute:
    return Dispute(
        id=row.id,
        payment_id=row.payment_id,
        processor=row.processor,
        status=row.status,
        stage=row.stage,
        outcome=row.outcome,
        reason=row.reason,
        amount=Amount.of(row.amount) if row.amount else None,
        answer_due_at=row.due_at,
        updated_at=row.updated_at,
    )
