"""`checkout reservations`: money that customers agreed to, to be taken or let go by the operator."""

from __future__ import annotations

import click

from checkout.commands.group import Commands
from checkout.commands.opening import opened_house
from checkout.commands.people import acting, by
from checkout.commands.printing import as_json, moment, print_json, print_table
from checkout.domain.errors import BadInputError
from checkout.domain.intents import Outcome
from checkout.domain.money import Money
from checkout.domain.standing import PaymentState
from checkout.flows import reserving
from checkout.flows.house import House
from checkout.flows.reserving import RestUndecidedError, Step
from checkout.flows.tracing import trace_order


@click.group(cls=Commands, no_args_is_help=True)
def reservations() -> None:
    """Money that is reserved for you: take it, make sure of it again, or let it go."""


@reservations.command("list")
@as_json
def list_reservations(as_json: bool) -> None:  # noqa: FBT001
    """Every reservation that stands. The one that runs out first is at the top.

    Until SURE UNTIL the money is there for certain; after it a capture may be declined. At ENDS it is gone.
    """
    with opened_house() as house:
        found = reserving.reserved(house)
    if as_json:
        print_json(
            [
                {
                    "payment_id": one.payment.id,
                    "order_id": one.payment.order_id,
                    "left": one.left,
                    "honoured_until": one.honoured_until,
                    "until": one.until,
                }
                for one in found
            ]
        )
        return
    rows = [(one.payment.order_id, one.left, moment(one.honoured_until), moment(one.until)) for one in found]
    print_table(("ORDER", "LEFT TO TAKE", "SURE UNTIL", "ENDS"), rows, none="Nothing is reserved.")


@reservations.command("capture")
@click.argument("order")
@click.option("--amount", help="As in 5.00; all that is left if not given.")
@click.option("--more-later", is_flag=True, help="Of a part: keep the rest reserved, to take more later.")
@click.option("--let-rest-go", is_flag=True, help="Of a part: let the rest go, for good.")
@by
def capture(order: str, amount: str | None, more_later: bool, let_rest_go: bool, by: str) -> None:  # noqa: FBT001
    """Take the money that is reserved for an order, all or a part.

    Of a part you say what becomes of the rest: --more-later or --let-rest-go.
    """
    if more_later and let_rest_go:
        message = "--more-later keeps the rest and --let-rest-go gives it up: choose one."
        raise click.UsageError(message)
    final = let_rest_go if more_later or let_rest_go else None
    with opened_house() as house:
        payment_id, currency = _reserved_payment(house, order)
        wanted = Money.typed(amount, currency) if amount else None
        try:
            step = reserving.capture(house, payment_id, by=by, amount=wanted, final=final, actor=acting(by))
        except RestUndecidedError as undecided:
            message = f"{undecided} Repeat it with --more-later to keep it, or with --let-rest-go."
            raise BadInputError(message) from undecided
    _say(step)


@reservations.command("renew")
@click.argument("order")
@by
def renew(order: str, by: str) -> None:
    """Make sure again that the money is there. Possible from the fourth day."""
    with opened_house() as house:
        payment_id, _ = _reserved_payment(house, order)
        step = reserving.reauthorize(house, payment_id, by=by, actor=acting(by))
    _say(step)


@reservations.command("release")
@click.argument("order")
@by
def release(order: str, by: str) -> None:
    """Let the reserved money go: the customer has it free again."""
    with opened_house() as house:
        payment_id, _ = _reserved_payment(house, order)
        step = reserving.void(house, payment_id, by=by, actor=acting(by))
    _say(step)


def _reserved_payment(house: House, name: str) -> tuple[str, str]:
    trace = trace_order(house, name)
    for one in reversed(trace.payments):
        if one.standing.authorized.minor > 0 or one.standing.state is PaymentState.AUTHORIZED:
            return one.payment.id, one.payment.terms.amount.currency
    message = f"No money is reserved for order {trace.order.id}: {trace.answer}"
    raise BadInputError(message)


def _say(step: Step) -> None:
    click.echo(step.said)
    if step.rest:
        click.echo(step.rest)
    if step.outcome is not Outcome.DONE:
        raise SystemExit(1)
