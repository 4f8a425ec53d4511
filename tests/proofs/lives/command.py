"""`python -m tests.proofs lives`: the same lives in every way their messages may fare, and what came of them."""

from __future__ import annotations

import logging
import tempfile
import time
from pathlib import Path

import click
import structlog

from checkout.processors.paypal.emulator.start import start_emulator
from tests.bench.places import databases
from tests.proofs.lives.proving import WAYS, Outcome, Way, run

SHOWN_MAX = 40


@click.command()
@click.option("--size", type=click.IntRange(1), default=10_000, show_default=True, help="How many lives.")
@click.option("--seed", type=int, default=1, show_default=True, help="Which lives.")
@click.option("--database", type=click.Choice(["SQLite", "PostgreSQL"]), default="SQLite", show_default=True)
def lives(size: int, seed: int, database: str) -> None:
    """Live generated lives of payments against the emulator, and hold the books against its account."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    outcomes: list[tuple[Way, Outcome]] = []
    with tempfile.TemporaryDirectory() as folder, databases(Path(folder)) as urls:
        for way in WAYS:
            click.secho(f"{way.name}:", bold=True)
            outcomes.append((way, _one(urls[database](), size, seed, way)))
    failures = [fault for way, outcome in outcomes for fault in outcome.faults[:SHOWN_MAX]]
    failures += differing(outcomes)[:SHOWN_MAX]
    for failure in failures:
        click.secho(f"  {failure}", fg="red")
    if failures:
        raise SystemExit(1)
    click.echo(
        f"{size} lives, {len(WAYS)} ways: every account agrees to the minor unit, and each life ended the same."
    )


def _one(url: str, size: int, seed: int, way: Way) -> Outcome:
    began = time.monotonic()

    def say(text: str) -> None:
        click.echo(f"  {time.monotonic() - began:6.0f} s  {text}")

    with start_emulator(seed=seed) as emulator:
        outcome = run(url, emulator, size=size, seed=seed, way=way, say=say)
    say(f"{outcome.brought} messages came, {outcome.lost} did not; {len(outcome.faults)} faults")
    return outcome


def differing(outcomes: list[tuple[Way, Outcome]]) -> list[str]:
    """Each life that ended otherwise in one way than in the first."""
    first = outcomes[0][1].standings
    return [
        f"{way.name}: {now}; before: {before}"
        for way, outcome in outcomes[1:]
        for before, now in zip(first, outcome.standings, strict=True)
        if before != now
    ]
