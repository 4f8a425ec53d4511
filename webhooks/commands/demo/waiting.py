"""Waits for what the shop does by itself."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SETTLE_SECONDS = 30.0
LOOK_SECONDS = 0.1


def wait_until(question: Callable[[], bool], seconds: float = SETTLE_SECONDS) -> bool:
    """Ask until it is so, or for a while; whether it was so in the end."""
    deadline = time.monotonic() + seconds
    while not question():
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK_SECONDS)
    return True
