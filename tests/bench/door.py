"""The webhook door beside its bare floor: verify, parse and one durable commit in a loop, on the same core."""

from __future__ import annotations

import base64
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import msgspec
import psycopg
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from tests.bench.load import prepare, send
from tests.bench.measure import Figure
from tests.bench.places import WEB_CORE, on_core, variables_of, web_process
from tests.bench.signed_events import WEBHOOK_ID, SignedEvent, Signer, signer
from tests.bench.spent import cpu_seconds

ROUNDS = 3
EVENTS = 2_000
FLOOR_EVENTS = 1_000
CONNECTIONS = 32
DOOR_SHARE_MIN = 0.40

_INSERT = "insert into floor (event_id, event_type, transmission_id, kept) values "


class _Event(msgspec.Struct):
    id: str
    event_type: str
    create_time: str
    resource: msgspec.Raw


def measure(
    database: str,
    make: Callable[[], str],
    folder: Path,
    *,
    rounds: int = ROUNDS,
    events: int = EVENTS,
    floor_events: int = FLOOR_EVENTS,
) -> list[Figure]:
    """The median of some rounds, floor and door in turn, each on the web process's core."""
    floors, doors, slow = [], [], []
    url = make()
    with signer(folder) as signs, _floor(url, folder) as commit, _web(url, signs, folder) as (port, process):
        numbers = iter(range(10**9))
        before = cpu_seconds(process)
        for _ in range(rounds):
            floors.append(
                _floor_rate([signs.event(next(numbers)) for _ in range(floor_events)], signs, commit)
            )
            sent = [_request(port, signs.event(next(numbers))) for _ in range(events)]
            load = send(port, sent, CONNECTIONS, folder)
            assert load.statuses == {"200": events}, load.statuses
            doors.append(load.rate)
            slow.append(load.percentile(0.99))
        cost = (cpu_seconds(process) - before) * 1e6 / (rounds * events)
    share = median(door / floor for door, floor in zip(doors, floors, strict=True))
    detail = (
        f"{median(doors):,.0f} events/s beside {median(floors):,.0f} on the bare floor;"
        f" p99 {median(slow):.0f} ms; {cost:.0f} µs of CPU each"
    )
    return [Figure(f"webhook door, {database}", share, DOOR_SHARE_MIN, detail)]


@contextmanager
def _web(url: str, signs: Signer, folder: Path) -> Iterator[tuple[int, int]]:
    variables = variables_of(url, signs.url.partition("/v1")[0]) | {
        "PAYPAL_WEBHOOK_IDS": WEBHOOK_ID,
        "PAYPAL_ISSUER_FILE": str(signs.issuer),
    }
    with web_process(variables, folder) as (port, process, _):
        yield port, process.pid


def _request(port: int, event: SignedEvent) -> bytes:
    return prepare(port, "/webhooks/paypal", event.body, event.headers)


def _floor_rate(
    events: Sequence[SignedEvent], signer: Signer, commit: Callable[[_Event, str], None]
) -> float:
    key = signer.key.public_key()
    with on_core(WEB_CORE):
        began = time.perf_counter()
        for event in events:
            signature = base64.b64decode(event.headers["paypal-transmission-sig"])
            key.verify(signature, event.signed_text, PKCS1v15(), SHA256())
            commit(msgspec.json.decode(event.body, type=_Event), event.headers["paypal-transmission-id"])
        return len(events) / (time.perf_counter() - began)


@contextmanager
def _floor(url: str, folder: Path) -> Iterator[Callable[[_Event, str], None]]:
    """One durable commit by the bare driver, with the same durability as ours."""
    table = "create table floor (event_id text primary key, event_type text, transmission_id text, kept text)"
    if url.startswith("sqlite"):
        lite = sqlite3.connect(folder / f"floor-{time.time_ns()}.db", isolation_level=None)
        lite.execute("pragma journal_mode=wal")
        lite.execute("pragma synchronous=full")
        lite.execute(table)

        def commit_lite(event: _Event, transmission_id: str) -> None:
            lite.execute("begin immediate")
            lite.execute(
                _INSERT + "(?, ?, ?, ?)", (event.id, event.event_type, transmission_id, bytes(event.resource))
            )
            lite.execute("commit")

        yield commit_lite
        lite.close()
        return
    post = psycopg.connect(url.replace("+psycopg", ""))
    post.execute(table)
    post.commit()

    def commit_post(event: _Event, transmission_id: str) -> None:
        kept = bytes(event.resource).decode()
        post.execute(_INSERT + "(%s, %s, %s, %s)", (event.id, event.event_type, transmission_id, kept))
        post.commit()

    yield commit_post
    post.close()
