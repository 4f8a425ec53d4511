"""Checkouts started by many customers at once with a slow processor, beside the ideal and the bare web stack."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from checkout.building import mint, now
from checkout.domain.money import Money
from checkout.store.engine import Store
from checkout.web.form_keys import FormKeys
from tests.bench.load import Load, send
from tests.bench.measure import Figure
from tests.bench.ordering import order_request
from tests.bench.places import SECRET, variables_of, web_process
from tests.bench.spent import cpu_seconds
from tests.bench.stub import stub
from tests.town import sell

CUSTOMERS = 200
ORDERS_EACH = 10
DELAY_SECONDS = 0.5
IDEAL_SHARE_MIN = 0.85


def measure(
    database: str,
    make: Callable[[], str],
    folder: Path,
    *,
    customers: int = CUSTOMERS,
    orders_each: int = ORDERS_EACH,
) -> list[Figure]:
    """Each customer orders again as soon as they are sent to the processor: at best one order per its delay."""
    url = make()
    store = Store(url)
    sell(store, "tea", Money(2380, "EUR"))
    store.close()
    ours, our_cost = _load(url, folder, "webhooks.app:create_web", customers, orders_each)
    bare, bare_cost = _load(url, folder, "tests.bench.bare:create_web", customers, orders_each)
    ideal = customers / DELAY_SECONDS
    title = f"checkouts started, {customers} at once, {database}"
    detail = (
        f"{ours.rate:.0f} of {ideal:.0f} a second, p99 {ours.percentile(0.99):.0f} ms; CPU each: {our_cost}"
    )
    bare_detail = (
        f"{bare.rate:.0f} a second by a trivial route that makes the same call; CPU each: {bare_cost}"
    )
    return [
        Figure(title, ours.rate / ideal, IDEAL_SHARE_MIN, detail),
        Figure(f"the bare web stack, {customers} at once", bare.rate / ideal, None, bare_detail),
    ]


def _processes(url: str) -> int:
    """As the shop is run on a machine of two cores: SQLite has one writer, PostgreSQL serves several processes."""
    return 1 if url.startswith("sqlite") else 2


def _load(url: str, folder: Path, app: str, customers: int, orders_each: int) -> tuple[Load, str]:
    with (
        stub(DELAY_SECONDS) as processor,
        web_process(
            variables_of(url, processor.url), folder, app=app, processes=_processes(url), pinned=False
        ) as (port, web, _),
    ):
        _send(port, customers, 1, folder)  # connections and threads are made here
        before = cpu_seconds(web.pid), cpu_seconds(processor.process_id)
        load = _send(port, customers, orders_each, folder)
        after = cpu_seconds(web.pid), cpu_seconds(processor.process_id)
    spent = [(late - early) * 1000 / len(load.latencies) for early, late in zip(before, after, strict=True)]
    load_cost = load.cpu_seconds * 1000 / len(load.latencies)
    return load, f"web {spent[0]:.2f} ms, processor {spent[1]:.2f} ms, customers {load_cost:.2f} ms"


def _send(port: int, customers: int, orders_each: int, folder: Path) -> Load:
    keys = FormKeys(SECRET, now, mint)
    requests = [order_request(port, keys) for _ in range(customers * orders_each)]
    load = send(port, requests, customers, folder, pinned=False)
    assert set(load.statuses) == {"303"}, load.statuses
    return load
