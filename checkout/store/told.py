"""What the shop was told of one order, and how far each notice came: read for a timeline, a few rows by an index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from checkout.store.tables import deliveries, endpoints, happenings

if TYPE_CHECKING:
    from datetime import datetime

    from checkout.store.engine import Tx

MOST = 200
"""Notices of one order that are shown; an order has some ten."""


@dataclass(frozen=True, slots=True)
class Told:
    """One happening, for one endpoint where it was for any."""

    name: str
    type: str
    happened_at: datetime
    endpoint: str | None
    state: str | None
    attempts: int
    delivered_at: datetime | None


def of_order(tx: Tx, order_id: str) -> list[Told]:
    """What happened to an order that the shop is told of, oldest first."""
    query = (
        select(happenings, deliveries, endpoints.c.url)
        .outerjoin(deliveries, deliveries.c.happening_id == happenings.c.id)
        .outerjoin(endpoints, endpoints.c.id == deliveries.c.endpoint_id)
        .where(happenings.c.order_id == order_id)
        .order_by(happenings.c.id)
        .limit(MOST)
    )
    return [
        Told(row.name, row.type, row.happened_at, row.url, row.state, row.attempts or 0, row.delivered_at)
        for row in tx.execute(query)
    ]
