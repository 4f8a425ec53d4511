"""Remembers `PayPal-Request-Id`s: the same id again gets the old result, for as long as PayPal keeps it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from checkout.processors.paypal.emulator.clock import Clock
from checkout.processors.paypal.emulator.refusals import Operation

# Source: Orders v2 2.13 (six hours) and Payments v2 2.5 (45 days), header PayPal-Request-Id.
KEPT = {
    Operation.CREATE: timedelta(hours=6),
    Operation.CAPTURE: timedelta(hours=6),
    Operation.AUTHORIZE: timedelta(hours=6),
    Operation.CAPTURE_AUTHORIZATION: timedelta(days=45),
    Operation.REAUTHORIZE: timedelta(days=45),
    Operation.VOID: timedelta(days=45),
    Operation.REFUND: timedelta(days=45),
}


@dataclass(frozen=True, slots=True)
class _Kept:
    result_id: str
    until: datetime


class RequestKeys:
    """Which request id made what; a failed call is not remembered, so the same id may be tried again."""

    def __init__(self, clock: Clock) -> None:
        """Take the clock by which ids are forgotten."""
        self._clock = clock
        self._kept: dict[tuple[Operation, str, str], _Kept] = {}

    def result(self, operation: Operation, resource: str, key: str | None) -> str | None:
        """Return the id of what this key made, or None when it is new or forgotten."""
        kept = self._kept.get((operation, resource, key)) if key else None
        return kept.result_id if kept and self._clock.now() < kept.until else None

    def keep(self, operation: Operation, resource: str, key: str | None, result_id: str) -> None:
        """Remember what a key made."""
        if key:
            until = self._clock.now() + KEPT[operation]
            self._kept[operation, resource, key] = _Kept(result_id, until)

    def clear(self) -> None:
        """Forget all keys."""
        self._kept.clear()
