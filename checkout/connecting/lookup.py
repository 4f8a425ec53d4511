"""Looks up a host's addresses within a time, however long the system's resolver takes over them."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from socket import SOCK_STREAM, getaddrinfo

from urllib3.util.connection import allowed_gai_family

STUCK_SECONDS = 60.0
"""A resolver gives up by itself sooner; one that has not is asked anew, so that it can recover."""

Address = tuple[str, int]
"""A host, or its numeric address, and a port."""


@dataclass(frozen=True, slots=True)
class _Question:
    answer: Future[list[Address]] = field(default_factory=Future)
    asked_at: float = field(default_factory=time.monotonic)


_lock = threading.Lock()
_open: dict[Address, _Question] = {}


def addresses(host: str, port: int, seconds: float) -> list[Address]:
    """The addresses of a host, in the resolver's order.

    Raises TimeoutError where they are not known in time, OSError where there are none and RuntimeError where no
    thread can be started. The resolver cannot be told to stop, so it is asked in a thread that ends with the
    process; whoever wants the same host meanwhile waits for the same answer. So a resolver that hangs holds one
    thread for each host, not one for each call.
    """
    place = (host, port)
    with _lock:
        question = _open.get(place)
        if question is None or time.monotonic() - question.asked_at > STUCK_SECONDS:
            question = _Question()
            threading.Thread(target=_ask, args=(place, question), name="lookup", daemon=True).start()
            _open[place] = question
    return question.answer.result(min(seconds, threading.TIMEOUT_MAX))


def _ask(place: Address, question: _Question) -> None:
    found: list[Address] = []
    trouble: OSError | None = None
    try:
        found = [
            (str(told[0]), int(told[1]))
            for *_, told in getaddrinfo(*place, allowed_gai_family(), SOCK_STREAM)
        ]
    except OSError as unknown:
        trouble = unknown
    except Exception as no_name:  # noqa: BLE001 -- whatever it is, those who wait are told
        trouble = OSError(str(no_name))
    with _lock:
        if _open.get(place) is question:
            del _open[place]
    if trouble is None:
        question.answer.set_result(found)
    else:
        question.answer.set_exception(trouble)
