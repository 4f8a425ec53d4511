"""What a fact means for the books: double entry, exact, decided by the fact and the terms alone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from checkout.domain.facts import FactKind
from checkout.domain.standing import counts

if TYPE_CHECKING:
    from checkout.domain.facts import Fact
    from checkout.domain.money import Money
    from checkout.domain.standing import Terms


class Account(StrEnum):
    """The accounts of the books."""

    PROCESSOR = "processor"
    """What the processor holds for us."""
    ELSEWHERE = "elsewhere"
    """Money a customer paid that went to an account that is not ours."""
    SALES = "sales"
    """Money taken exactly as it was due."""
    REFUNDS = "refunds"
    """Money given back."""
    SUSPENSE = "suspense"
    """Money that came otherwise than it was due, until a person decides what it is."""


class Side(StrEnum):
    """Debit or credit."""

    DEBIT = "debit"
    CREDIT = "credit"


@dataclass(frozen=True, slots=True)
class Posting:
    """One line of the ledger. `amount` is never negative; the side says the direction."""

    account: Account
    side: Side
    amount: Money


def postings(fact: Fact, terms: Terms) -> tuple[Posting, ...]:
    """The lines a fact writes: none, or lines whose debits equal their credits in one currency."""
    if fact.amount is None or fact.amount.minor == 0:
        return ()
    if fact.kind is FactKind.CAPTURED:
        holder = Account.PROCESSOR if fact.payee in {None, terms.payee} else Account.ELSEWHERE
        as_due = counts(fact, terms) and fact.amount == terms.amount
        return _pair(holder, Account.SALES if as_due else Account.SUSPENSE, fact.amount)
    if fact.kind is FactKind.REFUNDED:
        return _pair(Account.REFUNDS, Account.PROCESSOR, fact.amount)
    return ()


def _pair(debit: Account, credit: Account, amount: Money) -> tuple[Posting, ...]:
    return Posting(debit, Side.DEBIT, amount), Posting(credit, Side.CREDIT, amount)
