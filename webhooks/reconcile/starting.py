"""A person asks for a reconciliation: the run is begun here, and the worker goes on with it within a minute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checkout.store import audit, reports, watermarks
from checkout.store.audit import Deed
from webhooks.reconcile.reports import EVERY, mark_of
from webhooks.reconcile.runs import ALIVE, take_run

if TYPE_CHECKING:
    from checkout.domain.actors import Actor
    from checkout.flows.house import House
    from checkout.store.reports import Run
    from webhooks.reconcile.runs import Wanted

ASKED_FOR = "asked for"


def start(house: House, name: str, wanted: Wanted, actor: Actor) -> Run | None:
    """Begin a run over a span; None where the report has nothing in it yet.

    Raises RunTakenError where somebody is at one, NotFoundError for a processor without reports, or ProcessorError.
    """
    turn = take_run(house, name, wanted, patient=True)
    if turn is None:
        return None
    now, run = house.clock(), turn.run
    said = f"{run.start_at:%Y-%m-%d %H:%M} to {run.end_at:%Y-%m-%d %H:%M} UTC"
    with house.store.begin() as tx:
        reports.leave(tx, run, now - ALIVE)
        watermarks.put(tx, mark_of(name), now - EVERY, ASKED_FOR)
        audit.add(tx, actor, Deed("started reconciliation", "run", str(run.id), said), now)
    return run
