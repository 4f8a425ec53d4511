"""What happens in one life of a payment: drawn from a seed, so that the same life can be lived again."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum

from checkout.domain.money import Money

CURRENCIES = {"EUR": 1, "USD": 1, "GBP": 1, "JPY": 1, "HUF": 100}
"""Each with its smallest step at PayPal in ISO minor units; the last two are not held, so they are exchanged."""
HELD = ["EUR", "USD", "GBP"]


class Kind(StrEnum):
    """What the life is about."""

    PLAIN = "plain"
    REFUNDED = "refunded"
    REFUND_ENDS_BADLY = "refund ends badly"
    REFUNDED_AT_PAYPAL = "refunded at paypal"
    REVERSED = "reversed"
    REVERSAL_CANCELLED = "reversal cancelled"
    DISPUTED = "disputed"
    REVIEWED = "reviewed"
    BOUNCED = "bounced"
    DECLINED = "declined"
    ABANDONED = "abandoned"
    LATE = "paid late"
    LESS = "underpaid"
    MORE = "overpaid"
    LOST_ANSWER = "lost answer"
    LOST_REFUND = "lost refund"
    TAKEN_LATER = "taken later"
    TAKEN_IN_PARTS = "taken in parts"
    RENEWED = "renewed"
    LET_GO = "let go"
    RUN_OUT = "run out"


WEIGHTS = {Kind.PLAIN: 3, Kind.REFUNDED: 4, Kind.DISPUTED: 5, Kind.REVERSED: 2}

RESERVED = frozenset({Kind.TAKEN_LATER, Kind.TAKEN_IN_PARTS, Kind.RENEWED, Kind.LET_GO, Kind.RUN_OUT})

STAGES = ("INQUIRY", "CHARGEBACK", "PRE_ARBITRATION", "ARBITRATION")
ENDS = (
    "RESOLVED_BUYER_FAVOUR",
    "RESOLVED_SELLER_FAVOUR",
    "RESOLVED_WITH_PAYOUT",
    "CANCELED_BY_BUYER",
    "open",
)


@dataclass(frozen=True)
class Life:
    """One life. `parts` are shares of the amount, in thousandths, that go back one after the other."""

    number: int
    kind: Kind
    amount: Money
    parts: tuple[int, ...]
    end: str
    stage: str
    external: bool

    def part(self, thousandths: int) -> Money:
        """A part of the amount that PayPal can say, at least its smallest step and never all of it."""
        step = CURRENCIES[self.amount.currency]
        minor = self.amount.minor * thousandths // 1000 // step * step
        return Money(max(step, min(minor, self.amount.minor - step)), self.amount.currency)


def lives(count: int, seed: int) -> list[Life]:
    """So many lives, the same for the same seed; every kind among the first ones."""
    chance = random.Random(seed)
    kinds = [kind for kind in Kind for _ in range(WEIGHTS.get(kind, 1))]
    return [_life(number, kinds[number % len(kinds)], chance) for number in range(count)]


def _life(number: int, kind: Kind, chance: random.Random) -> Life:
    currency = chance.choice(list(CURRENCIES))
    step = CURRENCIES[currency]
    amount = Money(chance.randrange(500, 60_000) * step, currency)
    return Life(
        number=number,
        kind=kind,
        amount=amount,
        parts=tuple(chance.randrange(50, 450) for _ in range(chance.randrange(1, 3))),
        end=chance.choice(ENDS if kind is Kind.DISPUTED else ("complete", "fail", "cancel")),
        stage=chance.choice(STAGES),
        external=chance.random() < 0.3,
    )
