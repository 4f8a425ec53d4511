"""Web and worker processes that `kill -9` themselves at a numbered step: each commit and each call, before and after."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any

from werkzeug.serving import make_server

from checkout.flows.house import House
from checkout.logs import configure_logging
from checkout.processors.paypal.adapter import PayPal
from checkout.senders.shop import ShopCourier
from checkout.settings import read_settings
from checkout.store.engine import Store, Tx
from webhooks.serving import start_worker
from webhooks.web import web_of

CALLS = ("open_payment", "capture", "inquire")


def die_at_steps(most: int, *, is_sqlite: bool) -> range:
    """At which steps a process dies, one purchase after the other: a part of them, or all where CRASH_EVERY is 1.

    A step takes twice as long on PostgreSQL. `make crashes` takes every one on both.
    """
    return range(1, most, int(os.environ.get("CRASH_EVERY", "2" if is_sqlite else "5")))


class Steps:
    """Counts the steps of this process and ends it, without goodbye, at one of them."""

    def __init__(self, die_at: int, trace: Path) -> None:
        self._die_at, self._trace = die_at, trace
        self._count = 0
        self._counting = threading.Lock()

    def reach(self, name: str) -> None:
        """One more step; written down before the process may die of it."""
        with self._counting:
            self._count += 1
            with self._trace.open("a") as trace:
                trace.write(f"{self._count} {name}\n")
            if self._count == self._die_at:
                os.kill(os.getpid(), signal.SIGKILL)


def watch(steps: Steps) -> None:
    """Make every commit and every call to the processor two steps each."""
    begin = Store.begin

    @contextmanager
    def counted_begin(self: Store) -> Iterator[Tx]:
        with begin(self) as tx:
            yield tx
            steps.reach("before commit")
        steps.reach("after commit")

    setattr(Store, "begin", counted_begin)  # noqa: B010 -- only in this process, which is about to die
    for name in CALLS:
        setattr(PayPal, name, _counted(name, getattr(PayPal, name), steps))
    setattr(ShopCourier, "post", _counted("post", ShopCourier.post, steps))  # noqa: B010 -- as above


def _counted(name: str, call: Callable[..., Any], steps: Steps) -> Callable[..., Any]:
    def counted(self: object, asked: object) -> object:
        steps.reach(f"before {name}")
        answer = call(self, asked)
        steps.reach(f"after {name}")
        return answer

    return counted


def _be_web(variables: dict[str, str], port: int, die_at: int, trace: Path) -> None:
    os.environ.update(variables)
    configure_logging(json=False, level="WARNING")
    watch(Steps(die_at, trace))
    settings = read_settings()
    make_server("127.0.0.1", port, web_of(settings, _house()), threaded=True).serve_forever()


def _be_worker(variables: dict[str, str], die_at: int, trace: Path) -> None:
    os.environ.update(variables)
    configure_logging(json=False, level="WARNING")
    watch(Steps(die_at, trace))
    worker = start_worker(read_settings())
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    trace.with_suffix(".ready").touch()
    stop.wait()
    worker.stop(2)


def _house() -> House:
    from checkout.building import build_house  # noqa: PLC0415 -- in the child only

    return build_house(read_settings())


def _context() -> ForkServerContext:
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.e2e.warm"])
    return context


def start_web(variables: dict[str, str], port: int, trace: Path, *, die_at: int = 0) -> ForkServerProcess:
    """A web process that dies at a step (0: never)."""
    process = _context().Process(target=_be_web, args=(variables, port, die_at, trace), daemon=True)
    process.start()
    return process


def start_dying_worker(variables: dict[str, str], trace: Path, *, die_at: int = 0) -> ForkServerProcess:
    """A worker process that dies at a step (0: never); `trace` with suffix `.ready` appears once it works."""
    process = _context().Process(target=_be_worker, args=(variables, die_at, trace), daemon=True)
    process.start()
    return process


def in_process(variables: dict[str, str], work: Callable[[House], None]) -> ForkServerProcess:
    """Do some work with a house of its own in a process of its own; exit code 0 where it went well."""
    process = _context().Process(target=_do, args=(variables, work), daemon=True)
    process.start()
    return process


def in_dying_process(
    variables: dict[str, str], work: Callable[[House], None], trace: Path, *, die_at: int
) -> ForkServerProcess:
    """Do some work in a process that dies at a step; exit code 0 where it did not come so far."""
    process = _context().Process(target=_do_dying, args=(variables, work, trace, die_at), daemon=True)
    process.start()
    return process


def _do_dying(variables: dict[str, str], work: Callable[[House], None], trace: Path, die_at: int) -> None:
    os.environ.update(variables)
    configure_logging(json=False, level="WARNING")
    house = _house()
    watch(Steps(die_at, trace))
    work(house)


def _do(variables: dict[str, str], work: Callable[[House], None]) -> None:
    os.environ.update(variables)
    configure_logging(json=False, level="WARNING")
    work(_house())
