"""Every text that the database holds, to show that none of it is what must never be kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import String, select

from checkout.store.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checkout.store.engine import Tx


def every_text(tx: Tx) -> Iterator[tuple[str, str]]:
    """Every text of every row: (`table.column`, text)."""
    for table in metadata.sorted_tables:
        columns = [column for column in table.columns if isinstance(column.type, String)]
        for row in tx.execute(select(*columns)):
            for column, text in zip(columns, row, strict=True):
                if text is not None:
                    yield f"{table.name}.{column.name}", text
