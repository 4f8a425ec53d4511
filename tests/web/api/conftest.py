"""What the API's tests ask for: a program with a key that opens everything."""

import pytest

from tests.small_shop import postgres_with_tables, ready_url, sqlite_with_tables
from tests.web.api.program import Program, program
from tests.web.conftest import either_stage, stage
from tests.web.stage import Stage

__all__ = ["either_stage", "postgres_with_tables", "ready_url", "shop", "sqlite_with_tables", "stage"]


@pytest.fixture
def shop(stage: Stage) -> Program:
    """Give a program of a shop on SQLite."""
    return program(stage)


@pytest.fixture
def either_shop(either_stage: Stage) -> Program:
    """Give a program of a shop on each kind of database."""
    return program(either_stage)
