"""`checkout inbox`: what processors told us, what was kept of it, and what became of it."""

from __future__ import annotations

import click

from checkout.commands.group import Commands
from checkout.commands.opening import opened_house
from checkout.commands.printing import as_json, moment, print_json, print_table
from checkout.commands.traces import event_json
from checkout.domain.errors import NotFoundError
from checkout.store import mailboxes
from checkout.store.mailboxes import MessageState

LIST_MAX = 1000
EVENT_ID_MAX = 2**63 - 1


@click.group(cls=Commands, no_args_is_help=True)
def inbox() -> None:
    """What processors told us. Each event ends as done, ignored (none of ours) or parked (needs a person)."""


@inbox.command("list")
@click.option(
    "--state", type=click.Choice([str(state) for state in MessageState]), help="Only events in this state."
)
@click.option("--limit", type=click.IntRange(1, LIST_MAX), default=20, show_default=True, help="How many.")
@as_json
def list_events(state: str | None, limit: int, as_json: bool) -> None:  # noqa: FBT001
    """Events, newest first, and how many there are of each state."""
    with opened_house() as house, house.store.read() as tx:
        found = mailboxes.newest(tx, limit=limit, state=MessageState(state) if state else None)
        counts = mailboxes.counts(tx)
    if as_json:
        said = {
            "counts": {str(one): count for one, count in counts.items()},
            "events": list(map(event_json, found)),
        }
        print_json(said)
        return
    rows = [
        (one.id, one.envelope.event_type, one.state, one.payment_id, one.received_at, one.reason)
        for one in found
    ]
    headings = ("ID", "EVENT", "STATE", "PAYMENT", "RECEIVED", "REASON")
    print_table(headings, rows, none="There are no such events.")
    click.echo(", ".join(f"{count} {one}" for one, count in counts.items()))


@inbox.command("show")
@click.argument("event", type=click.IntRange(1, EVENT_ID_MAX))
@as_json
def show(event: int, as_json: bool) -> None:  # noqa: FBT001
    """One event and what was kept of it. That is ids, states, amounts and times, never a person's name or a card."""
    with opened_house() as house, house.store.read() as tx:
        found = mailboxes.by_id(tx, event)
    if found is None:
        raise NotFoundError("event", str(event))
    envelope, is_due = found.envelope, found.state is MessageState.NEW
    if as_json:
        more = {
            "transmission_id": envelope.transmission_id,
            "body_digest": envelope.body_digest,
            "binds_body": envelope.binds_body,
            "kept": dict(envelope.kept),
        }
        print_json(event_json(found) | more)
        return
    click.secho(f"Event {found.id}: {envelope.event_type}, {found.state}", bold=True)
    if found.reason:
        click.echo(f"  because   {found.reason}")
    click.echo(f"  payment   {found.payment_id or 'none of ours, or not known yet'}")
    click.echo(
        f"  from      {envelope.processor}, its id {envelope.event_id}, sent as {envelope.transmission_id}"
    )
    click.echo(f"  occurred  {moment(envelope.occurred_at)}, received {moment(found.received_at)}")
    click.echo(f"  tries     {found.attempts}" + (f", next at {moment(found.due_at)}" if is_due else ""))
    click.echo(
        f"  body      SHA-256 {envelope.body_digest}; the signature binds {_bound(binds=envelope.binds_body)}"
    )
    for name, value in sorted(envelope.kept.items()):
        click.echo(f"  kept      {name} = {value}")


@inbox.command("retry")
@click.argument("event", type=click.IntRange(1, EVENT_ID_MAX))
def retry(event: int) -> None:
    """Give an event one more round of tries. A worker takes it up at once. Repeating an event is harmless."""
    with opened_house() as house, house.store.begin() as tx:
        if not mailboxes.retry(tx, event, house.clock()):
            raise NotFoundError("event", str(event))
    click.echo(f"Event {event} is due again. See what becomes of it: checkout inbox show {event}")


def _bound(*, binds: bool) -> str:
    return "the whole body" if binds else "only its checksum, so the processor was asked instead"
