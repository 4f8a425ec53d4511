"""Halts: what must not be begun at a processor until its cause is gone or a person says so."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select, update

from checkout.store.tables import halts as table

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row

    from checkout.store.engine import Tx


class Stops(StrEnum):
    """What a halt forbids; pages are always served."""

    PAYMENTS = "payments"
    """No new payment is opened."""
    CAPTURES = "captures"
    """No new payment is opened and no money is taken."""


@dataclass(frozen=True, slots=True)
class Halt:
    """One reason not to go on. `processor` is `*` where it concerns every one."""

    id: int
    processor: str
    stops: Stops
    cause: str
    said: str
    since: datetime
    ended_at: datetime | None = None
    ended_by: str | None = None


_OPEN = select(table).where(table.c.ended_at.is_(None))
_OF_PROCESSOR = _OPEN.where(table.c.processor.in_([bindparam("processor"), "*"])).order_by(table.c.id)


def begin(tx: Tx, processor: str, stops: Stops, cause: str, said: str, *, at: datetime) -> bool:
    """Halt, unless this cause does so already; True where it is new."""
    this = _OPEN.where(table.c.processor == processor, table.c.cause == cause)
    if tx.execute(this).first() is not None:
        return False
    values = {"processor": processor, "stops": stops, "cause": cause, "said": said[:400], "since": at}
    tx.execute(insert(table).values(**values))
    return True


def end(tx: Tx, processor: str, *, at: datetime, by: str, cause: str | None = None) -> int:
    """Go on again, for one cause or for all; returns how many halts ended."""
    this = update(table).where(table.c.ended_at.is_(None), table.c.processor == processor)
    if cause is not None:
        this = this.where(table.c.cause == cause)
    return tx.execute(this.values(ended_at=at, ended_by=by[:60])).rowcount


def end_one(tx: Tx, halt_id: int, *, at: datetime, by: str) -> bool:
    """Go on again for one halt; False where there is none that stands."""
    this = update(table).where(table.c.id == halt_id, table.c.ended_at.is_(None))
    return tx.execute(this.values(ended_at=at, ended_by=by[:60])).rowcount == 1


def open_ones(tx: Tx, processor: str | None = None) -> list[Halt]:
    """What stands still now, of one processor or of all."""
    query = _OPEN.order_by(table.c.id) if processor is None else _OF_PROCESSOR
    found = tx.execute(query, {"processor": processor} if processor is not None else {})
    return [_halt(row) for row in found]


def _halt(row: Row[tuple[object, ...]]) -> Halt:
    found = dict(row._mapping)
    return Halt(**{**found, "stops": Stops(found["stops"])})
