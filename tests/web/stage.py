"""A whole shop for the doors' tests: real store, real flows, a scripted processor, a clock that moves."""

import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from html import unescape
from pathlib import Path
from string import ascii_lowercase
from tempfile import TemporaryDirectory

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from checkout.app import create_app
from checkout.domain.facts import Fact, FactKind
from checkout.domain.money import Money
from checkout.flows.house import House, Shop
from checkout.flows.settling import settle
from checkout.sealing import Seal
from checkout.store import migrating, orders, payments, products
from checkout.store.engine import Store, Tx
from checkout.store.orders import Contact
from checkout.store.products import PayLink, Product
from tests.web.scripted import ScriptedProcessor

SECRET_KEY = "a secret of the tests, and long enough"
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CARD_NUMBER = "4" + "1" * 15
KIM = Contact("kim@example.com", "Kim Ny", "Baker Street 12", "London", "NW1 6XE", "GB")
TYPED = {
    "quantity": "2",
    "email": KIM.email,
    "name": KIM.name,
    "street": KIM.street,
    "city": KIM.city,
    "postcode": KIM.postcode,
    "country": KIM.country,
}


def mint(length: int) -> str:
    """An unguessable name, in letters."""
    return "".join(secrets.choice(ascii_lowercase) for _ in range(length))


@dataclass
class Clock:
    """A clock that a test moves."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Stage:
    """The shop and what tests need of it."""

    house: House
    processor: ScriptedProcessor
    clock: Clock
    app: Flask
    notices: list[str] = field(default_factory=list)

    @property
    def client(self) -> FlaskClient:
        """A fresh visitor."""
        return self.app.test_client()

    def form_key(self, path: str) -> str:
        """The key inside the form at a path, as a visitor gets it."""
        found = re.search(r'name="key" value="([^"]+)"', self.client.get(path).text)
        assert found
        return unescape(found[1])

    def post_form(self, path: str = "/products/lamp", **changes: str) -> TestResponse:
        """Send the order form as a visitor would, with changes."""
        typed = {"key": self.form_key(path), **TYPED, **changes}
        return self.client.post(path, data=typed)

    def order(self, path: str = "/products/lamp") -> str:
        """Place an order through the form; returns its token."""
        self.clock.now += timedelta(seconds=1)  # so that it is the newest
        assert self.post_form(path).status_code == 303
        with self.house.store.read() as tx:
            return orders.newest(tx, limit=1)[0].token

    def go_back(self, *, approved: bool = True) -> TestResponse:
        """The visitor of the newest payment comes back from the processor."""
        reference, opening = list(self.processor.openings.items())[-1]
        if approved:
            self.processor.approved.add(reference)
        where = opening.return_url if approved else opening.cancel_url
        return self.client.get(where.removeprefix(self.house.shop.base_url))

    def tell(self, kind: FactKind, amount_minor: int | None = None, subject: str = "LATER1") -> None:
        """Let the processor tell a fact of the newest payment, as a webhook or sweep would."""
        reference, opening = list(self.processor.openings.items())[-1]
        amount = Money(amount_minor or opening.amount.minor, opening.amount.currency)
        fact = Fact(kind, reference, subject, amount, self.processor.payee, opening.names)
        with self.house.store.read() as tx:
            payment = payments.by_names(tx, self.processor.name, opening.names)
        assert payment
        with self.house.store.begin() as tx:
            settle(tx, self.house, payment, [fact], learned_from="test")


def set_up(
    folder: Path,
    *,
    base_url: str = "http://127.0.0.1:8000",
    host: str = "pay.example",
    support: str = "",
    database_url: str = "",
) -> Stage:
    """A shop with a lamp (needs an address), a book (needs none) and a pay link for three books.

    `database_url` names a database that has its tables, and the shelf if it was a shop's before; without it the
    shop gets a SQLite file of its own.
    """
    store = Store(database_url or _new_database(folder))
    clock, processor, notices = Clock(), ScriptedProcessor(host), list[str]()

    def enqueue(_tx: Tx, _job: str, notice_id: str) -> None:
        notices.append(notice_id)

    shop = Shop(base_url, "Northern Light", "test", timedelta(hours=24), 10)
    house = House(store, {processor.name: processor}, shop, clock, mint, enqueue, Seal(SECRET_KEY))
    with store.begin() as tx:
        if products.by_id(tx, "lamp") is None:
            _fill_shelf(tx)
    app = create_app(house, secret_key=SECRET_KEY, hand_over_hosts=frozenset({host}), support=support)
    return Stage(house, processor, clock, app, notices)


def _fill_shelf(tx: Tx) -> None:
    for product in _products():
        products.add(tx, product)
    products.add_link(tx, PayLink("threebooks", "book", 3, active=True, created_at=NOON))
    products.add_link(tx, PayLink("withdrawn", "book", 1, active=False, created_at=NOON))


def _new_database(folder: Path) -> str:
    database = folder / "shop.db"
    database.write_bytes(_empty_database())
    return f"sqlite:///{database}"


@cache
def _empty_database() -> bytes:
    """A database with all tables and nothing in them: migrated once, copied for each test."""
    with TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{folder}/empty.db")
        migrating.upgrade(store)
        store.close()
        return Path(folder, "empty.db").read_bytes()


def _products() -> list[Product]:
    lamp = "A reading lamp of brushed steel with a warm, dimmable light.\nTwo years of guarantee."
    return [
        _product("lamp", "Desk lamp “Nord”", lamp, Money(6450, "GBP"), needs_address=True),
        _product("book", "A field guide to lichens", "Paperback, 240 pages.", Money(1850, "EUR")),
        _product("print", "Print of the harbour", "", Money(3500, "JPY")),
        _product("gone", "Sold out", "", Money(100, "EUR"), active=False),
    ]


def _product(
    name: str, title: str, description: str, price: Money, *, needs_address: bool = False, active: bool = True
) -> Product:
    return Product(name, title, description, price, needs_address, active, NOON)
