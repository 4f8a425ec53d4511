"""A lookup costs the same at a thousand and at a million orders."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median

from checkout.building import now
from checkout.store import facts, mailboxes, orders, payments
from checkout.store.engine import Store, Tx
from tests.bench import filling
from tests.bench.filling import number_text
from tests.bench.measure import Figure

FEW = 1_000
MANY = 1_000_000
REPEATS = 400
RATIO_MAX = 1.5

_DUE = 8
"""So many events and payments are due, whatever the number of orders."""

Lookup = Callable[[Tx, int], object]


def measure(
    database: str, make: Callable[[], str], _: Path, *, many: int = MANY, repeats: int = REPEATS
) -> list[Figure]:
    """The median time of each lookup, warm, inside its transaction, in both databases in turn."""
    small, large = _filled(make(), FEW), _filled(make(), many)
    taken = _times(small, large, many, repeats)
    small.close()
    large.close()
    return [
        _figure(f"{name}, {database}", median(few), median(lot), many) for name, (few, lot) in taken.items()
    ]


def _figure(title: str, few: float, lot: float, many: int) -> Figure:
    detail = f"{few * 1e6:.0f} µs at {FEW:,} orders, {lot * 1e6:.0f} µs at {many:,}"
    return Figure(title, lot / few, detail=detail, at_most=RATIO_MAX)


def _filled(url: str, count: int) -> Store:
    store = Store(url)
    filling.fill_orders(store, 1, count)
    filling.fill_inbox(store, 1, count, "done")
    filling.fill_inbox(store, count + 1, count + _DUE, "new")
    filling.make_due(store, 1, _DUE)
    filling.analyze(store)
    return store


def _times(small: Store, large: Store, many: int, repeats: int) -> dict[str, tuple[list[float], list[float]]]:
    """In turn, so that whatever else the machine does meets both alike."""
    chance = random.Random(1)
    taken: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in _LOOKUPS}
    for _ in range(repeats):
        for name, look in _LOOKUPS.items():
            taken[name][0].append(_time(small, look, chance.randint(1, FEW)))
            taken[name][1].append(_time(large, look, chance.randint(1, many)))
    return taken


def _time(store: Store, look: Lookup, number: int) -> float:
    with _rolled_back(store) as tx:
        began = time.perf_counter()
        found = look(tx, number)
        taken = time.perf_counter() - began
    assert found, f"lookup of {number} found nothing"
    return taken


class _EnoughError(Exception):
    """What was changed is not kept."""


@contextmanager
def _rolled_back(store: Store) -> Iterator[Tx]:
    try:
        with store.begin() as tx:
            yield tx
            raise _EnoughError  # noqa: TRY301 -- an exception is what rolls back
    except _EnoughError:
        return


def _claim(tx: Tx, _: int) -> object:
    return mailboxes.claim(tx, now(), now() + timedelta(minutes=2), _DUE)


_LOOKUPS: dict[str, Lookup] = {
    "order by its token": lambda tx, number: orders.by_token(tx, f"o{number_text(number)}"),
    "payment by its token": lambda tx, number: payments.by_token(tx, f"p{number_text(number)}"),
    "payment by our name for it": lambda tx, number: payments.by_names(
        tx, "paypal", f"bench-BENCH{number_text(number)}-1"
    ),
    "payment by its reference": lambda tx, number: payments.by_reference(
        tx, "paypal", f"REF{number_text(number)}"
    ),
    "payment of a fact's subject": lambda tx, number: facts.payment_of_subject(
        tx, "paypal", f"REF{number_text(number)}"
    ),
    "claim of due events": _claim,
    "payments due to be asked about": lambda tx, _: payments.due_for_asking(tx, now(), _DUE),
}
