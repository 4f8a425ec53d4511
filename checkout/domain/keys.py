"""What a program may do with its key, and why a key does not open."""

from __future__ import annotations

from enum import StrEnum

from checkout.domain.errors import CheckoutError
from checkout.domain.modes import Mode

KEY_PREFIX = "dck_"
"""Every key begins so, so that a leaked one is known for what it is."""
PROGRAM = "API key "


class Scope(StrEnum):
    """One thing that a key opens."""

    ORDERS_READ = "orders:read"
    ORDERS_WRITE = "orders:write"
    LINKS_READ = "links:read"
    LINKS_WRITE = "links:write"
    PAYMENTS_READ = "payments:read"
    REFUNDS_READ = "refunds:read"
    REFUNDS_WRITE = "refunds:write"
    DISPUTES_READ = "disputes:read"
    EVENTS_READ = "events:read"
    LEDGER_READ = "ledger:read"
    DISCREPANCIES_READ = "discrepancies:read"
    ENDPOINTS_READ = "endpoints:read"
    ENDPOINTS_WRITE = "endpoints:write"


def prefix_of(mode: Mode) -> str:
    """`dck_live_` or `dck_sandbox_`."""
    return f"{KEY_PREFIX}{mode}_"


def name_of_program(key_name: str) -> str:
    """The name that is kept with what a program does by a key."""
    return f"{PROGRAM}{key_name}"


def key_name_of(who: str) -> str | None:
    """The name of the key by which somebody acts; None for a person."""
    return who.removeprefix(PROGRAM) if who.startswith(PROGRAM) else None


class KeyRefusedError(CheckoutError):
    """A key that opens nothing."""


class KeyMissingError(KeyRefusedError):
    """A request without a key."""

    def __init__(self) -> None:
        super().__init__(
            "Send your API key as `Authorization: Bearer dck_…`. `checkout keys create` makes one."
        )


class KeyUnknownError(KeyRefusedError):
    """A key that we did not give out."""

    def __init__(self) -> None:
        super().__init__("This shop knows no such key. Check that it is complete, and of this very shop.")


class KeyOverError(KeyRefusedError):
    """A key that was revoked, or replaced and is past its time."""

    def __init__(self, hint: str, why: str) -> None:
        super().__init__(
            f"The key that ends in {hint} {why}. Use the one that took its place, or make a new one."
        )


class KeyOfOtherModeError(KeyRefusedError):
    """A live key at a sandbox, or the reverse."""

    def __init__(self, mode: Mode) -> None:
        super().__init__(
            f"This shop is {mode}, and your key is not. Use a key that begins with {prefix_of(mode)}."
        )


class ScopeMissingError(CheckoutError):
    """A key that was not made for this."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(f"This key may not do that: it lacks the scope {scope}. Make a key that has it.")
