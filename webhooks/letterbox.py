"""Keeps authenticated events durably, many in one commit where many arrive at once."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from checkout.domain.errors import NotAuthenticError, StoreUnavailableError
from checkout.store import mailboxes

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from checkout.domain.processor import Envelope
    from checkout.store.engine import Store

BATCH_MAX = 64
LINGER_SECONDS = 0.001
"""Where the last batch held several, more are on their way: waiting this long for them shares the next fsync."""


@dataclass(slots=True)
class _Letter:
    envelope: Envelope
    at: datetime
    is_settled: bool = False
    error: Exception | None = field(default_factory=StoreUnavailableError)
    """Not kept, until a commit says otherwise."""
    wake: threading.Event = field(default_factory=threading.Event)
    """Set once the letter is settled, or its sender is to lead."""


class Letterbox:
    """Group commit without a thread of its own: whoever comes first writes for all who wait.

    A commit costs one fsync, however many events it holds; so at rest an event waits for nobody, and under
    load the fsync is shared. `put` returns only once its event is durably kept.
    """

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock
        self._waiting: deque[_Letter] = deque()
        self._is_led = False
        self._last_size = 0
        self._queue = threading.Lock()

    def put(self, envelope: Envelope) -> None:
        """Keep one event. Raises StoreUnavailableError where it is not kept, NotAuthenticError for a forgery."""
        letter = _Letter(envelope, self._clock())
        with self._queue:
            self._waiting.append(letter)
            leads, self._is_led = not self._is_led, True
        if not leads:
            letter.wake.wait()
        if not letter.is_settled:
            self._lead()
        if letter.error is not None:
            raise letter.error

    def _lead(self) -> None:
        """Write one batch, the leader's own letter first in it; then the next in the queue leads."""
        if self._last_size > 1:
            time.sleep(LINGER_SECONDS)
        with self._queue:
            letters = [self._waiting.popleft() for _ in range(min(len(self._waiting), BATCH_MAX))]
        try:
            self._write(letters)
        finally:
            self._last_size = len(letters)
            with self._queue:
                self._is_led = bool(self._waiting)
                if self._is_led:
                    self._waiting[0].wake.set()
            for letter in letters:
                letter.is_settled = True
                letter.wake.set()

    def _write(self, letters: list[_Letter]) -> None:
        """Write a batch; where it fails for one letter's sake, write each alone so that only that one fails."""
        try:
            self._keep(letters)
        except StoreUnavailableError as down:
            for letter in letters:
                letter.error = down
        except Exception as bad:  # noqa: BLE001 -- raised where the letter came from
            if len(letters) > 1:
                for letter in letters:
                    self._write([letter])
            else:
                letters[0].error = bad

    def _keep(self, letters: list[_Letter]) -> None:
        with self._store.begin() as tx:
            forged = mailboxes.seen_otherwise(tx, [letter.envelope for letter in letters])
            good = [(letter.envelope, letter.at) for letter in letters if letter.envelope not in forged]
            if good:
                mailboxes.put(tx, good)
        for letter in letters:
            letter.error = None
            if letter.envelope in forged:
                letter.error = NotAuthenticError("its transmission id was seen before with another body")
