"""Refunds: money given back, at once or after a second person has agreed."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from checkout.domain.intents import Outcome
from checkout.domain.keys import Scope
from checkout.domain.money import MINOR_MAX, Money
from checkout.flows import refunding, viewing
from checkout.flows.refunding import NOTE_MAX
from checkout.flows.refunding import RefundWish as Wish
from checkout.flows.said import Asked, Currency, Text
from checkout.store import listing
from checkout.web.api import cursors
from checkout.web.api.doors import Also, Call, Keyed, door
from checkout.web.api.problems import Code
from checkout.web.api.shapes import (
    Amount,
    Id,
    Listing,
    Moment,
    Nothing,
    Page,
    Shape,
    Worded,
)

LIST = "refunds"


class RefundState(StrEnum):
    """How far a refund has come."""

    TO_APPROVE = "to approve"
    """It is above the shop's limit, and waits for a second person in the back office."""
    WITHDRAWN = "withdrawn"
    REQUESTED = "requested"
    UNKNOWN = "unknown"
    """The processor's answer was lost; it is asked until it is known. Do not refund again."""
    REFUSED = "refused"
    """The processor would not; nothing was sent. `issue` has its reason."""
    PENDING = "pending"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


_OUTCOMES = {
    Outcome.TO_APPROVE: RefundState.TO_APPROVE,
    Outcome.WITHDRAWN: RefundState.WITHDRAWN,
    Outcome.ASKED: RefundState.REQUESTED,
    Outcome.UNKNOWN: RefundState.UNKNOWN,
    Outcome.REFUSED: RefundState.REFUSED,
    Outcome.DONE: RefundState.REQUESTED,
}


class AmountWish(Asked):
    """How much."""

    amount_minor: Annotated[int, Field(ge=1, le=MINOR_MAX)]
    currency: Currency


class RefundWish(Asked):
    """What to give back."""

    payment_id: Id
    amount: Annotated[AmountWish | None, Field(description="All that is left, if left out.")] = None
    capture: Annotated[
        Id | None, Field(description="One of the payment's captures, where it has several.")
    ] = None
    note: Annotated[
        Text, Field(max_length=NOTE_MAX, description="Shown to the customer by the processor.")
    ] = ""


class Refund(Shape):
    """One refund of one capture. `reference` is the processor's own id of it, once it has told it."""

    id: str
    payment_id: str
    capture: str
    amount: Amount
    state: Annotated[RefundState, Worded()]
    issue: str | None
    reference: str | None
    requested_by: str | None
    approved_by: str | None
    requested_at: Moment


class RefundsMade(Shape):
    """One refund for each capture that it is taken of: most often one."""

    data: list[Refund]


class RefundPage(Page):
    """Refunds, the last asked for first."""

    data: list[Refund]


class RefundListing(Listing):
    """Which refunds."""

    payment_id: Id | None = None


def _waits(made: RefundsMade) -> bool:
    return any(one.state is RefundState.TO_APPROVE for one in made.data)


@door(
    "POST /refunds",
    scope=Scope.REFUNDS_WRITE,
    asks=RefundWish,
    answers=RefundsMade,
    status=201,
    keyed=Keyed.MUST,
    refuses=(
        Code.NOT_FOUND,
        Code.AMOUNT_NOT_PAYABLE,
        Code.CURRENCY_NOT_TAKEN,
        Code.INPUT_REFUSED,
        Code.NOTHING_TO_REFUND,
        Code.MORE_THAN_IS_LEFT,
        Code.PAYMENT_DISPUTED,
        Code.TOO_OLD_TO_REFUND,
        Code.REFUND_IMPOSSIBLE,
        Code.PROCESSOR_UNAVAILABLE,
        Code.PROCESSOR_REFUSED,
    ),
    also=Also(202, _waits, "Kept; it is above the shop's limit and waits for a second person."),
)
def create_refund(call: Call, wish: RefundWish) -> RefundsMade:
    """Give money of a payment back, all that is left or a part.

    201 where it was asked for; 202 where it is above the shop's limit and waits for a second person. One
    Idempotency-Key is one refund, for good.
    """
    amount = None if wish.amount is None else Money(wish.amount.amount_minor, wish.amount.currency)
    made = refunding.ask_refund(
        call.house,
        Wish(
            payment_id=wish.payment_id,
            amount=amount,
            by=call.actor.name,
            note=wish.note,
            capture=wish.capture,
            request=call.single,
            actor=call.actor,
        ),
    )
    return RefundsMade(data=[_refund(one) for one in made])


@door("GET /refunds/<word:refund_id>", scope=Scope.REFUNDS_READ, asks=Nothing, answers=Refund)
def get_refund(call: Call, _asked: Nothing, refund_id: str) -> Refund:
    """One refund as it stands now."""
    return _refund(refunding.refund_named(call.house, refund_id))


@door("GET /refunds", scope=Scope.REFUNDS_READ, asks=RefundListing, answers=RefundPage)
def list_refunds(call: Call, asked: RefundListing) -> RefundPage:
    """Refunds that were asked for here, the last first; one that is approved later counts from then.

    One that was made on the processor's own pages is not among them: it counts in its payment's and order's `refunded`,
    and is found in the ledger's entries and in the events, as `refund.completed` with its `reference`.
    """
    before = cursors.timed(cursors.place(LIST, asked))
    with call.house.store.read() as tx:
        places = listing.page_of_refunds(
            tx,
            payment_id=asked.payment_id,
            before=before,
            limit=asked.limit + 1,
        )
    shown, cursor = cursors.page(LIST, places, asked.limit, lambda one: (one[2], one[0], one[1]))
    return RefundPage(
        data=[_refund(one) for one in viewing.refunds_at(call.house, shown)], next_cursor=cursor
    )


def _refund(found: refunding.Refund) -> Refund:
    return Refund(
        id=found.name,
        payment_id=found.payment_id,
        capture=found.capture,
        amount=Amount.of(found.amount),
        state=RefundState(found.arrived) if found.arrived else _OUTCOMES[found.outcome],
        issue=found.issue,
        reference=found.id,
        requested_by=found.wished_by,
        approved_by=found.agreed_by,
        requested_at=found.asked_at,
    )
