"""Migrations: from nothing, twice, by many at once; and never apart from the tables."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from checkout.store import migrating
from checkout.store.engine import Store
from checkout.store.migrating import SchemaOutdatedError
from checkout.store.tables import metadata

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An empty database."""
    opened = Store(database_url)
    yield opened
    opened.close()


def test_a_database_without_tables_is_named_and_told_what_to_do(store: Store) -> None:
    assert migrating.version(store) is None
    with pytest.raises(SchemaOutdatedError, match="checkout db upgrade"):
        migrating.require_current(store)


def test_migrations_make_exactly_the_tables_of_this_code(store: Store) -> None:
    assert migrating.upgrade(store)
    assert not migrating.upgrade(store)
    migrating.require_current(store)
    with store.begin() as tx:
        context = MigrationContext.configure(
            tx, opts={"include_name": migrating.is_ours, "target_metadata": metadata, "compare_type": True}
        )
        assert compare_metadata(context, metadata) == []


def test_the_newest_migration_is_the_one_this_code_asks_for(store: Store) -> None:
    with store.begin() as tx:
        scripts = ScriptDirectory.from_config(migrating.config(tx))
    assert scripts.get_heads() == [migrating.HEAD]


def test_tables_of_others_in_the_same_database_are_none_of_our_business(store: Store) -> None:
    migrating.upgrade(store)
    with store.begin() as tx:
        tx.exec_driver_sql("create table workflow_status (id integer)")
    with store.begin() as tx:
        context = MigrationContext.configure(tx, opts={"include_name": migrating.is_ours})
        assert compare_metadata(context, metadata) == []


def test_four_processes_may_upgrade_at_once(database_url: str) -> None:
    command = [sys.executable, "-m", "tests.store.upgrading_process", database_url]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=REPOSITORY) for _ in range(4)]
    said = [process.communicate(timeout=50)[1] for process in running]
    assert [process.returncode for process in running] == [0, 0, 0, 0], said
    store = Store(database_url)
    with store.read() as tx:
        assert set(metadata.tables) <= set(inspect(tx).get_table_names())
    store.close()
