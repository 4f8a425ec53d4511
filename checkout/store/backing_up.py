"""Backups of a SQLite shop: taken whole while it is open, proved before they count, restored beside what was there."""

from __future__ import annotations

import dataclasses
import fcntl
import os
import sqlite3
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from checkout.domain.errors import CheckoutError
from checkout.store import chain, migrating, preparing, watermarks
from checkout.store.engine import Store, alone_with
from checkout.store.tables import payments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checkout.store.engine import Tx

MARK = "backup"
"""The watermark that a backup bears: when it was taken, and of which installation."""
PRIVATE = 0o600


class BackupError(CheckoutError):
    """A backup that cannot be taken, is not whole, or may not be restored here. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup is. `head` is the last hash of its ledger, which `ledger verify --head` looks for."""

    file: Path
    taken_at: datetime | None
    installation: str | None
    version: str | None
    ledger_lines: int
    head: str
    size_bytes: int


def back_up(store: Store, file: Path, *, installation: str, at: datetime, replace: bool = False) -> Backup:
    """Copy the whole database as it is at one moment; nobody who pays meanwhile waits for it.

    The file appears once it is whole, proved and on the disk, readable by its owner alone. Raises BackupError.
    """
    if file.exists() and not replace:
        message = f"{file} is there already. Choose another name, or say --force to replace it."
        raise BackupError(message)
    part = file.with_name(f".{file.name}.part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE))
    try:
        _copy(Path(str(store.url.database)), part)
        with alone_with(part) as tx:
            watermarks.put(tx, MARK, at, installation)
        made = proved(part)
        _keep(part)
        part.replace(file)
        _keep(file.absolute().parent)
    finally:
        part.unlink(missing_ok=True)
    return dataclasses.replace(made, file=file)


def proved(file: Path) -> Backup:
    """A backup that is whole: every page, and every line of its ledger. Raises BackupError."""
    if not file.is_file():
        message = f"There is no file {file}."
        raise BackupError(message)
    try:
        with closing(sqlite3.connect(f"file:{file.absolute()}?mode=ro", uri=True)) as plain:
            said = str(plain.execute("pragma integrity_check").fetchone()[0])
            found = plain.execute("select version_num from alembic_version").fetchone()
            version = str(found[0]) if found else None
    except sqlite3.DatabaseError as damaged:
        message = f"{file} is no backup of a shop, or is damaged: {damaged}."
        raise BackupError(message) from None
    if said != "ok":
        message = f"{file} is damaged: {said[:200]}."
        raise BackupError(message)
    if version != migrating.HEAD:
        # An older one has other columns: its books are proved once it is brought up to date.
        return Backup(file, None, None, version, 0, "", file.stat().st_size)
    with alone_with(file) as tx:
        verified = chain.verify(tx)
        taken_at, installation = watermarks.at(tx, MARK), watermarks.said(tx, MARK) or _named(tx)
    if verified.broken_at is not None:
        message = (
            f"The ledger of {file} was changed: line {verified.broken_at} does not follow the one before it."
        )
        raise BackupError(message)
    size = file.stat().st_size
    return Backup(file, taken_at, installation, version, verified.lines, verified.head, size)


def restore(store: Store, file: Path, *, installation: str, at: datetime) -> tuple[Backup, Path | None]:
    """Put a backup in the place of the shop's database; what was there is kept beside it, and its name given.

    Raises BackupError while anything has the database open, for another installation's backup, and for one of
    a newer program; nothing is changed then. An older one is brought up to date.
    """
    target = Path(str(store.url.database)).absolute()
    _refuse_newer(proved(file))
    store.close()
    with _nobody_else(target):
        coming = target.with_name(f".{target.name}.coming")
        coming.unlink(missing_ok=True)
        os.close(os.open(coming, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE))
        try:
            _copy(file, coming)
            _bring_up_to_date(coming)
            ready = proved(coming)
            if ready.installation not in {None, installation}:
                message = (
                    f"{file} is of the installation {ready.installation!r}, and this one is {installation!r}: its"
                    " orders would be taken for others'. Set INSTALLATION, or use the right file."
                )
                raise BackupError(message)
            _keep(coming)
            aside = _put_aside(target, at)
            coming.replace(target)
            _keep(target.parent)
        finally:
            for left in (coming, *_beside(coming)):
                left.unlink(missing_ok=True)
    return dataclasses.replace(ready, file=file), aside


def _copy(source: Path, target: Path) -> None:
    """One step, so that it is one moment's: in WAL mode nobody who writes waits for whoever reads."""
    with (
        closing(sqlite3.connect(source)) as original,
        closing(sqlite3.connect(target)) as copy,
    ):
        original.backup(copy)
        copy.execute("pragma journal_mode=delete")  # one file, with nothing beside it


def _named(tx: Tx) -> str | None:
    """The installation by the name it gave its payments, for a copy that bears no mark."""
    name = tx.execute(select(payments.c.names).limit(1)).scalar_one_or_none()
    return str(name).partition("-")[0] if name else None


def _refuse_newer(backup: Backup) -> None:
    if backup.version is None or backup.version > migrating.HEAD:
        message = (
            f"{backup.file} is at version {backup.version or 'none'}, and this program knows {migrating.HEAD} at most."
            " Restore it with the program that took it, or a newer one."
        )
        raise BackupError(message)


def _bring_up_to_date(file: Path) -> None:
    fresh = Store(f"sqlite:///{file}")
    try:
        preparing.upgrade(fresh)
    finally:
        fresh.close()
    with closing(sqlite3.connect(file)) as plain:
        plain.execute("pragma journal_mode=delete")


@contextmanager
def _nobody_else(target: Path) -> Iterator[None]:
    """Hold the place of the one worker, and make sure that no other process has the database open."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with Path(f"{target}.worker").open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(_OPEN.format(target)) from None
        if target.exists():
            _refuse_if_open(target)
        yield


_OPEN = "A shop runs on {}. Stop it first: what it writes now would be lost."


def _refuse_if_open(target: Path) -> None:
    """SQLite leaves its WAL mode only for whoever is alone; that also makes it one file. A damaged one may go."""
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(target, timeout=0)) as plain:
        try:
            mode = str(plain.execute("pragma journal_mode=delete").fetchone()[0])
        except sqlite3.OperationalError as busy:
            if busy.sqlite_errorcode in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
                raise BackupError(_OPEN.format(target)) from None
            raise
        if mode != "delete":
            raise BackupError(_OPEN.format(target))


def _put_aside(target: Path, at: datetime) -> Path | None:
    """Whatever was there is kept: the restored one may prove to be the wrong one."""
    if not target.exists():
        return None
    aside = target.with_name(f"{target.name}.before-restore-{at:%Y%m%dT%H%M%SZ}")
    if aside.exists():
        message = f"{aside} is there already; move it away first."
        raise BackupError(message)
    for left in _beside(target):  # of a damaged one, which could not be made one file
        left.rename(aside.with_name(f"{aside.name}{left.name.removeprefix(target.name)}"))
    target.rename(aside)
    return aside


def _beside(file: Path) -> list[Path]:
    return [one for end in ("-wal", "-shm", "-journal") if (one := Path(f"{file}{end}")).exists()]


def _keep(path: Path) -> None:
    """On the disk before anybody relies on it, and after a power cut."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
