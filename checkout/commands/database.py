"""`checkout db`: the tables of the database, which version they have, and backups of a SQLite shop."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from checkout.building import now as time_now
from checkout.commands.group import Commands
from checkout.commands.opening import opened_store, quiet_settings
from checkout.commands.printing import as_json, moment, print_json
from checkout.domain.errors import CheckoutError
from checkout.store import backing_up, migrating, preparing

if TYPE_CHECKING:
    from checkout.store.backing_up import Backup
    from checkout.store.engine import Store


class OtherDatabaseError(CheckoutError):
    """PostgreSQL has its own tools for this, which do it better."""

    def __init__(self, tool: str) -> None:
        super().__init__(
            f"This database is PostgreSQL, which has its own tool: {tool}. docs/operations.md says what to do around it."
        )


@click.group(cls=Commands, no_args_is_help=True)
def database() -> None:
    """The tables of the database, and backups. SQLite is brought up to date at start by itself."""


@database.command("upgrade")
def upgrade() -> None:
    """Bring the database to what this program needs. Running it again changes nothing.

    Run it once before a new version starts on PostgreSQL. Several at once wait for each other.
    """
    with opened_store(quiet_settings(), may_create=True) as store:
        before = migrating.version(store)
        changed = preparing.upgrade(store)
        now = migrating.version(store)
    click.echo(
        f"The database was at version {before or 'none'} and is at {now} now."
        if changed
        else f"The database is up to date: version {now}."
    )


@database.command("version")
@as_json
def version(as_json: bool) -> None:  # noqa: FBT001
    """Say which version the database has. Exits 1 where this program needs another."""
    with opened_store(quiet_settings(), may_create=False) as store:
        found = migrating.version(store)
    if as_json:
        print_json({"version": found, "needed": migrating.HEAD, "current": found == migrating.HEAD})
    elif found == migrating.HEAD:
        click.echo(f"The database is at version {found}, as this program needs.")
    if found != migrating.HEAD:
        if as_json:
            raise SystemExit(1)
        raise migrating.SchemaOutdatedError(found)


@database.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace a file of this name.")
@as_json
def backup(file: Path, *, force: bool, as_json: bool) -> None:
    """Copy a SQLite shop to FILE, also while it is open.

    Whoever pays meanwhile does not wait. The copy is proved before it counts: every page, and the chain of the
    ledger. Keep it where this machine's disk is not; it holds your customers' addresses, so only its owner may
    read it.
    """
    settings = quiet_settings()
    with opened_store(settings, may_create=False) as store:
        _refuse_other(store, 'pg_dump --format=custom --file=FILE "$DATABASE_URL"')
        migrating.require_current(store)
        made = backing_up.back_up(
            store, file, installation=settings.installation, at=time_now(), replace=force
        )
    if as_json:
        print_json(_told(made))
        return
    click.echo(
        f"Kept in {made.file}: {made.ledger_lines} lines of the ledger, {made.size_bytes:,} bytes, proved."
    )
    click.echo(f"Its last hash, to be kept elsewhere: {made.head or 'none, as nothing is booked yet'}")


@database.command("restore")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@as_json
def restore(file: Path, *, as_json: bool) -> None:
    """Put a backup in the place of a stopped SQLite shop.

    What is there now is kept beside it. Afterwards the books know less than the processor: say `checkout
    reconcile events` and `checkout sweep --everything` before anybody gives money back, and `checkout reconcile
    run` once the processor's report is complete.
    """
    settings = quiet_settings()
    with opened_store(settings, may_create=True) as store:
        _refuse_other(store, 'pg_restore --clean --if-exists --dbname="$DATABASE_URL" FILE')
        made, aside = backing_up.restore(store, file, installation=settings.installation, at=time_now())
    if as_json:
        print_json({**_told(made), "kept_aside": str(aside) if aside else None})
        return
    click.echo(
        f"Restored from {file}, taken at {moment(made.taken_at)}: {made.ledger_lines} lines of the ledger."
    )
    if aside:
        click.echo(f"What was there is kept as {aside}.")
    click.echo("Now start the shop, and let it catch up with the processor before anybody gives money back:")
    for command in ("reconcile events", "sweep --everything", "reconcile run", "discrepancies list"):
        click.echo(f"    checkout {command}")


def _refuse_other(store: Store, tool: str) -> None:
    if not store.is_sqlite:
        raise OtherDatabaseError(tool)


def _told(made: Backup) -> dict[str, object]:
    return {**asdict(made), "file": str(made.file)}
