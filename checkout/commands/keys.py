"""`checkout keys`: keys of the API, made, replaced and revoked."""

from __future__ import annotations

from datetime import timedelta

import click

from checkout.commands.group import Commands
from checkout.commands.opening import opened_house
from checkout.commands.people import acting, by
from checkout.commands.printing import as_json, print_json, print_table
from checkout.domain.keys import Scope
from checkout.flows import keys as flow
from checkout.flows.keys import Made
from checkout.store.api_keys import KeyRow


@click.group(cls=Commands, no_args_is_help=True)
def keys() -> None:
    """Keys of the API, by which the shop's own programs order, look and refund."""


@keys.command("create")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([str(one) for one in Scope]),
    help="What it may do; more than once for more. Everything, if not given.",
)
@by
@as_json
def create(name: str, scopes: tuple[str, ...], by: str, as_json: bool) -> None:  # noqa: FBT001
    """Make a key for a program. It is shown once, now.

    For example: checkout keys create "web shop" --scope orders:read --scope orders:write
    """
    with opened_house(may_create=True) as house:
        opens = [Scope(one) for one in scopes] or list(Scope)
        made = flow.make(house, acting(by), name=name, scopes=opens)
    _print_made(made, as_json=as_json)


@keys.command("list")
@as_json
def list_keys(as_json: bool) -> None:  # noqa: FBT001
    """Every key there ever was, newest first; never a key itself."""
    with opened_house() as house:
        found, now = flow.all_keys(house), house.clock()
    if as_json:
        print_json([_key(one) for one in found])
        return
    rows = [
        (one.id, one.name, f"…{one.hint}", one.mode, one.last_used_at, one.why_over(now) or "holds")
        for one in found
    ]
    none = 'There are no keys yet. Make one: checkout keys create "web shop"'
    print_table(("ID", "NAME", "ENDS IN", "MODE", "LAST USED", "STATE"), rows, none=none)


@keys.command("rotate")
@click.argument("key_id")
@click.option(
    "--overlap-hours",
    type=click.IntRange(0, 720),
    default=24,
    show_default=True,
    help="How long the old key goes on.",
)
@by
@as_json
def rotate(key_id: str, overlap_hours: int, by: str, as_json: bool) -> None:  # noqa: FBT001
    """Make the key that takes another's place, with the same scopes. It is shown once, now."""
    with opened_house() as house:
        overlap = timedelta(hours=overlap_hours)
        made = flow.rotate(house, acting(by), key_id, overlap=overlap)
    _print_made(made, as_json=as_json)


@keys.command("revoke")
@click.argument("key_id")
@by
def revoke(key_id: str, by: str) -> None:
    """Let a key open nothing from now on."""
    with opened_house() as house:
        key = flow.revoke(house, acting(by), key_id)
    click.echo(f"The key {key.name!r} that ends in {key.hint} opens nothing any more.")


def _print_made(made: Made, *, as_json: bool) -> None:
    if as_json:
        print_json(_key(made.key) | {"key": made.text})
        return
    click.echo(made.text)
    click.echo(f"This is {made.key.name!r} ({made.key.id}). Keep it now: it is not shown again.", err=True)


def _key(key: KeyRow) -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "mode": key.mode,
        "ends_in": key.hint,
        "scopes": sorted(key.scopes),
        "created_at": key.created_at,
        "created_by": key.created_by,
        "last_used_at": key.last_used_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "replaced_by": key.replaced_by,
    }
