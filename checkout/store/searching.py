"""Finding orders: by the words and ids somebody quotes, newest first, never reading more than a page needs.

A word may be on every order (`gmail.com`), and two such words on none together. So a page looks at no more than
the newest `SCAN_MAX` orders of the rarest word, and says how far it came: the next page goes on from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    and_,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
    union,
)

from checkout.domain.disputes import DisputeStatus
from checkout.domain.intents import Outcome
from checkout.domain.money import Money
from checkout.domain.orders import OrderState, Origin
from checkout.domain.words import HIGHEST
from checkout.store.paging import place
from checkout.store.tables import contacts, discrepancies, disputes, intents, orders, payments
from checkout.store.tables import order_words as table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import CompoundSelect, Row
    from sqlalchemy.sql.base import ReadOnlyColumnCollection

    from checkout.store.engine import Tx

SCAN_MAX = 1_000
"""Orders that one page looks at: with every word common, some 150 ms on PostgreSQL."""

BEGINNINGS_MAX = 24
"""Words that one beginning stands for; whoever means a later one types another letter."""

BEGINNING_MIN = 3
"""Letters from which on a word is also found by its beginning; shorter ones begin too many."""

WAITING = frozenset({DisputeStatus.OPEN, DisputeStatus.WAITING_FOR_US, DisputeStatus.OTHER})
"""Disputes in which it is our turn, or may be."""

_ADD = insert(table)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of orders ended: the next one begins behind it."""

    created_at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class Sieve:
    """Which orders are wanted. `until` is the first moment that is not; `needs_person` those somebody must see."""

    state: OrderState | None = None
    since: datetime | None = None
    until: datetime | None = None
    origin: Origin | None = None
    currency: str | None = None
    needs_person: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """An order as lists show it. Name and mail are personal data."""

    id: str
    created_at: datetime
    state: OrderState
    due: Money
    origin: Origin
    shop_reference: str | None
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Page:
    """Orders, newest first; `next` is where to go on, None where nothing older is left."""

    orders: list[Listed]
    next: Place | None = None


@dataclass(frozen=True, slots=True)
class Walk:
    """Along what a page walks, and what it checks on the way. The first term is walked along."""

    sieve: Sieve
    before: Place | None
    terms: tuple[tuple[str, ...], ...]
    amounts: Sequence[Money] | None

    @property
    def is_by_quote(self) -> bool:
        """Along a word or an amount, not along all orders or those of a state."""
        return bool(self.terms) or self.amounts is not None

    @property
    def leaves_to_check(self) -> bool:
        """Whether an order along it may still not be wanted."""
        sieve = self.sieve
        is_along_state = not self.is_by_quote and not sieve.needs_person
        return bool(
            self.terms[1:]
            or (self.terms and self.amounts is not None)
            or sieve.origin
            or sieve.currency
            or (sieve.state and not is_along_state)
            or (sieve.needs_person and self.is_by_quote)
        )


def keep_words(tx: Tx, order_id: str, created_at: datetime, words: Iterable[str]) -> None:
    """Keep the words an order is found by, in the transaction that makes it."""
    rows = [{"word": word, "order_id": order_id, "created_at": created_at} for word in sorted(set(words))]
    if rows:
        tx.execute(_ADD, rows)


def words_beginning(tx: Tx, beginning: str, limit: int = BEGINNINGS_MAX + 1) -> list[str]:
    """The different words that begin so, in their order: it steps from one to the next, however often each is there."""
    end = beginning + HIGHEST
    first = select(func.min(table.c.word).label("word")).where(table.c.word >= beginning, table.c.word < end)
    steps = first.cte("steps", recursive=True)
    following = select(func.min(table.c.word)).where(table.c.word > steps.c.word, table.c.word < end)
    steps = steps.union_all(select(following.scalar_subquery()).where(steps.c.word.is_not(None)))
    found = select(steps.c.word).where(steps.c.word.is_not(None)).limit(limit)
    return list(tx.scalars(found))


def count_some(tx: Tx, words: Sequence[str], most: int = SCAN_MAX) -> int:
    """How many orders have one of some words; counts no further than `most`."""
    some = select(literal(1)).where(table.c.word.in_(words)).limit(most)
    return tx.execute(select(func.count()).select_from(some.subquery())).scalar_one()


def page(
    tx: Tx,
    sieve: Sieve,
    *,
    limit: int,
    before: Place | None = None,
    terms: Sequence[Sequence[str]] = (),
    amounts: Sequence[Money] | None = None,
) -> Page:
    """Orders with a word of each term, and of one of the amounts where some are given, newest first.

    The first term is the one that is walked along: give the rarest first.
    """
    walk = Walk(sieve, before, tuple(map(tuple, terms)), amounts)
    # Where every order along the walk is wanted, a page needs no more of them than it shows, and one.
    scan = SCAN_MAX if walk.leaves_to_check else limit + 1
    walked = _rows(walk, scan).cte("walked")
    columns: list[ColumnElement[Any]] = [
        *(orders.c.id, orders.c.created_at, orders.c.state, orders.c.due_minor, orders.c.currency),
        *(orders.c.origin, orders.c.shop_reference, contacts.c.name, contacts.c.email),
    ]
    joined = walked.join(orders, orders.c.id == walked.c.order_id).outerjoin(
        contacts, contacts.c.order_id == walked.c.order_id
    )
    query = (
        select(*columns)
        .select_from(joined)
        .where(*_wanted(walk, walked))
        .order_by(walked.c.created_at.desc(), walked.c.order_id.desc())
        .limit(limit + 1)
    )
    found = [_listed(row) for row in tx.execute(query)]
    if len(found) > limit:
        last = found[limit - 1]
        return Page(found[:limit], Place(last.created_at, last.id))
    return Page(found, _end_of(tx, walked, scan))


def by_ids(tx: Tx, order_ids: Collection[str]) -> list[Listed]:
    """Some orders by their numbers, newest first."""
    query = (
        select(orders, contacts.c.name, contacts.c.email)
        .outerjoin(contacts, contacts.c.order_id == orders.c.id)
        .where(orders.c.id.in_(sorted(order_ids)))
        .order_by(orders.c.created_at.desc(), orders.c.id.desc())
    )
    return [_listed(row) for row in tx.execute(query)]


def currencies(tx: Tx) -> list[str]:
    """Each currency that an order was ever due in: it steps from one to the next."""
    first = select(func.min(orders.c.currency).label("currency"))
    steps = first.cte("steps", recursive=True)
    following = select(func.min(orders.c.currency)).where(orders.c.currency > steps.c.currency)
    steps = steps.union_all(select(following.scalar_subquery()).where(steps.c.currency.is_not(None)))
    return list(tx.scalars(select(steps.c.currency).where(steps.c.currency.is_not(None))))


def _rows(walk: Walk, scan: int) -> Select[Any]:
    """The newest orders that are looked at: of the first term, else of the amounts, else of all there are."""
    if walk.terms:
        ways = [_along(table.c, table.c.order_id, walk, scan, table.c.word == word) for word in walk.terms[0]]
    elif walk.amounts is not None:
        ways = [_along(orders.c, orders.c.id, walk, scan, _is_due(amount)) for amount in walk.amounts]
    elif walk.sieve.needs_person:
        needing = _needing().cte("needing")
        source = needing.join(orders, orders.c.id == needing.c.order_id)
        return _along(orders.c, orders.c.id, walk, scan).select_from(source)
    elif walk.sieve.state is not None:
        return _along(orders.c, orders.c.id, walk, scan, orders.c.state == walk.sieve.state)
    else:
        return _along(orders.c, orders.c.id, walk, scan)
    if len(ways) == 1:
        return ways[0]
    both = union(*(select(way.subquery()) for way in ways)).subquery()
    return (
        select(both.c.created_at, both.c.order_id)
        .order_by(both.c.created_at.desc(), both.c.order_id.desc())
        .limit(scan)
    )


def _along(
    columns: ReadOnlyColumnCollection[str, Any],
    order_id: ColumnElement[str],
    walk: Walk,
    scan: int,
    *conditions: ColumnElement[bool],
) -> Select[tuple[datetime, str]]:
    """So many of the newest rows of a table, by an index that ends with the time and the order's number."""
    created_at, sieve, before = columns["created_at"], walk.sieve, walk.before
    wanted = list(conditions)
    if sieve.since is not None:
        wanted.append(created_at >= sieve.since)
    if sieve.until is not None:
        wanted.append(created_at < sieve.until)
    if before is not None:
        wanted.append(tuple_(created_at, order_id) < place(before.created_at, before.id))
    return (
        select(created_at, order_id.label("order_id"))
        .where(*wanted)
        .order_by(created_at.desc(), order_id.desc())
        .limit(scan)
    )


def _wanted(walk: Walk, walked: CTE) -> list[ColumnElement[bool]]:
    """What each order that is looked at must be, beside what it was walked along."""
    wanted: list[ColumnElement[bool]] = []
    sieve, amounts = walk.sieve, walk.amounts
    if sieve.state is not None:
        wanted.append(orders.c.state == sieve.state)
    if sieve.origin is not None:
        wanted.append(orders.c.origin == sieve.origin)
    if sieve.currency is not None:
        wanted.append(orders.c.currency == sieve.currency)
    if sieve.needs_person and walk.is_by_quote:
        wanted.append(walked.c.order_id.in_(_needing()))
    if walk.terms and amounts is not None:
        wanted.append(or_(*map(_is_due, amounts)))
    for words in walk.terms[1:]:
        has_one = select(literal(1)).where(table.c.order_id == walked.c.order_id, table.c.word.in_(words))
        wanted.append(has_one.exists())
    return wanted


def _needing() -> Select[tuple[str]] | CompoundSelect[tuple[str]]:
    """Orders somebody must look at: a difference, a dispute that waits for us, an outcome that is not known."""
    of_payments = (
        select(discrepancies.c.payment_id).where(discrepancies.c.resolved_at.is_(None)),
        select(disputes.c.payment_id).where(disputes.c.status.in_(sorted(WAITING))),
        select(intents.c.payment_id).where(intents.c.outcome.in_([Outcome.UNKNOWN, Outcome.TO_APPROVE])),
    )
    return union(
        *(select(payments.c.order_id.label("order_id")).where(payments.c.id.in_(one)) for one in of_payments)
    )


def _is_due(amount: Money) -> ColumnElement[bool]:
    return and_(orders.c.currency == amount.currency, orders.c.due_minor == amount.minor)


def _end_of(tx: Tx, walked: CTE, scan: int) -> Place | None:
    """Where the walk ended, None where it came to the end of all there is."""
    rows = select(walked.c.created_at, walked.c.order_id)
    last = rows.order_by(walked.c.created_at.desc(), walked.c.order_id.desc())
    row = tx.execute(last.offset(scan - 1).limit(1)).one_or_none()
    return Place(row.created_at, row.order_id) if row else None


def _listed(row: Row[tuple[object, ...]]) -> Listed:
    found = row._mapping
    return Listed(
        id=found["id"],
        created_at=found["created_at"],
        state=OrderState(found["state"]),
        due=Money(found["due_minor"], found["currency"]),
        origin=Origin(found["origin"]),
        shop_reference=found["shop_reference"],
        name=found["name"] or "",
        email=found["email"] or "",
    )
