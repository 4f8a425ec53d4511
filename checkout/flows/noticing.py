"""Notices come into being here: each kept once, with the job that sends it, in the transaction of what it tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checkout.store import notices

if TYPE_CHECKING:
    from checkout.flows.house import House
    from checkout.store.engine import Tx
    from checkout.store.notices import Notice


def give_notice(tx: Tx, house: House, notice: Notice) -> bool:
    """Keep a notice and its job; False where one of its id exists and nothing more is to be told."""
    is_new = notices.add_once(tx, notice)
    if is_new:
        house.enqueue(tx, notice.kind, notice.id)
    return is_new
