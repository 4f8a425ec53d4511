"""PostgreSQL's session locks: held by one direct connection, free the moment it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from psycopg import Connection
    from sqlalchemy.engine import URL

NOTICE_A_LOST_SERVER: Final[dict[str, Any]] = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
"""libpq: a server that vanished without a word is noticed within half a minute, not after hours. Milliseconds
for the last, else seconds."""

_CLASS = 7311
"""The first half of each lock's key, so that they never meet anybody else's."""


class SessionLocks:
    """Locks by number; all of them end with the connection. Not for a pooler that shares sessions."""

    def __init__(self, url: URL) -> None:
        import psycopg  # noqa: PLC0415 -- a shop on SQLite has no use for it

        plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._connection: Connection[Any] = psycopg.connect(plain, autocommit=True, **NOTICE_A_LOST_SERVER)
        self._error = psycopg.Error

    def is_alive(self) -> bool:
        """The session still stands, and so do its locks."""
        try:
            self._connection.execute("select 1")
        except self._error:
            return False
        return True

    def try_lock(self, number: int) -> bool:
        """Take a lock that nobody holds; never waits."""
        row = self._connection.execute("select pg_try_advisory_lock(%s, %s)", (_CLASS, number)).fetchone()
        return bool(row and row[0])

    def unlock(self, number: int) -> None:
        """Give one lock back."""
        self._connection.execute("select pg_advisory_unlock(%s, %s)", (_CLASS, number))

    def close(self) -> None:
        """End the session."""
        self._connection.close()
