"""The record of all API calls that came in, for tests to ask about."""

from collections import deque
from dataclasses import asdict, dataclass
from threading import Lock

from checkout.processors.paypal.emulator.refusals import Json

CALLS_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Call:
    """One call: what was asked, what was answered, and which fault struck; never a token."""

    time: str
    operation: str
    method: str
    path: str
    query: str
    request_id: str | None
    prefer: str | None
    body: object
    status: int
    answered: bool
    fault: str | None
    debug_id: str


class Calls:
    """The last calls, oldest first."""

    def __init__(self) -> None:
        """Start empty."""
        self._lock = Lock()
        self._calls: deque[Call] = deque(maxlen=CALLS_MAX)

    def add(self, call: Call) -> None:
        """Keep a call."""
        with self._lock:
            self._calls.append(call)

    def all(self, **wanted: str) -> list[Json]:
        """Return the calls whose fields have the wanted values."""
        with self._lock:
            calls = list(self._calls)
        return [
            asdict(call)
            for call in calls
            if all(str(getattr(call, k)) == value for k, value in wanted.items())
        ]

    def clear(self) -> None:
        """Forget all calls."""
        with self._lock:
            self._calls.clear()
