"""`checkout worker`: what runs beside the web processes, until it is told to stop."""

from __future__ import annotations

import os
import signal
import threading

import click

from checkout.logs import configure_logging
from checkout.settings import read_settings
from webhooks.serving import start_worker


@click.command()
def worker() -> None:
    """Run a worker: it drains the inbox, asks about what is open, and sends receipts.

    With PostgreSQL start as many as you want; each takes over what a dead one left. With SQLite `checkout
    serve` runs the one worker itself.
    """
    settings = read_settings()
    configure_logging(json=settings.log_json, level=settings.log_level)
    started = start_worker(settings)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    click.echo("The worker is at work. (Ctrl-C stops it)")
    stopping.wait()
    if started.stop():
        click.echo("Stopped; nothing was cut off.")
        return
    click.echo("Stopped; what was cut off is kept and done at the next start.")
    # Threads that wait on the network would hold the exit up.
    os._exit(0)
