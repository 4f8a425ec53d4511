"""`checkout ledger`: the balances, and whether the books are true."""

from __future__ import annotations

import click

from checkout.commands.group import Commands
from checkout.commands.opening import opened_house
from checkout.commands.printing import as_json, print_json, print_table
from checkout.domain.errors import CheckoutError
from checkout.store import ledger as table


class BooksNotTrueError(CheckoutError):
    """The ledger contradicts itself or the facts."""

    def __init__(self, faults: list[str]) -> None:
        listed = "".join(f"\n  - {fault}" for fault in faults)
        super().__init__(
            f"The books are not true, in {len(faults)} places:{listed}\n"
            "Ledger and facts are append-only, so somebody changed the database by hand or there is a fault in"
            " this program. Keep a copy of the database and report it."
        )


@click.group(cls=Commands, no_args_is_help=True)
def ledger() -> None:
    """The double-entry books: balances, and whether they are true."""


@ledger.command("balance")
@as_json
def balance(as_json: bool) -> None:  # noqa: FBT001
    """Each account's balance, by processor and currency. A balance is debits minus credits."""
    with opened_house() as house, house.store.read() as tx:
        found = table.balances(tx)
    if as_json:
        print_json(
            [{"processor": one.processor, "account": one.account, "balance": one.amount} for one in found]
        )
        return
    rows = [(one.processor, one.account, one.amount) for one in found]
    print_table(
        ("PROCESSOR", "ACCOUNT", "BALANCE"), rows, none="The ledger is empty: no money has moved yet."
    )


@ledger.command("verify")
@as_json
def verify(as_json: bool) -> None:  # noqa: FBT001
    """Check that the books are true. Debits equal credits for every fact, and each is booked exactly once.

    Exits 1 with each fault named.
    """
    with opened_house() as house, house.store.read() as tx:
        faults = list(table.faults(tx))
    if as_json:
        print_json({"true": not faults, "faults": faults})
        if faults:
            raise SystemExit(1)
    elif faults:
        raise BooksNotTrueError(faults)
    else:
        click.echo("The books are true: debits equal credits, and every fact is booked exactly once.")
