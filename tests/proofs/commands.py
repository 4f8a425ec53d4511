"""The commands of the proofs about reports: where they run, and what they say."""

from __future__ import annotations

import logging
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import structlog

from checkout.commands import opening
from checkout.flows.rehearsal.filling import Rehearsal
from checkout.processors.paypal.emulator.start import start_emulator
from checkout.store import preparing
from checkout.store.engine import Store
from tests.bench.places import databases
from tests.proofs import discrepancies as differences
from tests.proofs import report as reports
from tests.proofs import scale as scales
from tests.webhooks.paypal_shop import PayPalShop, open_paypal_shop

MEMORY_MB_MAX = 256

database = click.option(
    "--database", type=click.Choice(["SQLite", "PostgreSQL"]), default="SQLite", show_default=True
)


@click.command()
@click.option(
    "--size", type=click.IntRange(10), default=1_000, show_default=True, help="How many differences."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Which rows, and how they differ.")
@database
def discrepancies(size: int, seed: int, database: str) -> None:
    """Make PayPal's report wrong in every way: all of it is found, none is made up, each can be decided."""
    setattr(opening, "configure_logging", lambda **_: None)  # noqa: B010 -- commands would take over the logs
    with _opened(database, seed) as (shop, _, say):
        proof = differences.prove(shop, size, seed, shop.variables())
        say(f"{dict(proof.seeded)}")
    if not proof.holds:
        raise click.ClickException(f"It does not hold: {proof}")
    click.echo(f"{size} differences: all found, none made up, each decided and seen; the books are true.")


@click.command()
@click.option(
    "--rows", type=click.IntRange(1_000), default=1_000_000, show_default=True, help="How many rows."
)
@database
def report(rows: int, database: str) -> None:
    """Compare a long report in a process that is killed while it reads and while it compares."""
    with _opened(database, rows) as (shop, folder, say):
        proof = reports.prove(shop, folder, rows, say=say)
    click.echo(
        f"{rows} rows in {proof.seconds:.0f} s, at most {proof.peak_mb:.0f} MB; killed while"
        f" {' and while '.join(proof.killed)}; each row is kept once, and nothing differs: {proof.holds}"
    )
    if not proof.holds or proof.peak_mb > MEMORY_MB_MAX:
        raise SystemExit(1)


@click.command()
@click.option(
    "--orders", type=click.IntRange(100), default=1_000_000, show_default=True, help="How many orders."
)
@click.option("--events", type=click.IntRange(0), help="Events of the processor; five an order if not said.")
@click.option("--seed", type=int, default=1, show_default=True, help="Which lives.")
@click.option(
    "--url", help="A database of your own, which is kept: filled if it is empty, else looked at again."
)
@database
def scale(orders: int, events: int | None, seed: int, url: str | None, database: str) -> None:
    """Fill a shop by `checkout rehearse`, look at everything, and stream a year of its ledger."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    began = time.monotonic()

    def progress(done: int) -> None:
        if done % 100_000 == 0:
            click.echo(f"{time.monotonic() - began:6.0f} s  {done:,} orders")

    with tempfile.TemporaryDirectory() as folder, _database(url, Path(folder), database) as place:
        store = Store(place)
        preparing.upgrade(store)
        store.close()
        wanted = Rehearsal(orders, 5 * orders if events is None else events, seed=seed)
        proof = scales.prove(Path(folder), place, wanted, progress=progress)
    for table, rows in sorted(proof.written.items()):
        click.echo(f"{rows:>12,}  {table}")
    for name, ms in sorted(proof.p95_ms.items(), key=lambda one: -one[1]):
        click.echo(f"{ms:>9.1f} ms  {name}{'  TOO SLOW' if ms > scales.SLOWEST_MS else ''}")
    click.echo(
        f"a year's CSV: {proof.csv_lines:,} lines in {proof.csv_seconds:.0f} s, {proof.csv_mb:.0f} MB more"
    )
    for said in proof.refused:
        click.echo(f"not answered: {said}")
    if not proof.holds:
        raise SystemExit(1)


@contextmanager
def _database(url: str | None, folder: Path, kind: str) -> Iterator[str]:
    if url:
        yield url
        return
    with databases(folder) as urls:
        yield urls[kind]()


@contextmanager
def _opened(database: str, seed: int) -> Iterator[tuple[PayPalShop, Path, reports.Say]]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    began = time.monotonic()

    def say(text: str) -> None:
        click.echo(f"{time.monotonic() - began:6.0f} s  {text}")

    with (
        tempfile.TemporaryDirectory() as folder,
        databases(Path(folder)) as urls,
        start_emulator(seed=seed) as control,
    ):
        os.environ["PYTHONPATH"] = str(reports.REPOSITORY)
        os.chdir(folder)
        shop = open_paypal_shop(urls[database](), control)
        yield shop, Path(folder), say
        shop.store.close()
        os.chdir(reports.REPOSITORY)
