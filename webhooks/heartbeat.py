"""The worker's sign of life, kept in the database: whoever asks can tell one that hangs from one at work."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from checkout.store import watermarks

if TYPE_CHECKING:
    from datetime import datetime

    from checkout.flows.house import House
    from checkout.store.engine import Tx

MARK = "worker"
BEAT_SECONDS = 15.0
SILENT_AFTER = timedelta(minutes=2)
"""Eight beats: a machine that is very busy, or a long write of somebody else, is no dead worker."""


def beat(house: House) -> int:
    """Say that a worker lives. Always 0: there is nothing more to do at once."""
    with house.store.begin() as tx:
        watermarks.put(tx, MARK, house.clock())
    return 0


def last_beat(tx: Tx) -> datetime | None:
    """When a worker last said so; None where none ever did."""
    return watermarks.at(tx, MARK)


def is_silent(last: datetime | None, now: datetime) -> bool:
    """No worker has lived lately."""
    return last is None or now - last > SILENT_AFTER
