"""Keys of the API: what each may do, when it was last used, and how long it holds. Never a key itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select, update

from checkout.domain.keys import Scope
from checkout.domain.modes import Mode
from checkout.store.tables import api_keys as table

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row

    from checkout.store.engine import Tx


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key as it is kept. `hint` is its last four characters; `family` joins those that followed each other."""

    id: str
    family: str
    mode: Mode
    name: str
    digest: str
    hint: str
    scopes: frozenset[Scope]
    created_at: datetime
    created_by: str
    last_used_at: datetime | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    revoked_by: str | None = None
    replaced_by: str | None = None

    def may_have_acted(self, at: datetime, since: datetime) -> bool:
        """Whether it was there at a time, and still held `since`."""
        ends = [one for one in (self.revoked_at, self.expires_at) if one is not None]
        return self.created_at <= at and all(end > since for end in ends)

    def why_over(self, now: datetime) -> str | None:
        """Why it opens nothing any more; None while it holds."""
        if self.revoked_at is not None:
            return "was revoked"
        if self.expires_at is not None and self.expires_at <= now:
            return "was replaced, and its time is over"
        return None


_BY_DIGEST = select(table).where(table.c.digest == bindparam("this"))
_USED = update(table).where(table.c.id == bindparam("this")).values(last_used_at=bindparam("at"))
_KNOWN = frozenset(Scope)


def add(tx: Tx, key: KeyRow) -> None:
    """Keep a new key."""
    tx.execute(
        insert(table).values(
            id=key.id,
            family=key.family,
            mode=key.mode,
            name=key.name,
            digest=key.digest,
            hint=key.hint,
            scopes=" ".join(sorted(key.scopes)),
            created_at=key.created_at,
            created_by=key.created_by,
        )
    )


def by_digest(tx: Tx, digest: str) -> KeyRow | None:
    """The key of a digest, whether or not it still holds."""
    row = tx.execute(_BY_DIGEST, {"this": digest}).one_or_none()
    return _key(row) if row else None


def by_id(tx: Tx, key_id: str, *, lock: bool = False) -> KeyRow | None:
    """One key, held against everyone else's change with `lock`."""
    query = select(table).where(table.c.id == key_id)
    row = tx.execute(query.with_for_update() if lock else query).one_or_none()
    return _key(row) if row else None


def named(tx: Tx, name: str) -> list[KeyRow]:
    """Every key there ever was of a name; several programs may bear one."""
    return [_key(row) for row in tx.execute(select(table).where(table.c.name == name))]


def all_of(tx: Tx) -> list[KeyRow]:
    """Every key there ever was, newest first."""
    return [_key(row) for row in tx.execute(select(table).order_by(table.c.created_at.desc(), table.c.id))]


def mark_used(tx: Tx, key_id: str, at: datetime) -> None:
    """The key was used."""
    tx.execute(_USED, {"this": key_id, "at": at})


def replace(tx: Tx, key_id: str, *, by: str, until: datetime) -> None:
    """Another key takes its place; it holds until then."""
    tx.execute(update(table).where(table.c.id == key_id).values(replaced_by=by, expires_at=until))


def revoke(tx: Tx, key_id: str, *, who: str, at: datetime) -> None:
    """The key opens nothing from now on."""
    tx.execute(update(table).where(table.c.id == key_id).values(revoked_at=at, revoked_by=who))


def _key(row: Row[tuple[object, ...]]) -> KeyRow:
    found = dict(row._mapping)
    # A scope that this version does not know any more opens nothing.
    scopes = frozenset(Scope(one) for one in str(found.pop("scopes")).split() if one in _KNOWN)
    return KeyRow(**{**found, "mode": Mode(found["mode"]), "scopes": scopes})
