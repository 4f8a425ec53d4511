"""Whether real money moves: a database belongs to one mode for good, and so does every key."""

from __future__ import annotations

from enum import StrEnum

from checkout.domain.errors import CheckoutError


class Mode(StrEnum):
    """Live moves real money; sandbox is everything else, the emulator too."""

    LIVE = "live"
    SANDBOX = "sandbox"


class OtherModeError(CheckoutError):
    """A database of one mode that is opened with a processor of the other."""

    def __init__(self, kept: Mode, wanted: Mode) -> None:
        super().__init__(
            f"This database belongs to {kept} payments for good, and the processor is set to {wanted}: set"
            " PAYPAL_ENVIRONMENT to what it was, or DATABASE_URL to another database."
        )
