"""The keys that a shop signs pay links with. Their secrets are sealed: they must be read again to check a link."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select, update

from checkout.store.tables import link_keys as table

if TYPE_CHECKING:
    from datetime import datetime

    from checkout.store.engine import Tx


@dataclass(frozen=True, slots=True)
class LinkKey:
    """One key. `secret` is sealed; past `expires_at`, or revoked, it signs and opens nothing any more."""

    id: str
    name: str
    secret: str
    created_at: datetime
    created_by: str
    expires_at: datetime | None = None
    replaced_by: str | None = None
    revoked_at: datetime | None = None
    revoked_by: str | None = None

    def holds_at(self, moment: datetime) -> bool:
        """Whether what it signed is good at a time."""
        return self.revoked_at is None and (self.expires_at is None or moment < self.expires_at)


_BY_ID = select(table).where(table.c.id == bindparam("this"))


def add(tx: Tx, key: LinkKey) -> None:
    """Keep a new key."""
    tx.execute(insert(table).values(asdict(key)))


def by_id(tx: Tx, key_id: str) -> LinkKey | None:
    """One key, whether it holds or not."""
    row = tx.execute(_BY_ID, {"this": key_id}).one_or_none()
    return LinkKey(**row._mapping) if row else None


def all_of(tx: Tx) -> list[LinkKey]:
    """Every key, newest first."""
    newest = select(table).order_by(table.c.created_at.desc(), table.c.id)
    return [LinkKey(**row._mapping) for row in tx.execute(newest)]


def replace(tx: Tx, key_id: str, by: str, until: datetime) -> None:
    """Let a key end at a time, because another has come in its place."""
    tx.execute(update(table).where(table.c.id == key_id).values(replaced_by=by, expires_at=until))


def revoke(tx: Tx, key_id: str, at: datetime, by: str) -> None:
    """Let a key end now."""
    tx.execute(update(table).where(table.c.id == key_id).values(revoked_at=at, revoked_by=by))
