"""Which worker this process is: a numbered slot that is free again the moment its holder dies."""

from __future__ import annotations

import fcntl
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, Protocol

from checkout.domain.errors import CheckoutError

if TYPE_CHECKING:
    from checkout.store.engine import Store

SLOTS: Final = 64


class NoSlotLeftError(CheckoutError):
    """Another worker serves this database already, or all slots are taken."""


class Slots(Protocol):
    """Our own slot, and whether the workers of other slots are gone."""

    number: int

    def still_ours(self) -> bool:
        """Our slot is ours still; where it is not, another worker may be doing our work."""

    def take_if_free(self, number: int) -> bool:
        """Take another slot, because its worker is gone; False while it lives."""

    def give_back(self, number: int) -> None:
        """Give such a slot back."""

    def close(self) -> None:
        """Give our own slot back."""


class FileSlot:
    """SQLite: one worker for each file, held by a lock that dies with the process."""

    def __init__(self, path: str) -> None:
        self.number = 0
        self._file: IO[bytes] = Path(f"{path}.worker").open("wb")  # noqa: SIM115 -- held until close()
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            message = f"A worker already serves {path}. Stop it first, or use PostgreSQL for several workers."
            raise NoSlotLeftError(message) from None

    def still_ours(self) -> bool:
        """A lock on a file is not lost while its holder lives."""
        return True

    def take_if_free(self, number: int) -> bool:
        """There is no other worker."""
        del number
        return False

    def give_back(self, number: int) -> None:
        """Nothing was taken."""

    def close(self) -> None:
        """Free the file for another worker."""
        self._file.close()


class AdvisorySlots:
    """PostgreSQL: session locks on one direct connection; a dead worker's are free at once."""

    def __init__(self, store: Store) -> None:
        self._locks = store.session_locks()
        self.number = next((number for number in range(SLOTS) if self.take_if_free(number)), -1)
        if self.number < 0:
            self._locks.close()
            message = f"All {SLOTS} worker slots of this database are taken."
            raise NoSlotLeftError(message)

    def still_ours(self) -> bool:
        """The session that holds our lock is alive."""
        return self._locks.is_alive()

    def take_if_free(self, number: int) -> bool:
        """Lock a slot nobody holds."""
        return self._locks.try_lock(number)

    def give_back(self, number: int) -> None:
        """Unlock it."""
        self._locks.unlock(number)

    def close(self) -> None:
        """End the session, and with it our lock."""
        with suppress(OSError):
            self._locks.close()


def take_slot(store: Store) -> Slots:
    """The lowest free slot of this database. Raises NoSlotLeftError."""
    return FileSlot(str(store.url.database)) if store.is_sqlite else AdvisorySlots(store)
