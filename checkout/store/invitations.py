"""Invitations: one-time codes for a first sign-in, kept as digests."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, select, update

from checkout.domain.roles import Role
from checkout.store.tables import invitations as table

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row

    from checkout.store.engine import Tx


@dataclass(frozen=True, slots=True)
class Invitation:
    """One invitation. `operator_id` names the operator who lost the means to sign in; None makes a new one."""

    digest: str
    role: Role
    operator_id: str | None
    created_at: datetime
    created_by: str
    expires_at: datetime
    used_at: datetime | None = None


_BY_DIGEST = select(table).where(table.c.digest == bindparam("this"))


def add(tx: Tx, invitation: Invitation) -> None:
    """Keep a new invitation."""
    tx.execute(insert(table).values(asdict(invitation)))


def open_one(tx: Tx, digest: str, now: datetime) -> Invitation | None:
    """An invitation that may still be used."""
    query = _BY_DIGEST.where(table.c.used_at.is_(None), table.c.expires_at > now)
    row = tx.execute(query, {"this": digest}).one_or_none()
    return _invitation(row) if row else None


def open_ones(tx: Tx, now: datetime) -> list[Invitation]:
    """Every invitation that may still be used, the newest first."""
    these = select(table).where(table.c.used_at.is_(None), table.c.expires_at > now)
    return [_invitation(row) for row in tx.execute(these.order_by(table.c.created_at.desc()))]


def use(tx: Tx, digest: str, now: datetime) -> bool:
    """Use one up; False where that was done before, or it has expired."""
    this = update(table).where(table.c.digest == digest, table.c.used_at.is_(None), table.c.expires_at > now)
    return tx.execute(this.values(used_at=now)).rowcount == 1


def withdraw_of(tx: Tx, operator_id: str, now: datetime) -> None:
    """Let no earlier invitation of an operator be used any more."""
    this = update(table).where(table.c.operator_id == operator_id, table.c.used_at.is_(None))
    tx.execute(this.values(used_at=now))


def withdraw(tx: Tx, digest: str, now: datetime) -> bool:
    """Let one invitation not be used any more; False where there is none."""
    this = update(table).where(table.c.digest == digest, table.c.used_at.is_(None))
    return tx.execute(this.values(used_at=now)).rowcount == 1


def withdraw_by(tx: Tx, name: str, now: datetime) -> int:
    """Let no invitation that somebody made be used any more; returns how many there were."""
    this = update(table).where(
        table.c.created_by == name[:60], table.c.used_at.is_(None), table.c.expires_at > now
    )
    return tx.execute(this.values(used_at=now)).rowcount


def forget(tx: Tx, before: datetime) -> int:
    """Forget those that expired before a time, used or not; returns how many."""
    return tx.execute(delete(table).where(table.c.expires_at < before)).rowcount


def _invitation(row: Row[tuple[object, ...]]) -> Invitation:
    found = dict(row._mapping)
    return Invitation(**{**found, "role": Role(found["role"])})
