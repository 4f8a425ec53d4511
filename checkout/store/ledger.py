"""Reading the ledger: balances, and whether it still tells the truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import case, func, select

from checkout.domain.facts import FactKind
from checkout.domain.money import Money
from checkout.domain.postings import Account, Side
from checkout.store.tables import facts
from checkout.store.tables import ledger as table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checkout.store.engine import Tx


@dataclass(frozen=True, slots=True)
class Balance:
    """An account's balance in one currency at one processor: debits minus credits."""

    processor: str
    account: Account
    amount: Money


def balances(tx: Tx) -> list[Balance]:
    """Every account that has been written to, with its balance."""
    signed = func.sum(case((table.c.side == Side.DEBIT, table.c.amount_minor), else_=-table.c.amount_minor))
    query = (
        select(table.c.processor, table.c.account, table.c.currency, signed.label("minor"))
        .group_by(table.c.processor, table.c.account, table.c.currency)
        .order_by(table.c.currency, table.c.processor, table.c.account)
    )
    return [
        Balance(row.processor, Account(row.account), Money(int(row.minor), row.currency))
        for row in tx.execute(query)
    ]


def entries_of_payment(tx: Tx, payment_id: str) -> list[tuple[Account, Side, Money]]:
    """The ledger lines of one payment, in the order they were written."""
    query = select(table).where(table.c.payment_id == payment_id).order_by(table.c.id)
    return [
        (Account(row.account), Side(row.side), Money(row.amount_minor, row.currency))
        for row in tx.execute(query)
    ]


def faults(tx: Tx) -> Iterator[str]:
    """Every way in which the books contradict themselves or the facts; nothing where they are true."""
    debits = func.sum(case((table.c.side == Side.DEBIT, table.c.amount_minor), else_=0))
    credits_ = func.sum(case((table.c.side == Side.CREDIT, table.c.amount_minor), else_=0))
    by_fact = (
        select(table.c.fact_id, table.c.currency, debits.label("debits"), credits_.label("credits"))
        .group_by(table.c.fact_id, table.c.currency)
        .subquery()
    )
    uneven = select(by_fact).where(by_fact.c.debits != by_fact.c.credits)
    for row in tx.execute(uneven):
        yield f"fact {row.fact_id}: debits {row.debits} and credits {row.credits} {row.currency} differ"
    moving = facts.c.kind.in_([FactKind.CAPTURED, FactKind.REFUNDED]) & (facts.c.amount_minor > 0)
    joined = select(
        facts.c.key,
        facts.c.amount_minor,
        facts.c.currency,
        by_fact.c.debits,
        by_fact.c.currency.label("posted"),
    )
    both = facts.outerjoin(by_fact, by_fact.c.fact_id == facts.c.id)
    for row in tx.execute(joined.select_from(both).where(moving)):
        if row.debits != row.amount_minor or row.posted != row.currency:
            yield f"{row.key}: {row.amount_minor} {row.currency} moved, {row.debits or 0} {row.posted or ''} is booked"
    still = (
        select(facts.c.key).select_from(facts.join(by_fact, by_fact.c.fact_id == facts.c.id)).where(~moving)
    )
    for key in tx.scalars(still):
        yield f"{key}: booked, though no money moved"
