"""Challenges that passkeys have signed: each is taken once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete

from checkout.store.conflicts import INSERT
from checkout.store.tables import challenges as table

if TYPE_CHECKING:
    from datetime import datetime

    from checkout.store.engine import Tx

_PUT = {
    name: maker(table).on_conflict_do_nothing(index_elements=["digest"]).returning(table.c.digest)
    for name, maker in INSERT.items()
}


def use(tx: Tx, digest: str, purpose: str, *, expires_at: datetime, now: datetime) -> bool:
    """Use a challenge up; False where it was used before. Those that have expired need not be kept any more."""
    forget(tx, now)
    values = {"digest": digest, "purpose": purpose, "expires_at": expires_at}
    return tx.execute(_PUT[tx.dialect.name], values).first() is not None


def forget(tx: Tx, now: datetime) -> int:
    """Forget those that have expired: none of them is taken any more. Returns how many there were."""
    return tx.execute(delete(table).where(table.c.expires_at < now)).rowcount
