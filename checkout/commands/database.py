"""`checkout db`: the tables of the database, and which version they have."""

from __future__ import annotations

import click

from checkout.commands.group import Commands
from checkout.commands.opening import opened_store, quiet_settings
from checkout.commands.printing import as_json, print_json
from checkout.store import migrating, preparing


@click.group(cls=Commands, no_args_is_help=True)
def database() -> None:
    """The tables of the database. SQLite needs none of this: it is brought up to date at start."""


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
