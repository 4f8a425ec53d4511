"""Going on again after somebody has looked at what stood still."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from checkout.domain.errors import BadInputError
from checkout.store import audit, halts
from checkout.store.audit import Deed

if TYPE_CHECKING:
    from checkout.domain.actors import Actor
    from checkout.flows.house import House

log = structlog.get_logger()


def go_on(house: House, actor: Actor, halt_id: int) -> None:
    """End one halt, and acknowledge what it was about: the very same does not halt again.

    Raises BadInputError where none of this id stands.
    """
    with house.store.begin() as tx:
        now = house.clock()
        if not halts.end_one(tx, halt_id, at=now, by=actor.name):
            message = f"There is no halt {halt_id} that stands. `checkout halts list` shows what does."
            raise BadInputError(message)
        acknowledged = halts.acknowledge(tx, halt_id, at=now)
        audit.add(tx, actor, Deed("ended halt", "halt", str(halt_id)), now)
    log.warning("a halt was ended", halt=halt_id, acknowledged=acknowledged)
