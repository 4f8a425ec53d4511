"""Money in, what went back or was taken back, and fees by the day, as the ledger has them. Days are those of UTC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from checkout.domain.accounts import Account
from checkout.domain.money import Money
from checkout.store import day_sums

if TYPE_CHECKING:
    from datetime import datetime

    from checkout.flows.house import House
    from checkout.store.day_sums import DaySum

DAYS: Final = 30
_TAKEN_BACK: Final = (Account.REVERSALS, Account.DISPUTES_LOST)
_ACCOUNTS: Final = frozenset({Account.SALES, Account.REFUNDS, *_TAKEN_BACK, Account.FEES})


@dataclass(frozen=True, slots=True)
class Day:
    """What came in and went out on one day, in minor units. More may be given back than came in."""

    start: datetime
    taken: int = 0
    refunded: int = 0
    taken_back: int = 0
    """By the processor or a bank, lost disputes among it, less what came again."""
    fees: int = 0


@dataclass(frozen=True, slots=True)
class Takings:
    """The last days in one currency, oldest first; the last one is today, so far."""

    currency: str
    days: tuple[Day, ...]

    def over(self, days: int) -> tuple[Money, Money, Money, Money]:
        """Money in, refunds, what was taken back, and fees of the last days, today among them."""
        last = self.days[-days:]
        sums = (
            sum(day.taken for day in last),
            sum(day.refunded for day in last),
            sum(day.taken_back for day in last),
            sum(day.fees for day in last),
        )
        taken, refunded, taken_back, fees = (Money(minor, self.currency) for minor in sums)
        return taken, refunded, taken_back, fees


def recent_takings(house: House) -> list[Takings]:
    """Each currency's last thirty days."""
    end = day_sums.midnight(house.clock()) + day_sums.DAY
    first = end - DAYS * day_sums.DAY
    with house.store.read() as tx:
        found = day_sums.by_day(tx, first, end)
    moved = sorted({one.amount.currency for one in found if one.account in _ACCOUNTS and one.amount.minor})
    return [_of(currency, found, first) for currency in moved]


def _of(currency: str, found: list[DaySum], first: datetime) -> Takings:
    minor = {(one.day, one.account): one.amount.minor for one in found if one.amount.currency == currency}
    return Takings(
        currency,
        tuple(
            Day(
                start,
                taken=-minor.get((start, Account.SALES), 0),
                refunded=minor.get((start, Account.REFUNDS), 0),
                taken_back=sum(minor.get((start, account), 0) for account in _TAKEN_BACK),
                fees=minor.get((start, Account.FEES), 0),
            )
            for start in (first + number * day_sums.DAY for number in range(DAYS))
        ),
    )
