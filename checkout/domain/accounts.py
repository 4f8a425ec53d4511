"""The accounts of the books, and the two sides of each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from checkout.domain.money import Money


class Account(StrEnum):
    """The accounts of the books."""

    PROCESSOR = "processor"
    """What the processor owes us and would pay out now."""
    HELD = "held"
    """What the processor owes us but withholds: a reserve, a review."""
    DISPUTES_HELD = "disputes held"
    """What the processor withholds while a dispute is open."""
    ELSEWHERE = "elsewhere"
    """Money a customer paid that went to an account that is not ours."""
    SALES = "sales"
    """Money taken exactly as it was due."""
    REFUNDS = "refunds"
    """Money given back by us."""
    REVERSALS = "reversals"
    """Money taken back by the processor or a bank."""
    DISPUTES_LOST = "disputes lost"
    """What of the reversals was a dispute that ended for the customer."""
    FEES = "fees"
    """What the processor kept for its service, less what it gave back."""
    EXCHANGE = "exchange"
    """One currency given for another; in each currency what went in and what came out."""
    PAYOUTS = "payouts"
    """Money that went from the processor to our bank, less what came from there."""
    ADJUSTMENTS = "adjustments"
    """What the processor corrected by itself."""
    SUSPENSE = "suspense"
    """Money that moved otherwise than we can explain, until a person decides what it is."""


OURS_AT_THE_PROCESSOR = (Account.PROCESSOR, Account.HELD, Account.DISPUTES_HELD)
"""Together the balance that the processor shows for us."""

BOOKABLE = tuple(account for account in Account if account not in {*OURS_AT_THE_PROCESSOR, Account.ELSEWHERE})
"""Where a person may book what waits in suspense."""


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


def pair(debit: Account, credit: Account, amount: Money) -> tuple[Posting, ...]:
    """Two lines that even each other out; none for an amount of nothing."""
    if amount.minor == 0:
        return ()
    return Posting(debit, Side.DEBIT, amount), Posting(credit, Side.CREDIT, amount)
