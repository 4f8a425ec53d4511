"""How a trace is printed: as a timeline for people, as JSON for programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from checkout.commands.printing import moment
from checkout.domain.happenings import word
from checkout.domain.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from checkout.flows.tracing import OrderTrace, PaymentTrace
    from checkout.store.mailboxes import Message

Entry = tuple["datetime", str]
_WORDS = frozenset({"account", "kind", "learned_from", "operation", "outcome", "reaction"})
"""Fields of kept records that hold a word of ours as plain text."""


def print_order(trace: OrderTrace, order_url: str) -> None:
    """The answer first, then the order, its payments and all that happened, oldest first."""
    order = trace.order
    is_reserved = any(one.standing.authorized.minor for one in trace.payments)
    way = f" Take it: `checkout reservations capture {order.id}`." if is_reserved else ""
    click.secho(f"{trace.answer}{way}", bold=True)
    click.echo(f"\nOrder {order.id}: {order.state}, {order.due} due")
    for line in trace.lines:
        click.echo(f"  {line.quantity} of {line.title}, {line.unit_price} each")
    for name, amount in trace.beside:
        click.echo(f"  {name.lower()} {amount}")
    if order.shop_reference:
        click.echo(f"  the shop's reference  {order.shop_reference}")
    address = ", ".join(part for part in asdict(trace.contact).values() if part)
    click.echo(f"  customer  {address}")
    click.echo(f"  page      {order_url}")
    click.echo(f"  may be paid until {moment(order.expires_at)}")
    for payment in trace.payments:
        click.echo()
        _print_standing(payment)
    click.echo("\nWhat happened")
    entries = [entry for payment in trace.payments for entry in _entries(payment)]
    _print_entries([(order.created_at, "order placed"), *entries, *_order_entries(trace)])


def print_payment(trace: PaymentTrace) -> None:
    """One payment and all that happened to it, oldest first."""
    _print_standing(trace)
    click.echo("\nWhat happened")
    _print_entries(list(_entries(trace)))


def order_json(trace: OrderTrace) -> dict[str, object]:
    """The order with stable keys."""
    order = trace.order
    return {
        "answer": trace.answer,
        "id": order.id,
        "token": order.token,
        "state": order.state,
        "closed": order.closed,
        "due": order.due,
        "created_at": order.created_at,
        "expires_at": order.expires_at,
        "paid_at": order.paid_at,
        "lines": [
            {"title": line.title, "quantity": line.quantity, "unit_price": line.unit_price}
            for line in trace.lines
        ],
        "shipping": Money(order.shipping_minor, order.due.currency),
        "tax": Money(order.tax_minor, order.due.currency),
        "shop_reference": order.shop_reference,
        "contact": asdict(trace.contact),
        "payments": [payment_json(payment) for payment in trace.payments],
        "notices": [
            {"id": one.id, "kind": one.kind, "created_at": one.created_at, "sent_at": one.sent_at}
            for one in trace.notices
        ],
    }


def payment_json(trace: PaymentTrace) -> dict[str, object]:
    """The payment with stable keys."""
    payment, standing = trace.payment, trace.standing
    return {
        "id": payment.id,
        "order_id": payment.order_id,
        "attempt": payment.attempt,
        "processor": payment.processor,
        "reference": payment.reference,
        "names": payment.terms.names,
        "amount": payment.terms.amount,
        "state": standing.state,
        "reason": standing.reason,
        "captured": standing.captured,
        "refunded": standing.refunded,
        "reversed": standing.reversed,
        "reserved": standing.authorized,
        "reserved_until": payment.authorized_until,
        "honoured_until": payment.honoured_until,
        "disputes": [
            {
                "id": one.id,
                "status": one.status,
                "stage": one.stage,
                "outcome": one.outcome,
                "reason": one.reason,
                "amount": one.amount,
                "due_at": one.due_at,
            }
            for one in standing.disputes
        ],
        "created_at": payment.created_at,
        "ask_at": payment.ask_at,
        "asks": payment.asks,
        "intents": [_fields(one) for one in trace.intents],
        "facts": [_fields(one) for one in trace.facts],
        "ledger": [_fields(one) for one in trace.postings],
        "events": [event_json(one) for one in trace.messages],
        "discrepancies": [_fields(one) for one in trace.discrepancies],
    }


def event_json(message: Message) -> dict[str, object]:
    """One event of the inbox with stable keys."""
    envelope = message.envelope
    return {
        "id": message.id,
        "processor": envelope.processor,
        "event_id": envelope.event_id,
        "type": envelope.event_type,
        "state": message.state,
        "reason": message.reason,
        "payment_id": message.payment_id,
        "attempts": message.attempts,
        "occurred_at": envelope.occurred_at,
        "received_at": message.received_at,
        "due_at": message.due_at,
    }


def _fields(record: object) -> dict[str, object]:
    """A flat record's fields, its money left whole; its words are those that the database keeps."""
    fields = {name: getattr(record, name) for name in record.__dataclass_fields__}  # type: ignore[attr-defined]
    return fields | {name: word(fields[name]) for name in _WORDS & fields.keys() if fields[name]}


def _print_standing(trace: PaymentTrace) -> None:
    payment, standing = trace.payment, trace.standing
    reason = f" ({standing.reason})" if standing.reason else ""
    click.echo(f"Payment {payment.id}: {standing.state}{reason}")
    click.echo(
        f"  {trace.processor} knows it as {payment.reference or 'nothing yet'}; we call it {payment.terms.names}"
    )
    click.echo(f"  captured {standing.captured} of {payment.terms.amount}, sent back {standing.refunded}")
    if standing.reversed.minor:
        click.echo(f"  taken back by {trace.processor} or a bank {standing.reversed}")
    if standing.authorized.minor:
        click.echo(f"  still reserved {standing.authorized}, until {moment(payment.authorized_until)}")
    for dispute in standing.disputes:
        due = f", answer due {moment(dispute.due_at)}" if dispute.is_open and dispute.due_at else ""
        click.echo(f"  dispute {dispute.id}: {dispute.stage}, {dispute.status}, {dispute.outcome}{due}")
    if payment.ask_at is not None:
        click.echo(f"  still open; it is asked about again at {moment(payment.ask_at)}")
    for intent in trace.intents:
        debug = f", debug id {intent.debug_id}" if intent.debug_id else ""
        issue = f": {intent.issue} ({intent.reaction})" if intent.issue else ""
        click.echo(f"  {intent.operation} {intent.attempt} {intent.outcome}{issue}, key {intent.key}{debug}")
    for one in trace.discrepancies:
        state = f"resolved: {one.resolution}" if one.resolved_at else "OPEN"
        click.echo(f"  difference: {one.kind}, {state}. {one.explanation}")


def _entries(trace: PaymentTrace) -> Iterator[Entry]:
    payment = trace.payment
    yield payment.created_at, f"payment {payment.attempt} begun"
    for intent in trace.intents:
        by = f", wished by {intent.wished_by}" if intent.wished_by else ""
        by += f", approved by {intent.agreed_by}" if intent.agreed_by else ""
        amount = f" {intent.amount}" if intent.amount.minor else ""
        note = f" ({intent.note})" if intent.note else ""
        yield intent.asked_at, f"asked {trace.processor} to {intent.operation}{amount}{note}{by}"
        if intent.resolved_at is not None:
            yield (
                intent.resolved_at,
                f"{intent.operation} {intent.outcome}{f': {intent.issue}' if intent.issue else ''}",
            )
    for fact in trace.facts:
        amount = f" {fact.amount}" if fact.amount else ""
        happened = f", happened {moment(fact.happened_at)}" if fact.happened_at else ""
        reason = f" ({fact.reason})" if fact.reason else ""
        yield (
            fact.learned_at,
            f"learned from {fact.learned_from}: {fact.kind}{amount}{reason} {fact.subject}{happened}",
        )
    for posting in trace.postings:
        yield (
            posting.posted_at,
            f"ledger: {posting.side} {posting.account} {posting.amount} (fact {posting.fact_id})",
        )
    for message in trace.messages:
        yield message.received_at, f"event {message.id} came: {message.envelope.event_type}, {message.state}"
    for one in trace.discrepancies:
        sides = (
            f": ours {one.ours or 'nothing'}, theirs {one.theirs or 'nothing'}"
            if one.theirs or one.ours
            else ""
        )
        yield one.opened_at, f"difference found: {one.kind}{sides}"
        if one.resolved_at is not None:
            by = f" by {one.resolved_by}" if one.resolved_by else ""
            yield one.resolved_at, f"difference resolved{by}: {one.kind}, {one.resolution}"


def _order_entries(trace: OrderTrace) -> Iterator[Entry]:
    if trace.order.paid_at is not None:
        yield trace.order.paid_at, "order is paid"
    for notice in trace.notices:
        yield notice.created_at, f"mail '{notice.kind}' is to be sent ({notice.id})"
        if notice.sent_at is not None:
            yield notice.sent_at, f"mail '{notice.kind}' sent"


def _print_entries(entries: list[Entry]) -> None:
    for at, text in sorted(entries, key=lambda entry: entry[0]):
        click.echo(f"  {moment(at)}  {text}")
