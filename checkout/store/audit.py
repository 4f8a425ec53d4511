"""Who did and saw what: rows that are added and read, and never changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from checkout.domain.actors import Actor, Way
from checkout.store.tables import audit as table

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row

    from checkout.store.engine import Tx

_ADD = insert(table)


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing done or seen: `did` in a few small words (`saw order`), about a `subject` of a `kind` by its name."""

    did: str
    kind: str | None = None
    subject: str | None = None
    said: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A deed as it is kept."""

    id: int
    at: datetime
    actor: Actor
    deed: Deed


def add(tx: Tx, actor: Actor, deed: Deed, at: datetime) -> None:
    """Keep what somebody did, in the same transaction as the deed itself."""
    values = {
        "at": at,
        "who": actor.name,
        "by_way_of": actor.way,
        "did": deed.did,
        "kind": deed.kind,
        "subject": deed.subject,
        "said": deed.said,
    }
    tx.execute(_ADD, values)


def newest(
    tx: Tx,
    *,
    limit: int,
    before: int | None = None,
    who: str | None = None,
    about: tuple[str, str] | None = None,
) -> list[Kept]:
    """What was done and seen, newest first, a page at a time: by one, or about one subject (kind, name)."""
    query = select(table).order_by(table.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(table.c.id < before)
    if who is not None:
        query = query.where(table.c.who == who)
    if about is not None:
        query = query.where(table.c.kind == about[0], table.c.subject == about[1])
    return [_kept(row) for row in tx.execute(query)]


def _kept(row: Row[tuple[object, ...]]) -> Kept:
    found = row._mapping
    actor = Actor(found["who"], Way(found["by_way_of"]))
    return Kept(
        found["id"], found["at"], actor, Deed(found["did"], found["kind"], found["subject"], found["said"])
    )
