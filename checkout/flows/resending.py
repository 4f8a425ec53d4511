"""Sending a mail again that was not sent, or that somebody did not get: a new notice, told apart by its own id."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from checkout.domain.errors import NotFoundError
from checkout.store import audit, notices
from checkout.store.audit import Deed

if TYPE_CHECKING:
    from checkout.domain.actors import Actor
    from checkout.flows.house import House
    from checkout.store.notices import Notice

AGAIN = "-again-"
PRESS_LENGTH = 8
"""What sets one press of the button apart from the next; the same press sent twice is one mail."""


def send_again(house: House, notice_id: str, press: str, actor: Actor) -> Notice:
    """Enqueue a notice once more under an id of its own, once for each press. Raises NotFoundError."""
    now = house.clock()
    with house.store.begin() as tx:
        found = notices.by_id(tx, notice_id)
        if found is None:
            raise NotFoundError("mail", notice_id)
        first = found.id.partition(AGAIN)[0]
        again = replace(found, id=f"{first}{AGAIN}{press[:PRESS_LENGTH]}", created_at=now, sent_at=None)
        if notices.add_once(tx, again):
            house.enqueue(tx, again.kind, again.id)
            audit.add(tx, actor, Deed("sent mail again", "notice", found.id, again.id), now)
    return again
