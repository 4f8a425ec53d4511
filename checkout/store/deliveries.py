"""Deliveries: one happening for one endpoint, claimed by one worker at a time, and the log of its attempts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Text, and_, bindparam, delete, func, insert, literal, or_, select, update

from checkout.domain.deliveries import DeliveryState
from checkout.domain.happenings import EVERY_TYPE, HappeningType
from checkout.store import happenings
from checkout.store.conflicts import INSERT
from checkout.store.tables import UtcTime, delivery_attempts, endpoints
from checkout.store.tables import deliveries as table
from checkout.store.tables import happenings as told

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row

    from checkout.domain.deliveries import Reply
    from checkout.store.endpoints import EndpointRow
    from checkout.store.engine import Tx

SAID_MAX = 200


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this worker sends now; `attempts` counts this one."""

    happening: happenings.Kept
    endpoint_id: str
    attempts: int


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery as it is shown."""

    happening_id: int
    name: str
    type: HappeningType
    endpoint_id: str
    state: DeliveryState
    attempts: int
    due_at: datetime | None
    created_at: datetime
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """What came of one attempt."""

    id: int
    name: str
    endpoint_id: str
    at: datetime
    status: int | None
    said: str
    took_ms: int


_THIS = and_(table.c.happening_id == bindparam("happening"), table.c.endpoint_id == bindparam("endpoint"))
_DUE = (
    select(table.c.happening_id)
    .where(table.c.endpoint_id == bindparam("endpoint"), table.c.due_at <= bindparam("now"))
    .order_by(table.c.due_at, table.c.happening_id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_CLAIM = (
    update(table)
    .where(
        table.c.endpoint_id == bindparam("endpoint"),
        table.c.happening_id.in_(bindparam("ids", expanding=True)),
    )
    .values(due_at=bindparam("until"), attempts=table.c.attempts + 1)
    .returning(table.c.happening_id, table.c.attempts)
)
_DELIVERED = update(table).where(_THIS, table.c.state != DeliveryState.DELIVERED)
_NOT_YET = update(table).where(
    _THIS, table.c.state == DeliveryState.DUE, table.c.attempts == bindparam("tried")
)
_LOG = insert(delivery_attempts)


def claim(tx: Tx, endpoint_id: str, now: datetime, until: datetime, limit: int) -> list[Claimed]:
    """Take the oldest due deliveries of an endpoint until a time; if the worker dies they are due again then."""
    ids = list(tx.scalars(_DUE, {"endpoint": endpoint_id, "now": now, "most": limit}))
    if not ids:
        return []
    rows = tx.execute(_CLAIM, {"endpoint": endpoint_id, "ids": ids, "until": until}).all()
    known = happenings.by_ids(tx, ids)
    found = [Claimed(known[row.happening_id], endpoint_id, row.attempts) for row in rows]
    return sorted(found, key=lambda one: one.happening.id)


def log_attempt(tx: Tx, claimed: Claimed, reply: Reply, at: datetime) -> None:
    """Keep what came of an attempt."""
    values = {
        "happening_id": claimed.happening.id,
        "endpoint_id": claimed.endpoint_id,
        "at": at,
        "status": reply.status,
        "said": reply.said[:SAID_MAX],
        "took_ms": reply.took_ms,
    }
    tx.execute(_LOG, values)


def mark_delivered(tx: Tx, claimed: Claimed, at: datetime) -> None:
    """The shop has it."""
    tx.execute(
        _DELIVERED.values(state=DeliveryState.DELIVERED, due_at=None, delivered_at=at), _names(claimed)
    )


def mark_failed(tx: Tx, claimed: Claimed, due_at: datetime | None) -> None:
    """Try again at a time, or never again without being asked to.

    Not where the delivery was claimed anew since: then its lease was over before this word came.
    """
    state = DeliveryState.FAILED if due_at is None else DeliveryState.DUE
    tx.execute(_NOT_YET.values(state=state, due_at=due_at), {**_names(claimed), "tried": claimed.attempts})


def add_one(tx: Tx, happening_id: int, endpoint_id: str, at: datetime) -> None:
    """Send one happening to one endpoint, anew where it was sent before."""
    values = {
        "happening_id": happening_id,
        "endpoint_id": endpoint_id,
        "state": DeliveryState.DUE,
        "attempts": 0,
        "due_at": at,
        "created_at": at,
    }
    put = INSERT[tx.dialect.name](table).values(**values)
    anew = {"state": DeliveryState.DUE, "attempts": 0, "due_at": at}
    tx.execute(put.on_conflict_do_update(index_elements=["happening_id", "endpoint_id"], set_=anew))


def add_span(
    tx: Tx,
    endpoint: EndpointRow,
    since: datetime,
    until: datetime,
    *,
    after: int,
    limit: int,
    delivered_too: bool,
    at: datetime,
) -> tuple[int, int | None]:
    """Send what happened in a span of time and the endpoint wants; a page at a time, after a row's number.

    Returns how many are sent, and the number of the page's last row: None where nothing is left.
    """
    page = select(told.c.id).where(told.c.happened_at >= since, told.c.happened_at < until, told.c.id > after)
    ids = list(tx.scalars(page.order_by(told.c.id).limit(limit)))
    if not ids:
        return 0, None
    source = select(
        told.c.id,
        literal(endpoint.id, Text),
        literal(DeliveryState.DUE.value, Text),
        literal(0),
        literal(at, UtcTime()),
        literal(at, UtcTime()),
    ).where(told.c.id.in_(ids), told.c.type != HappeningType.PING)
    if EVERY_TYPE not in endpoint.types:
        source = source.where(told.c.type.in_(endpoint.types))
    columns = ["happening_id", "endpoint_id", "state", "attempts", "due_at", "created_at"]
    put = INSERT[tx.dialect.name](table).from_select(columns, source)
    anew = {"state": DeliveryState.DUE, "attempts": 0, "due_at": at}
    only = None if delivered_too else table.c.state != DeliveryState.DELIVERED
    put = put.on_conflict_do_update(index_elements=["happening_id", "endpoint_id"], set_=anew, where=only)
    sent = tx.execute(put.returning(table.c.happening_id)).all()
    return len(sent), ids[-1]


def hold(tx: Tx, endpoint_id: str) -> None:
    """What is due for a disabled endpoint waits until it is enabled."""
    this = (table.c.endpoint_id == endpoint_id) & (table.c.state == DeliveryState.DUE)
    tx.execute(update(table).where(this).values(state=DeliveryState.HELD, due_at=None))


def let_go(tx: Tx, endpoint_id: str, at: datetime) -> int:
    """Send what waited for the endpoint to be enabled, each by a schedule begun anew; returns how many."""
    this = (table.c.endpoint_id == endpoint_id) & (table.c.state == DeliveryState.HELD)
    values = {"state": DeliveryState.DUE, "due_at": at, "attempts": 0}
    return tx.execute(update(table).where(this).values(**values)).rowcount


def one_of(tx: Tx, endpoint_id: str, happening_id: int) -> DeliveryRow | None:
    """One delivery."""
    query = SHOWN.where(table.c.endpoint_id == endpoint_id, table.c.happening_id == happening_id)
    row = tx.execute(query).one_or_none()
    return delivery_of(row) if row else None


def newest(
    tx: Tx,
    *,
    limit: int,
    endpoint_id: str | None = None,
    state: DeliveryState | None = None,
    before: int | None = None,
) -> list[DeliveryRow]:
    """Deliveries, those of the newest happenings first, a page at a time before a happening's row number."""
    query = SHOWN.order_by(table.c.happening_id.desc(), table.c.endpoint_id).limit(limit)
    if endpoint_id is not None:
        query = query.where(table.c.endpoint_id == endpoint_id)
    if state is not None:
        query = query.where(table.c.state == state)
    if before is not None:
        query = query.where(table.c.happening_id < before)
    return [delivery_of(row) for row in tx.execute(query)]


def attempts(
    tx: Tx, *, limit: int, endpoint_id: str, happening_id: int | None = None, before: int | None = None
) -> list[AttemptRow]:
    """What came of the attempts at an endpoint, or at one delivery, newest first."""
    columns = [column for column in delivery_attempts.c if column.name != "happening_id"]
    query = (
        select(*columns, told.c.name)
        .join(told, told.c.id == delivery_attempts.c.happening_id)
        .where(delivery_attempts.c.endpoint_id == endpoint_id)
        .order_by(delivery_attempts.c.id.desc())
        .limit(limit)
    )
    if happening_id is not None:
        query = query.where(delivery_attempts.c.happening_id == happening_id)
    if before is not None:
        query = query.where(delivery_attempts.c.id < before)
    return [AttemptRow(**row._mapping) for row in tx.execute(query)]


def counts(tx: Tx) -> dict[str, dict[DeliveryState, int]]:
    """How many deliveries of each endpoint are in each state."""
    query = select(table.c.endpoint_id, table.c.state, func.count().label("found"))
    found: dict[str, dict[DeliveryState, int]] = {}
    for row in tx.execute(query.group_by(table.c.endpoint_id, table.c.state)):
        found.setdefault(row.endpoint_id, {})[DeliveryState(row.state)] = row.found
    return found


def overdue(tx: Tx, before: datetime) -> int:
    """How many should have been sent before a time, to endpoints that are on and have not asked us to wait."""
    on = endpoints.c.disabled_at.is_(None) & endpoints.c.removed_at.is_(None)
    takes = on & (endpoints.c.rests_until.is_(None) | (endpoints.c.rests_until < before))
    late = select(func.count()).select_from(table).join(endpoints, endpoints.c.id == table.c.endpoint_id)
    return tx.execute(late.where(takes, table.c.due_at < before)).scalar_one()


def prune(tx: Tx, before: datetime, limit: int) -> int:
    """Forget some attempts from before a time, and deliveries from before it that wait for nothing.

    What is held waits for its endpoint to be enabled, unless that was removed.
    """
    old = select(delivery_attempts.c.id).where(delivery_attempts.c.at < before).limit(limit)
    forgotten = tx.execute(delete(delivery_attempts).where(delivery_attempts.c.id.in_(old))).rowcount
    logged = and_(
        delivery_attempts.c.happening_id == table.c.happening_id,
        delivery_attempts.c.endpoint_id == table.c.endpoint_id,
    )
    over = (
        select(table.c.happening_id, table.c.endpoint_id)
        .join(endpoints, endpoints.c.id == table.c.endpoint_id)
        .where(table.c.created_at < before, table.c.due_at.is_(None))
        .where(or_(table.c.state != DeliveryState.HELD, endpoints.c.removed_at.is_not(None)))
        .where(~select(delivery_attempts.c.id).where(logged).exists())
        .limit(limit)
    )
    pairs = [
        and_(table.c.happening_id == row.happening_id, table.c.endpoint_id == row.endpoint_id)
        for row in tx.execute(over)
    ]
    if pairs:
        forgotten += tx.execute(delete(table).where(or_(*pairs))).rowcount
    return forgotten


SHOWN = select(table, told.c.name, told.c.type).join(told, told.c.id == table.c.happening_id)


def _names(claimed: Claimed) -> dict[str, object]:
    return {"happening": claimed.happening.id, "endpoint": claimed.endpoint_id}


def delivery_of(row: Row[tuple[object, ...]]) -> DeliveryRow:
    """A delivery from its row."""
    found = dict(row._mapping)
    return DeliveryRow(
        **{**found, "state": DeliveryState(found["state"]), "type": HappeningType(found["type"])}
    )
