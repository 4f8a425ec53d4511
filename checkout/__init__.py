"""The shop's till: orders, payments handed to a processor, and books that prove themselves.

`from checkout import mount` is loaded when it is asked for: whoever wants one small part pays for no framework.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from checkout.mounting import mount as mount

__all__ = ["mount"]


def __getattr__(name: str) -> object:
    """Load what is asked for. Raises AttributeError for what is not there."""
    if name != "mount":
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from checkout.mounting import mount  # noqa: PLC0415 -- brings the whole till

    return mount
