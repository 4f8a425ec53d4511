"""Deliveries to the shop as a person reads them: the newest first, by endpoint and state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_

from checkout.store.deliveries import SHOWN, DeliveryRow, delivery_of
from checkout.store.paging import PAGE_ROWS, BadCursorError, Page, number_of, page
from checkout.store.tables import deliveries as table

if TYPE_CHECKING:
    from checkout.domain.deliveries import DeliveryState
    from checkout.store.engine import Tx

_SEPARATOR = "~"


def listed(
    tx: Tx,
    *,
    endpoint_id: str = "",
    state: DeliveryState | None = None,
    after: str = "",
    limit: int = PAGE_ROWS,
) -> Page[DeliveryRow]:
    """A page of deliveries, those of the newest happenings first."""
    number, endpoint = table.c.happening_id, table.c.endpoint_id
    query = SHOWN.order_by(number.desc(), endpoint).limit(limit + 1)
    if endpoint_id:
        query = query.where(endpoint == endpoint_id)
    if state is not None:
        query = query.where(table.c.state == state)
    if after:
        last, _, of = after.partition(_SEPARATOR)
        if not of:
            raise BadCursorError
        beyond = number_of(last)
        # A happening may have several deliveries, and a page may end between them.
        query = query.where(number <= beyond, or_(number < beyond, endpoint > of))
    found = [delivery_of(row) for row in tx.execute(query)]
    return page(found, lambda one: f"{one.happening_id}{_SEPARATOR}{one.endpoint_id}", limit=limit)
