"""Makes a year of business in seconds: many payments that look like real ones, the same for the same seed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from checkout.processors.paypal.emulator.book import Movement, MovementKind
from checkout.processors.paypal.emulator.money import Money, fee_on, smallest_unit

CODE = "T0006"
# As many prices as a small shop has: amounts are shared between payments, which keeps a million of them small.
PRICES = 500


@dataclass(frozen=True, slots=True)
class BulkWish:
    """How many payments, of which currency, over how many days gone by, and what their custom ids begin with."""

    count: int
    currency: str
    days: float
    seed: int
    prefix: str


def bulk_movements(wish: BulkWish, merchant_id: str, now: datetime) -> list[Movement]:
    """Return the payments in the order of time, numbered in that order from 0 behind the prefix."""
    # Repeatable by its seed, and it guards nothing.
    drawn = random.Random(wish.seed)  # noqa: S311
    prices = list(_prices(wish.currency, drawn))
    start, step = now - timedelta(days=wish.days), timedelta(days=wish.days) / wish.count
    movements = []
    for number in range(wish.count):
        capture_id = _transaction_id(drawn)
        gross, fee = prices[drawn.randrange(PRICES)]
        movements.append(
            Movement(
                time=start + step * number,
                kind=MovementKind.CAPTURE,
                id=capture_id,
                capture_id=capture_id,
                order_id="",
                merchant_id=merchant_id,
                gross=gross,
                fee=fee,
                custom_id=f"{wish.prefix}{number}",
                invoice_id=None,
                code=CODE,
            )
        )
    return movements


def _prices(currency: str, drawn: random.Random) -> Iterator[tuple[Money, Money]]:
    for _ in range(PRICES):
        amount = Money(
            currency, (Decimal(drawn.randint(100, 20_000)) / 100).quantize(smallest_unit(currency))
        )
        yield amount, fee_on(amount)


def _transaction_id(drawn: random.Random) -> str:
    # A letter in the middle, so that no id holds a run of digits as long as a card number's.
    return f"{drawn.getrandbits(32):08X}B{drawn.getrandbits(32):08X}"
