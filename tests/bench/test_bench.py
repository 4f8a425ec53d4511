"""The bench's parts work, at tiny sizes; how fast they are is not asserted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.bench import checkouts, door, lookups, processes, settling
from tests.bench.measure import Figure
from tests.bench.places import with_tables
from tests.postgres import Postgres

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Callable[[], str]]]:
    """A kind of database, and what makes one of it."""
    if request.param == "SQLite":
        yield "SQLite", lambda: with_tables(f"sqlite:///{tmp_path / uuid4().hex}.db")
    else:
        server: Postgres = request.getfixturevalue("postgres_server")
        yield "PostgreSQL", lambda: with_tables(server.create_database(f"bench_{uuid4().hex}"))


Place = tuple[str, Callable[[], str]]


# What starts whole processes is tried on one database each: of the other it differs by its address alone.
@pytest.mark.parametrize("place", ["SQLite"], indirect=True)
def test_the_door_is_measured(place: Place, tmp_path: Path) -> None:
    figures = door.measure(*place, tmp_path, rounds=1, events=40, floor_events=10)
    assert figures[0].value > 0


def test_settling_is_measured_and_every_event_is_settled(place: Place, tmp_path: Path) -> None:
    figures = settling.measure(*place, tmp_path, events=10, rounds=2)
    assert figures[0].value > 0


@pytest.mark.parametrize("place", ["PostgreSQL"], indirect=True)
def test_checkouts_are_measured_and_no_customer_outruns_the_processor(place: Place, tmp_path: Path) -> None:
    ours, bare = checkouts.measure(*place, tmp_path, customers=5, orders_each=2)
    assert 0 < ours.value <= 1
    assert 0 < bare.value <= 1


def test_lookups_are_measured(place: Place, tmp_path: Path) -> None:
    figures = lookups.measure(*place, tmp_path, many=2_000, repeats=10)
    assert len(figures) == 7
    assert all(figure.value > 0 for figure in figures)


@pytest.mark.parametrize("place", ["SQLite"], indirect=True)
def test_processes_are_measured(place: Place, tmp_path: Path) -> None:
    memory, answer, *_ = processes.measure(*place, tmp_path, starts=1, requests=10)
    assert memory.value > 10
    assert answer.value > 0


def test_a_bound_is_kept_or_missed() -> None:
    assert Figure("a share", 0.4, at_least=0.4).is_kept
    assert not Figure("a share", 0.39, at_least=0.4).is_kept
    assert Figure("seconds", 1.5, at_most=1.5, unit="s").is_kept
    assert not Figure("seconds", 1.51, at_most=1.5, unit="s").is_kept
    assert Figure("told", 0.0).is_kept
