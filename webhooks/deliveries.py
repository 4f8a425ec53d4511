"""Tells the shop: due deliveries are handed to threads so that no endpoint waits for another."""

from __future__ import annotations

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import structlog

from checkout.domain.errors import StoreUnavailableError
from checkout.flows.delivering import claim, deliver
from checkout.store import endpoints

if TYPE_CHECKING:
    from collections.abc import Iterable

    from checkout.flows.house import House
    from checkout.senders.shop import Courier
    from checkout.store.deliveries import Claimed
    from checkout.store.endpoints import EndpointRow

log = structlog.get_logger()

THREADS = 64
"""Each waits on the network most of its time."""
LANES = 3
"""Deliveries under way at once to one endpoint, by each worker; one where the last did not go well."""
LOOK_SECONDS = 0.5


class Deliveries:
    """Hands out what is due: to each endpoint in turn, a few at once, and to failing ones at most half the threads.

    So endpoints that hang hold up neither each other for long nor those that answer. Nothing is kept here but who
    is busy: what is claimed and never ends is due again by itself.
    """

    def __init__(self, house: House, courier: Courier, *, threads: int = THREADS) -> None:
        self._house, self._courier, self._threads = house, courier, threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="notices")
        self._counting = threading.Lock()
        self._busy: Counter[str] = Counter()
        self._failing_busy = 0
        self._freed = threading.Event()
        self._served_last = ""

    def step(self) -> int:
        """Hand out what is due and has room; waits a little where all that is due is under way."""
        self._freed.clear()
        with self._house.store.read() as tx:
            due = endpoints.with_due(tx, self._house.clock())
        handed = sum(self._serve_apart(endpoint) for endpoint in self._in_turn(due))
        if not handed and self.under_way:
            self._freed.wait(LOOK_SECONDS)
            return 1
        return handed

    @property
    def under_way(self) -> int:
        """How many are being sent now."""
        with self._counting:
            return self._busy.total()

    def stop(self, seconds: float) -> bool:
        """End after what is being sent now; True when all of it ended in time."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        until = time.monotonic() + seconds
        while self.under_way and time.monotonic() < until:
            self._freed.clear()
            self._freed.wait(0.05)
        return not self.under_way

    def _in_turn(self, due: list[EndpointRow]) -> Iterable[EndpointRow]:
        """Whoever comes after the one that was served last comes first."""
        later = [one for one in due if one.id > self._served_last]
        return later + [one for one in due if one.id <= self._served_last]

    def _room(self, endpoint: EndpointRow) -> int:
        fails = endpoint.failing_since is not None
        with self._counting:
            room = (1 if fails else LANES) - self._busy[endpoint.id]
            room = min(room, self._threads - self._busy.total())
            return min(room, self._threads // 2 - self._failing_busy) if fails else room

    def _serve_apart(self, endpoint: EndpointRow) -> int:
        """One whose queue cannot be read, as after a step back to an older program, stops none behind it."""
        try:
            return self._serve(endpoint)
        except StoreUnavailableError:
            raise
        except Exception:
            log.exception("what is due for an endpoint cannot be read", endpoint=endpoint.id)
            return 0

    def _serve(self, endpoint: EndpointRow) -> int:
        room = self._room(endpoint)
        if room <= 0:
            return 0
        claimed = claim(self._house, endpoint, room)
        for one in claimed:
            with self._counting:
                self._busy[endpoint.id] += 1
                self._failing_busy += endpoint.failing_since is not None
            self._pool.submit(self._carry_out, endpoint, one)
        if claimed:
            self._served_last = endpoint.id
        return len(claimed)

    def _carry_out(self, endpoint: EndpointRow, claimed: Claimed) -> None:
        try:
            deliver(self._house, self._courier, endpoint, claimed)
        except StoreUnavailableError:
            log.warning("the database is not reachable; the delivery is due again soon")
        except Exception:
            log.exception("a delivery was not dealt with; it is due again soon", endpoint=endpoint.id)
        finally:
            with self._counting:
                self._busy[endpoint.id] -= 1
                self._failing_busy -= endpoint.failing_since is not None
            self._freed.set()
