"""A chain over the ledger: each line's hash covers the line before it, so that none can be changed unseen."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from checkout.store.tables import facts
from checkout.store.tables import ledger as table

if TYPE_CHECKING:
    from checkout.store.engine import Tx

_CHAIN_LOCK = 0x0DE1E6A7EC
"""PostgreSQL's advisory lock of whoever adds to the chain, until its transaction ends. Taken after the lock of
an order, never before, so no two wait for each other."""

READ_AT_ONCE = 2_000

WAIT_MAX = timedelta(minutes=1)
"""How long a line may have waited for the chain, and how far the clocks of two machines may be apart. A clock that
is off by more must not draw every later line after it."""

_LAST = select(table.c.hash, table.c.posted_at).order_by(table.c.id.desc()).limit(1)
_LOCK = select(func.pg_advisory_xact_lock(_CHAIN_LOCK))


@dataclass(frozen=True, slots=True)
class Line:
    """What of one line of the ledger is covered by its hash; `fact_key` says what it was posted for."""

    fact_key: str
    processor: str
    payment_id: str | None
    account: str
    side: str
    amount_minor: int
    currency: str
    posted_at: datetime


@dataclass(frozen=True, slots=True)
class End:
    """The end of the chain: the hash that the next line follows, nothing before the first, and when that was posted."""

    hash: str = ""
    posted_at: datetime | None = None

    def following(self, at: datetime) -> datetime:
        """When the next line is posted: never before the last one, so that who reads on by time misses none."""
        last = self.posted_at
        return last if last is not None and at < last < at + WAIT_MAX else at


def end(tx: Tx) -> End:
    """The end of the chain, held until the transaction ends."""
    if tx.dialect.name == "postgresql":
        tx.execute(_LOCK)
    row = tx.execute(_LAST).one_or_none()
    return End(row.hash, row.posted_at) if row else End()


def link(before: str, line: Line) -> str:
    """The hash of a line that follows another's: 64 hex digits of SHA-256."""
    moment = line.posted_at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    said = "|".join(
        str(part or "")
        for part in (
            line.fact_key,
            line.processor,
            line.payment_id,
            line.account,
            line.side,
            line.amount_minor,
            line.currency,
            moment,
        )
    )
    return hashlib.sha256(f"{before}|{said}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Verified:
    """How far the chain holds. `broken_at` is the first line that does not follow; `head` the last hash."""

    lines: int
    head: str
    broken_at: int | None = None
    head_seen: bool = True
    """The hash that was asked for is one of the chain's; True where none was."""


def verify(tx: Tx, *, head: str | None = None) -> Verified:
    """Follow the whole chain, in bounded memory, and look for a hash that was its last one before."""
    query = (
        select(table, facts.c.key.label("fact_key"))
        .join(facts, facts.c.id == table.c.fact_id)
        .order_by(table.c.id)
    )
    last, count, seen = "", 0, head is None
    with tx.execute(query, execution_options={"yield_per": READ_AT_ONCE}) as rows:
        for row in rows:
            line = Line(
                row.fact_key,
                row.processor,
                row.payment_id,
                row.account,
                row.side,
                row.amount_minor,
                row.currency,
                row.posted_at,
            )
            if row.hash != link(last, line):
                return Verified(count, last, row.id, seen)
            last, count = row.hash, count + 1
            seen = seen or last == head
    return Verified(count, last, None, seen)
