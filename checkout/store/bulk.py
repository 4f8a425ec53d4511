"""Many rows at once, straight into the tables: for a rehearsal on an empty database, never for a shop's business."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select, text

from checkout.store.tables import metadata, orders

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import Connection

    from checkout.store.engine import Tx

Rows = dict[str, list[Mapping[str, object]]]
"""Rows by their table's name. Each row of a table has the same columns."""

COUNTED = ("facts", "ledger", "inbox", "happenings", "delivery_attempts")
"""Tables whose rows are numbered by whoever fills them, so that the database must count on from there."""


def is_unused(tx: Tx) -> bool:
    """True where there is no order yet."""
    return tx.execute(select(orders.c.id).limit(1)).first() is None


def write(tx: Tx, rows: Rows) -> None:
    """Keep rows of several tables, those first that others refer to."""
    for table in metadata.sorted_tables:
        if not (these := rows.get(table.name)):
            continue
        if tx.dialect.name == "postgresql":
            _copy(tx, table.name, these)
        else:
            tx.execute(insert(table), these)


def count_on(tx: Tx) -> None:
    """Let the database number new rows from where the filling ended. SQLite does so by itself."""
    if tx.dialect.name != "postgresql":
        return
    for name in COUNTED:
        column = metadata.tables[name].c.id
        last = tx.execute(select(func.max(column))).scalar_one()
        if last is not None:
            tx.execute(
                text("select setval(pg_get_serial_sequence(:name, 'id'), :last)"),
                {"name": name, "last": last},
            )


def learn_sizes(tx: Tx) -> None:
    """Let the database look at what it holds now, so that it finds rows by the right index."""
    tx.execute(text("analyze"))


def _copy(tx: Tx, name: str, rows: Sequence[Mapping[str, object]]) -> None:
    columns = list(rows[0])
    listed = ", ".join(f'"{column}"' for column in columns)
    driver: Connection = tx.connection.driver_connection  # type: ignore[assignment]
    with driver.cursor() as cursor, cursor.copy(f'COPY "{name}" ({listed}) FROM STDIN') as sink:
        for row in rows:
            sink.write_row([_plain(row[column]) for column in columns])


def _plain(value: object) -> object:
    """The driver writes a word of ours by its Python name, not by what it says."""
    return value.value if isinstance(value, Enum) else value
