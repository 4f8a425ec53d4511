"""Endpoints: where the shop wants to be told, what of, and how each has fared lately."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sqlalchemy import bindparam, exists, func, insert, or_, select, update

from checkout.store.tables import deliveries
from checkout.store.tables import endpoints as table

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row

    from checkout.store.engine import Tx

WHY_MAX = 200
EARLIER_SECRETS_MAX = 4
"""Rotations within one day whose secrets all go on: which of them the shop has, nobody knows."""


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """An endpoint as it is stored. Its secrets are sealed; those before are signed with too until a time."""

    id: str
    url: str
    description: str
    types: tuple[str, ...]
    secret: str = field(repr=False)
    created_at: datetime
    created_by: str
    earlier_secret: str | None = field(default=None, repr=False)
    """Those before, the newest first, with blanks between."""
    earlier_until: datetime | None = None
    failing_since: datetime | None = None
    """When the first attempt failed after the last that went well."""
    rests_until: datetime | None = None
    """It asked to be left alone until then."""
    disabled_at: datetime | None = None
    disabled_why: str | None = None
    removed_at: datetime | None = None

    @property
    def host(self) -> str:
        """What may be shown of its address to whoever may not change it: the rest may hold a secret."""
        return urlsplit(self.url).hostname or ""

    def earlier_at(self, now: datetime) -> list[str]:
        """The sealed secrets before the newest that are signed with too at a time."""
        if self.earlier_secret is None or self.earlier_until is None or now >= self.earlier_until:
            return []
        return self.earlier_secret.split()


_BY_ID = select(table).where(table.c.id == bindparam("this"), table.c.removed_at.is_(None))
_LOCK = _BY_ID.with_for_update(key_share=True)
"""So that whoever tells of a payment, and refers to the endpoint by it, need not wait."""
_ENABLED = table.c.disabled_at.is_(None) & table.c.removed_at.is_(None)
_WITH_DUE = (
    select(table)
    .where(
        _ENABLED,
        or_(table.c.rests_until.is_(None), table.c.rests_until <= bindparam("now")),
        # One look into an index for each endpoint, however long any of the queues is.
        exists().where(deliveries.c.endpoint_id == table.c.id, deliveries.c.due_at <= bindparam("now")),
    )
    .order_by(table.c.id)
)
_FAILING = (
    update(table)
    .where(table.c.id == bindparam("this"))
    .values(
        failing_since=func.coalesce(table.c.failing_since, bindparam("at", type_=table.c.failing_since.type)),
        rests_until=func.coalesce(bindparam("rests", type_=table.c.rests_until.type), table.c.rests_until),
    )
    .returning(table.c.failing_since)
)


def add(tx: Tx, endpoint: EndpointRow) -> None:
    """Keep a new endpoint."""
    values = {
        "id": endpoint.id,
        "url": endpoint.url,
        "description": endpoint.description,
        "types": " ".join(endpoint.types),
        "secret": endpoint.secret,
        "created_at": endpoint.created_at,
        "created_by": endpoint.created_by,
    }
    tx.execute(insert(table).values(**values))


def by_id(tx: Tx, endpoint_id: str, *, lock: bool = False) -> EndpointRow | None:
    """One endpoint that was not removed, held against every other change with `lock`; deliveries to it go on."""
    row = tx.execute(_LOCK if lock else _BY_ID, {"this": endpoint_id}).one_or_none()
    return _endpoint(row) if row else None


def all_of(tx: Tx) -> list[EndpointRow]:
    """Every endpoint that was not removed, in the order they were made."""
    query = select(table).where(table.c.removed_at.is_(None)).order_by(table.c.created_at, table.c.id)
    return [_endpoint(row) for row in tx.execute(query)]


def count(tx: Tx) -> int:
    """How many there are."""
    return tx.execute(select(func.count()).where(table.c.removed_at.is_(None))).scalar_one()


def with_due(tx: Tx, now: datetime) -> list[EndpointRow]:
    """The endpoints something is due for, and which are not resting."""
    return [_endpoint(row) for row in tx.execute(_WITH_DUE, {"now": now})]


def change(tx: Tx, endpoint_id: str, *, url: str, description: str, types: tuple[str, ...]) -> None:
    """Keep another address, description or list of types."""
    _set(tx, endpoint_id, url=url, description=description, types=" ".join(types))


def set_secret(tx: Tx, endpoint: EndpointRow, secret: str, now: datetime, earlier_until: datetime) -> None:
    """Keep a new secret; those before it that sign now, which nobody can tell from the one in use, do until a time."""
    earlier = [endpoint.secret, *endpoint.earlier_at(now)][:EARLIER_SECRETS_MAX]
    _set(tx, endpoint.id, secret=secret, earlier_secret=" ".join(earlier), earlier_until=earlier_until)


def disable(tx: Tx, endpoint_id: str, why: str, at: datetime) -> bool:
    """Send nothing there any more; False where that was so already."""
    this = (table.c.id == endpoint_id) & _ENABLED
    values = {"disabled_at": at, "disabled_why": why[:WHY_MAX]}
    return tx.execute(update(table).where(this).values(**values)).rowcount == 1


def enable(tx: Tx, endpoint_id: str) -> None:
    """Send again, as if nothing had ever failed."""
    _set(tx, endpoint_id, disabled_at=None, disabled_why=None, failing_since=None, rests_until=None)


def remove(tx: Tx, endpoint_id: str, at: datetime) -> None:
    """Forget its address and secrets; what was delivered there stays known."""
    gone = {"url": "", "secret": "", "earlier_secret": None, "earlier_until": None}
    _set(tx, endpoint_id, removed_at=at, **gone)


def is_well(tx: Tx, endpoint_id: str) -> None:
    """It took a delivery, or is another address now: nothing has failed there."""
    this = (table.c.id == endpoint_id) & (
        table.c.failing_since.is_not(None) | table.c.rests_until.is_not(None)
    )
    tx.execute(update(table).where(this).values(failing_since=None, rests_until=None))


def is_failing(tx: Tx, endpoint_id: str, at: datetime, rests_until: datetime | None) -> datetime:
    """It did not take a delivery; since when that has been so."""
    given = {"this": endpoint_id, "at": at, "rests": rests_until}
    since: datetime = tx.execute(_FAILING, given).scalar_one()
    return since


def _set(tx: Tx, endpoint_id: str, **values: object) -> None:
    tx.execute(update(table).where(table.c.id == endpoint_id).values(**values))


def _endpoint(row: Row[tuple[object, ...]]) -> EndpointRow:
    found = dict(row._mapping)
    return EndpointRow(**{**found, "types": tuple(found["types"].split())})
