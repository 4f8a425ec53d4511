"""What a shop's program may see of its orders and payments: each whole, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from checkout.domain.errors import NotFoundError
from checkout.domain.orders import sums_of
from checkout.flows import refunding
from checkout.flows.ordering import known_order
from checkout.flows.settling import Attempt, attempts_of, attempts_of_orders
from checkout.store import listing, payments

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from checkout.domain.money import Money
    from checkout.domain.orders import Line
    from checkout.flows.house import House
    from checkout.flows.refunding import Refund
    from checkout.store.engine import Tx
    from checkout.store.listing import OrderFilter
    from checkout.store.orders import Contact, OrderRow


@dataclass(frozen=True, slots=True)
class WholeOrder:
    """An order with all that belongs to it. Its sums count what is ours, in its currency."""

    row: OrderRow
    lines: Sequence[tuple[Line, str]]
    contact: Contact
    captured: Money
    refunded: Money
    reversed: Money
    is_disputed: bool


def order(house: House, number: str) -> WholeOrder:
    """One order by its number, or NotFoundError."""
    with house.store.read() as tx:
        return _whole(tx, [known_order(tx, number)])[0]


def page_of_orders(
    house: House, which: OrderFilter, *, before: tuple[datetime, str] | None, limit: int
) -> list[WholeOrder]:
    """Orders, newest first, older than a place."""
    with house.store.read() as tx:
        return _whole(tx, listing.page_of_orders(tx, which, before=before, limit=limit))


def token_of(house: House, number: str) -> str:
    """The token of an order's page, or NotFoundError."""
    with house.store.read() as tx:
        return known_order(tx, number).token


def payments_of(house: House, number: str) -> list[Attempt]:
    """Every attempt to pay an order, first to last, or NotFoundError."""
    with house.store.read() as tx:
        return attempts_of(tx, known_order(tx, number).id)


def payment(house: House, payment_id: str) -> Attempt:
    """One attempt to pay, or NotFoundError."""
    with house.store.read() as tx:
        row = payments.by_id(tx, payment_id)
        if row is None:
            raise NotFoundError("payment", payment_id)
        return next(one for one in attempts_of(tx, row.order_id) if one.payment.id == row.id)


def refunds_at(house: House, places: Sequence[tuple[str, int, datetime]]) -> list[Refund]:
    """The refunds at some places of the list, in its order."""
    wanted = {place[0] for place in places}
    found = {(one.payment_id, one.attempt): one for one in refunding.refunds_of_payments(house, wanted)}
    return [found[place[0], place[1]] for place in places]


def _whole(tx: Tx, rows: list[OrderRow]) -> list[WholeOrder]:
    ids = [one.id for one in rows]
    lines, contacts = listing.lines_of(tx, rows), listing.contacts_of(tx, ids)
    attempts = attempts_of_orders(tx, ids)
    return [_one(row, lines[row.id], contacts[row.id], attempts.get(row.id, [])) for row in rows]


def _one(
    row: OrderRow, lines: Sequence[tuple[Line, str]], contact: Contact, attempts: Sequence[Attempt]
) -> WholeOrder:
    standings = [one.standing for one in attempts]
    sums = sums_of(standings, row.due.currency)
    return WholeOrder(
        row=row,
        lines=lines,
        contact=contact,
        captured=sums.captured,
        refunded=sums.refunded,
        reversed=sums.reversed,
        is_disputed=any(one.is_disputed for one in standings),
    )
