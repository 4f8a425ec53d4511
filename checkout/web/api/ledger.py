"""The ledger: every debit and credit, in the order they were posted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from checkout.domain.accounts import Account, Side
from checkout.domain.happenings import word
from checkout.domain.keys import Scope
from checkout.flows.said import Currency
from checkout.store import listing
from checkout.store.listing import LedgerFilter, Span
from checkout.web.api import cursors
from checkout.web.api.doors import Call, door
from checkout.web.api.shapes import Amount, AskedMoment, Id, Listing, Moment, Page, Shape, Worded

if TYPE_CHECKING:
    from checkout.store.ledger import Entry

LIST = "ledger"


class LedgerEntry(Shape):
    """One debit or credit, for one fact. Nothing in the ledger ever changes."""

    id: int
    account: Annotated[Account, Worded()]
    side: Annotated[Side, Worded()]
    amount: Amount
    fact: Annotated[str, Field(description="What happened, such as `captured`.")]
    subject: Annotated[str, Field(description="The processor's id of it.")]
    processor: str
    order_id: str | None
    payment_id: str | None
    happened_at: Moment | None
    posted_at: Moment


class LedgerPage(Page):
    """Lines of the ledger, oldest first."""

    data: list[LedgerEntry]


class LedgerListing(Listing):
    """Which lines."""

    account: Annotated[Account, Worded()] | None = None
    currency: Currency | None = None
    payment_id: Id | None = None
    posted_from: Annotated[AskedMoment | None, Field(description="From this time on.")] = None
    posted_to: Annotated[AskedMoment | None, Field(description="Before this time.")] = None


@door("GET /ledger-entries", scope=Scope.LEDGER_READ, asks=LedgerListing, answers=LedgerPage)
def list_ledger_entries(call: Call, asked: LedgerListing) -> LedgerPage:
    """Lines of the ledger in the order they were posted, oldest first."""
    which = LedgerFilter(
        asked.account, asked.currency, asked.payment_id, Span(asked.posted_from, asked.posted_to)
    )
    after = cursors.timed(cursors.place(LIST, asked))
    with call.house.store.read() as tx:
        found = listing.page_of_entries(tx, which, after=after, limit=asked.limit + 1)
    shown, cursor = cursors.page(LIST, found, asked.limit, lambda one: (one.posted_at, one.id))
    return LedgerPage(data=[_entry(one) for one in shown], next_cursor=cursor)


def _entry(row: Entry) -> LedgerEntry:
    return LedgerEntry(
        id=row.id,
        account=row.account,
        side=row.side,
        amount=Amount.of(row.amount),
        fact=word(row.fact),
        subject=row.subject,
        processor=row.processor,
        order_id=row.order_id,
        payment_id=row.payment_id,
        happened_at=row.happened_at,
        posted_at=row.posted_at,
    )
