"""`checkout halts`: what stands still until somebody has looked, and going on again."""

from __future__ import annotations

import click

from checkout.commands.group import Commands
from checkout.commands.opening import opened_house
from checkout.commands.people import acting, by
from checkout.commands.printing import as_json, print_json, print_table
from checkout.flows import halting
from checkout.store import halts as table


@click.group(cls=Commands, no_args_is_help=True)
def halts() -> None:
    """What stands still until somebody has looked, and going on again."""


@halts.command("list")
@as_json
def list_halts(as_json: bool) -> None:  # noqa: FBT001
    """Everything that stands still now, and why."""
    with opened_house() as house, house.store.read() as tx:
        found = table.open_ones(tx)
    if as_json:
        print_json(
            [
                {
                    "id": one.id,
                    "processor": one.processor,
                    "stops": one.stops,
                    "cause": one.cause,
                    "said": one.said,
                    "since": one.since,
                }
                for one in found
            ]
        )
        return
    rows = [(one.id, one.processor, one.stops, one.since, one.said) for one in found]
    print_table(("ID", "PROCESSOR", "STOPS", "SINCE", "WHY"), rows, none="Nothing stands still.")


@halts.command("end")
@click.argument("halt", type=int)
@by
def end(halt: int, by: str) -> None:
    """Go on again after looking. HALT is its id from `halts list`."""
    with opened_house() as house:
        halting.go_on(house, acting(by), halt)
    click.echo("It goes on again.")
