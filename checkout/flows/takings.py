"""Money in, refunds and fees by the day, as the ledger has them. Days are those of UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from checkout.domain.accounts import Account
from checkout.domain.money import Money
from checkout.store import searching, takings, watermarks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checkout.flows.house import House
    from checkout.store.engine import Tx
    from checkout.store.takings import DaySum

DAYS: Final = 30
A_DAY: Final = timedelta(days=1)
GRACE: Final = timedelta(hours=1)
"""What is booked just before midnight may commit just after it; an hour later none of it is under way."""

SUMMED: Final = "days are summed"
"""The watermark up to which each day has been summed."""


@dataclass(frozen=True, slots=True)
class Day:
    """What came in and went out on one day, in minor units. More may be given back than came in."""

    start: datetime
    taken: int = 0
    refunded: int = 0
    fees: int = 0


@dataclass(frozen=True, slots=True)
class Takings:
    """The last days in one currency, oldest first; the last one is today, so far."""

    currency: str
    days: tuple[Day, ...]

    def over(self, days: int) -> tuple[Money, Money, Money]:
        """Money in, refunds and fees of the last days, today among them."""
        last = self.days[-days:]
        sums = (
            sum(day.taken for day in last),
            sum(day.refunded for day in last),
            sum(day.fees for day in last),
        )
        taken, refunded, fees = (Money(minor, self.currency) for minor in sums)
        return taken, refunded, fees


def recent_takings(house: House) -> list[Takings]:
    """Each currency's last thirty days. A day that is over is summed once and kept: it never changes."""
    today = midnight(house.clock())
    first = today - (DAYS - 1) * A_DAY
    over = _sum_what_is_over(house, first)
    with house.store.read() as tx:
        currencies = searching.currencies(tx)
        found = takings.kept(tx, first)
        found = [one for one in found if one.day < over]
        for start in _days(max(over, first), today + A_DAY):
            found += takings.sums(tx, start, start + A_DAY, currencies)
    return [_of(currency, found, first) for currency in currencies if _moved(currency, found)]


def midnight(moment: datetime) -> datetime:
    """The moment at which its day began."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _sum_what_is_over(house: House, first: datetime) -> datetime:
    """Sum and keep the days that are over and were not yet; returns where the first unsummed one begins."""
    until = midnight(house.clock() - GRACE)
    with house.store.read() as tx:
        at = watermarks.at(tx, SUMMED) or first
    if at >= until:
        return until
    with house.store.begin() as tx:
        currencies = searching.currencies(tx)
        for start in _days(max(at, first), until):
            _sum_day(tx, start, currencies)
        watermarks.put(tx, SUMMED, until)
    return until


def _sum_day(tx: Tx, start: datetime, currencies: list[str]) -> None:
    takings.keep(tx, takings.sums(tx, start, start + A_DAY, currencies))


def _days(start: datetime, end: datetime) -> Sequence[datetime]:
    return [start + number * A_DAY for number in range((end - start).days)]


def _of(currency: str, found: list[DaySum], first: datetime) -> Takings:
    minor = {(one.day, one.account): one.amount.minor for one in found if one.amount.currency == currency}
    return Takings(
        currency,
        tuple(
            Day(
                start,
                taken=-minor.get((start, Account.SALES), 0),
                refunded=minor.get((start, Account.REFUNDS), 0),
                fees=minor.get((start, Account.FEES), 0),
            )
            for start in (first + number * A_DAY for number in range(DAYS))
        ),
    )


def _moved(currency: str, found: list[DaySum]) -> bool:
    return any(one.amount.currency == currency and one.amount.minor for one in found)
