"""The web process: the till with the webhook door hung up beside it, as the server starts it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

import structlog

from checkout import metrics
from checkout.app import app_of
from checkout.building import build_house
from checkout.domain.errors import ProcessorError
from checkout.logs import configure_logging
from checkout.settings import read_settings
from checkout.store import jobs
from webhooks.letterbox import Letterbox
from webhooks.office import hanging
from webhooks.probes import Probes
from webhooks.receive import webhook_door

if TYPE_CHECKING:
    from flask import Flask

    from checkout.flows.house import House
    from checkout.mounting import MountedTill
    from checkout.settings import Settings

log = structlog.get_logger()

SWITCH_SECONDS = 0.02
"""How long a thread may compute before another asks for its turn. With 200 threads Python's own 5 ms has them wake
each other for nothing: at 20 ms a checkout took a third to a half less processor time, on both databases."""

PARENT_SECONDS = 0.1


def create_web() -> Flask:
    """The web process as the server starts it, from the environment alone."""
    settings = read_settings()
    configure_logging(json=settings.log_json, level=settings.log_level)
    sys.setswitchinterval(SWITCH_SECONDS)
    _end_with_parent()
    begin_metrics(settings)
    house = build_house(settings)
    jobs.warm()
    threading.Thread(target=_warm_up, args=(house,), name="warm processors", daemon=True).start()
    return web_of(settings, house)


def begin_metrics(settings: Settings) -> None:
    """Count in this process, where somebody may ask what was counted."""
    if settings.metrics_token.get_secret_value():
        metrics.begin(settings.metrics_folder)


def web_of(settings: Settings, house: House) -> Flask:
    """The till with all that is served beside it hung up. Raises SettingsError for what cannot be used."""
    app = app_of(settings, house)
    _hang_up(app, settings, house)
    return app


def listen(till: MountedTill) -> None:
    """Hang the processors' webhooks, and all else that is served beside a till, into one that a shop has mounted."""
    begin_metrics(till.settings)
    _hang_up(till.app, till.settings, till.house)


def _hang_up(app: Flask, settings: Settings, house: House) -> None:
    """The webhook door, the back office, and what probes and metrics ask."""
    app.register_blueprint(webhook_door(house, Letterbox(house.store, house.clock)))
    hanging.hang_up(app, secret_key=settings.secret_key.get_secret_value())
    token = settings.metrics_token.get_secret_value()
    app.wsgi_app = Probes(app.wsgi_app, house, token)  # type: ignore[method-assign]


def _warm_up(house: House) -> None:
    """Fetch each processor's token before the first customer needs it."""
    for processor in house.processors.values():
        try:
            processor.warm_up()
        except ProcessorError as silent:
            log.warning("a processor does not answer yet", processor=processor.name, why=str(silent))


def _end_with_parent() -> None:
    """A web process whose supervisor was killed must not go on serving beside the next one.

    It has a process group of its own, so that Ctrl-C reaches it once, by its supervisor, and not twice.
    """
    # Not the parent's id alone: a supervisor that died while we started has left us another parent already.
    parent, parent_id = multiprocessing.parent_process(), os.getppid()
    os.setpgrp()

    def watch() -> None:
        while os.getppid() == parent_id and (parent is None or parent.is_alive()):
            time.sleep(PARENT_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="end with parent", daemon=True).start()
