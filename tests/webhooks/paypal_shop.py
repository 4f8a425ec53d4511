"""A shop without doors over a real database, whose PayPal is the emulator and whose clock goes with PayPal's."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from checkout.domain.facts import Fact, FactKind
from checkout.domain.money import Money
from checkout.flows import paying
from checkout.flows.house import House, Shop
from checkout.flows.ordering import Placed, place
from checkout.processors.paypal.emulator.control_client import EmulatorControl
from checkout.store import discrepancies, facts, jobs, ledger, payments, products
from checkout.store.discrepancies import Discrepancy
from checkout.store.engine import Store, Tx
from checkout.store.orders import Contact
from checkout.store.payments import PaymentRow
from checkout.store.products import Product
from tests.processors.paypal.purchasing import paypal
from webhooks.reconcile.reports import Outcome, reconcile

EUR = Money(2380, "EUR")


@dataclass
class Time:
    """The real time, and how far it was moved."""

    moved: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        """Tell the time."""
        return datetime.now(UTC) + self.moved


@dataclass
class PayPalShop:
    """A house, PayPal's control, and their common time."""

    house: House
    emulator: EmulatorControl
    time: Time
    enqueued: list[str] = field(default_factory=list)

    @property
    def store(self) -> Store:
        """The shop's database."""
        return self.house.store

    def place(self, product: str = "tea") -> Placed:
        """Place an order for one product."""
        return place(
            self.house, product_id=product, quantity=1, contact=Contact("a@example.com"), form_key=uuid4().hex
        )

    def approved(self, product: str = "tea") -> Placed:
        """An order whose customer has agreed and not come back."""
        placed = self.place(product)
        paying.hand_over(self.house, placed.token)
        self.emulator.approve(str(self.payment(placed).reference))
        return placed

    def paid(self, product: str = "tea") -> Placed:
        """An order that was paid by a customer who came back."""
        placed = self.approved(product)
        paying.came_back(self.house, self.payment(placed).token)
        return placed

    def payment(self, placed: Placed) -> PaymentRow:
        """The payment of an order."""
        with self.store.read() as tx:
            return payments.of_order(tx, placed.id)[-1]

    def capture_of(self, placed: Placed) -> str:
        """PayPal's id of the capture."""
        return next(fact.subject for fact in self.told(placed) if fact.kind is FactKind.CAPTURED)

    def told(self, placed: Placed) -> list[Fact]:
        """All that is known of the payment."""
        with self.store.read() as tx:
            return facts.of_payment(tx, self.payment(placed).id)

    def kinds(self, placed: Placed) -> list[str]:
        """The kinds of all facts of the payment."""
        return [fact.kind for fact in self.told(placed)]

    def advance(self, **by: float) -> None:
        """Let time go on, here and at PayPal."""
        span = timedelta(**by)
        self.time.moved += span
        self.emulator.advance(span.total_seconds())

    def reconcile(self, **by: float) -> Outcome:
        """Wait until the report knows everything, and reconcile."""
        self.advance(**(by or {"hours": 4}))
        outcome = reconcile(self.house, "paypal")
        assert outcome is not None
        return outcome

    def open(self) -> list[Discrepancy]:
        """What waits for a person."""
        with self.store.read() as tx:
            return discrepancies.open_ones(tx)

    def balances(self) -> dict[tuple[str, str], int]:
        """Each account's balance, by its name and currency."""
        with self.store.read() as tx:
            return {
                (one.account, one.amount.currency): one.amount.minor
                for one in ledger.balances(tx)
                if one.amount.minor
            }

    def held(self) -> dict[str, int]:
        """What the books say PayPal holds for us, by currency."""
        totals: dict[str, int] = {}
        for (account, currency), minor in self.balances().items():
            if account in {"processor", "held", "disputes held"}:
                totals[currency] = totals.get(currency, 0) + minor
        return totals

    def at_paypal(self) -> dict[str, int]:
        """What PayPal truly holds for us, by currency."""
        position = self.emulator.statement()["position"]
        found = {name: Money.parse(held["total"], name).minor for name, held in position.items()}
        return {name: minor for name, minor in found.items() if minor}

    def variables(self) -> dict[str, str]:
        """The environment of a command of this shop, whose durable jobs have their tables then."""
        jobs.create_tables(self.store)
        told = self.emulator.settings()
        return {
            "DATABASE_URL": self.store.url.render_as_string(hide_password=False),
            "SECRET_KEY": "k7Qw2mZr9Xt4Lc8Vb1Ns6Hd3Jf5Gp0Ya",
            "BASE_URL": "http://127.0.0.1:8000",
            "INSTALLATION": self.house.shop.installation,
            "PAYPAL_ENVIRONMENT": "emulator",
            "PAYPAL_BASE_URL": self.emulator.base_url,
            "PAYPAL_CLIENT_ID": told["client_id"],
            "PAYPAL_CLIENT_SECRET": told["client_secret"],
            "PAYPAL_MERCHANT_ID": told["merchant"]["merchant_id"],
        }

    def faults(self) -> list[str]:
        """What is wrong with the books."""
        with self.store.read() as tx:
            return list(ledger.faults(tx))


def open_paypal_shop(url: str, emulator: EmulatorControl, **prices: Money) -> PayPalShop:
    """A shop over a database that has its tables, selling tea, and whatever else is named."""
    time, enqueued = Time(), list[str]()
    store = Store(url)
    numbers = itertools.count()

    def mint(length: int) -> str:
        return f"{next(numbers):x}".rjust(length, "n")

    def enqueue(_tx: Tx, _job: str, notice_id: str) -> None:
        enqueued.append(notice_id)

    with store.begin() as tx:
        for name, price in {"tea": EUR, **prices}.items():
            products.add(
                tx,
                Product(name, name.title(), "", price, needs_address=False, active=True, created_at=time()),
            )
    shop = Shop("https://shop.example", "The shop", "shop", timedelta(hours=24), 10)
    house = House(store, {"paypal": paypal(emulator)}, shop, time, mint, enqueue)
    return PayPalShop(house, emulator, time, enqueued)
