"""Keeping in the audit who saw a customer's details."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checkout.store import audit
from checkout.store.audit import Deed

if TYPE_CHECKING:
    from checkout.domain.actors import Actor
    from checkout.flows.house import House


def keep_seen(house: House, actor: Actor, kind: str, subject: str) -> None:
    """Keep that somebody saw what is kept of a subject: `saw order`, by its name."""
    with house.store.begin() as tx:
        audit.add(tx, actor, Deed(f"saw {kind}", kind, subject), house.clock())
