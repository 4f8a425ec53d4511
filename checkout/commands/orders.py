"""`checkout orders`: what was ordered, how it stands, and where the money is."""

from __future__ import annotations

import click

from checkout.commands.group import Commands
from checkout.commands.opening import opened_house
from checkout.commands.people import acting, by
from checkout.commands.printing import as_json, print_json, print_table
from checkout.commands.traces import order_json, print_order
from checkout.commands.words import OneOf
from checkout.domain.errors import CheckoutError, NotFoundError, OrderClosedError
from checkout.domain.orders import OrderState
from checkout.flows import ordering
from checkout.flows.finding import find_order
from checkout.flows.house import House
from checkout.flows.tracing import OrderTrace, trace_order
from checkout.store import orders as table

LIST_MAX = 1000


class HasMoneyError(CheckoutError):
    """An order that cannot be cancelled because money has come in for it."""

    def __init__(self, order_id: str) -> None:
        super().__init__(
            f"Money has come in for order {order_id}, so it cannot be cancelled. Give the money back at the"
            f" processor first; `checkout orders show {order_id}` says where it is."
        )


@click.group(cls=Commands, no_args_is_help=True)
def orders() -> None:
    """What was ordered, how it stands, and where the money is."""


@orders.command("list")
@click.option("--state", type=OneOf(OrderState), help="Only orders in this state.")
@click.option("--limit", type=click.IntRange(1, LIST_MAX), default=20, show_default=True, help="How many.")
@as_json
def list_orders(state: str | None, limit: int, as_json: bool) -> None:  # noqa: FBT001
    """Orders, newest first."""
    with opened_house() as house, house.store.read() as tx:
        found = table.newest(tx, limit=limit, state=OrderState(state) if state else None)
    if as_json:
        print_json(
            [
                {
                    "id": order.id,
                    "token": order.token,
                    "state": order.state,
                    "due": order.due,
                    "created_at": order.created_at,
                    "expires_at": order.expires_at,
                    "paid_at": order.paid_at,
                    "shop_reference": order.shop_reference,
                }
                for order in found
            ]
        )
        return
    rows = [(order.id, order.state, order.due, order.created_at, order.paid_at) for order in found]
    print_table(("ORDER", "STATE", "DUE", "PLACED", "PAID"), rows, none="There are no such orders.")


@orders.command("show")
@click.argument("what")
@as_json
def show(what: str, as_json: bool) -> None:  # noqa: FBT001
    """Say where an order's money is. Then comes everything that is known of it, oldest first.

    WHAT is its number, the address of its page, the shop's reference, or any id that PayPal quotes: of its order,
    a capture, a refund, a dispute. Words find it as in the office; several that are found are listed.
    """
    with opened_house() as house:
        trace = _found(house, what)
        url = house.shop.order_url(trace.order.token)
    if as_json:
        print_json(order_json(trace) | {"url": url})
    else:
        print_order(trace, url)


@orders.command("cancel")
@click.argument("order")
@by
def cancel(order: str, by: str) -> None:
    """Cancel an order that has no money. The processor is asked first whether some came.

    ORDER is its number, the last part of its page's address, or the processor's reference of its payment. An
    order that is cancelled already stays so.
    """
    with opened_house() as house:
        trace = trace_order(house, order)
        try:
            ordering.cancel(house, trace.order.token, acting(by))
        except OrderClosedError as closed:
            raise HasMoneyError(trace.order.id) from closed
        after = trace_order(house, trace.order.id)
    click.echo(f"Order {after.order.id} is {after.order.state}. {after.answer}")


def _found(house: House, what: str) -> OrderTrace:
    try:
        return trace_order(house, what)
    except NotFoundError:
        return trace_order(house, find_order(house, what))
