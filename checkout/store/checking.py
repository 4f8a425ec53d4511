"""Whether the database is set up so that what is committed stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from checkout.store.engine import Tx


def durability_faults(tx: Tx) -> list[str]:
    """What would lose a committed transaction, or hold readers up; nothing where all is well."""
    if tx.dialect.name == "sqlite":
        mode = str(tx.execute(text("pragma journal_mode")).scalar_one())
        return (
            []
            if mode == "wal"
            else [f"its journal mode is {mode}, not WAL, so readers and writers block each other"]
        )
    synchronous = str(tx.execute(text("show synchronous_commit")).scalar_one())
    fsync = str(tx.execute(text("show fsync")).scalar_one())
    found = []
    if synchronous == "off":
        found.append("synchronous_commit is off, so a crash loses what was answered")
    if fsync == "off":
        found.append("fsync is off, so a power cut can destroy it")
    return found
