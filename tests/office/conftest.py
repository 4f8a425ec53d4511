"""What the office's tests ask for: a shop with its back office, on a real database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.office.stage import OfficeStage, set_up_office
from tests.small_shop import postgres_with_tables, ready_url, sqlite_with_tables

__all__ = ["either_office", "office", "postgres_with_tables", "ready_url", "sqlite_with_tables"]


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
