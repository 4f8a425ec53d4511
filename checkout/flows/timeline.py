"""All that happened to one order, in one list: states, calls, facts, events, mails, notices, the ledger, people."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from checkout.domain.intents import Operation, Outcome
from checkout.flows.tracing import trace_order
from checkout.store import audit, order_notes, told
from checkout.wording import amount_text, time_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from checkout.flows.house import House
    from checkout.flows.tracing import OrderTrace, PaymentTrace
    from checkout.store.audit import Kept
    from checkout.store.order_notes import OrderNote
    from checkout.store.timelines import KeptIntent
    from checkout.store.told import Told

DEEDS_MAX = 200
"""Deeds about one thing that are shown; the audit has them all."""


class Source(StrEnum):
    """Whose word an entry is; at one moment they come in this order."""

    ORDER = "order"
    PERSON = "person"
    CALL = "call"
    EVENT = "event"
    FACT = "fact"
    LEDGER = "ledger"
    SWEEP = "sweep"
    DIFFERENCE = "difference"
    MAIL = "mail"
    SHOP = "notice to the shop"


_ORDER_OF = {source: place for place, source in enumerate(Source)}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `who` did or told it; `more` is what support asks for: ids, keys, reasons."""

    at: datetime
    source: Source
    said: str
    who: str = ""
    more: str = ""
    is_bad: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """An order with everything that is known of it, and its one timeline, the newest first."""

    trace: OrderTrace
    notes: list[OrderNote]
    entries: list[Entry]


def open_case(house: House, number: str) -> Case:
    """An order by its number. Raises NotFoundError."""
    trace = trace_order(house, number)
    with house.store.read() as tx:
        notes = order_notes.of_order(tx, trace.order.id)
        shop = told.of_order(tx, trace.order.id)
        deeds = [
            deed for about in _subjects(trace) for deed in audit.newest(tx, limit=DEEDS_MAX, about=about)
        ]
    entries = [
        *_of_order(trace),
        *(entry for payment in trace.payments for entry in _of_payment(payment)),
        *_of_people(deeds, notes),
        *_of_shop(shop),
    ]
    newest_first = sorted(entries, key=lambda one: (one.at, _ORDER_OF[one.source]), reverse=True)
    return Case(trace, notes, newest_first)


def _subjects(trace: OrderTrace) -> list[tuple[str, str]]:
    """What deeds of operators about this order may be about."""
    payments = [payment.payment for payment in trace.payments]
    names = [("payment", one.id) for one in payments]
    refunds = [
        ("refund", f"{payment.payment.terms.names}-R{intent.attempt}")
        for payment in trace.payments
        for intent in payment.intents
        if intent.operation == Operation.REFUND
    ]
    disputes = [("dispute", one.id) for payment in trace.payments for one in payment.standing.disputes]
    differences = [
        ("discrepancy", str(one.id)) for payment in trace.payments for one in payment.discrepancies
    ]
    return [("order", trace.order.id), *names, *refunds, *disputes, *differences]


def _of_order(trace: OrderTrace) -> Iterator[Entry]:
    order = trace.order
    how = {
        "form": "by its customer",
        "api": "by the shop's program",
        "link": "by a link that the shop signed",
    }
    yield Entry(
        order.created_at, Source.ORDER, f"Order placed, {amount_text(order.due)} due", how[order.origin]
    )
    if order.paid_at is not None:
        yield Entry(order.paid_at, Source.ORDER, "Order paid")
    for notice in trace.notices:
        kind = f"Copy of the {notice.kind}" if notice.is_copy else notice.kind.capitalize()
        yield Entry(notice.created_at, Source.MAIL, f"Mail “{kind}” is to be sent", more=notice.id)
        if notice.sent_at is not None:
            yield Entry(notice.sent_at, Source.MAIL, f"Mail “{kind}” sent", more=notice.id)


def _of_payment(trace: PaymentTrace) -> Iterator[Entry]:
    payment = trace.payment
    begun = f"Payment {payment.attempt} of {amount_text(payment.terms.amount)} begun"
    yield Entry(payment.created_at, Source.ORDER, begun, more=payment.id)
    for intent in trace.intents:
        yield from _of_intent(intent, trace.processor)
    for message in trace.messages:
        reason = f", {message.reason}" if message.reason else ""
        said = f"{message.envelope.event_type}: {message.state}{reason}"
        yield Entry(message.received_at, Source.EVENT, said, trace.processor, message.envelope.event_id)
    for fact in trace.facts:
        amount = f" {amount_text(fact.amount)}" if fact.amount else ""
        reason = f" ({fact.reason})" if fact.reason else ""
        when = f", happened {time_text(fact.happened_at)}" if fact.happened_at else ""
        said = f"{fact.kind.replace('_', ' ').capitalize()}{amount}{reason}"
        told_by = f"{trace.processor}, learned by {fact.learned_from}"
        yield Entry(fact.learned_at, Source.FACT, said, told_by, f"{fact.subject}{when}")
    yield from _of_ledger(trace)
    yield from _of_differences(trace)
    if payment.ask_at is not None:
        said = f"Asked {payment.asks} times so far; the next time is at {time_text(payment.ask_at)}"
        yield Entry(payment.created_at, Source.SWEEP, said, more=payment.id)


def _of_intent(intent: KeptIntent, processor: str) -> Iterator[Entry]:
    amount = f" {amount_text(intent.amount)}" if intent.amount.minor else ""
    who = f"wished by {intent.wished_by}" if intent.wished_by else ""
    who += f", approved by {intent.agreed_by}" if intent.agreed_by else ""
    waits = intent.outcome in {Outcome.TO_APPROVE, Outcome.WITHDRAWN}
    said = f"{'Wished for:' if waits else f'Asked {processor} to'} {intent.operation}{amount}"
    note = f", note: {intent.note}" if intent.note else ""
    yield Entry(intent.asked_at, Source.CALL, said, who, f"key {intent.key}{note}")
    if intent.resolved_at is not None:
        issue = f": {intent.issue}" if intent.issue else ""
        debug = f"debug id {intent.debug_id}" if intent.debug_id else ""
        said = f"{intent.operation.capitalize()} {intent.outcome}{issue}"
        is_bad = intent.outcome == Outcome.REFUSED
        yield Entry(intent.resolved_at, Source.CALL, said, processor, debug, is_bad)
    elif intent.outcome == Outcome.UNKNOWN:
        said = f"No usable answer to {intent.operation}: its outcome is not known yet"
        debug = f"debug id {intent.debug_id}" if intent.debug_id else ""
        yield Entry(intent.asked_at, Source.CALL, said, processor, debug, is_bad=True)


def _of_ledger(trace: PaymentTrace) -> Iterator[Entry]:
    """One entry for each fact that was booked, with both sides of it."""
    lines: dict[int, list[str]] = {}
    at: dict[int, datetime] = {}
    for posting in trace.postings:
        side = f"{posting.side} {posting.account} {amount_text(posting.amount)}"
        lines.setdefault(posting.fact_id, []).append(side)
        at[posting.fact_id] = posting.posted_at
    for fact_id, sides in lines.items():
        yield Entry(at[fact_id], Source.LEDGER, ", ".join(sides).capitalize(), more=f"fact {fact_id}")


def _of_differences(trace: PaymentTrace) -> Iterator[Entry]:
    for one in trace.discrepancies:
        sides = (
            f"ours {one.ours or 'nothing'}, theirs {one.theirs or 'nothing'}"
            if one.ours or one.theirs
            else ""
        )
        said = f"Difference found: {one.kind}"
        yield Entry(one.opened_at, Source.DIFFERENCE, said, more=sides, is_bad=one.resolved_at is None)
        if one.resolved_at is not None:
            said = f"Difference resolved: {one.kind}"
            yield Entry(one.resolved_at, Source.DIFFERENCE, said, one.resolved_by or "", one.resolution or "")


def _of_people(deeds: list[Kept], notes: list[OrderNote]) -> Iterator[Entry]:
    """What operators did, and when each of them looked at it last."""
    looked = set()
    for kept in sorted(deeds, key=lambda one: one.id, reverse=True):
        if kept.deed.did.startswith("saw "):
            if kept.actor in looked:
                continue
            looked.add(kept.actor)
        if kept.deed.did == "wrote note":
            continue
        more = " · ".join(filter(None, [kept.deed.subject, kept.deed.said]))
        yield Entry(
            kept.at, Source.PERSON, kept.deed.did.capitalize(), f"{kept.actor.name}, {kept.actor.way}", more
        )
    for note in notes:
        yield Entry(note.at, Source.PERSON, f"Note: {note.text}", note.who)


def _of_shop(shop: list[Told]) -> Iterator[Entry]:
    for one in shop:
        if one.endpoint is None:
            yield Entry(one.happened_at, Source.SHOP, f"{one.type}, which no endpoint wanted", more=one.name)
            continue
        host = urlsplit(one.endpoint).hostname or ""
        tries = f"{one.attempts} {'try' if one.attempts == 1 else 'tries'}"
        yield Entry(one.happened_at, Source.SHOP, f"{one.type}: {one.state}, {tries}", host, one.name)
        if one.delivered_at is not None:
            yield Entry(one.delivered_at, Source.SHOP, f"{one.type} delivered", host, one.name)
