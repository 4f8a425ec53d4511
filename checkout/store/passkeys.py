"""Passkeys: the public halves of keys that operators keep in their devices."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, select, update

from checkout.store.tables import passkeys as table

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row

    from checkout.store.engine import Tx


@dataclass(frozen=True, slots=True)
class Passkey:
    """One passkey. `credential` and `public_key` are base64url; `sign_count` is what its device has counted."""

    credential: str
    operator_id: str
    public_key: str
    sign_count: int
    name: str
    created_at: datetime
    last_used_at: datetime | None = None


_BY_CREDENTIAL = select(table).where(table.c.credential == bindparam("this"))
_OF_OPERATOR = select(table).where(table.c.operator_id == bindparam("this")).order_by(table.c.created_at)


def add(tx: Tx, passkey: Passkey) -> None:
    """Keep a new passkey; its credential must be new."""
    tx.execute(insert(table).values(asdict(passkey)))


def by_credential(tx: Tx, credential: str) -> Passkey | None:
    """One passkey by what its device calls it."""
    row = tx.execute(_BY_CREDENTIAL, {"this": credential}).one_or_none()
    return _passkey(row) if row else None


def of_operator(tx: Tx, operator_id: str) -> list[Passkey]:
    """An operator's passkeys, the oldest first."""
    return [_passkey(row) for row in tx.execute(_OF_OPERATOR, {"this": operator_id})]


def use(tx: Tx, passkey: Passkey, sign_count: int, at: datetime) -> bool:
    """Keep what its device has counted now; False where somebody else has used it in between, or it is gone."""
    this = update(table).where(
        table.c.credential == passkey.credential, table.c.sign_count == passkey.sign_count
    )
    return tx.execute(this.values(sign_count=sign_count, last_used_at=at)).rowcount == 1


def rename(tx: Tx, credential: str, operator_id: str, name: str) -> None:
    """Give an operator's passkey another name."""
    this = update(table).where(table.c.credential == credential, table.c.operator_id == operator_id)
    tx.execute(this.values(name=name))


def remove(tx: Tx, credential: str, operator_id: str) -> None:
    """Forget an operator's passkey."""
    tx.execute(delete(table).where(table.c.credential == credential, table.c.operator_id == operator_id))


def remove_all(tx: Tx, operator_id: str) -> None:
    """Forget every passkey of an operator."""
    tx.execute(delete(table).where(table.c.operator_id == operator_id))


def _passkey(row: Row[tuple[object, ...]]) -> Passkey:
    return Passkey(**dict(row._mapping))
