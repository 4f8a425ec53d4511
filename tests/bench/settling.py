"""Events settled per second, each read back from the processor, beside the bare floor of the same work."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from unittest.mock import patch

import psycopg
import requests

from checkout.building import build_house
from checkout.domain.orders import OrderState
from checkout.flows.house import House
from checkout.logs import configure_logging
from checkout.settings import read_settings
from checkout.store import orders
from checkout.store.engine import Store
from tests.bench import filling
from tests.bench.filling import number_text
from tests.bench.measure import Figure
from tests.bench.places import variables_of
from tests.bench.stub import stub
from webhooks.process import Errand, process_due
from webhooks.worker import THREADS

EVENTS = 256
ROUNDS = 3

# The rows that one captured payment brings, as `flows.settling` writes them.
_FACT = (
    "insert into facts (processor, key, payment_id, kind, reference, subject, amount_minor, currency, payee,"
    " names, learned_at, learned_from)"
    " values ('paypal', $1, $2, $3, $4, $5, 2380, 'EUR', $6, $7, '2026-11-01 10:00:00', 'webhook') returning id"
)
_LINE = (
    "insert into ledger (fact_id, payment_id, processor, account, side, amount_minor, currency, posted_at, hash)"
    " values ($1, $2, 'paypal', $3, $4, 2380, 'EUR', '2026-11-01 10:00:00', 'as long as a hash')"
)
_PAYMENT = "update payments set state = 'captured', ask_at = null where id = $1"
_ORDER = "update orders set state = 'paid', paid_at = '2026-11-01 10:00:00' where id = $1"
_NOTICE = (
    "insert into notices (id, kind, order_id, created_at) values ($1, 'receipt', $2, '2026-11-01 10:00:00')"
)
_JOB = "insert into floor_jobs (id, name) values ($1, 'receipt')"
_EVENT = "update inbox set state = 'done', finished_at = '2026-11-01 10:00:00', payment_id = $1 where event_id = $2"

Execute = Callable[..., list[tuple[int, ...]]]


def measure(
    database: str, make: Callable[[], str], _: Path, *, events: int = EVENTS, rounds: int = ROUNDS
) -> list[Figure]:
    """The median of some rounds, floor and worker in turn."""
    url, floors, rates = make(), [], []
    with (
        stub(0) as processor,
        _house(variables_of(url, processor.url)) as house,
        _bare(url) as (execute, commit),
        requests.Session() as asking,
    ):
        for start in range(1, 2 * rounds * events, 2 * events):
            _fill(house.store, start, start + 2 * events - 1)
            floors.append(_floor_rate(range(start, start + events), processor.url, asking, execute, commit))
            rates.append(_rate(house, range(start + events, start + 2 * events)))
    share = median(rate / floor for rate, floor in zip(rates, floors, strict=True))
    detail = f"{median(rates):,.0f} events/s beside {median(floors):,.0f} on the bare floor"
    return [Figure(f"events settled, {database}", share, None, detail)]


@contextmanager
def _house(variables: dict[str, str]) -> Iterator[House]:
    configure_logging(json=True, level="WARNING")
    with patch.dict(os.environ, variables):
        house = build_house(read_settings())
    yield house
    house.store.close()


def _fill(store: Store, first: int, last: int) -> None:
    filling.fill_orders(store, first, last)
    filling.fill_contacts(store, first, last)
    filling.fill_inbox(store, first + (last - first + 1) // 2, last, "new")
    filling.fill_inbox(store, first, first + (last - first + 1) // 2 - 1, "done")
    filling.analyze(store)


def _rate(house: House, numbers: range) -> float:
    with ThreadPoolExecutor(THREADS) as pool:

        def spread(work: Callable[[Errand], None], given: Iterable[Errand]) -> object:
            return list(pool.map(work, given))

        began, done = time.perf_counter(), 0
        while done < len(numbers):
            done += process_due(house, run=spread)
        seconds = time.perf_counter() - began
    with house.store.read() as tx:
        paid = orders.by_id(tx, f"BENCH{number_text(numbers[-1])}")
    assert paid is not None
    assert paid.state is OrderState.PAID, paid
    return len(numbers) / seconds


def _floor_rate(
    numbers: range, address: str, asking: requests.Session, execute: Execute, commit: Callable[[], None]
) -> float:
    began = time.perf_counter()
    for number in map(number_text, numbers):
        said = asking.get(f"{address}/v2/checkout/orders/REF{number}", timeout=60).json()
        _keep(said, number, execute)
        commit()
    return len(numbers) / (time.perf_counter() - began)


def _keep(said: dict[str, list[dict[str, dict[str, str]]]], number: str, execute: Execute) -> None:
    unit = said["purchase_units"][0]
    payee, payment, order = unit["payee"]["merchant_id"], f"BENCH{number}-1", f"BENCH{number}"
    reference, capture, names = f"REF{number}", f"CAP{number}", f"bench-BENCH{number}-1"
    execute(_FACT, f"approved:{reference}", payment, "approved", reference, reference, payee, names)
    fact = execute(_FACT, f"captured:{capture}", payment, "captured", reference, capture, payee, names)[0][0]
    execute(_LINE, fact, payment, "processor", "debit")
    execute(_LINE, fact, payment, "receivable", "credit")
    execute(_PAYMENT, payment)
    execute(_ORDER, order)
    execute(_NOTICE, f"receipt-{order}", order)
    execute(_JOB, f"receipt-{order}")
    execute(_EVENT, payment, f"WH-{number}")


@contextmanager
def _bare(url: str) -> Iterator[tuple[Execute, Callable[[], None]]]:
    """The bare driver, with the same durability as ours."""
    table = "create table floor_jobs (id text primary key, name text)"
    if url.startswith("sqlite"):
        lite = sqlite3.connect(url.removeprefix("sqlite:///"))
        lite.execute("pragma synchronous=full")
        lite.execute(table)
        yield lambda statement, *values: lite.execute(_numbered(statement), values).fetchall(), lite.commit
        lite.close()
        return
    with psycopg.connect(url.replace("+psycopg", ""), cursor_factory=psycopg.RawCursor) as post:
        post.execute(table)
        post.commit()

        def execute(statement: str, *values: object) -> list[tuple[int, ...]]:
            done = post.execute(statement, values)
            return done.fetchall() if done.description else []

        yield execute, post.commit


def _numbered(statement: str) -> str:
    return statement.replace("$", "?")
