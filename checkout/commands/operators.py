"""Who may work in the back office: the first admin is invited here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from checkout.commands.group import Commands
from checkout.commands.opening import opened_house
from checkout.commands.people import acting, by
from checkout.commands.printing import as_json, moment, print_json, print_table
from checkout.domain.roles import Role
from checkout.flows import inviting, looking_after, operating

if TYPE_CHECKING:
    from checkout.flows.inviting import Invited

one_role = click.Choice([role.value for role in Role])


@click.group(cls=Commands, no_args_is_help=True)
def operators() -> None:
    """Who may work in the back office. An OPERATOR is named by name or mail address."""


@operators.command("list")
@as_json
def list_operators(as_json: bool) -> None:  # noqa: FBT001
    """Everybody, those without access too."""
    with opened_house() as house:
        everyone, _ = looking_after.overview(house)
    if as_json:
        print_json(
            [
                {
                    "name": one.name,
                    "email": one.email,
                    "role": one.role,
                    "has_access": one.disabled_at is None,
                    "created_at": one.created_at,
                }
                for one in everyone
            ]
        )
        return
    rows = [
        (one.name, one.email, one.role, "no" if one.disabled_at else "yes", one.created_at)
        for one in everyone
    ]
    none = "Nobody yet. `checkout operators invite --role admin` lets the first one in."
    print_table(("NAME", "EMAIL", "ROLE", "ACCESS", "SINCE"), rows, none=none)


@operators.command("invite")
@click.option("--role", type=one_role, required=True, help="What they may do.")
@by
def invite(role: str, by: str) -> None:
    """Print a one-time code for somebody new. It works once, within 24 hours."""
    with opened_house(may_create=True) as house:
        _print(inviting.invite(house, Role(role), by=acting(by)))


@operators.command("reset")
@click.argument("operator")
@by
def reset(operator: str, by: str) -> None:
    """Let OPERATOR begin anew with a one-time code.

    It voids all they sign in with, and ends their sessions.
    """
    with opened_house() as house:
        _print(operating.reset(house, operator, by=acting(by)))


@operators.command("role")
@click.argument("operator")
@click.argument("role", type=one_role)
@by
def change_role(operator: str, role: str, by: str) -> None:
    """Give OPERATOR another role; they sign in again with it."""
    with opened_house() as house:
        operating.set_role(house, operator, Role(role), by=acting(by))
    click.echo(f"{operator} is {role} now.")


@operators.command("disable")
@click.argument("operator")
@by
def disable(operator: str, by: str) -> None:
    """Take OPERATOR's access away, at once."""
    with opened_house() as house:
        operating.disable(house, operator, by=acting(by))
    click.echo(f"{operator} has no access any more.")


@operators.command("enable")
@click.argument("operator")
@by
def enable(operator: str, by: str) -> None:
    """Give OPERATOR access again."""
    with opened_house() as house:
        operating.enable(house, operator, by=acting(by))
    click.echo(f"{operator} has access again.")


def _print(invited: Invited) -> None:
    """The code and the page that takes it: shown once, kept nowhere."""
    click.echo(f"Code: {invited.code}")
    click.echo(f"Link: {invited.link}")
    click.echo(f"Good once, until {moment(invited.expires_at)}.")
