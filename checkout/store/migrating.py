"""Brings a database to the tables this code expects, and says when it is not there yet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from checkout.domain.errors import CheckoutError, StoreUnavailableError

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection

    from checkout.store.engine import Store

HEAD = "0008"
"""The newest migration; a test holds it against the folder."""

_UPGRADE_LOCK = 0x0DE1E6A7ED
"""PostgreSQL's advisory lock while one process upgrades and the others wait."""


class SchemaOutdatedError(CheckoutError):
    """The database does not have the tables this code expects."""

    def __init__(self, found: str | None) -> None:
        at = f"is at version {found}" if found else "has no tables yet"
        self.is_newer = found is not None and found > HEAD
        what = (
            "Start the program that made it, or a newer one." if self.is_newer else "Run: checkout db upgrade"
        )
        super().__init__(f"The database {at}, this program needs {HEAD}. {what}")


def version(store: Store) -> str | None:
    """Which migration the database is at; None where it has no tables yet."""
    try:
        with store.read() as tx:
            return tx.execute(text("select version_num from alembic_version")).scalar_one_or_none()
    except (ProgrammingError, StoreUnavailableError):
        if not store.is_up():
            raise
        return None


def require_current(store: Store) -> None:
    """Raise SchemaOutdatedError unless the database has exactly the tables this code expects."""
    found = version(store)
    if found != HEAD:
        raise SchemaOutdatedError(found)


def upgrade(store: Store) -> bool:
    """Apply the missing migrations; False where there were none. Several processes may call it at once."""
    if version(store) == HEAD:
        return False
    from alembic import command  # noqa: PLC0415 -- Alembic takes a second to import; a web process never needs it

    with store.begin() as tx:
        if not store.is_sqlite:
            tx.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
        command.upgrade(config(tx), "head")
    return True


def config(connection: Connection) -> Config:
    """Alembic's configuration for one open connection; no file is needed."""
    from alembic.config import Config  # noqa: PLC0415 -- as above

    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    made.attributes["connection"] = connection
    return made


def is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """The durable-work engine keeps its own tables in the same database; they are none of Alembic's business."""
    if kind == "schema":
        return name is None
    return kind != "table" or name in _our_tables()


def _our_tables() -> frozenset[str]:
    from checkout.store.tables import metadata  # noqa: PLC0415 -- read when Alembic asks, not at import

    return frozenset(metadata.tables)
