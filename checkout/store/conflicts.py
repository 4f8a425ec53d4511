"""INSERT that may meet a row which is there already: both databases can say so, each by its own maker."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Table

    Maker: TypeAlias = Callable[[Table], postgresql.Insert]

INSERT: dict[str, Maker] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}  # type: ignore[dict-item]
"""By the dialect's name. The two makers agree in everything that is used here."""
