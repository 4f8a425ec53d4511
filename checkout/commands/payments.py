"""`checkout payments`: one attempt to pay, with all that is known of it."""

from __future__ import annotations

import click

from checkout.commands.group import Commands
from checkout.commands.opening import opened_house
from checkout.commands.printing import as_json, print_json
from checkout.commands.traces import payment_json, print_payment
from checkout.flows.tracing import trace_payment


@click.group(cls=Commands, no_args_is_help=True)
def payments() -> None:
    """One attempt to pay an order, with all that is known of it."""


@payments.command("show")
@click.argument("payment")
@as_json
def show(payment: str, as_json: bool) -> None:  # noqa: FBT001
    """Everything that is known of a payment. PAYMENT is our id of it or the processor's reference."""
    with opened_house() as house:
        trace = trace_payment(house, payment)
    if as_json:
        print_json(payment_json(trace))
    else:
        print_payment(trace)
