"""Whether processors still tell us anything: their last events, and silence while money is coming in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from checkout.domain.facts import FactKind
from checkout.store import facts, mailboxes
from checkout.store.mailboxes import CameBy

if TYPE_CHECKING:
    from checkout.flows.house import House
    from checkout.store.engine import Tx

SILENCE = timedelta(hours=6)
"""PayPal sends an event within minutes and repeats it for three days."""

GRACE = timedelta(minutes=15)
"""An event may be on its way."""


@dataclass(frozen=True, slots=True)
class WebhookHealth:
    """What came of one processor. `untold` counts captures of the last hours of which no webhook told."""

    processor: str
    last_webhook: datetime | None
    last_pull: datetime | None
    untold: int

    @property
    def is_silent(self) -> bool:
        """Money came in, and nobody sent us word of it."""
        return self.untold > 0


def webhook_health(tx: Tx, processor: str, now: datetime, *, silence: timedelta = SILENCE) -> WebhookHealth:
    """How a processor's webhooks are, over the last hours."""
    last = mailboxes.last_received(tx, processor, CameBy.WEBHOOK)
    since = now - silence
    untold = 0
    if last is None or last < since:
        span = (since, now - GRACE)
        untold = facts.count_learned(tx, processor, FactKind.CAPTURED, span)
    return WebhookHealth(processor, last, mailboxes.last_received(tx, processor, CameBy.PULL), untold)


def silent_processors(house: House) -> list[WebhookHealth]:
    """Every processor that took money lately and sends no word of it."""
    now = house.clock()
    with house.store.read() as tx:
        found = [webhook_health(tx, name, now) for name in sorted(house.processors)]
    return [one for one in found if one.is_silent]
