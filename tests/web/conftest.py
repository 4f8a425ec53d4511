"""What the doors' tests ask for: a shop of their own, on a real database file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.stage import Stage, set_up


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Give a shop with products and a scripted processor."""
    made = set_up(tmp_path)
    yield made
    made.house.store.close()
