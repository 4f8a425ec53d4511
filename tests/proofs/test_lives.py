"""A small run of the lives: every kind once, with all messages and with none at all."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from checkout.processors.paypal.emulator.control_client import EmulatorControl
from checkout.processors.paypal.emulator.start import start_emulator
from tests.proofs.lives.command import differing
from tests.proofs.lives.plans import Kind, lives
from tests.proofs.lives.proving import WAYS, run
from tests.small_shop import sqlite_with_tables

__all__ = ["sqlite_with_tables"]

SIZE = 31
"""The fewest lives that hold every kind."""


@pytest.fixture(scope="module")
def emulator() -> Iterator[EmulatorControl]:
    """Give an emulator for these lives alone."""
    with start_emulator(seed=31) as control:
        yield control


def test_the_lives_hold_every_kind() -> None:
    assert {life.kind for life in lives(SIZE, 1)} == set(Kind)
    assert lives(SIZE, 1) == lives(SIZE, 1)
    assert lives(SIZE, 1) != lives(SIZE, 2)


@pytest.mark.timeout(300)
def test_the_books_equal_paypals_account_however_its_messages_fare(
    emulator: EmulatorControl, sqlite_with_tables: Path, tmp_path: Path
) -> None:
    outcomes = []
    for way in (WAYS[0], WAYS[-1]):
        file = tmp_path / f"{way.order}.db"
        file.write_bytes(sqlite_with_tables.read_bytes())
        outcome = run(f"sqlite:///{file}", emulator, size=SIZE, seed=5, way=way, say=str)
        assert outcome.faults == [], way.name
        outcomes.append((way, outcome))
    assert outcomes[0][1].brought > SIZE
    assert outcomes[1][1].brought == 0
    assert differing(outcomes) == []
