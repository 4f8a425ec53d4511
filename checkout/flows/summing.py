"""Summing up the ledger's days once they are over, for the worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checkout.store import day_sums

if TYPE_CHECKING:
    from checkout.flows.house import House


def sum_up_days(house: House) -> int:
    """Sum up some days that are over; returns how many, nothing where all are."""
    with house.store.read() as tx:
        if day_sums.next_day(tx, house.clock()) is None:
            return 0
    with house.store.begin() as tx:
        return day_sums.add_days(tx, house.clock())
