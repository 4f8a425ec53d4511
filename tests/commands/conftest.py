"""A terminal in a shop's folder: each command runs in this process, over a real database and the emulator."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner, Result
from structlog.testing import capture_logs

from checkout.building import build_house, now
from checkout.commands import opening
from checkout.domain.money import Money
from checkout.flows import ordering, paying
from checkout.flows.house import House
from checkout.processors.paypal.emulator.control_client import EmulatorControl
from checkout.processors.paypal.emulator.start import start_emulator
from checkout.settings import Settings, read_settings
from checkout.store import payments, preparing, products
from checkout.store.engine import Store
from checkout.store.orders import Contact
from checkout.store.products import Product
from tests.postgres import Postgres
from tests.small_shop import postgres_with_tables, ready_url, sqlite_with_tables
from webhooks.commands.main import root

__all__ = ["postgres_with_tables", "ready_url", "sqlite_with_tables"]

SECRET = "k7Qw2mZr9Xt4Lc8Vb1Ns6Hd3Jf5Gp0Ya"


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where commands are typed. `emulator` is PayPal to all of them."""

    folder: Path
    emulator: EmulatorControl
    monkeypatch: pytest.MonkeyPatch

    def run(self, *arguments: str) -> Result:
        """Type a command; any error that is not a known one fails the test with its traceback."""
        result = CliRunner().invoke(root, arguments, prog_name="checkout")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def says(self, *arguments: str) -> str:
        """Type a command that must succeed; what it printed."""
        result = self.run(*arguments)
        assert result.exit_code == 0, result.output
        return result.stdout

    def reads(self, *arguments: str) -> Any:  # noqa: ANN401 -- whatever the JSON says
        """Type a command as a program does."""
        return json.loads(self.says(*arguments, "--json"))

    def fails(self, *arguments: str, code: int = 1) -> str:
        """Type a command that must fail so; what it said on stderr, without a traceback."""
        result = self.run(*arguments)
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        return result.stderr

    def set(self, **variables: str) -> None:
        """Set environment variables."""
        for name, value in variables.items():
            self.monkeypatch.setenv(name, value)

    def house(self) -> House:
        """The house behind the commands."""
        return build_house(read_settings())

    def order(self, product: str = "tea", *, approve: str | None = None, come_back: bool = True) -> str:
        """A customer's order handed to PayPal, agreed to there where `approve` says how. Returns its number."""
        house = self.house()
        form_key = house.mint(24)
        contact = Contact(email="customer@example.org")
        placed = ordering.place(house, product_id=product, quantity=1, contact=contact, form_key=form_key)
        paying.hand_over(house, placed.token)
        with house.store.read() as tx:
            payment = payments.of_order(tx, placed.id)[0]
        if approve is not None:
            self.emulator.approve(str(payment.reference), approve)
            if come_back:
                paying.came_back(house, payment.token)
        house.store.close()
        return placed.id


@pytest.fixture(scope="session")
def emulator() -> Iterator[EmulatorControl]:
    """Give an emulator that all tests of the command line share."""
    with start_emulator(seed=7) as control:
        yield control


@pytest.fixture
def empty_terminal(
    tmp_path: Path, emulator: EmulatorControl, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Terminal]:
    """Give a terminal in an empty folder, with no variable set."""
    monkeypatch.chdir(tmp_path)
    for name in [*Settings.model_fields, *(f"paypal_{part}" for part in ("environment", "webhook_ids"))]:
        monkeypatch.delenv(name.upper(), raising=False)
    # Each command would take over the logs of the whole test process.
    monkeypatch.setattr(opening, "configure_logging", lambda **_: None)
    with capture_logs():
        yield Terminal(tmp_path, emulator, monkeypatch)


@pytest.fixture(scope="session")
def sqlite_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a SQLite file of a shop that sells tea, to be copied."""
    file = tmp_path_factory.mktemp("template") / "shop.db"
    _stock(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres_shop(postgres_server: Postgres) -> str:
    """Give the name of a PostgreSQL database of a shop that sells tea, to be copied."""
    name = f"shop_{uuid4().hex}"
    _stock(postgres_server.create_database(name))
    return name


def _stock(url: str) -> None:
    store = Store(url)
    preparing.upgrade(store)
    with store.begin() as tx:
        tea = Product(
            "tea", "Tea", "", Money(2380, "EUR"), needs_address=False, active=True, created_at=now()
        )
        products.add(tx, tea)
    store.close()


def _set_all(terminal: Terminal, database_url: str) -> Terminal:
    told = terminal.emulator.settings()
    terminal.set(
        DATABASE_URL=database_url,
        SECRET_KEY=SECRET,
        BASE_URL="http://127.0.0.1:8000",
        SUPPORT="help@shop.example",
        PAYPAL_ENVIRONMENT="emulator",
        PAYPAL_BASE_URL=terminal.emulator.base_url,
        PAYPAL_CLIENT_ID=told["client_id"],
        PAYPAL_CLIENT_SECRET=told["client_secret"],
        PAYPAL_MERCHANT_ID=told["merchant"]["merchant_id"],
    )
    return terminal


@pytest.fixture
def new_shop(empty_terminal: Terminal, database_url: str) -> Terminal:
    """Give a terminal with everything set right, on each kind of database, whose tables are not made yet."""
    return _set_all(empty_terminal, database_url)


@pytest.fixture
def terminal(empty_terminal: Terminal, sqlite_shop: Path) -> Terminal:
    """Give a terminal of a shop that sells tea, on SQLite."""
    shutil.copy(sqlite_shop, empty_terminal.folder / "shop.db")
    return _set_all(empty_terminal, f"sqlite:///{empty_terminal.folder / 'shop.db'}")


@pytest.fixture(params=["sqlite", "postgresql"])
def either_terminal(request: pytest.FixtureRequest, empty_terminal: Terminal) -> Iterator[Terminal]:
    """Give the same on each kind of database, for what asks the database more than a list."""
    if request.param == "sqlite":
        yield request.getfixturevalue("terminal")
        return
    server: Postgres = request.getfixturevalue("postgres_server")
    name = f"test_{uuid4().hex}"
    url = server.create_database(name, template=request.getfixturevalue("postgres_shop"))
    yield _set_all(empty_terminal, url)
    server.drop_database(name)
