"""Halts: what must not be begun at a processor until its cause is gone or a person says so."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select, update

from checkout.store import watermarks
from checkout.store.tables import halts as table
from checkout.store.tables import watermarks as watermarks_table

if TYPE_CHECKING:
    from collections.abc import Collection
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


_ACKNOWLEDGED = "acknowledged "
"""Begins the name of a watermark whose rest is the digest of what a person has looked at."""

_OPEN = select(table).where(table.c.ended_at.is_(None))
_OF_PROCESSOR = _OPEN.where(table.c.processor.in_([bindparam("processor"), "*"])).order_by(table.c.id)


def begin(
    tx: Tx,
    processor: str,
    stops: Stops,
    cause: str,
    said: str,
    *,
    at: datetime,
    about: Collection[str] = (),
) -> bool:
    """Halt, unless this cause does so already; True where it is new.

    `about` is each single thing that a person acknowledges by ending this halt.
    """
    this = _OPEN.where(table.c.processor == processor, table.c.cause == cause)
    if tx.execute(this).first() is not None:
        return False
    values = {"processor": processor, "stops": stops, "cause": cause, "said": said[:400], "since": at}
    inserted = tx.execute(insert(table).values(**values)).inserted_primary_key
    if about and inserted is not None:
        watermarks.put(tx, _about(inserted[0]), at, json.dumps(list(about)))
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


def ended_since(tx: Tx, cause: str, at: datetime) -> bool:
    """Whether a halt of this cause ended after a time."""
    ended = select(table.c.id).where(table.c.cause == cause, table.c.ended_at > at).limit(1)
    return tx.execute(ended).first() is not None


def acknowledge(tx: Tx, halt_id: int, *, at: datetime) -> int:
    """Keep that a person has looked at each thing a halt was about; returns how many they are."""
    about: list[str] = json.loads(watermarks.said(tx, _about(halt_id)) or "[]")
    for one in about:
        watermarks.put(tx, _ACKNOWLEDGED + digest(one), at, one)
    return len(about)


def acknowledged(tx: Tx) -> frozenset[str]:
    """The digest of each thing that was acknowledged."""
    names = select(watermarks_table.c.name).where(watermarks_table.c.name.startswith(_ACKNOWLEDGED))
    return frozenset(name.removeprefix(_ACKNOWLEDGED) for name in tx.scalars(names))


def digest(about: str) -> str:
    """A thing that a halt is about, as 64 hex digits: it may be longer than a name may be."""
    return hashlib.sha256(about.encode()).hexdigest()


def open_ones(tx: Tx, processor: str | None = None) -> list[Halt]:
    """What stands still now, of one processor or of all."""
    query = _OPEN.order_by(table.c.id) if processor is None else _OF_PROCESSOR
    found = tx.execute(query, {"processor": processor} if processor is not None else {})
    return [_halt(row) for row in found]


def _about(halt_id: int) -> str:
    return f"halt {halt_id} is about"


def _halt(row: Row[tuple[object, ...]]) -> Halt:
    found = dict(row._mapping)
    return Halt(**{**found, "stops": Stops(found["stops"])})
