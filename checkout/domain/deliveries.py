"""When a delivery is tried again, and what an answer of the shop means.

Source: the Standard Webhooks specification, https://github.com/standard-webhooks/standard-webhooks, read 2026-11.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

DELAYS = (
    timedelta(),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""Before each attempt, counted from the one before: over three days, so that a weekend is survived."""

JITTER = 0.1
"""A delay is longer by up to this share, so that what failed together does not come back together."""
RESTS_MAX = timedelta(hours=1)
"""A shop that asks for more rest by Retry-After is tried after this all the same."""
DISABLED_AFTER = timedelta(days=5)
"""An endpoint that answered nothing well for so long is asked no more: longer than the whole schedule, so that no
endpoint is given up for one delivery alone."""
ATTEMPTS_KEPT = timedelta(days=30)
SECRETS_OVERLAP = timedelta(hours=24)
"""How long the secret before is signed with too, after a rotation."""

OK_STATUSES = range(200, 300)
GONE = 410
ASKS_FOR_REST = frozenset({429, 503})


class DeliveryState(StrEnum):
    """What became of a delivery."""

    DUE = "due"
    """It is sent, again if need be, when its time comes."""
    DELIVERED = "delivered"
    FAILED = "failed"
    """Every attempt failed; it is sent again only when somebody asks for it."""
    HELD = "held"
    """Its endpoint was disabled meanwhile; enabling it sends it."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of one attempt. `status` is None where no answer came; `said` says it in few words."""

    status: int | None
    said: str
    took_ms: int
    rest_seconds: int | None = None

    @property
    def is_delivered(self) -> bool:
        """The shop took it."""
        return self.status in OK_STATUSES

    @property
    def outcome(self) -> str:
        """What came of it in a word or two, for counting."""
        if self.is_delivered:
            return "delivered"
        return "no answer" if self.status is None else "refused"

    @property
    def is_gone(self) -> bool:
        """The shop says that nobody listens there any more."""
        return self.status == GONE


def due_again(name: str, attempts: int, at: datetime) -> datetime | None:
    """When it is tried next after so many attempts; None after the last."""
    if attempts >= len(DELAYS):
        return None
    return at + DELAYS[attempts] * (1 + JITTER * _chance(name, attempts))


def rests_until(reply: Reply, at: datetime) -> datetime | None:
    """Until when the shop wants to be left alone; None where it does not say so."""
    if reply.status not in ASKS_FOR_REST or not reply.rest_seconds:
        return None
    return at + min(timedelta(seconds=min(reply.rest_seconds, RESTS_MAX.total_seconds())), RESTS_MAX)


def _chance(name: str, attempts: int) -> float:
    """From 0 to 1, another for each endpoint, happening and attempt, and the same when it is asked twice."""
    return int.from_bytes(sha256(f"{name}:{attempts}".encode()).digest()[:4]) / 2**32
