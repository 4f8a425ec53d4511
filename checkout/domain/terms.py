"""What is due for one payment, and whether captured money is that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from checkout.domain.facts import Fact
    from checkout.domain.money import Money


@dataclass(frozen=True, slots=True)
class Terms:
    """What is due for one payment: to whom, how much, and the name it goes by at the processor.

    `capture_later` says that the money is only reserved at first, and taken by the operator, in parts or whole.
    """

    names: str
    amount: Money
    payee: str
    capture_later: bool = False


def counts(fact: Fact, terms: Terms) -> bool:
    """True where captured money is ours, for this payment, in its currency."""
    right_currency = fact.amount is not None and fact.amount.currency == terms.amount.currency
    return right_currency and fact.payee == terms.payee and fact.names == terms.names
