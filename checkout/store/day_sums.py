"""The ledger's sums of each day that is over, made once, so that balances and periods are quick however long it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import case, func, select

from checkout.domain.accounts import Account, Side
from checkout.domain.money import Money
from checkout.store.conflicts import INSERT
from checkout.store.ledger import Balance, Period
from checkout.store.tables import ledger
from checkout.store.tables import ledger_days as table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checkout.store.engine import Tx

DAY = timedelta(days=1)
CLOSES_AFTER = timedelta(hours=1)
"""A line bears the time of its transaction's beginning and is seen at its end, within seconds: an hour after its
end a day has no new lines."""

DAYS_AT_ONCE = 31
Key = tuple[str, str, str]
"""Processor, account, currency."""
Sums = dict[Key, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class DaySum:
    """Debits minus credits of one account in one currency on one day, which begins at `day`."""

    day: datetime
    account: Account
    amount: Money


_BY = (ledger.c.processor, ledger.c.account, ledger.c.currency)
_DEBITS = func.sum(case((ledger.c.side == Side.DEBIT, ledger.c.amount_minor), else_=0))
_CREDITS = func.sum(case((ledger.c.side == Side.CREDIT, ledger.c.amount_minor), else_=0))


def midnight(at: datetime) -> datetime:
    """The beginning of a time's day, in UTC."""
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def summed_to(tx: Tx) -> datetime | None:
    """The end of the last day that is summed up; None before the first."""
    last = tx.execute(select(table.c.day).order_by(table.c.day.desc()).limit(1)).scalar_one_or_none()
    return last + DAY if last else None


def next_day(tx: Tx, now: datetime) -> datetime | None:
    """The first day that is over and not summed up; None where there is none."""
    day = _first_line(tx, summed_to(tx))
    return day if day is not None and day < midnight(now - CLOSES_AFTER) else None


def add_days(tx: Tx, now: datetime) -> int:
    """Sum up some of the days that are over and not summed up, oldest first; returns how many it was.

    Two that do it at once come to the same sums, and the second changes nothing.
    """
    done = 0
    while done < DAYS_AT_ONCE and (day := next_day(tx, now)) is not None:
        rows = [
            {
                "day": day,
                "processor": processor,
                "account": account,
                "currency": currency,
                "debits_minor": debits,
                "credits_minor": credits_,
            }
            for (processor, account, currency), (debits, credits_) in _live(tx, day, day + DAY).items()
        ]
        tx.execute(INSERT[tx.dialect.name](table).on_conflict_do_nothing(), rows)
        done += 1
    return done


def sums(tx: Tx, start: datetime | None, end: datetime | None) -> Sums:
    """Debits and credits of each account from one time to another: whole days as summed up, the rest from the lines."""
    known_to = summed_to(tx)
    first_whole = (
        None if start is None else midnight(start) if start == midnight(start) else midnight(start) + DAY
    )
    last_whole = known_to if end is None else min(midnight(end), known_to) if known_to else None
    if known_to is None or last_whole is None or (first_whole is not None and first_whole >= last_whole):
        return _live(tx, start, end)
    found = _kept(tx, first_whole, last_whole)
    if start is not None and first_whole is not None and start < first_whole:
        _count(found, _live(tx, start, first_whole))
    if end is None or last_whole < end:
        _count(found, _live(tx, last_whole, end))
    return found


def balances(tx: Tx, *, at: datetime | None = None) -> list[Balance]:
    """Every account that has been written to, with its balance; as it was before a time, where one is given."""
    return [
        Balance(processor, Account(account), Money(debits - credits_, currency))
        for (processor, account, currency), (debits, credits_) in _sorted(sums(tx, None, at))
    ]


def periods(tx: Tx, start: datetime, end: datetime) -> list[Period]:
    """Each account with what it held at `start`, what moved before `end`, and so what it holds then."""
    opening, moved = sums(tx, None, start), sums(tx, start, end)
    nothing = dict.fromkeys({*opening, *moved}, (0, 0))
    return [
        Period(
            key[0],
            Account(key[1]),
            Money(opening.get(key, (0, 0))[0] - opening.get(key, (0, 0))[1], key[2]),
            Money(moved.get(key, (0, 0))[0], key[2]),
            Money(moved.get(key, (0, 0))[1], key[2]),
        )
        for key, _ in _sorted(nothing)
    ]


def by_day(tx: Tx, start: datetime, end: datetime) -> list[DaySum]:
    """What moved on each account on each day from one midnight to another, at all processors together.

    Days that are summed up are taken as they are, the few others from the lines.
    """
    found: dict[tuple[datetime, str, str], int] = {}

    def count(day: datetime, sums_: Sums) -> None:
        for (_, account, currency), (debits, credits_) in sums_.items():
            key = (day, account, currency)
            found[key] = found.get(key, 0) + debits - credits_

    for row in tx.execute(select(table).where(table.c.day >= start, table.c.day < end)):
        count(row.day, {(row.processor, row.account, row.currency): (row.debits_minor, row.credits_minor)})
    following = _first_line(tx, max(summed_to(tx) or start, start))
    while following is not None and following < end:
        count(following, _live(tx, following, following + DAY))
        following = _first_line(tx, following + DAY)
    return [
        DaySum(day, Account(account), Money(minor, currency))
        for (day, account, currency), minor in sorted(found.items())
    ]


def faults(tx: Tx) -> Iterator[str]:
    """Where the kept sums of the days are not what the lines add up to."""
    known_to = summed_to(tx)
    if known_to is None:
        return
    kept, true = _kept(tx, None, known_to), _live(tx, None, known_to)
    for key in sorted({*kept, *true}):
        if kept.get(key) != true.get(key):
            processor, account, currency = key
            yield f"{processor} {account} {currency}: the days' sums say {kept.get(key)}, the lines {true.get(key)}"


def _first_line(tx: Tx, since: datetime | None) -> datetime | None:
    """The day of the first line from a time on."""
    query = select(ledger.c.posted_at).order_by(ledger.c.posted_at).limit(1)
    found = tx.execute(
        query if since is None else query.where(ledger.c.posted_at >= since)
    ).scalar_one_or_none()
    return midnight(found) if found else None


def _live(tx: Tx, start: datetime | None, end: datetime | None) -> Sums:
    query = select(*_BY, _DEBITS.label("debits"), _CREDITS.label("credits")).group_by(*_BY)
    if start is not None:
        query = query.where(ledger.c.posted_at >= start)
    if end is not None:
        query = query.where(ledger.c.posted_at < end)
    return {
        (row.processor, row.account, row.currency): (int(row.debits), int(row.credits))
        for row in tx.execute(query)
    }


def _kept(tx: Tx, start: datetime | None, end: datetime) -> Sums:
    by = (table.c.processor, table.c.account, table.c.currency)
    debits, credits_ = func.sum(table.c.debits_minor), func.sum(table.c.credits_minor)
    query = (
        select(*by, debits.label("debits"), credits_.label("credits")).where(table.c.day < end).group_by(*by)
    )
    if start is not None:
        query = query.where(table.c.day >= start)
    return {
        (row.processor, row.account, row.currency): (int(row.debits), int(row.credits))
        for row in tx.execute(query)
    }


def _count(found: Sums, more: Sums) -> None:
    for key, (debits, credits_) in more.items():
        before = found.get(key, (0, 0))
        found[key] = (before[0] + debits, before[1] + credits_)


def _sorted(found: Sums) -> list[tuple[Key, tuple[int, int]]]:
    return sorted(found.items(), key=lambda one: (one[0][2], one[0][0], one[0][1]))
