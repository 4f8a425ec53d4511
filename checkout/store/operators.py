"""Operators: who may work in the back office, and how they prove who they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select, update

from checkout.domain.roles import Role
from checkout.store.conflicts import INSERT
from checkout.store.tables import operators as table

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row

    from checkout.store.engine import Tx


@dataclass(frozen=True, slots=True)
class Operator:
    """One who may work in the back office. What proves them is kept as a digest, or sealed."""

    id: str
    name: str
    email: str
    role: Role
    created_at: datetime
    created_by: str
    password_hash: str | None = field(default=None, repr=False)
    totp_secret: str | None = field(default=None, repr=False)
    totp_last_step: int | None = None
    disabled_at: datetime | None = None
    failed_tries: int = 0
    locked_until: datetime | None = None

    @property
    def has_password(self) -> bool:
        """Whether they may sign in by password and one-time code."""
        return self.password_hash is not None and self.totp_secret is not None


_BY_ID = select(table).where(table.c.id == bindparam("this"))
_BY_EMAIL = select(table).where(table.c.email == bindparam("this"))
_BY_NAME = select(table).where(table.c.name == bindparam("this"))


def add(tx: Tx, operator: Operator) -> bool:
    """Keep a new operator; False where somebody has the name or the mail, who may have come in this instant."""
    put = INSERT[tx.dialect.name](table).on_conflict_do_nothing().returning(table.c.id)
    values = {
        "id": operator.id,
        "name": operator.name,
        "email": operator.email,
        "role": operator.role,
        "created_at": operator.created_at,
        "created_by": operator.created_by,
        "password_hash": operator.password_hash,
        "totp_secret": operator.totp_secret,
        "totp_last_step": operator.totp_last_step,
    }
    return tx.execute(put, values).first() is not None


def by_id(tx: Tx, operator_id: str, *, lock: bool = False) -> Operator | None:
    """One operator; `lock` holds the row until the transaction ends, where the database has such locks."""
    row = tx.execute(_BY_ID.with_for_update() if lock else _BY_ID, {"this": operator_id}).one_or_none()
    return _operator(row) if row else None


def by_email(tx: Tx, email: str) -> Operator | None:
    """One operator by the address they sign in with, in small letters."""
    row = tx.execute(_BY_EMAIL, {"this": email}).one_or_none()
    return _operator(row) if row else None


def by_name(tx: Tx, name: str) -> Operator | None:
    """One operator by the name that is kept with what they do."""
    row = tx.execute(_BY_NAME, {"this": name}).one_or_none()
    return _operator(row) if row else None


def by_name_in_any_case(tx: Tx, name: str) -> Operator | None:
    """One operator by a name that reads the same: two who differ in capitals would be mistaken for each other."""
    row = tx.execute(select(table).where(func.lower(table.c.name) == name.lower()).limit(1)).one_or_none()
    return _operator(row) if row else None


def everyone(tx: Tx) -> list[Operator]:
    """All operators by name, those without access too."""
    return [_operator(row) for row in tx.execute(select(table).order_by(func.lower(table.c.name)))]


def lock_admins(tx: Tx) -> list[Operator]:
    """Every admin with access, held until the transaction ends, so that two cannot remove each other at once.

    It comes before the lock of any one operator: two who each hold one and want the other's would wait for ever.
    """
    these = table.c.role == Role.ADMIN, table.c.disabled_at.is_(None)
    query = select(table).where(*these).order_by(table.c.id).with_for_update()
    return [_operator(row) for row in tx.execute(query)]


def set_role(tx: Tx, operator_id: str, role: Role) -> None:
    """Give another role."""
    tx.execute(update(table).where(table.c.id == operator_id).values(role=role))


def set_disabled(tx: Tx, operator_id: str, at: datetime | None) -> None:
    """Take access away, or give it back with None."""
    tx.execute(update(table).where(table.c.id == operator_id).values(disabled_at=at))


def set_password(tx: Tx, operator_id: str, password_hash: str | None) -> None:
    """Keep the digest of a new password, or none."""
    tx.execute(update(table).where(table.c.id == operator_id).values(password_hash=password_hash))


def set_totp(tx: Tx, operator_id: str, sealed: str | None, last_step: int | None) -> None:
    """Keep the sealed secret of the one-time codes, and the step whose code has just been used; or none."""
    values = {"totp_secret": sealed, "totp_last_step": last_step}
    tx.execute(update(table).where(table.c.id == operator_id).values(**values))


def use_totp_step(tx: Tx, operator_id: str, step: int) -> bool:
    """Use up the code of a step; False where it, or a later one, has been used already."""
    unused = table.c.totp_last_step.is_(None) | (table.c.totp_last_step < step)
    changed = update(table).where(table.c.id == operator_id, unused).values(totp_last_step=step)
    return tx.execute(changed).rowcount == 1


def set_tries(tx: Tx, operator_id: str, failed_tries: int, locked_until: datetime | None) -> None:
    """Keep how often a proof was wrong since the last right one, and until when no other is looked at."""
    values = {"failed_tries": failed_tries, "locked_until": locked_until}
    tx.execute(update(table).where(table.c.id == operator_id).values(**values))


def _operator(row: Row[tuple[object, ...]]) -> Operator:
    found = dict(row._mapping)
    return Operator(**{**found, "role": Role(found["role"])})
