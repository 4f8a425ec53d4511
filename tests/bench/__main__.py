"""`make bench`: every measure on both databases, each figure beside its bound."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path

import click

from tests.bench import checkouts, door, lookups, processes, settling
from tests.bench.measure import Figure
from tests.bench.places import databases

Measure = Callable[[str, Callable[[], str], Path], list[Figure]]

MEASURES: dict[str, Measure] = {
    "door": door.measure,
    "settling": settling.measure,
    "checkouts": checkouts.measure,
    "lookups": lookups.measure,
    "processes": processes.measure,
}
QUICK: dict[str, Measure] = {
    "door": partial(door.measure, rounds=1, events=1_000, floor_events=500),
    "settling": partial(settling.measure, rounds=1, events=128),
    "checkouts": partial(checkouts.measure, orders_each=5),
    "lookups": partial(lookups.measure, many=100_000),
    "processes": partial(processes.measure, starts=3, requests=200),
}


@click.command()
@click.option(
    "--only", type=click.Choice(list(MEASURES)), multiple=True, help="Only this measure; may be repeated."
)
@click.option(
    "--database", type=click.Choice(["SQLite", "PostgreSQL"]), multiple=True, help="Only on this one."
)
@click.option("--quick", is_flag=True, help="Smaller and fewer rounds: a first look.")
@click.option(
    "--json", "as_json", is_flag=True, help="The figures as JSON on standard output; the rest on error."
)
def main(only: tuple[str, ...], database: tuple[str, ...], *, quick: bool, as_json: bool) -> None:
    """Measure what the shop can do on this machine; exits 1 where a bound is missed."""
    began = time.perf_counter()
    measures = {
        name: one for name, one in (QUICK if quick else MEASURES).items() if name in (only or MEASURES)
    }
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, databases(Path(folder)) as makers:
        for measure in measures.values():
            for name, make in makers.items():
                if name in (database or makers):
                    for figure in measure(name, make, Path(folder)):
                        figures.append(figure)
                        _say(figure)
    if as_json:
        click.echo(json.dumps([_told(figure) for figure in figures], indent=2))
    else:
        _table(figures)
    missed = [figure.title for figure in figures if not figure.is_kept]
    click.echo(
        f"{len(figures)} figures in {time.perf_counter() - began:.0f} s, {len(missed)} missed.", err=True
    )
    sys.exit(1 if missed else 0)


def _say(figure: Figure) -> None:
    click.echo(f"{figure.title}: {figure.said} {_verdict(figure)} -- {figure.detail}", err=True)


def _verdict(figure: Figure) -> str:
    if not figure.bound:
        return "told"
    return f"{'ok' if figure.is_kept else 'MISSED'} ({figure.bound})"


def _table(figures: list[Figure]) -> None:
    width = max(len(figure.title) for figure in figures)
    click.echo()
    for figure in figures:
        verdict = ("ok" if figure.is_kept else "MISSED") if figure.bound else ""
        click.echo(f"{figure.title:{width}}  {figure.said:>10}  {figure.bound:<18}  {verdict}".rstrip())


def _told(figure: Figure) -> dict[str, object]:
    return asdict(figure) | {"is_kept": figure.is_kept}


if __name__ == "__main__":
    main()
