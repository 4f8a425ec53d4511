"""Keeping in the audit what an operator did at the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checkout.store import audit
from checkout.web.till import till
from webhooks.office.frame import current

if TYPE_CHECKING:
    from checkout.store.audit import Deed


def keep_deed(deed: Deed) -> None:
    """Keep what whoever is at work has just done, by a flow that itself keeps only a name."""
    house = till().house
    with house.store.begin() as tx:
        audit.add(tx, current().actor, deed, house.clock())
