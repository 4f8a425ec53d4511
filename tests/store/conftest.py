"""Gives these tests a database with tables, and a small shop over it."""

from tests.paid_shop import afterwards_emulator, paid_shop
from tests.small_shop import postgres_with_tables, ready_url, shop, sqlite_with_tables

__all__ = [
    "afterwards_emulator",
    "paid_shop",
    "postgres_with_tables",
    "ready_url",
    "shop",
    "sqlite_with_tables",
]
