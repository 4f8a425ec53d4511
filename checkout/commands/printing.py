"""How the command line prints: tables for people, JSON with stable keys for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

import click

from checkout.domain.happenings import word
from checkout.domain.money import Money

if TYPE_CHECKING:
    from collections.abc import Sequence

as_json = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON for programs; amounts in minor units."
)
"""The option of every command a program may read."""


def print_json(said: object) -> None:
    """One JSON document; money as `{minor, currency}`, times as ISO 8601 in UTC, states with underscores."""
    click.echo(json.dumps(_told(said), ensure_ascii=False, indent=2, default=_plain))


def print_table(headings: Sequence[str], rows: Sequence[Sequence[object]], *, none: str) -> None:
    """Columns as wide as their longest entry; `none` is said where there is nothing."""
    if not rows:
        click.echo(none)
        return
    texts = [[_text(entry) for entry in row] for row in rows]
    widths = [max(len(row[column]) for row in [list(headings), *texts]) for column in range(len(headings))]
    for row in [list(headings), *texts]:
        click.echo("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def moment(time: datetime | None) -> str:
    """`2026-11-22 18:48:34 UTC`, or a dash."""
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if time else "-"


def _text(entry: object) -> str:
    if entry is None:
        return "-"
    return moment(entry) if isinstance(entry, datetime) else str(entry)


def _told(said: object) -> object:
    """The same with its words as programs read them."""
    match said:
        case StrEnum():
            return word(said.value)
        case Mapping():
            return {_told(name): _told(value) for name, value in said.items()}
        case list() | tuple():
            return [_told(one) for one in said]
    return said


def _plain(value: object) -> object:
    if isinstance(value, Money):
        return {"minor": value.minor, "currency": value.currency}
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    message = f"{type(value).__name__} has no JSON form"
    raise TypeError(message)
