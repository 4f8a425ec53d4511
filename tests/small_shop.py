"""A shop without doors: flows over a real database and the scripted processor, with a clock that a test moves."""

import itertools
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from checkout.domain.money import Money
from checkout.domain.orders import OrderState
from checkout.domain.standing import Standing
from checkout.flows import paying, settling
from checkout.flows.house import House, Shop
from checkout.flows.ordering import Placed, place
from checkout.sealing import Seal
from checkout.store import discrepancies, jobs, ledger, migrating, notices, orders, payments, products
from checkout.store.engine import Store, Tx
from checkout.store.notices import NoticeKind
from checkout.store.orders import Contact, OrderRow
from checkout.store.payments import PaymentRow
from checkout.store.products import Product
from tests.postgres import Postgres
from tests.scripted_processor import NAME, START, Operation, ScriptedProcessor
from webhooks.process import process_due
from webhooks.reconcile import sweep_due

PRICE = Money(2380, "EUR")


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now: datetime = START) -> None:
        """Begin at a fixed time."""
        self.now = now

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.now

    def move(self, **by: float) -> None:
        """Go on, as `timedelta` counts."""
        self.now += timedelta(**by)


@dataclass
class SmallShop:
    """A house, its one processor, and what a test wants to know of both."""

    house: House
    processor: ScriptedProcessor
    clock: Clock
    enqueued: list[str] = field(default_factory=list)

    def place(self) -> Placed:
        """Place an order for one product."""
        return place(
            self.house, product_id="tea", quantity=1, contact=Contact("a@example.com"), form_key=uuid4().hex
        )

    def begin(self) -> tuple[Placed, str]:
        """Place an order and hand its customer over; the order and the processor's reference."""
        placed = self.place()
        return placed, reference_of(paying.hand_over(self.house, placed.token))

    def approved(self) -> tuple[Placed, str]:
        """Place, hand over, and let the customer approve."""
        placed, reference = self.begin()
        self.processor.approve(reference)
        return placed, reference

    def come_back(self, placed: Placed) -> None:
        """The customer returns from the last payment of an order."""
        paying.came_back(self.house, self.payments(placed)[-1].token)

    def order(self, placed: Placed) -> OrderRow:
        """The order as it is stored."""
        with self.house.store.read() as tx:
            found = orders.by_id(tx, placed.id)
        assert found is not None
        return found

    def state(self, placed: Placed) -> OrderState:
        """What the order is."""
        return self.order(placed).state

    def payments(self, placed: Placed) -> list[PaymentRow]:
        """The attempts to pay an order."""
        with self.house.store.read() as tx:
            return payments.of_order(tx, placed.id)

    def standing(self, placed: Placed) -> Standing:
        """The standing of the last attempt."""
        with self.house.store.read() as tx:
            return settling.attempts_of(tx, placed.id)[-1].standing

    def differences(self, placed: Placed) -> set[str]:
        """The kinds of all open discrepancies of an order."""
        with self.house.store.read() as tx:
            return {
                one.kind
                for payment in payments.of_order(tx, placed.id)
                for one in discrepancies.of_payment(tx, payment.id)
                if one.resolved_at is None
            }

    def booked(self, placed: Placed) -> list[tuple[str, str, int, str]]:
        """The ledger lines of an order: account, side, minor units, currency."""
        with self.house.store.read() as tx:
            return [
                (account, side, amount.minor, amount.currency)
                for payment in payments.of_order(tx, placed.id)
                for account, side, amount in ledger.entries_of_payment(tx, payment.id)
            ]

    def receipts(self, placed: Placed) -> int:
        """How many receipts of an order were enqueued; asserts that each was enqueued with its notice."""
        with self.house.store.read() as tx:
            kept = [one for one in notices.of_order(tx, placed.id) if one.kind is NoticeKind.RECEIPT]
        enqueued = self.enqueued.count(f"receipt-{placed.id}")
        assert enqueued == len(kept)
        return enqueued

    def faults(self) -> list[str]:
        """What is wrong with the books."""
        with self.house.store.read() as tx:
            return list(ledger.faults(tx))

    def sweep(self) -> tuple[int, int]:
        """One sweep of what is due."""
        return sweep_due(self.house)

    def sweep_on(self, times: int = 6, **by: float) -> None:
        """Move the clock and sweep, several times."""
        for _ in range(times):
            self.clock.move(**(by or {"minutes": 10}))
            self.sweep()

    def process(self) -> int:
        """Process the events that are due."""
        return process_due(self.house)

    def captures_asked(self) -> list[str]:
        """The key of each capture that was asked for."""
        return [key for operation, key in self.processor.calls if operation is Operation.CAPTURE]

    def elsewhere(self) -> "SmallShop":
        """The same shop as another process sees it: its own connections, the same database and processor."""
        store = Store(self.house.store.url.render_as_string(hide_password=False))
        return replace(self, house=replace(self.house, store=store))


def reference_of(link: str) -> str:
    """The processor's reference, from the link it hands out."""
    return link.rpartition("/")[2]


def open_shop(url: str, *, binds_body: bool = False, attempts_max: int = 10) -> SmallShop:
    """A shop over a database that has its tables, selling one product."""
    opened = open_shop_again(url, binds_body=binds_body, attempts_max=attempts_max)
    with opened.house.store.begin() as tx:
        products.add(tx, Product("tea", "Tea", "", PRICE, needs_address=False, active=True, created_at=START))
    return opened


def open_shop_again(url: str, *, binds_body: bool = False, attempts_max: int = 10) -> SmallShop:
    """A shop over a database that another one uses too, with a processor of its own."""
    clock = Clock()
    processor = ScriptedProcessor(clock, binds_body=binds_body)
    enqueued: list[str] = []
    numbers, lock = itertools.count(), threading.Lock()

    def mint(length: int) -> str:
        with lock:
            return f"{next(numbers):x}".rjust(length, "n")

    def enqueue(_tx: Tx, _job: str, notice_id: str) -> None:
        enqueued.append(notice_id)

    shop = Shop("https://shop.example", "The shop", "shop", timedelta(hours=24), attempts_max)
    house = House(Store(url), {NAME: processor}, shop, clock, mint, enqueue, Seal("small " * 8))
    return SmallShop(house, processor, clock, enqueued)


@pytest.fixture(scope="session")
def sqlite_with_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables, those of the jobs included, to be copied."""
    file = tmp_path_factory.mktemp("template") / "shop.db"
    store = Store(f"sqlite:///{file}")
    migrating.upgrade(store)
    jobs.create_tables(store)
    store.close()
    return file


@pytest.fixture(scope="session")
def postgres_with_tables(postgres_server: Postgres) -> str:
    """The name of a PostgreSQL database with all tables, to be copied."""
    name = f"tables_{uuid4().hex}"
    store = Store(postgres_server.create_database(name))
    migrating.upgrade(store)
    jobs.create_tables(store)
    store.close()
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def ready_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with all tables and no rows, once of each kind."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_with_tables"), tmp_path / "shop.db")
        yield f"sqlite:///{tmp_path / 'shop.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres_server")
    name = f"test_{uuid4().hex}"
    yield server.create_database(name, template=request.getfixturevalue("postgres_with_tables"))
    server.drop_database(name)


@pytest.fixture
def shop(ready_url: str) -> Iterator[SmallShop]:
    """An open shop on each database."""
    opened = open_shop(ready_url)
    yield opened
    opened.house.store.close()
