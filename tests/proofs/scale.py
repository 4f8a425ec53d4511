"""A shop of a large size: every list, search and timeline of office and API answers quickly, and a year streams."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import psutil  # type: ignore[import-untyped]
from sqlalchemy import func, select

from checkout.domain.actors import Actor, Way
from checkout.domain.keys import Scope
from checkout.domain.roles import Role
from checkout.flows import keys
from checkout.flows.rehearsal.filling import Rehearsal, rehearse
from checkout.store import bulk
from checkout.store.engine import Tx
from checkout.store.tables import contacts, facts, happenings, inbox, orders, payments
from tests.office.stage import OfficeStage, set_up_office

SLOWEST_MS = 300
"""What the 95th percentile of each must stay within."""
SAMPLES = 60
STREAM_MB_MAX = 64
"""What streaming a year may need more than the pages before it."""


@dataclass(frozen=True, slots=True)
class Look:
    """One kind of page, with addresses that are each asked for once."""

    name: str
    addresses: tuple[str, ...]


@dataclass(slots=True)
class Scale:
    """What came of it: the 95th percentile of each kind of page in ms, and how a year's export went."""

    written: dict[str, int]
    p95_ms: dict[str, float] = field(default_factory=dict)
    csv_lines: int = 0
    csv_mb: float = 0.0
    csv_seconds: float = 0.0
    refused: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Every page was answered, and in time; the export needed no more memory for its length."""
        quick = all(ms <= SLOWEST_MS for ms in self.p95_ms.values())
        return quick and not self.refused and self.csv_mb <= STREAM_MB_MAX and self.csv_lines > 0


def prove(
    folder: Path, url: str, wanted: Rehearsal, *, progress: Callable[[int], None] = lambda _done: None
) -> Scale:
    """Fill the database at `url`, which has its tables, unless an earlier proof did, and look at everything."""
    office = set_up_office(folder, database_url=url)
    with office.house.store.read() as tx:
        empty = bulk.is_unused(tx)
    scale = Scale(rehearse(office.house, wanted, progress=progress) if empty else {})
    chance = random.Random(wanted.seed)
    with office.house.store.read() as tx:
        looks = list(chain(_office_looks(tx, chance), _api_looks(tx, chance)))
    desk, headers = office.desk(Role.ADMIN), {"Authorization": f"Bearer {_key(office)}"}
    for look in looks:
        took = []
        for address in look.addresses:
            began = time.perf_counter()
            # Where one thing alone bears a name, the search leads straight to it.
            more = headers if address.startswith("/v1") else {}
            answer = desk.client.get(address, headers=more, follow_redirects=True)
            took.append((time.perf_counter() - began) * 1000)
            if answer.status_code != 200:
                scale.refused.append(f"{address}: {answer.status_code}")
        scale.p95_ms[look.name] = sorted(took)[int(len(took) * 0.95) - 1 if len(took) > 1 else 0]
    _export(office, scale)
    return scale


def _office_looks(tx: Tx, chance: random.Random) -> Iterator[Look]:
    ids = _some(tx, orders.c.id, chance)
    yield Look("office: today", ("/office/today",) * 20)
    yield Look("office: orders, newest", ("/office/orders",) * 20)
    yield Look("office: one order", tuple(f"/office/orders/{one}" for one in ids))
    searches = {
        "number": ids,
        "mail": _some(tx, contacts.c.email, chance),
        "name": _some(tx, contacts.c.name, chance),
        "one common word": ["anna", "example.com", "weber", "teapot", "gmail"],
        "common words together": [
            *("exa gre not lic", "example.com example.net example.org", "mar exa gui", "gru cos sve"),
            *("901 800 350", "des lam tea pri", "ann exam tea", "les tee fie"),
        ],
        "shop's reference": _some(tx, orders.c.shop_reference, chance),
        "PayPal's order": _some(tx, payments.c.reference, chance),
        "capture or refund": _some(tx, facts.c.subject, chance),
        "invoice": _some(tx, payments.c.names, chance),
        "event": _some(tx, inbox.c.event_id, chance),
        "amount": ["64.50 EUR", "18.50", "12,90 EUR", "7.90 GBP", "189.00"],
        "what is not there": ["nobody at all", "zzzzzz", "CAP-NOT-THERE"],
    }
    for name, words in searches.items():
        yield Look(f"office: search by {name}", tuple(f"/office/orders?q={_quoted(word)}" for word in words))
    states = ("paid", "refunded", "expired", "awaiting payment", "authorized", "partially paid", "overpaid")
    yield Look("office: orders by state", tuple(f"/office/orders?state={_quoted(one)}" for one in states))
    yield Look("office: disputes", ("/office/disputes",) * 10)
    yield Look("office: discrepancies", ("/office/discrepancies",) * 10)
    yield Look("office: inbox", ("/office/inbox",) * 10)
    kept = ("new", "done", "ignored", "parked")
    yield Look("office: inbox by state", tuple(f"/office/inbox?state={one}" for one in kept))
    yield Look("office: one event", tuple(f"/office/inbox/{one}" for one in _some(tx, inbox.c.id, chance)))
    yield Look("office: mails", ("/office/outbox",) * 10)
    yield Look("office: deliveries", ("/office/outbox/deliveries",) * 10)
    yield Look("office: ledger", ("/office/ledger",) * 10)
    statement = "account=sales&currency=EUR&processor=paypal"
    yield Look("office: statement", (f"/office/ledger/statement?{statement}",) * 10)
    yield Look("office: audit", ("/office/settings/audit",) * 5)


def _api_looks(tx: Tx, chance: random.Random) -> Iterator[Look]:
    ids = _some(tx, orders.c.id, chance)
    yield Look("api: one order", tuple(f"/v1/orders/{one}" for one in ids))
    for name in ("orders", "refunds", "disputes", "ledger-entries", "discrepancies", "events"):
        yield Look(f"api: {name}", (f"/v1/{name}", f"/v1/{name}?limit=100") * 5)
    references = _some(tx, orders.c.shop_reference, chance)
    yield Look("api: orders by reference", tuple(f"/v1/orders?shop_reference={one}" for one in references))
    states = ("paid", "refunded", "cancelled", "authorized")
    yield Look("api: orders by state", tuple(f"/v1/orders?state={one}" for one in states))
    events = _some(tx, happenings.c.name, chance)
    yield Look("api: one event", tuple(f"/v1/events/{one}" for one in events))
    yield Look("api: payments of an order", tuple(f"/v1/payments?order_id={one}" for one in ids))


def _some(tx: Tx, column: object, chance: random.Random) -> list[str]:
    """Values of a column from all over its table, found without reading it."""
    table = column.table  # type: ignore[attr-defined]
    if "id" in table.c and table.c.id.type.python_type is int:
        last = tx.execute(select(func.max(table.c.id))).scalar_one()
        wanted = [chance.randint(1, last) for _ in range(SAMPLES)]
        return [str(one) for one in tx.scalars(select(column).where(table.c.id.in_(wanted)))]  # type: ignore[call-overload]
    key = next(iter(table.primary_key.columns))
    signs = "BCDFGHJKLMNPQRST"
    found = []
    for _ in range(SAMPLES):
        start = "".join(chance.choices(signs, k=4))
        query = select(column).where(key >= start).order_by(key).limit(1)  # type: ignore[call-overload]
        found += [str(one) for one in tx.scalars(query)]
    return found


def _quoted(text: str) -> str:
    return text.replace(" ", "+").replace("@", "%40").replace(",", "%2C")


def _key(office: OfficeStage) -> str:
    return keys.make(office.house, Actor("proof", Way.COMMAND), name="proof", scopes=frozenset(Scope)).text


def _export(office: OfficeStage, scale: Scale) -> None:
    """Stream the ledger of a whole year, and watch how much memory that takes."""
    process, peak, over = psutil.Process(), [0], threading.Event()
    before = process.memory_info().rss

    def watch() -> None:
        while not over.wait(0.05):
            peak[0] = max(peak[0], process.memory_info().rss - before)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    began, end = time.perf_counter(), office.house.clock()
    span = {"from": f"{end.replace(year=end.year - 1):%Y-%m-%d}", "to": f"{end:%Y-%m-%d}"}
    answer = office.desk(Role.ADMIN).post("/ledger/export", span, buffered=False)
    scale.csv_lines = sum(chunk.count(b"\n") for chunk in answer.iter_encoded())
    answer.close()
    over.set()
    watcher.join()
    scale.csv_seconds, scale.csv_mb = time.perf_counter() - began, peak[0] / 2**20
