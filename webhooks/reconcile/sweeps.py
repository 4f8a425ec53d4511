"""Asks about every open payment on its schedule, and closes every order past its time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from checkout.flows.asking import ask_quietly, sweep
from checkout.flows.ordering import expire_due
from checkout.metrics import SWEEPS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from checkout.flows.house import House

BATCH_MAX = 100
EXPIRY_POSTPONED = timedelta(minutes=5)


def sweep_due(
    house: House,
    *,
    everything: bool = False,
    run: Callable[[Callable[[str], bool], list[str]], Iterable[bool]] = map,
) -> tuple[int, int]:
    """Ask about every payment whose time has come (or every open one); returns (asked, answered).

    `run` may spread the questions over threads, or show their progress.
    """
    due = sweep(house, limit=BATCH_MAX, everything=everything)
    answered = sum(run(lambda payment_id: ask_quietly(house, payment_id), due))
    SWEEPS.add("answered", by=answered)
    SWEEPS.add("no answer", by=len(due) - answered)
    return len(due), answered


def expire_orders(house: House) -> int:
    """Close the orders whose time is over, after asking; returns how many were closed."""
    return expire_due(house, limit=BATCH_MAX, postpone=EXPIRY_POSTPONED)
