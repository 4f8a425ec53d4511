"""Gives these tests a database with tables, and a small shop over it."""

from tests.disputing import shop_on_sqlite
from tests.paid_shop import afterwards_emulator, paid_shop
from tests.people import either_sealed_shop, sealed_shop
from tests.small_shop import postgres_with_tables, ready_url, shop, sqlite_with_tables

__all__ = [
    "afterwards_emulator",
    "either_sealed_shop",
    "paid_shop",
    "postgres_with_tables",
    "ready_url",
    "sealed_shop",
    "shop",
    "shop_on_sqlite",
    "sqlite_with_tables",
]
