"""A town for the end-to-end tests: emulator and web as real processes, and the shop's house in the test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import TypeAlias

import pytest

from checkout.building import build_house, now
from checkout.flows.house import House
from checkout.processors.paypal.emulator.start import start_emulator
from checkout.settings import read_settings
from tests.e2e.dying import start_web
from tests.small_shop import postgres_with_tables, ready_url, sqlite_with_tables
from tests.town import STOP_SECONDS, AtPayPal, Town, open_town, wait_for

__all__ = ["postgres_with_tables", "ready_url", "sqlite_with_tables"]

HouseAt: TypeAlias = Callable[[timedelta], House]


@pytest.fixture(scope="session")
def shared_paypal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AtPayPal]:
    """The emulator that all towns of this worker have, one after the other."""
    issuer = tmp_path_factory.mktemp("paypal") / "issuer.pem"
    with start_emulator(seed=1, issuer_file=issuer) as control:
        yield AtPayPal(control, issuer)


@pytest.fixture
def town(
    tmp_path: Path, ready_url: str, shared_paypal: AtPayPal, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Town]:
    """A town whose settings hold in this process too; no web process runs yet."""
    with open_town(tmp_path / "town", ready_url, at_paypal=shared_paypal) as town:
        settle_in(town, monkeypatch)
        yield town


def settle_in(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the town's settings hold in this process too."""
    for name, value in town.variables.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def open_shop(town: Town) -> Iterator[Town]:
    """A town whose shop answers."""
    with web(town):
        yield town


@pytest.fixture
def house_after() -> Iterator[HouseAt]:
    """The shop's house in this process, with its clock moved by so much; the town must have settled in."""
    made: list[House] = []

    def after(moved: timedelta) -> House:
        made.append(replace(build_house(read_settings()), clock=lambda: now() + moved))
        return made[-1]

    yield after
    for house in made:
        house.store.close()


@contextmanager
def web(town: Town, *, die_at: int = 0) -> Iterator[ForkServerProcess]:
    """A web process, from its first answer on; killed at the end if it lives still."""
    process = start_web(town.variables, town.port, town.folder / "web.trace", die_at=die_at)
    wait_for(lambda: town.is_up() or not process.is_alive(), what="the web process's start")
    try:
        yield process
    finally:
        process.kill()
        process.join(STOP_SECONDS)
