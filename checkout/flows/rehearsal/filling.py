"""Fills an empty database with as many orders as a large shop has, to see how everything behaves with them."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from checkout.domain.deliveries import DeliveryState
from checkout.domain.errors import CheckoutError
from checkout.domain.happenings import EVERY_TYPE, name_of, text_of
from checkout.domain.modes import Mode
from checkout.domain.postings import postings
from checkout.flows import modes, summing
from checkout.flows.rehearsal.lives import PROCESSOR, Life, Step, message
from checkout.store import bulk, facts
from checkout.store.facts import Holder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from checkout.domain.happenings import Happening
    from checkout.flows.house import House

ORDERS_AT_ONCE = 5_000
"""Orders in one transaction: some 100,000 rows, 150 MB."""
ENDPOINT = "rehearsal"
EVENT_OF_OTHERS = "PAYMENT.SALE.COMPLETED"


class NotEmptyError(CheckoutError):
    """A database that has orders: a rehearsal would mix made-up ones with them."""

    def __init__(self) -> None:
        super().__init__(
            "This database has orders already. A rehearsal needs an empty one: set DATABASE_URL to another, and run"
            " `checkout db upgrade` there first."
        )


class RealMoneyError(CheckoutError):
    """A shop whose processor moves real money: nothing may be made up among its books."""

    def __init__(self) -> None:
        super().__init__(
            "This shop is live, so nothing is made up here. Run the rehearsal with PAYPAL_ENVIRONMENT=off and a"
            " database of its own."
        )


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """How much is made up: orders, events from the processor, and over how many days until now."""

    orders: int
    events: int
    days: int = 365
    seed: int = 1


def rehearse(
    house: House, wanted: Rehearsal, *, progress: Callable[[int], None] = lambda _done: None
) -> dict[str, int]:
    """Fill the database; returns how many rows each table got. The same seed makes the same lives.

    Events beyond those of the orders' own lives are other installations' on the same account, as a shop with
    sisters hears them. Raises NotEmptyError where there is any order, RealMoneyError in a live shop.
    """
    # Before it is stamped: a live shop's database that never was would be called a sandbox from then on.
    with house.store.read() as tx:
        if not bulk.is_unused(tx):
            raise NotEmptyError
    if modes.claim(house, at_least=Mode.SANDBOX) is Mode.LIVE:
        raise RealMoneyError
    filling = _Filling(house, wanted)
    for done in filling.batches():
        progress(done)
    with house.store.begin() as tx:
        bulk.count_on(tx)
        bulk.learn_sizes(tx)
    while summing.sum_up_days(house):
        pass
    return filling.written


class _Filling:
    """Lives, begun one after the other and merged by time, as rows of a batch."""

    def __init__(self, house: House, wanted: Rehearsal) -> None:
        self._house, self._wanted = house, wanted
        self._random, self._now = Random(wanted.seed), house.clock()  # noqa: S311 -- lives made up, not secrets
        self._waiting: list[tuple[datetime, int, Step]] = []
        self._steps = 0
        self._chain = ""
        self._numbers = dict.fromkeys(bulk.COUNTED, 0)
        self._rows: bulk.Rows = {}
        self._name_of_others = Life(self._random, 0, self._now, self._now, house.shop).name
        self.written: dict[str, int] = {}

    def batches(self) -> Iterator[int]:
        """Write batch by batch; after each, how many orders are begun."""
        wanted, start = self._wanted, self._now - timedelta(days=self._wanted.days)
        self._open_endpoint()
        for number in range(wanted.orders):
            at = start + (self._now - start) * (number + self._random.random()) / wanted.orders
            self._take_up_to(at)
            for step in Life(self._random, number, at, self._now, self._house.shop).steps:
                self._steps += 1
                heapq.heappush(self._waiting, (step.at, self._steps, step))
            self._hear_of_others(at, number + 1)
            if (number + 1) % ORDERS_AT_ONCE == 0:
                self._write()
                yield number + 1
        self._take_up_to(None)
        self._hear_of_others(self._now, wanted.orders)
        self._write()
        yield wanted.orders

    def _take_up_to(self, at: datetime | None) -> None:
        while self._waiting and (at is None or self._waiting[0][0] <= at):
            self._take(heapq.heappop(self._waiting)[2])

    def _take(self, step: Step) -> None:
        for table, row in step.rows:
            self._add(table, row)
        for payment_id, terms, fact, learned_from in step.facts:
            holder = Holder(PROCESSOR, payment_id)
            number = self._add("facts", facts.values_of(holder, fact, at=step.at, learned_from=learned_from))
            lines = postings(fact, terms)
            for row in facts.lines_of(self._chain, holder, (number, fact.key), lines, at=step.at):
                self._add("ledger", row)
                self._chain = str(row["hash"])
        for happening in step.happenings:
            self._tell(happening, step.at)

    def _tell(self, happening: Happening, at: datetime) -> None:
        """Keep what the shop was told of, and that its endpoint took it at the first try."""
        row = {
            "name": name_of(self._house.shop.installation, happening.about), "type": happening.type,
            "about": happening.about, "order_id": happening.order_id, "payment_id": happening.payment_id,
            "subject": happening.subject, "told": text_of(happening.told), "happened_at": at,
        }  # fmt: skip
        number = self._add("happenings", row)
        named = {"happening_id": number, "endpoint_id": ENDPOINT}
        done = {
            "state": DeliveryState.DELIVERED,
            "attempts": 1,
            "due_at": None,
            "created_at": at,
            "delivered_at": at,
        }
        self._add("deliveries", named | done)
        self._add("delivery_attempts", named | {"at": at, "status": 200, "said": "taken", "took_ms": 40})

    def _open_endpoint(self) -> None:
        """One endpoint that took everything, and to which nothing is ever sent."""
        row = {
            "id": ENDPOINT, "url": "https://shop.example/rehearsal", "description": "Made up for a rehearsal",
            "types": EVERY_TYPE, "secret": "", "earlier_secret": None, "earlier_until": None,
            "created_at": self._now, "created_by": "rehearsal", "failing_since": None, "rests_until": None,
            "disabled_at": self._now, "disabled_why": "It is made up: nothing is sent there.", "removed_at": None,
        }  # fmt: skip
        self._add("endpoints", row)

    def _hear_of_others(self, at: datetime, orders: int) -> None:
        """As many events as should have come by now, where the orders' own were fewer."""
        due = self._wanted.events * orders // self._wanted.orders
        while self._numbers["inbox"] + len(self._waiting) < due:
            kept = {"resource_id": self._name_of_others(17)}
            self._add("inbox", message(self._name_of_others, at, EVENT_OF_OTHERS, kept, None))

    def _add(self, table: str, row: Mapping[str, object]) -> int:
        number = 0
        if table in self._numbers:
            number = self._numbers[table] = self._numbers[table] + 1
            row = {"id": number, **row}
        self._rows.setdefault(table, []).append(row)
        return number

    def _write(self) -> None:
        with self._house.store.begin() as tx:
            bulk.write(tx, self._rows)
        for table, rows in self._rows.items():
            self.written[table] = self.written.get(table, 0) + len(rows)
        self._rows = {}
