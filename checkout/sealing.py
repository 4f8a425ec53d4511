"""Secrets as they are kept: as a digest, or sealed with a key made of SECRET_KEY where they must be read again."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from checkout.domain.errors import CheckoutError

SECRET_CHARACTERS_MIN = 32


class CannotSealError(CheckoutError):
    """There is no SECRET_KEY to seal with, or too short a one."""

    def __init__(self) -> None:
        super().__init__(
            f"SECRET_KEY has fewer than {SECRET_CHARACTERS_MIN} characters, so no secret can be kept."
            " `checkout doctor` says how to make one."
        )


class SealBrokenError(CheckoutError):
    """Something sealed that this SECRET_KEY does not open."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} was kept under another SECRET_KEY and cannot be read. Set SECRET_KEY to what it was, or make"
            f" {what} anew."
        )


def digest(secret: str) -> str:
    """What is kept of a secret that need not be read again: a ticket, a key, a one-time code.

    All are so long that a plain digest cannot be turned round.
    """
    return sha256(secret.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Seal:
    """Seals short secrets, authenticated and encrypted. The same SECRET_KEY opens them, on every machine."""

    secret_key: str = field(default="", repr=False)

    def close(self, secret: str) -> str:
        """Give a secret as text to be kept. Raises CannotSealError."""
        return self._fernet().encrypt(secret.encode()).decode()

    def open(self, sealed: str, what: str) -> str:
        """Give back a secret; `what` names it for people. Raises CannotSealError or SealBrokenError."""
        try:
            return self._fernet().decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise SealBrokenError(what) from None

    def _fernet(self) -> Fernet:
        if len(self.secret_key) < SECRET_CHARACTERS_MIN:
            raise CannotSealError
        derived = HKDF(SHA256(), length=32, salt=None, info=b"sealed secrets").derive(
            self.secret_key.encode()
        )
        return Fernet(urlsafe_b64encode(derived))
