"""Where the bench runs: databases of both kinds with real fsync, and web processes on a core of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import requests

from checkout.store import jobs, migrating
from checkout.store.engine import Store
from tests.bench.stub import MERCHANT
from tests.ports import free_port
from tests.postgres import Postgres
from tests.town import REPOSITORY

WEB_CORE = 0
START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 60
THREADS = 200
"""As `checkout serve` has them."""

SECRET = "the bench's secret, which is long enough"


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, Callable[[], str]]]:
    """`{"SQLite": make, "PostgreSQL": make}`: each call makes a database, empty but for its tables; its URL."""
    numbers = count(1)
    with Postgres.start(fsync=True) as server:
        yield {
            "SQLite": lambda: with_tables(f"sqlite:///{folder / f'bench{next(numbers)}.db'}"),
            "PostgreSQL": lambda: with_tables(server.create_database(f"bench{next(numbers)}")),
        }


def with_tables(url: str) -> str:
    """Make the tables of an empty database; gives its URL back."""
    store = Store(url)
    migrating.upgrade(store)
    jobs.create_tables(store)
    store.close()
    return url


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """This process runs on one core while this lasts, where there are several."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core} & before or before)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def variables_of(database_url: str, processor_url: str) -> dict[str, str]:
    """The settings of a shop over this database that asks this processor."""
    return {
        "DATABASE_URL": database_url,
        "BASE_URL": "http://127.0.0.1:8000",
        "SECRET_KEY": SECRET,
        "INSTALLATION": "bench",
        "PAYPAL_ENVIRONMENT": "emulator",
        "PAYPAL_BASE_URL": processor_url,
        "PAYPAL_CLIENT_ID": "bench",
        "PAYPAL_CLIENT_SECRET": "bench",
        "PAYPAL_MERCHANT_ID": MERCHANT,
        "LOG_LEVEL": "WARNING",
    }


@contextmanager
def web_process(
    variables: Mapping[str, str],
    folder: Path,
    *,
    app: str = "webhooks.app:create_web",
    processes: int = 1,
    pinned: bool = True,
) -> Iterator[tuple[int, subprocess.Popen[bytes], float]]:
    """One web process, or several on one port: the port, their parent, and the seconds to the first answer."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "--http", "1", "--no-ws"]
    command += [
        "--workers",
        str(processes),
        "--blocking-threads",
        str(THREADS),
        "--port",
        str(port),
        "--no-log",
    ]
    began = time.perf_counter()
    with (folder / "web.log").open("ab") as log:
        process = subprocess.Popen(
            [*command, app],
            env={**os.environ, "PYTHONPATH": str(REPOSITORY), **variables},
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=_pin if pinned else None,  # noqa: PLW1509 -- no threads run yet here
        )
    try:
        while not _answers(port):
            ended = process.poll() is not None or time.perf_counter() - began > START_SECONDS_MAX
            assert not ended, (folder / "web.log").read_text()
            time.sleep(0.005)
        yield port, process, time.perf_counter() - began
    finally:
        process.terminate()
        process.wait(STOP_SECONDS_MAX)


def _pin() -> None:
    os.sched_setaffinity(0, {WEB_CORE} & os.sched_getaffinity(0) or os.sched_getaffinity(0))


def _answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/privacy", timeout=5).ok
    except requests.RequestException:
        return False
