"""`checkout endpoints`: where the shop is told what happened, and how each endpoint has fared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from checkout.commands.group import Commands
from checkout.commands.opening import opened_house
from checkout.commands.people import acting, by
from checkout.commands.printing import as_json, print_json, print_table
from checkout.commands.times import UTC_MOMENT
from checkout.domain.errors import NotFoundError
from checkout.flows import endpoints as flow
from checkout.store import deliveries as sent
from checkout.store import endpoints as table

if TYPE_CHECKING:
    from datetime import datetime

    from checkout.flows.endpoints import Made
    from checkout.store.endpoints import EndpointRow

SHOWN = 50
types_option = click.option(
    "--type", "types", multiple=True, help="Tell only this, such as order.paid; may be given often."
)


@click.group(cls=Commands, no_args_is_help=True)
def endpoints() -> None:
    """Where the shop is told what happened: addresses, secrets, and what was delivered."""


@endpoints.command("add")
@click.argument("url")
@types_option
@click.option("--description", default="", help="What listens there, in a line.")
@by
@as_json
def add(url: str, types: tuple[str, ...], description: str, by: str, as_json: bool) -> None:  # noqa: FBT001
    """Tell the shop at URL from now on. The secret is shown once, and never again."""
    with opened_house(may_create=True) as house:
        made = flow.add(house, acting(by), url=url, types=types, description=description)
    _show_secret(made, as_json=as_json)


@endpoints.command("list")
@as_json
def list_endpoints(as_json: bool) -> None:  # noqa: FBT001
    """Every endpoint, and how it fares."""
    with opened_house() as house, house.store.read() as tx:
        found, counted = table.all_of(tx), sent.counts(tx)
    if as_json:
        print_json([_endpoint(one) for one in found])
        return
    rows = [
        (one.id, one.url, " ".join(one.types), _health(one), sum(counted.get(one.id, {}).values()))
        for one in found
    ]
    none = "The shop is told nowhere yet. Add an endpoint: checkout endpoints add https://shop.example/hooks"
    print_table(("ID", "URL", "TYPES", "STATE", "DELIVERIES"), rows, none=none)


@endpoints.command("show")
@click.argument("endpoint_id")
@as_json
def show(endpoint_id: str, as_json: bool) -> None:  # noqa: FBT001
    """One endpoint, how its deliveries stand, and its last tries."""
    with opened_house() as house, house.store.read() as tx:
        one = table.by_id(tx, endpoint_id)
        if one is None:
            raise NotFoundError("endpoint", endpoint_id)
        counted = sent.counts(tx).get(one.id, {})
        tried = sent.attempts(tx, limit=10, endpoint_id=one.id)
    if as_json:
        shown = [
            {"event": a.name, "at": a.at, "status": a.status, "said": a.said, "took_ms": a.took_ms}
            for a in tried
        ]
        print_json(_endpoint(one) | {"deliveries": counted, "attempts": shown})
        return
    click.echo(f"{one.id} {one.url}\n{_health(one)}; told of: {' '.join(one.types)}")
    click.echo(
        ", ".join(f"{number} {state}" for state, number in counted.items()) or "nothing to deliver yet"
    )
    rows = [(a.at, a.name, a.said, f"{a.took_ms} ms") for a in tried]
    print_table(("TRIED", "EVENT", "WHAT CAME OF IT", "TOOK"), rows, none="No attempt was made yet.")


@endpoints.command("rotate")
@click.argument("endpoint_id")
@by
@as_json
def rotate(endpoint_id: str, by: str, as_json: bool) -> None:  # noqa: FBT001
    """Make a new secret, shown once. For 24 hours the one before signs too."""
    with opened_house() as house:
        made = flow.rotate(house, acting(by), endpoint_id)
    _show_secret(made, as_json=as_json)


@endpoints.command("disable")
@click.argument("endpoint_id")
@by
def disable(endpoint_id: str, by: str) -> None:
    """Send nothing there until it is enabled. What is due waits."""
    with opened_house() as house:
        flow.disable(house, acting(by), endpoint_id)
    click.echo(f"{endpoint_id} is disabled.")


@endpoints.command("enable")
@click.argument("endpoint_id")
@by
def enable(endpoint_id: str, by: str) -> None:
    """Send there again, first what waited."""
    with opened_house() as house:
        enabled = flow.enable(house, acting(by), endpoint_id)
    click.echo(f"{endpoint_id} is enabled. {enabled.sent} that waited are sent now.")
    if enabled.missed_since is not None:
        since = enabled.missed_since.strftime("%Y-%m-%dT%H:%M")
        click.echo(
            f"What happened since: checkout endpoints resend {endpoint_id} --since {since} sends it too."
        )


@endpoints.command("remove")
@click.argument("endpoint_id")
@by
def remove(endpoint_id: str, by: str) -> None:
    """Forget an endpoint's address and secrets, for good."""
    with opened_house() as house:
        flow.remove(house, acting(by), endpoint_id)
    click.echo(f"{endpoint_id} is removed.")


@endpoints.command("deliveries")
@click.argument("endpoint_id")
@click.option("--limit", type=click.IntRange(1, 1000), default=SHOWN, show_default=True, help="How many.")
@as_json
def deliveries(endpoint_id: str, limit: int, as_json: bool) -> None:  # noqa: FBT001
    """What was and is to be delivered to an endpoint, newest first."""
    with opened_house() as house, house.store.read() as tx:
        if table.by_id(tx, endpoint_id) is None:
            raise NotFoundError("endpoint", endpoint_id)
        found = sent.newest(tx, limit=limit, endpoint_id=endpoint_id)
    if as_json:
        keys = ("state", "type", "attempts", "due_at", "created_at", "delivered_at")
        print_json([{"event": one.name} | {key: getattr(one, key) for key in keys} for one in found])
        return
    rows = [(one.created_at, one.name, one.type, one.state, one.attempts, one.due_at) for one in found]
    heads = ("MADE", "EVENT", "TYPE", "STATE", "ATTEMPTS", "DUE")
    print_table(heads, rows, none="Nothing is to be delivered there.")


@endpoints.command("resend")
@click.argument("endpoint_id")
@click.argument("event", required=False)
@click.option("--since", type=UTC_MOMENT, help="Instead of one event: all from this time on, in UTC.")
@click.option("--until", type=UTC_MOMENT, help="Up to this time; else up to now.")
@click.option("--delivered-too", is_flag=True, help="Also what the endpoint has taken already.")
@by
def resend(
    endpoint_id: str,
    event: str | None,
    since: datetime | None,
    until: datetime | None,
    delivered_too: bool,  # noqa: FBT001
    by: str,
) -> None:
    """Send one EVENT again, or those of a span of time.

    They bear the ids they always had, so that the shop knows what it has already.
    """
    if (event is None) == (since is None):
        message = "Name one event, or give --since."
        raise click.UsageError(message)
    with opened_house() as house:
        if event is not None:
            flow.resend(house, acting(by), endpoint_id, event)
            click.echo(f"{event} is sent again.")
        elif since is not None:
            number, until = 0, until or house.clock()
            while since is not None:
                done = flow.resend_span(
                    house, acting(by), endpoint_id, since, until, delivered_too=delivered_too
                )
                number, since = number + done.sent, done.next_since
            click.echo(f"{number} are sent.")


@endpoints.command("ping")
@click.argument("endpoint_id")
@by
def ping(endpoint_id: str, by: str) -> None:
    """Send an event that means nothing, to try an endpoint. The worker sends it at once."""
    with opened_house() as house:
        name = flow.ping(house, acting(by), endpoint_id)
    click.echo(f"{name} is on its way. See: checkout endpoints show {endpoint_id}")


def _show_secret(made: Made, *, as_json: bool) -> None:
    if as_json:
        print_json(_endpoint(made.endpoint) | {"secret": made.secret})
        return
    click.echo(f"{made.endpoint.id} is told at {made.endpoint.url}")
    click.echo(f"Its secret, shown this once: {made.secret}")


def _health(one: EndpointRow) -> str:
    if one.disabled_at is not None:
        return f"disabled {one.disabled_why or ''}".strip()
    return f"failing since {one.failing_since:%Y-%m-%d %H:%M} UTC" if one.failing_since else "well"


def _endpoint(one: EndpointRow) -> dict[str, object]:
    return {
        "id": one.id,
        "url": one.url,
        "description": one.description,
        "types": list(one.types),
        "enabled": one.disabled_at is None,
        "disabled_why": one.disabled_why,
        "failing_since": one.failing_since,
        "earlier_secret_until": one.earlier_until,
        "created_at": one.created_at,
        "created_by": one.created_by,
    }
