"""Serves the shop: web processes under granian, and with SQLite the worker in the same command."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import structlog
from granian.constants import HTTPModes, Interfaces
from granian.server.mp import MPServer

from checkout import metrics
from checkout.building import build_house
from checkout.domain.errors import BadInputError, CheckoutError
from checkout.flows import modes
from checkout.senders.knocking import answers, is_free
from checkout.senders.mail import mailer
from checkout.store.preparing import prepare
from webhooks.web import begin_metrics, web_of
from webhooks.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from checkout.settings import Settings

log = structlog.get_logger()

THREADS = 200
"""A thread waits while the processor answers, so their number bounds the customers served at once."""

KILL_SECONDS = 30
"""Longer than any call to a processor may last: a request in flight is answered before its process ends."""


class PortTakenError(CheckoutError):
    """Somebody listens there already."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"Cannot listen on {host}, port {port}: another program does, or it is not allowed."
            " Choose another by --port."
        )


class WebEndedError(CheckoutError):
    """The web processes ended by themselves."""

    def __init__(self) -> None:
        super().__init__("The web process ended by itself; its last lines above say why.")


def start_worker(settings: Settings) -> Worker:
    """The worker, running in this process. Raises NoSlotLeftError where the database has one already."""
    begin_metrics(settings)
    house = build_house(settings)
    prepare(house.store)
    modes.claim(house)
    sender = mailer(settings.smtp_url.get_secret_value(), settings.mail_folder, settings.mail_from)
    return Worker(house, sender)


def serve(
    settings: Settings,
    *,
    host: str,
    port: int,
    processes: int,
    with_worker: bool,
    when_ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve until told to stop; requests in flight and running jobs are ended, not cut.

    SQLite has one writer, so it takes one web process; raises BadInputError for more, and SettingsError,
    SchemaOutdatedError, OtherModeError, NoSlotLeftError or PortTakenError before anything is started. `when_ready` is called
    once the shop answers.
    """
    _check(settings, host=host, port=port, processes=processes)
    metrics.tidy(settings.metrics_folder)
    # Spawned, not forked: a fork would inherit the worker's threads' locks and its database connections.
    multiprocessing.set_start_method("spawn", force=True)
    server = _server(host, port, processes)
    with ExitStack() as at_end:
        if with_worker:
            at_end.callback(_end, start_worker(settings))
        threading.Thread(target=_when_answered, args=(host, port, when_ready), daemon=True).start()
        try:
            server.serve()
        except SystemExit as ended:
            raise WebEndedError from ended


def _check(settings: Settings, *, host: str, port: int, processes: int) -> None:
    """Whatever a web process would refuse is refused here, in one sentence and before one is started."""
    house = build_house(settings)
    try:
        if house.store.is_sqlite and processes != 1:
            message = (
                "SQLite is served by one web process; for several set DATABASE_URL to a PostgreSQL database."
            )
            raise BadInputError(message)
        web_of(settings, house)
        if not house.processors:
            log.warning("nobody can pay: no processor is set up; `checkout doctor` says what is missing")
        prepare(house.store)
        modes.claim(house)
    finally:
        house.store.close()
    if not is_free(host, port):
        raise PortTakenError(host, port)


def _server(host: str, port: int, processes: int) -> MPServer:
    return MPServer(
        "webhooks.app:create_web",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        factory=True,
        workers=processes,
        blocking_threads=THREADS,
        http=HTTPModes.http1,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=KILL_SECONDS,
        log_enabled=False,
    )


def _end(worker: Worker) -> None:
    if not worker.stop():
        # What was cut is kept and done at the next start; waiting for its threads would hang the exit.
        os._exit(0)


def _when_answered(host: str, port: int, when_ready: Callable[[], None]) -> None:
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 -- compared, not bound
    while not answers(address, port):
        time.sleep(0.02)
    when_ready()
