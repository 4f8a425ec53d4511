"""How long each process takes to start, and how much memory it holds, at rest and after some load."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from checkout.building import mint, now
from checkout.domain.money import Money
from checkout.store import mailboxes
from checkout.store.engine import Store
from checkout.store.mailboxes import MessageState
from checkout.web.form_keys import FormKeys
from tests.bench import filling
from tests.bench.load import prepare, send
from tests.bench.measure import Figure
from tests.bench.ordering import order_request
from tests.bench.places import SECRET, STOP_SECONDS_MAX, variables_of, web_process
from tests.bench.spent import memory_megabytes
from tests.bench.stub import stub
from tests.town import REPOSITORY, sell, wait_for

WEB_MEGABYTES_MAX = 150
WEB_SECONDS_MAX = 1.5
STARTS = 5
REQUESTS = 500
CONNECTIONS = 32


def measure(
    database: str, make: Callable[[], str], folder: Path, *, starts: int = STARTS, requests: int = REQUESTS
) -> list[Figure]:
    """The web process: the median of its starts, and its memory after load; the worker is only told."""
    url = make()
    store = Store(url)
    sell(store, "tea", Money(2380, "EUR"))
    store.close()
    with stub(0) as processor:
        variables = variables_of(url, processor.url)
        web = _web(database, variables, folder, starts, requests)
        return [*web, *_worker(database, url, variables, folder)]


def _web(database: str, variables: dict[str, str], folder: Path, starts: int, requests: int) -> list[Figure]:
    seconds = []
    for _ in range(starts):
        with web_process(variables, folder, pinned=False) as (_, _, took):
            seconds.append(took)
    with web_process(variables, folder, pinned=False) as (port, process, _):
        at_rest = memory_megabytes(process.pid)
        keys = FormKeys(SECRET, now, mint)
        pages = [prepare(port, "/products/tea", b"", {}, "GET") for _ in range(requests // 2)]
        orders = [order_request(port, keys) for _ in range(requests - len(pages))]
        load = send(port, pages + orders, CONNECTIONS, folder, pinned=False)
        assert set(load.statuses) <= {"200", "303"}, load.statuses
        loaded = memory_megabytes(process.pid)
    detail = f"with the server's own process; {at_rest:.0f} MB at rest, then {requests} requests"
    spread = f"the median of {starts}, {min(seconds):.2f} to {max(seconds):.2f}"
    return [
        Figure(f"web process's memory, {database}", loaded, None, detail, WEB_MEGABYTES_MAX, "MB"),
        Figure(
            f"web process's first answer, {database}", median(seconds), None, spread, WEB_SECONDS_MAX, "s"
        ),
    ]


def _worker(database: str, url: str, variables: dict[str, str], folder: Path) -> list[Figure]:
    """Its start is over when it has dealt with an event that was waiting, of a payment that is not ours."""
    store = Store(url)
    filling.fill_inbox(store, 1, 1, "new", installation="other")
    began = time.perf_counter()
    with (folder / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "webhooks", "worker"],
            env={**os.environ, "PYTHONPATH": str(REPOSITORY), **variables},
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(lambda: _is_ignored(store), what="the worker's first event")
        seconds = time.perf_counter() - began
        megabytes = memory_megabytes(process.pid)
    finally:
        process.terminate()
        process.wait(STOP_SECONDS_MAX)
        store.close()
    return [
        Figure(f"worker's memory, {database}", megabytes, unit="MB"),
        Figure(f"worker's first event, {database}", seconds, detail="from its start", unit="s"),
    ]


def _is_ignored(store: Store) -> bool:
    with store.read() as tx:
        return mailboxes.counts(tx)[MessageState.IGNORED] == 1
