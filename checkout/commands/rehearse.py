"""`checkout rehearse`: fills an empty database with made-up orders, to see how everything behaves with many."""

from __future__ import annotations

import click

from checkout.commands.opening import opened_house
from checkout.flows.rehearsal import filling
from checkout.flows.rehearsal.filling import Rehearsal


@click.command()
@click.option(
    "--orders", type=click.IntRange(1, 10_000_000), default=10_000, show_default=True, help="How many."
)
@click.option(
    "--events",
    type=click.IntRange(0, 50_000_000),
    help="Events from the processor; five an order if not said.",
)
@click.option(
    "--days", type=click.IntRange(1, 3650), default=365, show_default=True, help="Over how many days."
)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed makes the same lives.")
def rehearse(orders: int, events: int | None, days: int, seed: int) -> None:
    """Fill an EMPTY database with made-up orders, payments, events and books that are true.

    For trying the back office, the API and your backups at the size your shop will have. A million orders take
    some minutes and several GB. No processor is asked and no mail is sent.
    """
    wanted = Rehearsal(orders, 5 * orders if events is None else events, days, seed)
    with opened_house(may_create=True) as house, click.progressbar(length=orders, label="orders") as bar:
        done = 0

        def progress(begun: int) -> None:
            nonlocal done
            bar.update(begun - done)
            done = begun

        written = filling.rehearse(house, wanted, progress=progress)
    for table, rows in sorted(written.items()):
        click.echo(f"{rows:>12,}  {table}")
