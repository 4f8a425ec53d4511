"""The database: one URL, two dialects, and the only place that begins and commits a transaction."""

from __future__ import annotations

import os
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from checkout.domain.errors import BadInputError, StoreDamagedError, StoreUnavailableError
from checkout.store.session_locks import NOTICE_A_LOST_SERVER, SessionLocks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.pool import ConnectionPoolEntry

Tx: TypeAlias = Connection

BUSY_SECONDS = 30
POOL_CONNECTIONS = 4
"""Transactions take milliseconds and no network call happens in one, so few connections serve many threads: with
200 threads, four used half the processor time of sixteen, as waiting for a connection is cheaper than for the
interpreter's lock with one in hand."""

_CANNOT_BE_READ = (
    "DATABASE_URL cannot be read; use sqlite:///a/file or postgresql://user:password@host/name, with signs such as"
    " @ or / in a password percent-encoded."
)
_ONE_MOMENT = text("set transaction isolation level repeatable read, read only")
PORT_MAX = 65535
IDLE_SECONDS = 5.0
"""A connection that rested longer is asked whether it still lives before it is used; asking always costs a third."""

PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700
"""Of what we make ourselves: it holds the addresses of customers, and other users of the machine need none of it."""
_MAKING = threading.Lock()


class Store:
    """Opens transactions on SQLite or PostgreSQL; whoever holds one may read and write, never commit.

    On SQLite every write transaction begins IMMEDIATE and they queue inside the process for one connection:
    SQLite has one writer anyway, and its busy handler sleeps where a queue wakes at once.
    """

    def __init__(self, url: str) -> None:
        self.url = database_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            _make_sqlite_folder(self.url)
            self._writer = _sqlite_engine(self.url, connections=1, begin="BEGIN IMMEDIATE")
            self._reader = _sqlite_engine(self.url, connections=POOL_CONNECTIONS, begin="BEGIN DEFERRED")
        else:
            self._writer = self._reader = create_engine(
                self.url,
                pool_size=POOL_CONNECTIONS,
                max_overflow=0,
                pool_timeout=BUSY_SECONDS,
                isolation_level="READ COMMITTED",
                hide_parameters=True,
                connect_args={"application_name": "checkout", **NOTICE_A_LOST_SERVER},
            )

            _ask_the_idle(self._writer)

    @contextmanager
    def begin(self) -> Iterator[Tx]:
        """A transaction that commits at the end and rolls back on any exception."""
        with named_outage(), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """A transaction that only reads; it holds nobody up."""
        with named_outage(), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Tx]:
        """A transaction that only reads, and whose every question sees the same moment.

        For whoever compares what two questions answer: at READ COMMITTED the second may see a payment that
        committed after the first. SQLite's reading transactions are like that by themselves.
        Source: https://www.postgresql.org/docs/current/sql-set-transaction.html, read 2026-11-27.
        """
        with self.read() as tx:
            if not self.is_sqlite:
                tx.execute(_ONE_MOMENT)
            yield tx

    @property
    def engine(self) -> Engine:
        """The writing engine, for migrations and the durable-work engine."""
        return self._writer

    def session_locks(self) -> SessionLocks:
        """Locks that die with this process, on PostgreSQL."""
        return SessionLocks(self.url)

    def is_up(self) -> bool:
        """Answers a trivial question; never raises."""
        try:
            with self.read() as tx:
                tx.execute(text("select 1"))
        except StoreUnavailableError:
            return False
        return True

    def close(self) -> None:
        """Give all connections back."""
        self._writer.dispose()
        self._reader.dispose()


@contextmanager
def alone_with(file: Path) -> Iterator[Tx]:
    """A transaction on a SQLite file that nobody else has; it stays one file, unlike a shop's own."""
    engine = create_engine(URL.create("sqlite", database=str(file)))
    event.listen(engine, "connect", lambda plain, _record: plain.execute("pragma synchronous=full"))
    try:
        with named_outage(), engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def database_url(url: str) -> URL:
    """Read DATABASE_URL: `sqlite:///path` or `postgresql://…`, always driven by psycopg 3.

    Raises BadInputError, which repeats nothing of it: it holds a password.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise BadInputError(_CANNOT_BE_READ) from None
    match parsed.drivername.partition("+")[0]:
        case "sqlite" if _is_a_file(parsed):
            return parsed.set(drivername="sqlite")
        case "postgresql" | "postgres" if _can_be_asked_for(parsed):
            return parsed.set(drivername="postgresql+psycopg")
    raise BadInputError(_CANNOT_BE_READ)


def _is_a_file(url: URL) -> bool:
    file = url.database
    nothing_else = url.set(drivername="sqlite") == URL.create("sqlite", database=file)
    return nothing_else and file not in {None, "", ":memory:"} and not Path(str(file)).is_dir()


def _can_be_asked_for(url: URL) -> bool:
    # A shop on SQLite need not wait for the driver of another database.
    from psycopg import ProgrammingError  # noqa: PLC0415
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415

    try:
        make_conninfo("", **dict.fromkeys(url.query, ""))
    except ProgrammingError:  # an option that PostgreSQL does not know
        return False
    return url.port is None or 0 < url.port <= PORT_MAX


@contextmanager
def named_outage() -> Iterator[None]:
    """Say what the driver raises in our own words: StoreUnavailableError or StoreDamagedError."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeoutError) as down:
        raise StoreUnavailableError from down
    except DatabaseError as damaged:
        if type(damaged) is not DatabaseError:  # each kind of it means something else
            raise
        raise StoreDamagedError(str(damaged.orig)) from damaged


def _ask_the_idle(engine: Engine) -> None:
    """A connection that has rested is asked whether it lives; one that does not is replaced unseen."""

    def _rest(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info["rests_since"] = time.monotonic()

    def _wake(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:  # noqa: ANN401 -- the driver's
        rested = time.monotonic() - record.info.get("rests_since", time.monotonic())
        if rested <= IDLE_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except Exception as gone:
            raise DisconnectionError from gone

    event.listen(engine, "checkin", _rest)
    event.listen(engine, "checkout", _wake)


def _make_sqlite_folder(url: URL) -> None:
    try:
        Path(str(url.database)).parent.mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
    except OSError as refused:
        message = (
            f"DATABASE_URL names a folder that cannot be made ({refused.strerror}); use sqlite:///a/file in one where"
            " this user may write."
        )
        raise BadInputError(message) from None


def _make_private(file: Path) -> None:
    """Make a database's file before SQLite does, who lets everybody read it; what lies beside it follows its mode.

    One at a time: to close a file that another thread has open by now would take SQLite's locks from it.
    """
    with _MAKING, suppress(OSError):  # SQLite says better what is wrong with the place
        if not file.exists():
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE_FILE))


def _sqlite_engine(url: URL, *, connections: int, begin: str) -> Engine:
    engine = create_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        hide_parameters=True,
        pool_timeout=BUSY_SECONDS,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )

    def _set_up(connection: Any, _record: object) -> None:  # noqa: ANN401 -- the driver's own connection type
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "recursive_triggers=ON",
            f"busy_timeout={BUSY_SECONDS * 1000}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "do_connect", lambda *_: _make_private(Path(str(url.database))))
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine
