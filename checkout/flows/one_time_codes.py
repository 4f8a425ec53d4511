"""One-time codes from an operator's telephone: made of a shared secret and the time, each good once."""

from __future__ import annotations

import base64
import hmac
from hashlib import sha256
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

if TYPE_CHECKING:
    from datetime import datetime

DIGITS: Final = 6
STEP_SECONDS: Final = 30
STEPS_AROUND: Final = 1
"""A telephone's clock may be wrong by a step either way. Source: RFC 6238, section 5.2, read 2026-11-27."""
SECRET_LENGTH: Final = 34
"""In characters of `house.mint`: 163 bits, as RFC 4226 recommends 160."""


def secret_of(minted: str) -> str:
    """A secret in base32, as telephones take it, made of something unguessable."""
    return base64.b32encode(_twenty_bytes(minted)).decode()


def address_of(secret: str, *, shop: str, email: str) -> str:
    """What the picture says to the telephone. Source: google-authenticator's Key Uri Format, read 2026-11-27."""
    label = f"{quote(shop, safe='')}:{quote(email, safe='@')}"
    return f"otpauth://totp/{label}?secret={secret}&issuer={quote(shop, safe='')}"


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The step whose code this is, near now; None for a wrong code. Takes as long for each."""
    said = "".join(code.split())
    here = int(now.timestamp()) // STEP_SECONDS
    found = None
    for step in range(here - STEPS_AROUND, here + STEPS_AROUND + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), said.encode()):
            found = step
    return found


def code_at(secret: str, step: int) -> str:
    """The code of one step."""
    # SHA-1 is what every telephone's program knows; as an HMAC it is sound.
    totp = TOTP(base64.b32decode(secret), DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303
    return totp.generate(step * STEP_SECONDS).decode()


def _twenty_bytes(minted: str) -> bytes:
    """All chance that is in a minted name, in 20 bytes."""
    return sha256(minted.encode()).digest()[:20]
