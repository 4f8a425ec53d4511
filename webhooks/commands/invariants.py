"""`checkout invariants`: is all that must always be true of the money true?"""

from __future__ import annotations

import click

from checkout.commands.opening import opened_house
from checkout.commands.printing import as_json, print_json
from checkout.domain.errors import CheckoutError
from webhooks.invariants import FOUND_MAX, Violation, check


class InvariantsViolatedError(CheckoutError):
    """Something about the money is not as it must be."""

    def __init__(self, found: list[Violation]) -> None:
        listed = "".join(f"\n  {one.number}. {one.about}: {one.said}" for one in found)
        more = " or more" if len(found) >= FOUND_MAX else ""
        super().__init__(
            f"{len(found)}{more} violations of what must always be true:{listed}\n"
            "Take no more money until somebody has looked; the worker stops captures by itself. Keep a copy of the"
            " database."
        )


@click.command()
@as_json
def invariants(as_json: bool) -> None:  # noqa: FBT001
    """Check everything that must always be true of the money. Changes nothing; exits 1 with each violation.

    The worker does the same every hour for what is new, and stops captures where the books are wrong.
    """
    with opened_house() as house:
        found = check(house)
    if as_json:
        print_json(
            {
                "hold": not found,
                "violations": [{"number": one.number, "about": one.about, "said": one.said} for one in found],
            }
        )
        if found:
            raise SystemExit(1)
    elif found:
        raise InvariantsViolatedError(found)
    else:
        click.echo("All of it holds: the books are true, and nothing is forgotten.")
