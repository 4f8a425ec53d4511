"""How disputes are printed: by deadline for people, with stable keys for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from checkout.commands.printing import moment, print_table
from checkout.flows.dispute_words import OUTCOME_WORDS, STAGE_WORDS, STATUS_WORDS, left_text, ways_text
from checkout.flows.disputing import plain_reason
from checkout.store import payments

if TYPE_CHECKING:
    from datetime import datetime

    from checkout.flows.house import House
    from checkout.store.disputes import DisputeRow


def print_list(found: list[DisputeRow], house: House) -> None:
    """One line for each."""
    now, orders = house.clock(), _orders(house, found)
    rows = [
        (
            one.id,
            orders[one.id],
            one.amount,
            one.status if one.is_open else one.outcome,
            one.due_at if one.is_open else None,
            left_text(one.due_at, now) if one.is_open else "",
            plain_reason(house, one.processor, one.reason),
        )
        for one in found
    ]
    headings = ("DISPUTE", "ORDER", "AMOUNT", "STANDS", "ANSWER BY", "LEFT", "WHY")
    print_table(headings, rows, none="There are no such disputes.")


def print_one(dispute: DisputeRow, house: House) -> None:
    """Everything about one, and the exact command of each thing that may be done now."""
    now, order = house.clock(), _orders(house, [dispute])[dispute.id]
    click.secho(f"Dispute {dispute.id} {STATUS_WORDS[dispute.status]}", bold=True)
    click.echo(f"  about     {dispute.amount or 'an amount that is not told'} of order {order}")
    click.echo(f"  why       {plain_reason(house, dispute.processor, dispute.reason)}")
    click.echo(f"  stage     {STAGE_WORDS[dispute.stage]}")
    if not dispute.is_open:
        click.echo(f"  outcome   {OUTCOME_WORDS[dispute.outcome]}")
    if dispute.is_open and dispute.due_at is not None:
        click.echo(f"  answer by {moment(dispute.due_at)} ({left_text(dispute.due_at, now)})")
    click.echo(f"  as of     {moment(dispute.updated_at)}")
    ways = ways_text(dispute.id, dispute.allows)
    if not ways:
        click.echo("\nNothing can be done by a command now.")
        return
    click.echo("\nWhat you can do now")
    for said, command in ways:
        click.echo(f"  {said}:\n    {command}")


def dispute_json(dispute: DisputeRow, house: House) -> dict[str, object]:
    """One dispute with stable keys."""
    return {
        "id": dispute.id,
        "processor": dispute.processor,
        "payment_id": dispute.payment_id,
        "order_id": _orders(house, [dispute])[dispute.id],
        "amount": dispute.amount,
        "status": dispute.status,
        "stage": dispute.stage,
        "outcome": dispute.outcome,
        "reason": dispute.reason,
        "said": plain_reason(house, dispute.processor, dispute.reason),
        "channel": dispute.channel,
        "due_at": dispute.due_at,
        "days_left": days_left(dispute.due_at, house.clock()),
        "allows": sorted(dispute.allows),
        "updated_at": dispute.updated_at,
    }


def days_left(due_at: datetime | None, now: datetime) -> float | None:
    """Days until the answer must be there, to a tenth; below nothing where it is late."""
    return None if due_at is None else round((due_at - now).total_seconds() / 86400, 1)


def _orders(house: House, found: list[DisputeRow]) -> dict[str, str]:
    with house.store.read() as tx:
        known = {one.id: payments.by_id(tx, one.payment_id) for one in found}
    return {name: payment.order_id if payment else "-" for name, payment in known.items()}
