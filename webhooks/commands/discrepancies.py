"""`checkout discrepancies`: what differs between this shop and its processors, side by side, and decisions about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from checkout.building import now
from checkout.commands.group import Commands
from checkout.commands.opening import opened_house
from checkout.commands.people import acting, by
from checkout.commands.printing import as_json, moment, print_json, print_table
from checkout.commands.words import OneOf
from checkout.domain.accounts import BOOKABLE, Account
from checkout.domain.corrections import Action
from checkout.domain.errors import NotFoundError
from checkout.domain.happenings import word
from checkout.store import discrepancies as table
from webhooks.reconcile.resolving import Decision
from webhooks.reconcile.resolving import resolve as carry_out

if TYPE_CHECKING:
    from datetime import datetime

    from checkout.store.discrepancies import Discrepancy

LIST_MAX = 1000
ID_MAX = 2**63 - 1


@click.group(cls=Commands, no_args_is_help=True)
def discrepancies() -> None:
    """What differs from the processors. Each waits until it heals or somebody decides."""


@discrepancies.command("list")
@click.option("--kind", help="Only of this kind, as in `amount differs`.")
@click.option("--limit", type=click.IntRange(1, LIST_MAX), default=50, show_default=True, help="How many.")
@as_json
def list_discrepancies(kind: str | None, limit: int, as_json: bool) -> None:  # noqa: FBT001
    """Everything that waits for a decision. Oldest first, both sides next to each other."""
    with opened_house() as house, house.store.read() as tx:
        found = table.open_ones(tx, kind=kind.replace("_", " ") if kind else None, limit=limit)
        counts = table.count_open(tx)
    at = now()
    if as_json:
        told = {word(one): count for one, count in counts.items()}
        print_json({"counts": told, "discrepancies": [_json(one, at) for one in found]})
        return
    rows = [
        (one.id, one.kind, _age(one, at), one.payment_id or one.subject, one.ours, one.theirs)
        for one in found
    ]
    print_table(("ID", "KIND", "AGE", "OF", "OURS", "THEIRS"), rows, none="Nothing differs.")
    if counts:
        click.echo(", ".join(f"{count} {one}" for one, count in sorted(counts.items())))


@discrepancies.command("show")
@click.argument("discrepancy", type=click.IntRange(1, ID_MAX))
@as_json
def show(discrepancy: int, as_json: bool) -> None:  # noqa: FBT001
    """Show what each side says. Since when, and what became of it."""
    with opened_house() as house, house.store.read() as tx:
        found = table.by_id(tx, discrepancy)
    if found is None:
        raise NotFoundError("discrepancy", str(discrepancy))
    if as_json:
        print_json(_json(found, now()))
        return
    click.secho(f"Discrepancy {found.id}: {found.kind}", bold=True)
    click.echo(f"  {found.explanation}")
    click.echo(f"  ours      {found.ours or '-'}")
    click.echo(f"  theirs    {found.theirs or '-'}")
    click.echo(f"  payment   {found.payment_id or 'none of this shop'}")
    click.echo(f"  their id  {found.subject or '-'} at {found.processor}")
    click.echo(f"  since     {moment(found.opened_at)} ({_age(found, now())})")
    if found.resolved_at is None:
        click.echo(
            f"  decide    checkout discrepancies resolve {found.id} --as adopt|book|refund|ignore --reason …"
        )
    else:
        click.echo(
            f"  resolved  {moment(found.resolved_at)} by {found.resolved_by or 'itself'}: {found.resolution}"
        )


@discrepancies.command("resolve")
@click.argument("discrepancy", type=click.IntRange(1, ID_MAX))
@click.option(
    "--as",
    "action",
    required=True,
    type=click.Choice([str(one) for one in Action]),
    help="adopt: the processor is right. book: to --account. refund: what came too much. ignore: let it be.",
)
@click.option(
    "--reason", required=True, help="Why, without names or addresses of customers; it is kept for good."
)
@click.option("--account", type=OneOf(BOOKABLE), help="Where it is booked.")
@by
@as_json
def resolve(
    discrepancy: int,
    action: str,
    reason: str,
    account: str | None,
    by: str,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Decide about a difference, once. What it books is shown in the order's history."""
    booked = Account(account) if account else None
    decision = Decision(Action(action), reason, by, booked, acting(by))
    with opened_house() as house:
        found = carry_out(house, discrepancy, decision)
    if as_json:
        print_json(_json(found, now()))
        return
    click.echo(f"Discrepancy {found.id} is resolved by {found.resolved_by}: {found.resolution}")


def _json(one: Discrepancy, at: datetime) -> dict[str, object]:
    fields = {name: getattr(one, name) for name in one.__dataclass_fields__}
    age = (one.resolved_at or at) - one.opened_at
    return fields | {"kind": word(one.kind), "age_seconds": int(age.total_seconds())}


def _age(one: Discrepancy, at: datetime) -> str:
    """`3 d`, `5 h` or `12 min`."""
    seconds = max(0, int((at - one.opened_at).total_seconds()))
    for length, name in ((86_400, "d"), (3_600, "h")):
        if seconds >= length:
            return f"{seconds // length} {name}"
    return f"{seconds // 60} min"
