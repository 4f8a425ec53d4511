"""What the doors' tests ask for: a shop of their own, on a real database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.small_shop import postgres_with_tables, ready_url, sqlite_with_tables
from tests.web.stage import Stage, set_up

__all__ = ["either_stage", "postgres_with_tables", "ready_url", "sqlite_with_tables", "stage"]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Give a shop with products and a scripted processor."""
    made = set_up(tmp_path)
    yield made
    made.house.store.close()


@pytest.fixture
def either_stage(tmp_path: Path, ready_url: str) -> Iterator[Stage]:
    """Give the same on each kind of database, for what asks the database more than a page does."""
    made = set_up(tmp_path, database_url=ready_url)
    yield made
    made.house.store.close()
