"""The emulator's one clock: real time plus an offset that tests can move."""

from datetime import UTC, datetime, timedelta, timezone
from threading import Lock

PACIFIC_DAYLIGHT = timezone(timedelta(hours=-7))


class Clock:
    """Real time plus an offset; moving it makes expiries and retries due without waiting."""

    def __init__(self) -> None:
        """Start at real time."""
        self._lock = Lock()
        self._offset = timedelta()

    def now(self) -> datetime:
        """Return the emulator's time, in UTC."""
        return datetime.now(UTC) + self._offset

    def advance(self, seconds: float) -> datetime:
        """Move the clock forward by `seconds` and return the new time."""
        with self._lock:
            self._offset += timedelta(seconds=seconds)
        return self.now()

    def reset(self) -> None:
        """Return to real time."""
        with self._lock:
            self._offset = timedelta()


def zulu(moment: datetime) -> str:
    """Write a time as orders and captures do: `2024-05-05T09:52:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def zulu_with_milliseconds(moment: datetime) -> str:
    """Write a time as event envelopes do: `2018-08-15T20:03:06.086Z`."""
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def pacific(moment: datetime) -> str:
    """Write a time as refunds really do, with PayPal's own offset: `2020-08-17T07:03:55-07:00`."""
    return moment.astimezone(PACIFIC_DAYLIGHT).strftime("%Y-%m-%dT%H:%M:%S-07:00")
