"""A shop for what a processor's reports and events tell: it sells from a shelf, and knows what PayPal truly holds."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from checkout.domain.facts import Fact, FactKind
from checkout.domain.money import Money
from checkout.flows import paying
from checkout.flows.ordering import Placed, place
from checkout.processors.paypal.emulator.control_client import EmulatorControl
from checkout.store import facts, jobs, products
from checkout.store.engine import Store
from checkout.store.orders import Contact
from checkout.store.products import Product
from tests.paid_shop import PRICE, PaidShop, open_paid_shop
from webhooks.reconcile.reports import Outcome, reconcile


@dataclass
class PayPalShop(PaidShop):
    """The same shop, asked about by its orders."""

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

    def reconcile(self, **by: float) -> Outcome:
        """Wait until the report knows everything, and reconcile."""
        self.move(**(by or {"hours": 4}))
        outcome = reconcile(self.house, "paypal")
        assert outcome is not None
        return outcome

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


def open_paypal_shop(url: str, emulator: EmulatorControl, **prices: Money) -> PayPalShop:
    """A shop over a database that has its tables, selling tea, and whatever else is named."""
    made = open_paid_shop(url, emulator)
    shop = PayPalShop(made.house, made.emulator, made.clock, made.enqueued)
    with shop.store.begin() as tx:
        for name, price in {"tea": PRICE, **prices}.items():
            products.add(
                tx,
                Product(
                    name, name.title(), "", price, needs_address=False, active=True, created_at=shop.clock()
                ),
            )
    return shop
