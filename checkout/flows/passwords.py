"""Operators' passwords: what may be one, and digests that are slow to guess."""

from __future__ import annotations

import threading
import unicodedata
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from checkout.domain.errors import BadInputError, CheckoutError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CHARACTERS_MIN: Final = 12
CHARACTERS_MAX: Final = 200
"""More is never read: a megabyte would cost time to digest."""
DIFFERENT_MIN: Final = 5
"""Fewer different characters are a pattern (`aaaaaaaaaaaa`, `121212121212`)."""
GUESSED_FIRST: Final = (
    "password",
    "passwort",
    "qwerty",
    "letmein",
    "welcome",
    "admin",
    "checkout",
    "abcdefgh",
    "1234",
)
"""What guessers try first, with digits around it. After the name and the mail, which they know."""

# Source: OWASP Password Storage Cheat Sheet, read 2026-11-27: Argon2id with 19 MiB, two passes, one lane.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_AT_ONCE = threading.BoundedSemaphore(2)
"""So many digests are made at the same time in one process: hundreds would take its memory."""
_WAITING = threading.BoundedSemaphore(10)
"""So many are made or wait for it. A flood of sign-ins must not hold the threads that customers need."""


class TooManyAtOnceError(CheckoutError):
    """More passwords to look at than one process takes at a time."""

    def __init__(self) -> None:
        super().__init__("Too many people sign in at this moment. Try again in a few seconds.")


@contextmanager
def _a_turn() -> Iterator[None]:
    """One of the few turns to make a digest. Raises TooManyAtOnceError where too many wait already."""
    if not _WAITING.acquire(blocking=False):
        raise TooManyAtOnceError
    try:
        with _AT_ONCE:
            yield
    finally:
        _WAITING.release()


def make_digest(password: str) -> str:
    """What is kept of a password. Raises TooManyAtOnceError."""
    with _a_turn():
        return _HASHER.hash(_normal(password))


def is_password(digest: str | None, password: str) -> bool:
    """Whether a password is the one of a digest. Without a digest it is never, and takes as long to find out.

    Raises TooManyAtOnceError.
    """
    with _a_turn():
        try:
            _HASHER.verify(digest or _nobodys(), _normal(password))
        except (VerificationError, InvalidHashError):
            return False
    return digest is not None


def check(password: str, known: Iterable[str]) -> None:
    """Raise BadInputError for what a guesser finds soon; `known` is what they know of the operator."""
    plain = _normal(password).casefold()
    if not CHARACTERS_MIN <= len(plain) <= CHARACTERS_MAX:
        message = f"A password has {CHARACTERS_MIN} to {CHARACTERS_MAX} characters. Four words in a row are a good one."
        raise BadInputError(message)
    rest = plain
    # The longest first: a name is part of the mail.
    for word in sorted((*(word.casefold() for word in known if word), *GUESSED_FIRST), key=len, reverse=True):
        rest = rest.replace(word, "")
    if (
        len("".join(sign for sign in rest if sign.isalpha())) < DIFFERENT_MIN
        or len(set(rest)) < DIFFERENT_MIN
    ):
        message = (
            "This password is guessed too soon: it is little more than a name, a pattern or a common word."
        )
        raise BadInputError(message)


_nobody: list[str] = []


def _nobodys() -> str:
    """A digest that no password has, made once, so that an unknown mail takes as long as a wrong password."""
    if not _nobody:
        _nobody.append(_HASHER.hash("\0 nobody types this"))
    return _nobody[0]


def _normal(password: str) -> str:
    """The same characters, however the keyboard composed them."""
    return unicodedata.normalize("NFKC", password)[: CHARACTERS_MAX * 2]
