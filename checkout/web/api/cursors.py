"""Places in a list, given out signed, so that they come back as they went or not at all."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from itsdangerous import BadData, URLSafeSerializer

from checkout.web.api.problems import Code
from checkout.web.api.refusing import RefusedError
from checkout.web.till import till

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeVar

    from checkout.web.api.shapes import Listing

    Row = TypeVar("Row")
    Shown = TypeVar("Shown")

Place = tuple[Any, ...]
"""What a list's rows are put in order by; whoever signed it knows of what it is made."""


def place(name: str, asked: Listing) -> Place | None:
    """The place that a cursor of the list `name` says; None at the beginning. Raises RefusedError."""
    if asked.cursor is None:
        return None
    try:
        said = _signer(name).loads(asked.cursor)
    except BadData:
        raise RefusedError(Code.CURSOR_INVALID) from None
    return tuple(said)


def timed(found: Place | None) -> Place | None:
    """The same, where its first part is a time."""
    return None if found is None else (datetime.fromisoformat(found[0]), *found[1:])


def page(
    name: str, rows: Sequence[Row], limit: int, place_of: Callable[[Row], Sequence[object]]
) -> tuple[Sequence[Row], str | None]:
    """As many rows as were asked for, and the cursor behind them where `rows` has one more."""
    shown = rows[:limit]
    if len(rows) <= limit:
        return shown, None
    said = [one.isoformat() if isinstance(one, datetime) else one for one in place_of(shown[-1])]
    return shown, str(_signer(name).dumps(said))


def _signer(name: str) -> URLSafeSerializer:
    return URLSafeSerializer(till().form_keys.secret, salt=f"cursor of {name}")
