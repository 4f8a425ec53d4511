"""Reading the ledger: balances at a time, periods, statements, and whether it still tells the truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Select, case, func, select

from checkout.domain.accounts import Account, Posting, Side
from checkout.domain.money import Money
from checkout.domain.postings import postings
from checkout.domain.terms import Terms
from checkout.store.facts import fact_of
from checkout.store.tables import facts, payments
from checkout.store.tables import ledger as table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row

    from checkout.store.engine import Tx

READ_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Balance:
    """An account's balance in one currency at one processor: debits minus credits."""

    processor: str
    account: Account
    amount: Money


@dataclass(frozen=True, slots=True)
class Period:
    """What an account held before a period, what went in and out during it, and what it held after."""

    processor: str
    account: Account
    opening: Money
    debits: Money
    credits: Money

    @property
    def closing(self) -> Money:
        """Opening plus debits minus credits."""
        return self.opening + self.debits - self.credits


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger with what it was posted for. Times are UTC."""

    id: int
    posted_at: datetime
    happened_at: datetime | None
    processor: str
    order_id: str | None
    payment_id: str | None
    fact: str
    subject: str
    account: Account
    side: Side
    amount: Money


_SIGNED = func.sum(case((table.c.side == Side.DEBIT, table.c.amount_minor), else_=-table.c.amount_minor))
_DEBITS = func.sum(case((table.c.side == Side.DEBIT, table.c.amount_minor), else_=0))
_CREDITS = func.sum(case((table.c.side == Side.CREDIT, table.c.amount_minor), else_=0))
_BY = (table.c.processor, table.c.account, table.c.currency)


def balances(tx: Tx, *, at: datetime | None = None) -> list[Balance]:
    """Every account that has been written to, with its balance; as it was before a time, where one is given."""
    query = select(*_BY, _SIGNED.label("minor")).group_by(*_BY)
    query = query.order_by(table.c.currency, table.c.processor, table.c.account)
    if at is not None:
        query = query.where(table.c.posted_at < at)
    return [
        Balance(row.processor, Account(row.account), Money(int(row.minor), row.currency))
        for row in tx.execute(query)
    ]


def periods(tx: Tx, start: datetime, end: datetime) -> list[Period]:
    """Each account with what it held at `start`, what moved before `end`, and so what it holds then."""
    opening = {
        (one.processor, one.account, one.amount.currency): one.amount.minor for one in balances(tx, at=start)
    }
    moved = {
        (row.processor, Account(row.account), row.currency): (int(row.debits), int(row.credits))
        for row in tx.execute(
            select(*_BY, _DEBITS.label("debits"), _CREDITS.label("credits"))
            .where(table.c.posted_at >= start, table.c.posted_at < end)
            .group_by(*_BY)
        )
    }
    found = []
    for key in sorted({*opening, *moved}, key=lambda key: (key[2], key[0], key[1])):
        processor, account, currency = key
        debits, credits_ = moved.get(key, (0, 0))
        found.append(
            Period(
                processor,
                account,
                Money(opening.get(key, 0), currency),
                Money(debits, currency),
                Money(credits_, currency),
            )
        )
    return found


def entries_of_order(tx: Tx, order_id: str) -> list[Entry]:
    """Every line that was booked for an order, in the order they were written."""
    query = _with_facts().where(payments.c.order_id == order_id).order_by(table.c.id)
    return [_entry(row) for row in tx.execute(query)]


def entries(tx: Tx, conditions: Sequence[ColumnElement[bool]], *, limit: int) -> list[Entry]:
    """Some lines, in the order they were posted."""
    query = _with_facts().where(*conditions).order_by(table.c.posted_at, table.c.id).limit(limit)
    return [_entry(row) for row in tx.execute(query)]


def entries_of_payment(tx: Tx, payment_id: str) -> list[tuple[Account, Side, Money]]:
    """The ledger lines of one payment, in the order they were written."""
    query = select(table).where(table.c.payment_id == payment_id).order_by(table.c.id)
    return [
        (Account(row.account), Side(row.side), Money(row.amount_minor, row.currency))
        for row in tx.execute(query)
    ]


def faults(tx: Tx) -> Iterator[str]:
    """Every way in which the books contradict the facts; nothing where they are true.

    Each fact's lines are worked out anew and compared with what is booked, so that a line too many, too few
    or altered is found; debits equal credits by that for each fact, and in total.
    """
    booked = _booked(tx)
    following = next(booked, None)
    query = (
        select(facts, payments.c.names.label("due_names"), payments.c.payee.label("due_payee"))
        .add_columns(payments.c.amount_minor.label("due_minor"), payments.c.currency.label("due_currency"))
        .add_columns(payments.c.capture_later)
        .select_from(facts.outerjoin(payments, payments.c.id == facts.c.payment_id))
        .order_by(facts.c.id)
    )
    with tx.execute(query, execution_options={"yield_per": READ_AT_ONCE}) as rows:
        for row in rows:
            lines: list[Posting] = []
            while following is not None and following[0] < row.id:
                yield f"ledger line of fact {following[0]}, which there is not"
                following = next(booked, None)
            while following is not None and following[0] == row.id:
                lines.append(following[1])
                following = next(booked, None)
            yield from _differences(row, lines)
    while following is not None:
        yield f"ledger line of fact {following[0]}, which there is not"
        following = next(booked, None)
    yield from uneven(tx)


def _booked(tx: Tx) -> Iterator[tuple[int, Posting]]:
    """Lines by the fact they were posted for, a few at a time: two readers at once need no second transaction."""
    after_fact, after_line = 0, 0
    while True:
        later = (table.c.fact_id > after_fact) | ((table.c.fact_id == after_fact) & (table.c.id > after_line))
        query = select(table).where(later).order_by(table.c.fact_id, table.c.id).limit(READ_AT_ONCE)
        rows = tx.execute(query).all()
        if not rows:
            return
        for row in rows:
            amount = Money(row.amount_minor, row.currency)
            yield row.fact_id, Posting(Account(row.account), Side(row.side), amount)
        after_fact, after_line = rows[-1].fact_id, rows[-1].id


def _differences(row: Row[tuple[object, ...]], lines: list[Posting]) -> Iterator[str]:
    found = row._mapping
    terms = None
    if found["payment_id"] is not None:
        terms = Terms(
            found["due_names"],
            Money(found["due_minor"], found["due_currency"]),
            found["due_payee"],
            found["capture_later"],
        )
    expected = postings(fact_of(row), terms)
    if sorted(map(str, expected)) != sorted(map(str, lines)):
        yield f"{found['key']}: {_said(expected)} should be booked, {_said(lines)} is"


def _said(lines: tuple[Posting, ...] | list[Posting]) -> str:
    return ", ".join(f"{line.side} {line.account} {line.amount}" for line in lines) or "nothing"


def uneven(tx: Tx) -> Iterator[str]:
    """Where all debits of a currency do not equal all its credits."""
    query = (
        select(table.c.processor, table.c.currency, _DEBITS.label("debits"), _CREDITS.label("credits"))
        .group_by(table.c.processor, table.c.currency)
        .having(_DEBITS != _CREDITS)
    )
    for row in tx.execute(query):
        yield f"{row.processor} {row.currency}: debits {row.debits} and credits {row.credits} differ"


def _with_facts() -> Select[tuple[object, ...]]:
    """Lines, each with what it was posted for."""
    return (
        select(table, facts.c.kind, facts.c.subject, facts.c.happened_at, payments.c.order_id)
        .join(facts, facts.c.id == table.c.fact_id)
        .outerjoin(payments, payments.c.id == table.c.payment_id)
    )


def _entry(row: Row[tuple[object, ...]]) -> Entry:
    """A line from its row."""
    found = row._mapping
    return Entry(
        id=found["id"],
        posted_at=found["posted_at"],
        happened_at=found["happened_at"],
        processor=found["processor"],
        order_id=found["order_id"],
        payment_id=found["payment_id"],
        fact=found["kind"],
        subject=found["subject"],
        account=Account(found["account"]),
        side=Side(found["side"]),
        amount=Money(found["amount_minor"], found["currency"]),
    )
