"""`checkout serve`: the shop, until it is told to stop."""

from __future__ import annotations

import click

from checkout.logs import configure_logging
from checkout.settings import read_settings
from checkout.store.engine import database_url
from webhooks.serving import serve as serve_until_stopped


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="Port to listen on."
)
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Web processes (PostgreSQL only).",
)
@click.option(
    "--with-worker/--without-worker",
    default=None,
    help="Run the worker too. By default with SQLite, which has one process for all, and not with PostgreSQL.",
)
def serve(host: str, port: int, processes: int, with_worker: bool | None) -> None:  # noqa: FBT001
    """Serve the shop. SIGTERM or Ctrl-C ends what is being done, then stops; nothing is lost.

    With SQLite this one command is the whole shop. With PostgreSQL it is the web only: start as many
    `checkout serve` and `checkout worker` as you want, on as many machines.
    """
    settings = read_settings()
    configure_logging(json=settings.log_json, level=settings.log_level)
    is_sqlite = database_url(settings.database_url).get_backend_name() == "sqlite"

    def say_where() -> None:
        click.echo(f"{settings.shop_name} is open: {settings.base_url}/  (Ctrl-C stops it)")

    serve_until_stopped(
        settings,
        host=host,
        port=port,
        processes=processes,
        with_worker=is_sqlite if with_worker is None else with_worker,
        when_ready=say_where,
    )
    click.echo("Stopped; nothing was cut off.")
