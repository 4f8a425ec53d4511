"""Lists a page at a time, each in an order that holds while rows are added: what the API shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import literal, select, tuple_

from checkout.domain.disputes import DisputeStatus
from checkout.domain.intents import Operation
from checkout.domain.money import Money
from checkout.domain.orders import Line
from checkout.store import discrepancies as differences
from checkout.store import disputes as contests
from checkout.store import ledger as books
from checkout.store import orders as ordered
from checkout.store import products as shelf
from checkout.store.orders import Contact
from checkout.store.paging import place
from checkout.store.tables import (
    contacts,
    discrepancies,
    disputes,
    intents,
    ledger,
    order_lines,
    orders,
    pay_links,
    products,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select

    from checkout.domain.accounts import Account
    from checkout.domain.orders import OrderState
    from checkout.store.discrepancies import Discrepancy
    from checkout.store.disputes import DisputeRow
    from checkout.store.engine import Tx
    from checkout.store.ledger import Entry
    from checkout.store.orders import OrderRow
    from checkout.store.products import PayLink, Product


@dataclass(frozen=True, slots=True)
class Span:
    """From a time to before another; either may be open."""

    start: datetime | None = None
    end: datetime | None = None

    def of(self, column: ColumnElement[datetime]) -> list[ColumnElement[bool]]:
        """The conditions on a column."""
        from_here = [] if self.start is None else [column >= self.start]
        return from_here if self.end is None else [*from_here, column < self.end]


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders."""

    state: OrderState | None = None
    shop_reference: str | None = None
    created: Span = Span()


@dataclass(frozen=True, slots=True)
class LedgerFilter:
    """Which lines of the ledger."""

    account: Account | None = None
    currency: str | None = None
    payment_id: str | None = None
    posted: Span = Span()


def page_of_orders(
    tx: Tx, which: OrderFilter, *, before: tuple[datetime, str] | None, limit: int
) -> list[OrderRow]:
    """Orders, newest first, older than a place."""
    conditions = which.created.of(orders.c.created_at)
    if which.state is not None:
        conditions.append(orders.c.state == which.state)
    if which.shop_reference is not None:
        conditions.append(orders.c.shop_reference == which.shop_reference)
    if before is not None:
        conditions.append(tuple_(orders.c.created_at, orders.c.id) < place(*before))
    query = select(orders).where(*conditions).order_by(orders.c.created_at.desc(), orders.c.id.desc())
    return ordered.read(tx, query.limit(limit))


def lines_of(tx: Tx, rows: Sequence[OrderRow]) -> dict[str, list[tuple[Line, str]]]:
    """The lines of some orders with the codes they go by, by the order's number."""
    currencies = {one.id: one.due.currency for one in rows}
    found: dict[str, list[tuple[Line, str]]] = {}
    these = select(order_lines).where(order_lines.c.order_id.in_(sorted(currencies)))
    for row in tx.execute(these.order_by(order_lines.c.order_id, order_lines.c.position)):
        price = Money(row.unit_minor, currencies[row.order_id])
        found.setdefault(row.order_id, []).append((Line(row.title, row.quantity, price), row.product_id))
    return found


def contacts_of(tx: Tx, order_ids: Sequence[str]) -> dict[str, Contact]:
    """The contact details of some orders."""
    these = select(contacts).where(contacts.c.order_id.in_(sorted(order_ids)))
    return {
        row.order_id: Contact(row.email, row.name, row.street, row.city, row.postcode, row.country)
        for row in tx.execute(these)
    }


def page_of_refunds(
    tx: Tx, *, payment_id: str | None, before: tuple[datetime, str, int] | None, limit: int
) -> list[tuple[str, int, datetime]]:
    """Refunds as payment, attempt, and when they were asked for, the newest first."""
    keys = (intents.c.asked_at, intents.c.payment_id, intents.c.attempt)
    conditions = [intents.c.operation == Operation.REFUND]
    if payment_id is not None:
        conditions.append(intents.c.payment_id == payment_id)
    if before is not None:
        conditions.append(tuple_(*keys) < place(*before))
    query = select(*keys).where(*conditions).order_by(*(one.desc() for one in keys)).limit(limit)
    return [(row.payment_id, row.attempt, row.asked_at) for row in tx.execute(query)]


def page_of_disputes(
    tx: Tx, *, status: DisputeStatus | None, after: tuple[str, str] | None, limit: int
) -> list[DisputeRow]:
    """Disputes by their ids."""
    keys = (disputes.c.processor, disputes.c.id)
    conditions = [] if status is None else [disputes.c.status == status]
    if after is not None:
        conditions.append(tuple_(*keys) > tuple_(*map(literal, after)))
    return contests.read(tx, select(disputes).where(*conditions).order_by(*keys).limit(limit))


def page_of_entries(
    tx: Tx, which: LedgerFilter, *, after: tuple[datetime, int] | None, limit: int
) -> list[Entry]:
    """Lines of the ledger in the order they were posted."""
    conditions = which.posted.of(ledger.c.posted_at)
    for column, wanted in (
        (ledger.c.account, which.account),
        (ledger.c.currency, which.currency),
        (ledger.c.payment_id, which.payment_id),
    ):
        if wanted is not None:
            conditions.append(column == wanted)
    if after is not None:
        conditions.append(tuple_(ledger.c.posted_at, ledger.c.id) > place(*after))
    return books.entries(tx, conditions, limit=limit)


def page_of_discrepancies(
    tx: Tx, *, is_open: bool | None, payment_id: str | None, after: int | None, limit: int
) -> list[Discrepancy]:
    """Discrepancies, oldest first."""
    conditions = [discrepancies.c.id > (after or 0)]
    if is_open is not None:
        resolved = discrepancies.c.resolved_at
        conditions.append(resolved.is_(None) if is_open else resolved.is_not(None))
    if payment_id is not None:
        conditions.append(discrepancies.c.payment_id == payment_id)
    query = select(discrepancies).where(*conditions).order_by(discrepancies.c.id).limit(limit)
    return differences.read(tx, query)


def page_of_products(tx: Tx, *, after: str | None, limit: int) -> list[Product]:
    """Products by their ids."""
    conditions = [] if after is None else [products.c.id > after]
    return shelf.read(tx, select(products).where(*conditions).order_by(products.c.id).limit(limit))


def page_of_links(tx: Tx, *, before: tuple[datetime, str] | None, limit: int) -> list[PayLink]:
    """Pay links, newest first."""
    keys = (pay_links.c.created_at, pay_links.c.token)
    query: Select[Any] = select(pay_links).order_by(*(one.desc() for one in keys)).limit(limit)
    if before is not None:
        query = query.where(tuple_(*keys) < place(*before))
    return shelf.read_links(tx, query)
