"""Whether this shop can serve: asked by whoever sends it customers, and answered without a secret."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from checkout.domain.errors import CheckoutError
from checkout.store import migrating
from webhooks import heartbeat

if TYPE_CHECKING:
    from checkout.flows.house import House


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must be so."""

    name: str
    is_well: bool
    said: str


def checks(house: House) -> list[Check]:
    """Database, worker and processor, in this order; what needs the database is not asked without it."""
    database = _database(house)
    return [database, *([_worker(house)] if database.is_well else []), _processor(house)]


def _database(house: House) -> Check:
    name = "database"
    try:
        found = migrating.version(house.store)
    except CheckoutError:
        return Check(name, is_well=False, said="it does not answer")
    if found != migrating.HEAD:
        said = f"it is at version {found or 'none'}, and {migrating.HEAD} is needed: checkout db upgrade"
        return Check(name, is_well=False, said=said)
    return Check(name, is_well=True, said=f"at version {found}")


def _worker(house: House) -> Check:
    with house.store.read() as tx:
        last = heartbeat.last_beat(tx)
    silent = heartbeat.is_silent(last, house.clock())
    if last is None:
        return Check("worker", is_well=False, said="none has ever run: checkout worker")
    return Check("worker", is_well=not silent, said=f"last seen {last:%Y-%m-%d %H:%M:%S} UTC")


def _processor(house: House) -> Check:
    names = ", ".join(sorted(house.processors))
    return Check("processor", is_well=bool(names), said=names or "none is set up: checkout doctor")
