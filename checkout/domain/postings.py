"""What a fact means for the books: double entry, exact, decided by the fact and the terms alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checkout.domain.accounts import Account, Posting, pair
from checkout.domain.facts import Fact, FactKind
from checkout.domain.terms import counts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checkout.domain.terms import Terms


def postings(fact: Fact, terms: Terms | None) -> tuple[Posting, ...]:
    """The lines a fact writes: none, or lines whose debits equal their credits in each currency.

    `terms` are those of the payment it is about, None for what concerns the account alone.
    """
    if fact.amount is None:
        return ()
    match fact.kind:
        case FactKind.CAPTURED:
            return pair(_holder(fact, terms), _earned(fact, terms), fact.amount)
        case FactKind.EXCHANGED:
            return _exchange(fact, _holder(fact, terms))
        case FactKind.MOVED:
            return _movement(fact)
        case FactKind.RESOLVED:
            return pair(_told(fact, "debit"), _told(fact, "credit"), fact.amount)
        case kind if kind in _SIDES:
            debit, credit = (_named(name, fact, terms) for name in _SIDES[kind])
            return pair(debit, credit, fact.amount)
    return ()


_HOLDER, _TOLD = "holder", "told"
_SIDES: Mapping[FactKind, tuple[Account | str, Account | str]] = {
    FactKind.FEE: (Account.FEES, _HOLDER),
    FactKind.FEE_RETURNED: (_HOLDER, Account.FEES),
    FactKind.REFUNDED: (Account.REFUNDS, _HOLDER),
    FactKind.REVERSED: (Account.REVERSALS, Account.REFUNDS),
    FactKind.DISPUTE_LOST: (Account.DISPUTES_LOST, Account.REVERSALS),
    FactKind.HELD: (_TOLD, Account.PROCESSOR),
    FactKind.RELEASED: (Account.PROCESSOR, _TOLD),
    FactKind.RETURNED: (Account.PROCESSOR, Account.REVERSALS),
}
"""Debit and credit of what moves one amount between two accounts; what is not here or above moves none."""


def _named(name: Account | str, fact: Fact, terms: Terms | None) -> Account:
    if isinstance(name, Account):
        return name
    return _holder(fact, terms) if name == _HOLDER else _told(fact, "account")


def _holder(fact: Fact, terms: Terms | None) -> Account:
    """Whose account it moved: ours, unless the processor names another payee."""
    ours = terms is None or fact.payee in {None, terms.payee}
    return Account.PROCESSOR if ours else Account.ELSEWHERE


def _earned(fact: Fact, terms: Terms | None) -> Account:
    """A sale only where it came as it was due; of a reservation any part may be taken."""
    if terms is None or not counts(fact, terms):
        return Account.SUSPENSE
    as_due = terms.capture_later or fact.amount == terms.amount
    return Account.SALES if as_due else Account.SUSPENSE


def _exchange(fact: Fact, holder: Account) -> tuple[Posting, ...]:
    if fact.amount is None or fact.into is None:
        return ()
    return pair(Account.EXCHANGE, holder, fact.amount) + pair(holder, Account.EXCHANGE, fact.into)


def _movement(fact: Fact) -> tuple[Posting, ...]:
    """A movement's own amount is never negative; the word `direction` says whether it came in."""
    if fact.amount is None:
        return ()
    account = _told(fact, "account")
    if fact.word("direction") == "in":
        return pair(Account.PROCESSOR, account, fact.amount)
    return pair(account, Account.PROCESSOR, fact.amount)


def _told(fact: Fact, name: str) -> Account:
    return Account(fact.word(name) or Account.SUSPENSE)
