"""Where is this money? Everything that is known of one order, and the answer in one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from checkout.domain.errors import NotFoundError
from checkout.domain.intents import UNRESOLVED, Operation, Outcome
from checkout.domain.money import Money
from checkout.domain.orders import OrderState, sums_of
from checkout.domain.processor import Advice, Explains
from checkout.domain.sent_back import ReturnState
from checkout.domain.standing import PaymentState, fold
from checkout.store import (
    discrepancies,
    facts,
    intents,
    mailboxes,
    notices,
    orders,
    payments,
    timelines,
)

if TYPE_CHECKING:
    from checkout.domain.orders import Line, Sums
    from checkout.domain.standing import Standing
    from checkout.flows.house import House
    from checkout.store.discrepancies import Discrepancy
    from checkout.store.engine import Tx
    from checkout.store.mailboxes import Message
    from checkout.store.notices import Notice
    from checkout.store.orders import Contact, OrderRow
    from checkout.store.payments import PaymentRow
    from checkout.store.timelines import KeptFact, KeptIntent, KeptPosting


@dataclass(frozen=True, slots=True)
class PaymentTrace:
    """Everything that is known of one payment."""

    payment: PaymentRow
    processor: str
    """The name people know it by."""
    standing: Standing
    intents: list[KeptIntent]
    facts: list[KeptFact]
    postings: list[KeptPosting]
    messages: list[Message]
    discrepancies: list[Discrepancy]
    advice: Advice | None = None
    """Why the processor holds it, in plain words, where it does."""


@dataclass(frozen=True, slots=True)
class OrderTrace:
    """Everything that is known of one order."""

    order: OrderRow
    lines: tuple[Line, ...]
    contact: Contact
    payments: list[PaymentTrace]
    notices: list[Notice]

    @property
    def beside(self) -> list[tuple[str, Money]]:
        """What is due beside the lines, each where there is any: shipping, tax."""
        order = self.order
        named = (("Shipping", order.shipping_minor), ("Tax", order.tax_minor))
        return [(name, Money(minor, order.due.currency)) for name, minor in named if minor]

    @property
    def answer(self) -> str:
        """Where the money of this order is, in one sentence or two."""
        return where_is_the_money(self.order, self.payments)


def trace_order(house: House, name: str) -> OrderTrace:
    """An order by its number, the token of its page, or a payment's id or reference. Raises NotFoundError."""
    with house.store.read() as tx:
        order = _find_order(tx, house, name)
        if order is None:
            raise NotFoundError("order", name)
        return OrderTrace(
            order,
            orders.lines(tx, order.id, order.due.currency),
            orders.contact(tx, order.id),
            [_trace(tx, house, payment) for payment in payments.of_order(tx, order.id)],
            notices.of_order(tx, order.id),
        )


def trace_payment(house: House, name: str) -> PaymentTrace:
    """A payment by its own id or by the processor's reference. Raises NotFoundError."""
    with house.store.read() as tx:
        payment = _find_payment(tx, house, name)
        if payment is None:
            raise NotFoundError("payment", name)
        return _trace(tx, house, payment)


def where_is_the_money(order: OrderRow, traces: list[PaymentTrace]) -> str:
    """The first thing that whoever asks wants to read."""
    last = _telling_one(traces)
    sums = sums_of([trace.standing for trace in traces], order.due.currency)
    if sums.captured.minor and last is not None:
        return " ".join([_with_money(order, last, sums), *_afterwards(order, traces)])
    if last is None:
        return f"Nothing was paid: no payment was begun. {_still_due(order)}"
    return _without_money(order, last)


def _with_money(order: OrderRow, trace: PaymentTrace, sums: Sums) -> str:
    said = _what_is_left(trace.processor, sums)
    if order.state is OrderState.PAID:
        # What others take back leaves the order's state alone: the shop has kept its side.
        return f"{said}; the order {'still counts as' if sums.reversed.minor else 'is'} paid."
    if order.state is OrderState.PAID_LATE and not sums.reversed.minor:
        return f"{said}; it came after the order was {order.closed}. Fulfil it or give the money back."
    return f"{said}; {order.due} was due, so the order is {order.state}."


def _what_is_left(processor: str, sums: Sums) -> str:
    """What was taken, what of it went away again, and so what is still there."""
    gone = [f"{sums.refunded} of it was sent back"] if sums.refunded.minor else []
    gone += [f"{sums.reversed} of it was taken back by {processor} or a bank"] if sums.reversed.minor else []
    if not gone:
        return f"{sums.captured} was taken and is in our account at {processor}"
    left = sums.captured - sums.refunded - sums.reversed
    return f"{sums.captured} was taken; {' and '.join(gone)}, so {left} is in our account at {processor}"


def _afterwards(order: OrderRow, traces: list[PaymentTrace]) -> list[str]:
    """What is still under way with money that came in."""
    said = []
    for trace in traces:
        standing = trace.standing
        said += [
            f"A refund of {one.amount} is on its way and may still fail."
            for one in standing.returns
            if one.state is ReturnState.PENDING
        ]
        for dispute in standing.disputes:
            if dispute.is_open:
                due = f"; the answer is due by {dispute.due_at:%Y-%m-%d %H:%M} UTC" if dispute.due_at else ""
                about = dispute.amount or order.due
                said.append(f"{about} is in dispute ({dispute.id}, {dispute.status}){due}.")
        if standing.authorized.minor:
            said.append(f"{standing.authorized} more is reserved and can still be taken.")
        for intent in trace.intents:
            if intent.operation == Operation.REFUND and intent.outcome in UNRESOLVED:
                said.append(
                    f"Whether a refund of {intent.amount} was sent is not known yet; it is asked for."
                )
            if intent.operation == Operation.REFUND and intent.outcome == Outcome.TO_APPROVE:
                said.append(f"A refund of {intent.amount} waits for a second person.")
    return said


def _without_money(order: OrderRow, trace: PaymentTrace) -> str:
    processor, due = trace.processor, order.due
    match trace.standing.state:
        case PaymentState.CAPTURED:
            taken = next((fact.amount for fact in trace.facts if fact.kind == "captured"), None)
            return f"{taken or 'Money'} was taken at {processor}, but it does not count for this order: see the differences."
        case PaymentState.UNKNOWN | PaymentState.CAPTURING:
            return f"It is not known yet whether {processor} took {due}: it is asked again and again until it says."
        case PaymentState.PENDING_REVIEW:
            said = f"{processor} holds {due} and has not passed it on ({trace.standing.reason or 'no reason told'})."
            return " ".join(filter(None, [said, *_advice(trace)]))
        case PaymentState.AUTHORIZED:
            return _reserved(trace)
        case PaymentState.APPROVED:
            return f"No money was taken yet: the customer agreed to pay {due} and it is about to be taken."
        case PaymentState.CREATED | PaymentState.AWAITING_CUSTOMER:
            return f"No money was taken: the customer has not agreed at {processor} yet. {_still_due(order)}"
        case over:
            reason = f" ({trace.standing.reason})" if trace.standing.reason else ""
            return f"No money was taken: the last payment is {over}{reason}. {_still_due(order)}"


def _advice(trace: PaymentTrace) -> tuple[str, ...]:
    return (trace.advice.said, trace.advice.do) if trace.advice else ()


def _reserved(trace: PaymentTrace) -> str:
    until, sure = trace.payment.authorized_until, trace.payment.honoured_until
    said = f"{trace.standing.authorized} is reserved at {trace.processor}; nothing was taken yet."
    if until is not None and sure is not None:
        said += (
            f" It is sure to be there until {sure:%Y-%m-%d %H:%M} UTC and gone by {until:%Y-%m-%d %H:%M} UTC."
        )
    return said


def _still_due(order: OrderRow) -> str:
    return f"The order is {order.closed}, so nothing is due." if order.closed else f"{order.due} is due."


def _telling_one(traces: list[PaymentTrace]) -> PaymentTrace | None:
    """The payment that has money, else the one that may have, else the newest."""
    may_have = (
        PaymentState.CAPTURED, PaymentState.UNKNOWN, PaymentState.CAPTURING,
        PaymentState.PENDING_REVIEW, PaymentState.AUTHORIZED, PaymentState.APPROVED,
    )  # fmt: skip
    for state in may_have:
        for trace in reversed(traces):
            if trace.standing.state is state:
                return trace
    return traces[-1] if traces else None


def _find_order(tx: Tx, house: House, name: str) -> OrderRow | None:
    found = orders.by_id(tx, name.upper()) or orders.by_token(tx, name)
    if found is not None:
        return found
    payment = _find_payment(tx, house, name)
    return orders.by_id(tx, payment.order_id) if payment else None


def _find_payment(tx: Tx, house: House, name: str) -> PaymentRow | None:
    found = payments.by_id(tx, name.upper())
    processors = {*house.processors, "paypal"}
    for processor in sorted(processors):
        found = found or payments.by_reference(tx, processor, name) or payments.by_names(tx, processor, name)
    return found


def _trace(tx: Tx, house: House, payment: PaymentRow) -> PaymentTrace:
    processor = house.processors.get(payment.processor)
    standing = fold(payment.terms, facts.of_payment(tx, payment.id), intents.of_payment(tx, payment.id))
    return PaymentTrace(
        payment,
        processor.title if processor else payment.processor,
        standing,
        timelines.intents_of(tx, payment.id),
        timelines.facts_of(tx, payment.id),
        timelines.postings_of(tx, payment.id),
        mailboxes.of_payment(tx, payment.id),
        discrepancies.of_payment(tx, payment.id),
        _explained(processor, standing),
    )


def _explained(processor: object, standing: Standing) -> Advice | None:
    """Why the processor holds the money, where it does and can say so."""
    if standing.state is PaymentState.PENDING_REVIEW and isinstance(processor, Explains):
        return processor.explain(standing.reason or "")
    return None
