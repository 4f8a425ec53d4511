"""Which happenings follow from what was learned of an order, its payments, refunds and disputes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from checkout.domain.authorizations import AuthorizationState
from checkout.domain.facts import Fact, FactKind, undone_marks
from checkout.domain.happenings import Happening, HappeningType, about
from checkout.domain.intents import Operation, Outcome
from checkout.domain.orders import OrderState, in_currency, sums_of
from checkout.domain.sent_back import ReturnState
from checkout.domain.standing import PaymentState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from checkout.domain.disputes import Dispute
    from checkout.domain.intents import Intent
    from checkout.domain.money import Money
    from checkout.domain.orders import Sums
    from checkout.domain.sent_back import Return
    from checkout.domain.standing import Standing

OF_ORDERS = {
    OrderState.AUTHORIZED: HappeningType.ORDER_AUTHORIZED,
    OrderState.PAID: HappeningType.ORDER_PAID,
    OrderState.PARTIALLY_PAID: HappeningType.ORDER_PARTIALLY_PAID,
    OrderState.OVERPAID: HappeningType.ORDER_OVERPAID,
    OrderState.PAID_LATE: HappeningType.ORDER_PAID_LATE,
    OrderState.CANCELLED: HappeningType.ORDER_CANCELLED,
    OrderState.EXPIRED: HappeningType.ORDER_EXPIRED,
    OrderState.PARTIALLY_REFUNDED: HappeningType.ORDER_PARTIALLY_REFUNDED,
    OrderState.REFUNDED: HappeningType.ORDER_REFUNDED,
}
"""An order that waits for its payment is told of when it is created."""

TOLD_ONCE = frozenset({OrderState.PAID, OrderState.PAID_LATE})
"""What a shop delivers for: once in an order's life, and never after its money was taken back."""

MOVES_MONEY = frozenset(
    {
        FactKind.CAPTURED,
        FactKind.REFUNDED,
        FactKind.REVERSED,
        FactKind.RETURNED,
        FactKind.RESOLVED,
    }
)
"""After these there may be more to tell of an order though its state is the same."""

_OF_RETURNS = {
    ReturnState.PENDING: HappeningType.REFUND_PENDING,
    ReturnState.COMPLETED: HappeningType.REFUND_COMPLETED,
    ReturnState.FAILED: HappeningType.REFUND_FAILED,
    ReturnState.CANCELLED: HappeningType.REFUND_FAILED,
}
_OF_A_RETURN = frozenset(
    {
        FactKind.REFUND_PENDING,
        FactKind.REFUNDED,
        FactKind.REFUND_FAILED,
        FactKind.REFUND_CANCELLED,
        FactKind.REVERSED,
    }
)
_FAILED = frozenset({PaymentState.DECLINED, PaymentState.FAILED})


@dataclass(frozen=True, slots=True)
class Named:
    """A payment by its names: ours, its order's, and its processor's folder."""

    processor: str
    payment_id: str
    order_id: str


def amount(money: Money) -> dict[str, object]:
    """Money as it is told: exact, in minor units."""
    return {"amount_minor": money.minor, "currency": money.currency}


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order as the shop is told of it: what it has become by its payments."""

    id: str
    due: Money
    state: OrderState
    shop_reference: str | None = None
    standings: Sequence[Standing] = ()

    @property
    def sums(self) -> Sums:
        """What came in for it, and went back."""
        return sums_of(self.standings, self.due.currency)

    def told(self) -> dict[str, object]:
        """Its names, its state and its sums."""
        sums = self.sums
        return {
            "order_id": self.id,
            "shop_reference": self.shop_reference,
            "state": self.state,
            "total": amount(self.due),
            "captured": amount(sums.captured),
            "refunded": amount(sums.refunded),
            "reversed": amount(sums.reversed),
        }


def of_new_order(order: Ordered) -> Happening:
    """An order was placed."""
    kind = HappeningType.ORDER_CREATED
    return Happening(kind, about(kind, order.id), order.told(), order.id)


def of_order(order: Ordered) -> Happening | None:
    """What an order has become. That it is paid is told once, and not while any of its money is taken back.

    Else what came in and each refund are a part of what it is about, so that every one is told. What was taken back
    is told by itself: a reversal shows as a refund until the processor names it, and then the order is again what it
    was.
    """
    kind = OF_ORDERS.get(order.state)
    if kind is None:
        return None
    if order.state in TOLD_ONCE:
        taken_back = order.sums.reversed.minor > 0
        return None if taken_back else Happening(kind, about(kind, order.id), order.told(), order.id)
    return Happening(kind, about(kind, order.id, *_so_far(order)), order.told(), order.id)


def _so_far(order: Ordered) -> list[object]:
    """What tells an order's moments in one state apart: the sums, which refunds, and what is reserved."""
    sums, counted = order.sums, in_currency(order.standings, order.due.currency)
    refunds = [
        one.subject
        for standing in counted
        for one in standing.returns
        if one.state is ReturnState.COMPLETED and not one.is_reversal
    ]
    live = [
        reserved.id
        for standing in counted
        for reserved in standing.authorizations
        if order.state is OrderState.AUTHORIZED and reserved.state is AuthorizationState.LIVE
    ]
    return [sums.captured.minor, sums.refunded.minor, *sorted(refunds), *sorted(live)]


def of_payment(
    named: Named, was: PaymentState, standing: Standing, told: Iterable[Fact], asked: Iterable[Intent]
) -> Happening | None:
    """A payment that failed or is held, where it was not before; each refusal is told by itself."""
    if standing.state is was:
        return None
    if standing.state is PaymentState.PENDING_REVIEW:
        kind = HappeningType.PAYMENT_PENDING
    elif standing.state in _FAILED:
        kind = HappeningType.PAYMENT_FAILED
    else:
        return None
    refusals = sum(intent.outcome is Outcome.REFUSED for intent in asked)
    refusals += sum(fact.kind in {FactKind.DECLINED, FactKind.AUTHORIZATION_DENIED} for fact in told)
    said = {
        "payment_id": named.payment_id,
        "order_id": named.order_id,
        "state": standing.state,
        "may_try_again_at_same_link": standing.retriable,
    }
    return _happening(kind, named, said, None, named.payment_id, refusals)


def of_news(
    named: Named,
    standing: Standing,
    order: Ordered,
    *,
    told: Iterable[Fact],
    asked: Iterable[Intent],
    news: Sequence[Fact],
) -> list[Happening]:
    """What new facts say of refunds, reversals and disputes, as all facts together have it now."""
    found, ours = [], {one.invoice for one in asked if one.operation is Operation.REFUND}
    undone = undone_marks(news)
    subjects = {fact.subject for fact in news if fact.kind in _OF_A_RETURN}
    subjects |= {fact.subject for fact in told if fact.kind is FactKind.REFUNDED and fact.key in undone}
    found += [_of_return(named, one, order, ours) for one in standing.returns if one.subject in subjects]
    for fact in news:
        if fact.kind is FactKind.RETURNED and fact.amount is not None:
            said = {
                "payment_id": named.payment_id,
                "order_id": named.order_id,
                "amount": amount(fact.amount),
                "order": order.told(),
            }
            kind = HappeningType.PAYMENT_REVERSAL_RETURNED
            found.append(_happening(kind, named, said, fact.subject, named.processor, fact.key))
    disputed = {fact.subject for fact in news if fact.kind is FactKind.DISPUTED}
    if disputed:
        new = set(news)
        known = {fact.subject for fact in told if fact.kind is FactKind.DISPUTED and fact not in new}
        for dispute in standing.disputes:
            if dispute.id in disputed:
                found += _of_dispute(named, dispute, is_new=dispute.id not in known)
    return found


def _of_return(named: Named, one: Return, order: Ordered, ours: Collection[str | None]) -> Happening:
    """A refund by our name of it, where it is ours, and by the processor's; what was taken back has the latter alone."""
    kind = HappeningType.PAYMENT_REVERSED if one.is_reversal else _OF_RETURNS[one.state]
    said: dict[str, object] = {
        "payment_id": named.payment_id,
        "order_id": named.order_id,
        "reference": one.subject,
        "state": one.state,
        "amount": amount(one.amount),
        "order": order.told(),
    }
    if not one.is_reversal:
        said["refund_id"] = one.invoice if one.invoice in ours else None
    return _happening(kind, named, said, one.subject, named.processor, one.subject, one.state)


def _of_dispute(named: Named, dispute: Dispute, *, is_new: bool) -> list[Happening]:
    """One that is over when it is first heard of is told as opened and as closed."""
    said = {
        "dispute_id": dispute.id,
        "payment_id": named.payment_id,
        "order_id": named.order_id,
        "status": dispute.status,
        "stage": dispute.stage,
        "outcome": dispute.outcome,
        "amount": amount(dispute.amount) if dispute.amount else None,
        "answer_due_at": dispute.due_at.isoformat().replace("+00:00", "Z") if dispute.due_at else None,
    }
    kinds = [HappeningType.DISPUTE_OPENED] if is_new else []
    if not dispute.is_open:
        kinds.append(HappeningType.DISPUTE_CLOSED)
    elif not is_new:
        kinds.append(HappeningType.DISPUTE_UPDATED)
    moment = (dispute.status, dispute.stage, dispute.outcome, dispute.due_at, dispute.updated_at)
    return [
        _happening(
            kind,
            named,
            said,
            dispute.id,
            named.processor,
            dispute.id,
            *(() if kind is HappeningType.DISPUTE_OPENED else moment),
        )
        for kind in kinds
    ]


def _happening(
    kind: HappeningType, named: Named, said: Mapping[str, object], subject: str | None, *what: object
) -> Happening:
    return Happening(
        kind,
        about(kind, *what),
        said,
        order_id=named.order_id,
        payment_id=named.payment_id,
        subject=subject,
    )
