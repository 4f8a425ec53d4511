"""Brings a database to what this program needs before it is used: our tables, and the job engine's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checkout.store import jobs, migrating

if TYPE_CHECKING:
    from checkout.store.engine import Store


def prepare(store: Store) -> None:
    """SQLite is brought up to date by whoever starts first; PostgreSQL only by `checkout db upgrade`.

    Raises SchemaOutdatedError where a PostgreSQL database is not.
    """
    if store.is_sqlite:
        upgrade(store)
    else:
        migrating.require_current(store)


def prepare_quickly(store: Store) -> None:
    """The same for a command that needs no job engine: it is loaded only where our tables are behind."""
    if migrating.version(store) != migrating.HEAD:
        prepare(store)


def upgrade(store: Store) -> bool:
    """Bring our tables and the job engine's to what this program needs; False where ours were so already."""
    changed = migrating.upgrade(store)
    jobs.create_tables(store)
    return changed
