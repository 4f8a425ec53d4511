"""Who does it: the name that is kept with a refund, a decision, an answer to a dispute."""

from __future__ import annotations

import getpass
import os

import click

from checkout.domain.actors import NAME_MAX, Actor, Way


def _login_name() -> str:
    try:
        return getpass.getuser()[:NAME_MAX]
    except (OSError, KeyError):
        return f"user {os.getuid()}"


by = click.option(
    "--by",
    "by",
    default=_login_name,
    show_default="your login name",
    help="Who does this; it is kept with it.",
)
"""The option of every command that is somebody's decision."""


def acting(by: str) -> Actor:
    """Who does it, as the audit names them."""
    return Actor(by[:NAME_MAX], Way.COMMAND)
