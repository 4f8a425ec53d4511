"""`checkout link`: pay links that are signed here, and the keys that a shop's own programs sign them with."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import IO

import click

from checkout.commands.group import Commands
from checkout.commands.opening import opened_house
from checkout.commands.people import acting, by
from checkout.commands.printing import as_json, print_json, print_table
from checkout.domain.errors import BadInputError
from checkout.flows import link_keys, linking
from checkout.flows.link_keys import MadeKey
from checkout.store.link_keys import LinkKey

OVERLAP_DAYS = 30
DAYS_MAX = 3650


@click.group(cls=Commands, no_args_is_help=True)
def link() -> None:
    """Pay links for whole orders, signed: a page or program can make them without asking the till."""


@link.command("sign")
@click.argument("order", type=click.File("rb"))
@click.option("--key", "key_id", default=None, help="Id of the key to sign with; else the newest.")
@click.option(
    "--good-for-hours",
    type=click.IntRange(1, 24 * DAYS_MAX),
    default=None,
    help="Let the link end after so many hours; else when the order says.",
)
def sign(order: IO[bytes], key_id: str | None, good_for_hours: int | None) -> None:
    """Print the pay link of an order. ORDER is a JSON file, or - for what comes in.

    For example: {"lines": [{"title": "A pot of tea", "quantity": 2, "unit_price_minor": 2380}], "currency": "EUR"}
    """
    said = _read(order)
    with opened_house() as house:
        if good_for_hours is not None:
            said["expires"] = int((house.clock() + timedelta(hours=good_for_hours)).timestamp())
        click.echo(linking.sign(house, said, key_id))


def _read(file: IO[bytes]) -> dict[str, object]:
    try:
        said = json.load(file)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        message = f"{file.name} holds no order: it must be one JSON object, as docs/pay-links.md shows."
        raise BadInputError(message)
    return said


@link.group("keys", cls=Commands, no_args_is_help=True)
def keys() -> None:
    """The keys that links are signed with."""


@keys.command("create")
@click.argument("name")
@by
@as_json
def create(name: str, by: str, as_json: bool) -> None:  # noqa: FBT001
    """Make a key, named for what signs with it. Its secret is shown this once.

    For example: checkout link keys create "the static pages"
    """
    with opened_house(may_create=True) as house:
        made = link_keys.create(house, acting(by), name)
    _show(made, as_json=as_json)


@keys.command("rotate")
@click.argument("key_id")
@click.option(
    "--overlap-days",
    type=click.IntRange(0, DAYS_MAX),
    default=OVERLAP_DAYS,
    show_default=True,
    help="How long links of the earlier key stay good.",
)
@by
@as_json
def rotate(key_id: str, overlap_days: int, by: str, as_json: bool) -> None:  # noqa: FBT001
    """Make a key in the place of another. Its secret is shown this once."""
    with opened_house() as house:
        made = link_keys.rotate(house, acting(by), key_id, timedelta(days=overlap_days))
    _show(made, as_json=as_json)


@keys.command("revoke")
@click.argument("key_id")
@by
def revoke(key_id: str, by: str) -> None:
    """Let a key end now.

    No link signed with it leads to an order any more. Orders that exist stay as they are.
    """
    with opened_house() as house:
        link_keys.revoke(house, acting(by), key_id)
    click.echo(f"Key {key_id} is revoked; links signed with it say so.")


@keys.command("list")
@as_json
def list_keys(as_json: bool) -> None:  # noqa: FBT001
    """Every key, newest first, without its secret."""
    with opened_house() as house:
        found, now = link_keys.listed(house), house.clock()
    if as_json:
        print_json([_key(one, now) for one in found])
        return
    rows = [
        (one.id, one.name, one.created_at, one.created_by, _holds(one, now), one.expires_at) for one in found
    ]
    none = "There are no link keys yet. Make one: checkout link keys create 'the static pages'"
    print_table(("ID", "NAME", "MADE", "BY", "HOLDS", "UNTIL"), rows, none=none)


def _holds(key: LinkKey, now: datetime) -> str:
    if key.holds_at(now):
        return "replaced" if key.replaced_by else "yes"
    return "revoked" if key.revoked_at else "ended"


def _key(key: LinkKey, now: datetime) -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "holds": key.holds_at(now),
        "created_at": key.created_at,
        "created_by": key.created_by,
        "expires_at": key.expires_at,
        "replaced_by": key.replaced_by,
        "revoked_at": key.revoked_at,
        "revoked_by": key.revoked_by,
    }


def _show(made: MadeKey, *, as_json: bool) -> None:
    if as_json:
        print_json({"id": made.id, "secret": made.secret})
        return
    click.echo(f"LINK_KEY={made.id}\nLINK_SECRET={made.secret}")
    click.echo(
        "Keep the secret where only programs of yours read it: it is not shown again. `checkout link sign` needs"
        " neither.",
        err=True,
    )
