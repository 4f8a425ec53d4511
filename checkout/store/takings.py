"""What was taken, given back and paid in fees on each day: summed once when a day is over, for it never changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import case, func, select

from checkout.domain.accounts import Account, Side
from checkout.domain.money import Money
from checkout.store.conflicts import INSERT
from checkout.store.tables import day_sums, ledger

if TYPE_CHECKING:
    from datetime import datetime

    from checkout.store.engine import Tx

ACCOUNTS = (Account.SALES, Account.REFUNDS, Account.FEES)

_SIGNED = func.sum(case((ledger.c.side == Side.DEBIT, ledger.c.amount_minor), else_=-ledger.c.amount_minor))


@dataclass(frozen=True, slots=True)
class DaySum:
    """Debits minus credits of one account on one day, which begins at `day`."""

    day: datetime
    account: Account
    amount: Money


def kept(tx: Tx, since: datetime) -> list[DaySum]:
    """The sums of days that are over, from one day on."""
    query = select(day_sums).where(day_sums.c.day >= since)
    return [
        DaySum(row.day, Account(row.account), Money(row.minor, row.currency)) for row in tx.execute(query)
    ]


def sums(tx: Tx, start: datetime, end: datetime, currencies: list[str]) -> list[DaySum]:
    """The same of a span that may not be over, read from the ledger itself: an index leads to each account's lines."""
    query = (
        select(ledger.c.account, ledger.c.currency, _SIGNED.label("minor"))
        .where(
            ledger.c.account.in_(ACCOUNTS),
            ledger.c.currency.in_(currencies),
            ledger.c.posted_at >= start,
            ledger.c.posted_at < end,
        )
        .group_by(ledger.c.account, ledger.c.currency)
    )
    return [
        DaySum(start, Account(row.account), Money(int(row.minor), row.currency)) for row in tx.execute(query)
    ]


def keep(tx: Tx, found: list[DaySum]) -> None:
    """Keep the sums of a day that is over; two may do it at once."""
    rows = [
        {
            "day": one.day,
            "account": one.account,
            "currency": one.amount.currency,
            "minor": one.amount.minor,
        }
        for one in found
    ]
    if rows:
        tx.execute(INSERT[tx.dialect.name](day_sums).on_conflict_do_nothing(), rows)
