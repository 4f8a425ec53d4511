"""Ids in PayPal's shapes, from one seeded generator, never with digits that look like a card number."""

import random
import re
from threading import Lock
from uuid import UUID

LETTERS_AND_DIGITS = "0123456789ABCDEFGHJKLMNPRSTUVWXY"
ACCOUNT_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
LONG_DIGIT_RUN = re.compile(r"\d{9}")


class Identifiers:
    """Mints ids; the same seed mints the same ids in the same order."""

    def __init__(self, seed: int | None) -> None:
        """Seed the generator; without a seed ids differ from run to run."""
        # The ids of an emulator guard nothing, and a test that failed must be repeatable by its seed.
        self._random = random.Random(seed)  # noqa: S311
        self._lock = Lock()

    def transaction_id(self) -> str:
        """Return 17 characters as orders, captures, refunds and webhooks have: `8UK19239YC952053V`."""
        return self._drawn(LETTERS_AND_DIGITS, 17)

    def account_id(self) -> str:
        """Return 13 characters as payer and merchant ids have."""
        return self._drawn(ACCOUNT_LETTERS, 13)

    def event_id(self) -> str:
        """Return an event's id: `WH-58D329510W468432D-8HN650336L201105X`."""
        return f"WH-{self.transaction_id()}-{self.transaction_id()}"

    def dispute_id(self) -> str:
        """Return a dispute's id: `PP-R-AYP-1013503K`."""
        return f"PP-R-{self._drawn(LETTERS_AND_DIGITS, 3)}-{self._drawn(LETTERS_AND_DIGITS, 8)}"

    def debug_id(self) -> str:
        """Return 13 hexadecimal characters as `PayPal-Debug-Id` has."""
        return self._drawn("0123456789abcdef", 13)

    def token(self) -> str:
        """Return an access token."""
        return "A21AA" + self._drawn(LETTERS_AND_DIGITS + "abcdefghijkmnpqrstuvwxyz_-", 75)

    def transmission_id(self) -> str:
        """Return a delivery's id, a UUID."""
        with self._lock:
            while True:
                drawn = str(UUID(int=self._random.getrandbits(128), version=4))
                if not LONG_DIGIT_RUN.search(drawn.replace("-", "")):
                    return drawn

    def certificate_id(self) -> str:
        """Return the last part of a certificate's address: `CERT-360caa42-fca2a594-1a5f47cb`."""
        return "CERT-" + "-".join(self._drawn("0123456789abcdef", 8) for _ in range(3))

    def chance(self, rate: float) -> bool:
        """Return True with the probability `rate`, from the same seed."""
        with self._lock:
            return self._random.random() < rate

    def _drawn(self, alphabet: str, length: int) -> str:
        with self._lock:
            while True:
                drawn = "".join(self._random.choices(alphabet, k=length))
                if not LONG_DIGIT_RUN.search(drawn) and not drawn.isdigit():
                    return drawn
