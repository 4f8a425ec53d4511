"""One merchant's movements in the order of time, and what the balances were before any of them."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from checkout.processors.paypal.emulator.clock import zulu
from checkout.processors.paypal.emulator.money import Money
from checkout.processors.paypal.emulator.refusals import Json

# Balances are kept before every thousandth movement: a page of 500 adds up at most 1,500, however long the list.
CHECKPOINT_ROWS = 1000
NOTHING = Decimal(0)


class MovementKind(StrEnum):
    """Why money moved."""

    CAPTURE = "capture"
    REFUND = "refund"
    REVERSAL = "reversal"
    REVERSAL_CANCELLED = "reversal_cancelled"
    EXCHANGE = "exchange"
    HOLD = "hold"
    RELEASE = "release"
    FEE = "fee"
    PAYOUT = "payout"
    DEPOSIT = "deposit"
    ADJUSTMENT = "adjustment"


WITHHOLDING = frozenset({MovementKind.HOLD, MovementKind.RELEASE})


class Movement(NamedTuple):
    """One movement of a merchant's balance; gross = fee + net, all signed from the merchant's side.

    `code` is the T-code of PayPal's reports, `reference_id` the transaction it belongs to (of an exchange the
    payment, of a hold the disputed capture). A HOLD (below nothing) and its RELEASE move money between what is
    available and what is withheld; the total stays. A tuple, because there can be a million.
    """

    time: datetime
    kind: MovementKind
    id: str
    capture_id: str
    order_id: str
    merchant_id: str
    gross: Money
    fee: Money
    custom_id: str | None
    invoice_id: str | None
    code: str = ""
    reference_id: str | None = None

    def body(self) -> Json:
        """Build the JSON object the control API shows."""
        return {
            "time": zulu(self.time),
            "kind": self.kind.value,
            "code": self.code,
            "reference_id": self.reference_id,
            "id": self.id,
            "capture_id": self.capture_id,
            "order_id": self.order_id,
            "merchant_id": self.merchant_id,
            "currency_code": self.gross.currency,
            "gross": self.gross.text(),
            "fee": self.fee.text(),
            "net": self.gross.with_value(self.gross.value - self.fee.value).text(),
            "custom_id": self.custom_id,
            "invoice_id": self.invoice_id,
        }


class Position(NamedTuple):
    """What one currency holds: in total, and of that withheld."""

    total: Decimal = NOTHING
    withheld: Decimal = NOTHING

    @property
    def available(self) -> Decimal:
        """Return what can be spent."""
        return self.total - self.withheld

    def after(self, movement: Movement) -> "Position":
        """Return the position once `movement` has happened."""
        if movement.kind in WITHHOLDING:
            return Position(self.total, self.withheld - movement.gross.value)
        return Position(self.total + movement.gross.value - movement.fee.value, self.withheld)


Positions = dict[str, Position]


@dataclass(slots=True)
class Sum:
    """What the movements of one kind add up to in one currency."""

    gross: Decimal = NOTHING
    fee: Decimal = NOTHING
    count: int = 0


@dataclass(slots=True)
class Ledger:
    """The movements of one merchant, sorted by time whatever the order they were recorded in."""

    rows: list[Movement] = field(default_factory=list)
    sums: dict[str, dict[MovementKind, Sum]] = field(default_factory=dict)
    now: Positions = field(default_factory=dict)
    _checkpoints: list[Positions] = field(default_factory=lambda: [{}])

    def add(self, movement: Movement) -> None:
        """Put a movement in its place."""
        if self.rows and movement.time < self.rows[-1].time:
            place = bisect_right(self.rows, movement.time, key=_time)
            self.rows.insert(place, movement)
            del self._checkpoints[place // CHECKPOINT_ROWS + 1 :]
        else:
            self.rows.append(movement)
        self._count((movement,))

    def extend(self, movements: Sequence[Movement]) -> None:
        """Put many movements in their places at once."""
        self.rows.extend(movements)
        self.rows.sort(key=_time)
        del self._checkpoints[1:]
        self._count(movements)
        # Now rather than at the first look at a report, which a caller would wait for.
        self.before(len(self.rows))

    def _count(self, movements: Iterable[Movement]) -> None:
        for movement in movements:
            currency = movement.gross.currency
            kinds = self.sums.setdefault(currency, {})
            total = kinds.setdefault(movement.kind, Sum())
            total.gross += movement.gross.value
            total.fee += movement.fee.value
            total.count += 1
            self.now[currency] = self.now.get(currency, Position()).after(movement)

    def span(self, start: datetime, end: datetime) -> tuple[int, int]:
        """Return where the movements from `start` to `end`, both included, begin and end in `rows`."""
        low = bisect_left(self.rows, start, key=_time)
        return low, max(low, bisect_right(self.rows, end, key=_time))

    def before(self, place: int) -> Positions:
        """Return all positions before the row at `place`."""
        while len(self._checkpoints) <= place // CHECKPOINT_ROWS:
            start = (len(self._checkpoints) - 1) * CHECKPOINT_ROWS
            self._checkpoints.append(self._from(start, start + CHECKPOINT_ROWS))
        return self._from(place - place % CHECKPOINT_ROWS, place)

    def _from(self, checkpoint: int, place: int) -> Positions:
        positions = dict(self._checkpoints[checkpoint // CHECKPOINT_ROWS])
        for movement in self.rows[checkpoint:place]:
            currency = movement.gross.currency
            positions[currency] = positions.get(currency, Position()).after(movement)
        return positions

    def at(self, moment: datetime) -> Positions:
        """Return all positions once everything up to `moment` had happened."""
        return self.before(bisect_right(self.rows, moment, key=_time))

    def by_kind(self) -> dict[str, dict[str, Json]]:
        """Return gross, fee and count by currency and kind."""
        return {
            currency: {
                kind.value: {
                    "gross": Money(currency, total.gross).text(),
                    "fee": Money(currency, total.fee).text(),
                    "count": total.count,
                }
                for kind, total in sorted(kinds.items())
            }
            for currency, kinds in sorted(self.sums.items())
        }


def _time(movement: Movement) -> datetime:
    return movement.time
