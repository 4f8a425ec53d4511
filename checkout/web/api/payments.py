"""Payments: each attempt to pay an order."""

from __future__ import annotations

from typing import Annotated

from checkout.domain.authorizations import AuthorizationState
from checkout.domain.keys import Scope
from checkout.domain.standing import PaymentState
from checkout.flows import refunding, viewing
from checkout.flows.settling import Attempt
from checkout.web.api.doors import Call, door
from checkout.web.api.problems import Code
from checkout.web.api.shapes import Amount, Id, Moment, Nothing, Parameters, Shape, Worded


class Capture(Shape):
    """Money that was taken, by the processor's id of it, and what of it may still be given back."""

    id: str
    captured: Amount
    left_to_refund: Amount
    captured_at: Moment | None


class Payment(Shape):
    """One attempt to pay an order. `reference` is the processor's own id of it."""

    id: str
    order_id: str
    attempt: int
    state: Annotated[PaymentState, Worded()]
    reason: str | None
    processor: str
    reference: str | None
    amount: Amount
    captured: Amount
    refunded: Amount
    reversed: Amount
    reserved: Amount
    reserved_until: Moment | None
    is_disputed: bool
    captures: list[Capture]
    created_at: Moment


class PaymentList(Shape):
    """All attempts to pay an order, first to last. There are never many."""

    data: list[Payment]


class PaymentFilter(Parameters):
    """Of which order."""

    order_id: Id


@door("GET /payments/<word:payment_id>", scope=Scope.PAYMENTS_READ, asks=Nothing, answers=Payment)
def get_payment(call: Call, _asked: Nothing, payment_id: str) -> Payment:
    """One payment as it stands now."""
    return _payment(viewing.payment(call.house, payment_id), call)


@door(
    "GET /payments",
    scope=Scope.PAYMENTS_READ,
    asks=PaymentFilter,
    answers=PaymentList,
    refuses=(Code.NOT_FOUND,),
)
def list_payments(call: Call, asked: PaymentFilter) -> PaymentList:
    """Every attempt to pay an order, first to last."""
    found = viewing.payments_of(call.house, asked.order_id)
    return PaymentList(data=[_payment(one, call) for one in found])


def _payment(found: Attempt, call: Call) -> Payment:
    row, standing = found.payment, found.standing
    live = [one.until for one in standing.authorizations if one.state is AuthorizationState.LIVE]
    return Payment(
        id=row.id,
        order_id=row.order_id,
        attempt=row.attempt,
        state=standing.state,
        reason=standing.reason,
        processor=row.processor,
        reference=standing.reference,
        amount=Amount.of(row.terms.amount),
        captured=Amount.of(standing.captured),
        refunded=Amount.of(standing.refunded),
        reversed=Amount.of(standing.reversed),
        reserved=Amount.of(standing.authorized),
        reserved_until=min((until for until in live if until), default=None),
        is_disputed=standing.is_disputed,
        captures=[
            Capture(
                id=one.capture,
                captured=Amount.of(one.captured),
                left_to_refund=Amount.of(one.left),
                captured_at=one.captured_at,
            )
            for one in refunding.left_of(call.house, row.id)
        ],
        created_at=row.created_at,
    )
