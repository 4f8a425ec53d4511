"""What the office's tests ask for: a shop with its back office, on a real database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from checkout.processors.paypal.emulator.control_client import EmulatorControl
from tests.disputing import shop_on_sqlite
from tests.office.paid_office import PaidOffice, paid_office
from tests.office.stage import OfficeStage, set_up_office
from tests.paid_shop import afterwards_emulator
from tests.senders.listener import listener
from tests.small_shop import postgres_with_tables, ready_url, sqlite_with_tables

__all__ = [
    "afterwards_emulator",
    "either_office",
    "listener",
    "office",
    "postgres_with_tables",
    "ready_url",
    "shop_on_sqlite",
    "sqlite_with_tables",
]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[OfficeStage]:
    """Give a shop with its office, on SQLite."""
    made = set_up_office(tmp_path)
    yield made
    made.house.store.close()


@pytest.fixture
def either_office(tmp_path: Path, ready_url: str) -> Iterator[OfficeStage]:
    """Give the same on each kind of database, for what asks the database more than a page does."""
    made = set_up_office(tmp_path, database_url=ready_url)
    yield made
    made.house.store.close()


@pytest.fixture
def paid(
    sqlite_with_tables: Path, tmp_path: Path, afterwards_emulator: EmulatorControl
) -> Iterator[PaidOffice]:
    """Give a shop whose customers pay at the emulator, with its office; above EUR 20 two people refund."""
    shutil.copy(sqlite_with_tables, tmp_path / "shop.db")
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    with paid_office(url, afterwards_emulator, approval_above={"EUR": 2000}) as made:
        yield made
