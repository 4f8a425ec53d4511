"""A shop without doors over a real database, the real adapter and PayPal's emulator, to follow money afterwards."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from checkout.domain.money import Money
from checkout.domain.standing import Standing
from checkout.flows import paying, settling
from checkout.flows.asking import ask
from checkout.flows.house import House, Shop
from checkout.flows.ordering import Placed, Wish, place_in
from checkout.flows.questions import Hints
from checkout.flows.refunding import Refund, RefundWish, ask_refund
from checkout.processors.paypal.emulator.control_client import EmulatorControl
from checkout.processors.paypal.emulator.start import start_emulator
from checkout.store import chain, discrepancies, ledger, orders, payments, products
from checkout.store.discrepancies import Discrepancy
from checkout.store.engine import Store, Tx
from checkout.store.orders import Contact, OrderRow
from checkout.store.payments import PaymentRow
from checkout.store.products import Product
from tests.processors.paypal.purchasing import paypal
from webhooks.process import process_due
from webhooks.reconcile import sweep_due

PRICE = Money(2380, "EUR")
INSTALLATION = "shop"


@dataclass
class MovedClock:
    """Real time and an offset, as the emulator's clock has it."""

    offset: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.offset


@dataclass(frozen=True)
class Paid:
    """An order that somebody paid, or reserved money for."""

    order: Placed
    payment_id: str
    reference: str
    capture: str


@dataclass
class PaidShop:
    """A house, PayPal's emulator, and what a test wants to know of both."""

    house: House
    emulator: EmulatorControl
    clock: MovedClock
    enqueued: list[str] = field(default_factory=list)
    shelf: threading.Lock = field(default_factory=threading.Lock)

    def pays(
        self, amount: Money = PRICE, instrument: str = "balance", *, capture_later: bool = False
    ) -> Paid:
        """Somebody orders for an amount, agrees at PayPal, and comes back."""
        return self.finishes(self.opens(amount, capture_later=capture_later), instrument)

    def opens(self, amount: Money = PRICE, *, capture_later: bool = False) -> Paid:
        """Somebody orders for an amount and is handed over to PayPal."""
        product = self._product(amount)
        wish = Wish(product, 1, Contact("a@example.com"), uuid4().hex, capture_later)
        with self.house.store.begin() as tx:
            order, _ = place_in(tx, self.house, wish)
        placed = Placed(order.id, order.token)
        paying.hand_over(self.house, placed.token)
        payment = self.payment(placed)
        assert payment.reference is not None
        return Paid(placed, payment.id, payment.reference, "")

    def finishes(self, paid: Paid, instrument: str = "balance") -> Paid:
        """They agree at PayPal and come back."""
        self.emulator.approve(paid.reference, instrument)
        paying.came_back(self.house, self.payment(paid.order).token)
        captures = self.captures_of(paid.reference)
        return replace(paid, capture=captures[0] if captures else "")

    def captures_of(self, reference: str) -> list[str]:
        """The emulator's captures of one of its orders."""
        units = self.emulator.order(reference)["purchase_units"]
        return [one["id"] for one in units[0].get("payments", {}).get("captures", [])]

    def refunds(self, paid: Paid, amount: Money | None = None, **more: Any) -> list[Refund]:  # noqa: ANN401 -- a wish's own fields
        """Somebody gives money back."""
        return ask_refund(self.house, RefundWish(paid.payment_id, amount, more.pop("by", "ann"), **more))

    def order(self, paid: Paid) -> OrderRow:
        """The order as it is stored."""
        with self.house.store.read() as tx:
            found = orders.by_id(tx, paid.order.id)
        assert found is not None
        return found

    def payment(self, placed: Placed) -> PaymentRow:
        """The last attempt to pay an order."""
        with self.house.store.read() as tx:
            return payments.of_order(tx, placed.id)[-1]

    def standing(self, paid: Paid) -> Standing:
        """The standing of the payment."""
        with self.house.store.read() as tx:
            return settling.attempts_of(tx, paid.order.id)[-1].standing

    def differences(self, paid: Paid) -> set[str]:
        """The kinds of all open discrepancies of the payment."""
        with self.house.store.read() as tx:
            found = discrepancies.of_payment(tx, paid.payment_id)
        return {one.kind for one in found if one.resolved_at is None}

    def open_differences(self) -> list[Discrepancy]:
        """Everything that waits for a person."""
        with self.house.store.read() as tx:
            return discrepancies.open_ones(tx)

    def balances(self) -> dict[tuple[str, str], int]:
        """The ledger's balances in minor units by account and currency, without those of nothing."""
        with self.house.store.read() as tx:
            return {
                (one.account, one.amount.currency): one.amount.minor
                for one in ledger.balances(tx)
                if one.amount.minor
            }

    def balance(self, currency: str = "EUR") -> dict[str, int]:
        """Those in one currency, by account."""
        return {account: minor for (account, of), minor in self.balances().items() if of == currency}

    def faults(self) -> list[str]:
        """What is wrong with the books, the chain over them included."""
        with self.house.store.read() as tx:
            found = list(ledger.faults(tx))
            verified = chain.verify(tx)
        return found + ([f"the chain breaks at {verified.broken_at}"] if verified.broken_at else [])

    def move(self, **by: float) -> None:
        """Both clocks go on, as `timedelta` counts."""
        step = timedelta(**by)
        self.clock.offset += step
        self.emulator.advance(step.total_seconds())

    def refresh(self, paid: Paid, **hints: frozenset[str]) -> None:
        """Ask about one payment now, as an event about it would."""
        ask(self.house, paid.payment_id, learned_from="test", hints=Hints(**hints))

    def sweep(self, *, everything: bool = True) -> tuple[int, int]:
        """Ask about all that is open."""
        return sweep_due(self.house, everything=everything)

    def process(self) -> int:
        """Process the events that are due."""
        return process_due(self.house)

    def elsewhere(self) -> PaidShop:
        """The same shop as another process sees it: its own connections, the same database."""
        store = Store(self.house.store.url.render_as_string(hide_password=False))
        return replace(self, house=replace(self.house, store=store))

    def _product(self, amount: Money) -> str:
        name = f"for-{amount.minor}-{amount.currency.lower()}"
        with self.shelf, self.house.store.begin() as tx:
            if products.by_id(tx, name) is None:
                products.add(tx, Product(name, name, "", amount, False, True, self.clock()))  # noqa: FBT003 -- a record
        return name


def open_paid_shop(
    url: str,
    emulator: EmulatorControl,
    *,
    installation: str = INSTALLATION,
    **shop_is: Any,  # noqa: ANN401 -- a shop's own fields
) -> PaidShop:
    """A shop over a database that has its tables."""
    clock = MovedClock()
    enqueued: list[str] = []
    numbers, lock = itertools.count(), threading.Lock()
    salt = uuid4().hex[:6]

    def mint(length: int) -> str:
        with lock:
            return f"{salt}{next(numbers):x}".rjust(length, "n")[-length:]

    def enqueue(_tx: Tx, _job: str, notice_id: str) -> None:
        enqueued.append(notice_id)

    shop = Shop("https://shop.example", "The shop", installation, timedelta(hours=24), 10, **shop_is)
    house = House(Store(url), {"paypal": paypal(emulator)}, shop, clock, mint, enqueue)
    return PaidShop(house, emulator, clock, enqueued)


@pytest.fixture(scope="session")
def afterwards_emulator() -> Iterator[EmulatorControl]:
    """The process that all tests of money afterwards in this worker share."""
    with start_emulator(seed=21) as control:
        yield control


@pytest.fixture
def paid_shop(ready_url: str, afterwards_emulator: EmulatorControl) -> Iterator[PaidShop]:
    """An open shop on each database, at an empty emulator."""
    with opened(ready_url, afterwards_emulator) as shop:
        yield shop


@contextmanager
def opened(url: str, emulator: EmulatorControl, **shop_is: Any) -> Iterator[PaidShop]:  # noqa: ANN401 -- a shop's own fields
    """A shop at an empty emulator, closed at the end."""
    emulator.reset()
    shop = open_paid_shop(url, emulator, **shop_is)
    yield shop
    shop.house.store.close()
