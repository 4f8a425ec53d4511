"""What processors tell us: events received, understood, reconciled.

`from webhooks import listen` hangs their doors into a till that a shop has mounted; it is loaded when asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from webhooks.web import listen as listen

__all__ = ["listen"]


def __getattr__(name: str) -> object:
    """Load what is asked for. Raises AttributeError for what is not there."""
    if name != "listen":
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from webhooks.web import listen  # noqa: PLC0415 -- brings the whole web

    return listen
