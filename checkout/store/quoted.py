"""The orders behind an id or name that we, the shop or a processor gave to something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, select

from checkout.store.tables import disputes, facts, inbox, intents, orders, payments

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from checkout.domain.quotes import Quote
    from checkout.store.engine import Tx

ORDERS_MAX = 50
"""Orders that one name leads to: a shop may give its reference to several of ours."""


def orders_of(tx: Tx, quote: Quote, processors: Collection[str]) -> list[str]:
    """The numbers of the orders that the whole text names: each look is by an index, and most find nothing."""
    found: set[str] = set()
    if quote.order_number:
        found |= _orders(tx, orders.c.id == quote.order_number)
    if quote.page_token:
        found |= _orders(tx, orders.c.token == quote.page_token)
    if quote.text:
        found |= _orders(tx, orders.c.shop_reference == quote.text)
    for name in sorted({quote.name, quote.name.upper()}) if quote.name else ():
        found |= _orders(tx, orders.c.id == name)
        for payment_ids in _payments(tx, name, processors):
            found |= _of_payments(tx, payment_ids)
    return sorted(found)[:ORDERS_MAX]


def _orders(tx: Tx, this: ColumnElement[bool]) -> set[str]:
    newest = select(orders.c.id).where(this).order_by(orders.c.created_at.desc()).limit(ORDERS_MAX)
    return set(tx.scalars(newest))


def _payments(tx: Tx, name: str, processors: Collection[str]) -> Iterator[set[str]]:
    """Ids of the payments that one name leads to, by each way it can."""
    yield {name}
    yield _ids(tx, intents.c.payment_id, intents.c.invoice == name)
    for processor in sorted(processors):
        for names in (payments.c.reference, payments.c.names):
            yield _ids(tx, payments.c.id, (payments.c.processor == processor) & (names == name))
        yield _ids(tx, facts.c.payment_id, (facts.c.processor == processor) & (facts.c.subject == name))
        yield _ids(tx, disputes.c.payment_id, (disputes.c.processor == processor) & (disputes.c.id == name))
        yield _ids(tx, inbox.c.payment_id, (inbox.c.processor == processor) & (inbox.c.event_id == name))


def _ids(tx: Tx, payment_id: ColumnElement[str], this: ColumnElement[bool]) -> set[str]:
    known = select(payment_id).where(this, payment_id.is_not(None)).distinct().limit(ORDERS_MAX)
    return set(tx.scalars(known))


def _of_payments(tx: Tx, payment_ids: set[str]) -> set[str]:
    if not payment_ids:
        return set()
    return set(tx.scalars(select(payments.c.order_id).where(payments.c.id.in_(sorted(payment_ids)))))
