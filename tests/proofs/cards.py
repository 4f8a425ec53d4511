"""Card numbers in every spelling, in every field of the order form: the guard before the doors lets none in."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import click
from flask import Flask

from checkout.domain.errors import CardNumberError
from tests.domain.card_numbers import SPELLINGS, card_numbers
from tests.web.stage import TYPED, set_up

SHOWN_MAX = 40


@click.command()
@click.option("--size", type=click.IntRange(1), default=20_000, show_default=True, help="How many numbers.")
@click.option(
    "--seed", type=int, default=1, show_default=True, help="Which numbers, and how they are written."
)
def cards(size: int, seed: int) -> None:
    """Type card numbers into the order form, each in one field and one spelling: all are refused."""
    with tempfile.TemporaryDirectory() as folder:
        stage = set_up(Path(folder))
        found = let_in(stage.app, size, seed)
        stage.house.store.close()
    for field, spelling in found[:SHOWN_MAX]:
        click.secho(f"  let in as {field}: {spelling}", fg="red")
    if found:
        raise SystemExit(1)
    click.echo(f"{size} card numbers in {len(SPELLINGS)} spellings and {len(TYPED)} fields: all refused.")


def let_in(app: Flask, size: int, seed: int) -> list[tuple[str, str]]:
    """Each (field, spelling) of so many generated numbers that came past the guard."""
    chance, ways, fields = random.Random(seed), list(SPELLINGS.values()), list(TYPED)
    found = []
    for index, number in enumerate(card_numbers(size, seed)):
        spelling, field = ways[index % len(ways)](number, chance), fields[index // len(ways) % len(fields)]
        if not _is_refused(app, {**TYPED, field: spelling}):
            found.append((field, spelling))
    return found


def _is_refused(app: Flask, typed: dict[str, str]) -> bool:
    with app.test_request_context("/products/lamp", method="POST", data=typed):
        try:
            app.preprocess_request()
        except CardNumberError:
            return True
    return False
