"""Forgets what let operators in and does so no more: old sessions, invitations and challenges. The audit stays."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from checkout.store import challenges, invitations, office_sessions

if TYPE_CHECKING:
    from checkout.flows.house import House

KEPT: Final = timedelta(days=30)
"""Long enough to look into who was signed in where, after something went wrong; the audit tells it for ever."""


def forget_old_access(house: House) -> int:
    """Forget what ended or expired a month ago, and challenges that expired; returns how many rows are gone."""
    now = house.clock()
    with house.store.begin() as tx:
        gone = challenges.forget(tx, now)
        gone += invitations.forget(tx, now - KEPT)
        gone += office_sessions.forget(tx, now - KEPT)
    return gone
