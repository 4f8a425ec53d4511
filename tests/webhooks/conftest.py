"""Gives these tests a database with tables, a small shop over it, and one whose PayPal is the emulator."""

from collections.abc import Iterator

import pytest

from checkout.domain.money import Money
from checkout.processors.paypal.emulator.control_client import EmulatorControl
from tests.disputing import shop_on_sqlite
from tests.paid_shop import afterwards_emulator, paid_shop
from tests.small_shop import postgres_with_tables, ready_url, shop, sqlite_with_tables
from tests.webhooks.paypal_shop import PayPalShop, open_paypal_shop

__all__ = [
    "afterwards_emulator",
    "paid_shop",
    "postgres_with_tables",
    "ready_url",
    "shop",
    "shop_on_sqlite",
    "sqlite_with_tables",
]


@pytest.fixture
def paypal_shop(ready_url: str, afterwards_emulator: EmulatorControl) -> Iterator[PayPalShop]:
    """Give a shop at an empty PayPal, on each database."""
    afterwards_emulator.reset()
    opened = open_paypal_shop(ready_url, afterwards_emulator, book=Money(1200, "USD"), cent=Money(30, "USD"))
    yield opened
    opened.store.close()
