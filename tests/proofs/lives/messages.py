"""PayPal's messages on their way to the shop: in any order, some twice, some never."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from checkout.processors.paypal import events
from checkout.store import mailboxes
from tests.paid_shop import PaidShop


@dataclass
class Postman:
    """Brings what PayPal has sent since the last time. `loss` is the share that never arrives, 1 for all of it."""

    seed: int
    loss: float = 0.0
    lost: int = 0
    brought: int = 0
    _seen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    def bring(self, shop: PaidShop) -> None:
        """Put the new ones into the inbox in another order than they were made, and some again."""
        new = [event for event in shop.emulator.events() if event["id"] not in self._seen]
        self._seen.update(event["id"] for event in new)
        arriving = [event for event in new if self._chance.random() >= self.loss]
        self.lost += len(new) - len(arriving)
        self.brought += len(arriving)
        again = self._chance.sample(arriving, len(arriving) // 5)
        self._chance.shuffle(arriving)
        _put(shop, arriving)
        process_all(shop)
        self._chance.shuffle(again)
        _repeat(shop, again)
        process_all(shop)


def process_all(shop: PaidShop, rounds: int = 3) -> None:
    """Process all that is due, and what was put off, a few times."""
    for _ in range(rounds):
        while shop.process():
            pass
        shop.move(minutes=10)


def _put(shop: PaidShop, arriving: Iterable[dict[str, Any]]) -> None:
    at = shop.clock()
    with shop.house.store.begin() as tx:
        for event in arriving:
            raw = json.dumps(event).encode()
            envelope = events.envelope(events.read_event(raw), raw, f"T-{event['id']}")
            mailboxes.put(tx, [(envelope, at)])


def _repeat(shop: PaidShop, again: Iterable[dict[str, Any]]) -> None:
    ids = {event["id"] for event in again}
    with shop.house.store.begin() as tx:
        for message in mailboxes.newest(tx, limit=1_000_000):
            if message.envelope.event_id in ids:
                mailboxes.retry(tx, message.id, shop.clock())
