"""What the shop is told of, once each, with a delivery for every endpoint that wants it in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Text, and_, bindparam, insert, literal, or_, select

from checkout.domain.deliveries import DeliveryState
from checkout.domain.happenings import EVERY_TYPE, HappeningType, text_of
from checkout.store.conflicts import INSERT
from checkout.store.tables import UtcTime, deliveries, endpoints
from checkout.store.tables import happenings as table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row

    from checkout.domain.happenings import Happening
    from checkout.store.engine import Tx

_ESCAPE = "/"
_MOMENT = timedelta(microseconds=1)
"""Between one moment and the next, as both databases tell them apart."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A happening as it is kept. `told` is the JSON of its ids, states and amounts."""

    id: int
    name: str
    type: HappeningType
    order_id: str | None
    payment_id: str | None
    subject: str | None
    told: str
    happened_at: datetime


_COLUMNS = [column for column in table.c if column.name != "about"]

# Every order and every payment pays for these two, so they are built once.
_ADD = {
    name: maker(table).on_conflict_do_nothing(index_elements=["about"]).returning(table.c.id)
    for name, maker in INSERT.items()
}
_WANTS = and_(
    endpoints.c.disabled_at.is_(None),
    endpoints.c.removed_at.is_(None),
    or_(
        endpoints.c.types == EVERY_TYPE,
        (literal(" ") + endpoints.c.types + literal(" ")).like(bindparam("wanted"), escape=_ESCAPE),
    ),
)
_DELIVER = insert(deliveries).from_select(
    ["happening_id", "endpoint_id", "state", "attempts", "due_at", "created_at"],
    select(
        bindparam("happening_id", type_=table.c.id.type),
        endpoints.c.id,
        literal(DeliveryState.DUE.value, Text),
        literal(0),
        bindparam("at", type_=UtcTime()),
        bindparam("at", type_=UtcTime()),
    ).where(_WANTS),
)
_BY_NAME = select(*_COLUMNS).where(table.c.name == bindparam("this"))


def add_once(tx: Tx, name: str, happening: Happening, at: datetime) -> int | None:
    """Keep a happening; its row's number, or None where it was kept before and nothing more is to be told."""
    values = {
        "name": name,
        "type": happening.type,
        "about": happening.about,
        "order_id": happening.order_id,
        "payment_id": happening.payment_id,
        "subject": happening.subject[:64] if happening.subject else None,
        "told": text_of(happening.told),
        "happened_at": at,
    }
    return tx.execute(_ADD[tx.dialect.name], values).scalar_one_or_none()


def deliver_to_all(tx: Tx, happening_id: int, kind: HappeningType, at: datetime) -> None:
    """Make a delivery for each enabled endpoint that wants such happenings."""
    tx.execute(_DELIVER, {"happening_id": happening_id, "wanted": wanted(kind), "at": at})


def wanted(kind: HappeningType) -> str:
    """What the list of an endpoint's types must match to have this one."""
    return f"% {kind.replace('_', _ESCAPE + '_')} %"


def by_name(tx: Tx, name: str) -> Kept | None:
    """One happening by the name that the shop knows."""
    row = tx.execute(_BY_NAME, {"this": name}).one_or_none()
    return kept(row) if row else None


def by_ids(tx: Tx, ids: Sequence[int]) -> dict[int, Kept]:
    """Some happenings at once, by the numbers of their rows."""
    return {row.id: kept(row) for row in tx.execute(select(*_COLUMNS).where(table.c.id.in_(ids)))}


def newest(
    tx: Tx,
    *,
    limit: int,
    before: int | None = None,
    kind: HappeningType | None = None,
    order_id: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Kept]:
    """Happenings, newest first, a page at a time: `before` is the row's number where the page before ended."""
    conditions: list[ColumnElement[bool]] = []
    if before is not None:
        conditions.append(table.c.id < before)
    if kind is not None:
        conditions.append(table.c.type == kind)
    if order_id is not None:
        conditions.append(table.c.order_id == order_id)
    if since is not None:
        conditions.append(table.c.happened_at >= since)
    if until is not None:
        conditions.append(table.c.happened_at < until)
    query = select(*_COLUMNS).where(*conditions).order_by(table.c.id.desc()).limit(limit)
    return [kept(row) for row in tx.execute(query)]


def reach(tx: Tx, since: datetime, until: datetime, limit: int) -> datetime:
    """How far a span of time goes with at most so many happenings; `until` where it holds no more.

    Those of one moment stay together, however many they are, so that whoever goes on from there misses none.
    """
    moments = (
        select(table.c.happened_at)
        .where(table.c.happened_at >= since, table.c.happened_at < until)
        .order_by(table.c.happened_at)
    )
    beyond: datetime | None = tx.scalar(moments.offset(limit).limit(1))
    if beyond is None:
        return until
    first = tx.scalar(moments.limit(1))
    return beyond + _MOMENT if beyond == first else beyond


def kept(row: Row[tuple[object, ...]]) -> Kept:
    """A row as it is read."""
    found = row._mapping
    return Kept(
        id=found["id"],
        name=found["name"],
        type=HappeningType(found["type"]),
        order_id=found["order_id"],
        payment_id=found["payment_id"],
        subject=found["subject"],
        told=found["told"],
        happened_at=found["happened_at"],
    )
