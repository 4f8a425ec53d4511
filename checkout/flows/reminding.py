"""Reminders to the operator: 7, 3 and 1 days before an answer to a dispute must be there, and once it is late."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from checkout.flows.dispute_words import WAITS_FOR_US
from checkout.flows.noticing import give_notice
from checkout.store import disputes, payments
from checkout.store.notices import Notice, NoticeKind

if TYPE_CHECKING:
    from datetime import datetime

    from checkout.flows.house import House
    from checkout.store.disputes import DisputeRow

log = structlog.get_logger()

MARKS_DAYS = (0, 1, 3, 7)
"""Nearest first: whoever learns of a dispute late gets the one reminder that fits, not all that were missed."""


def remind_disputes(house: House) -> int:
    """Enqueue the reminders that are due, each once however often this runs; returns how many are new.

    A later deadline of the same dispute, at its next stage, has reminders of its own.
    """
    now, made = house.clock(), 0
    with house.store.read() as tx:
        waiting = [one for one in disputes.open_ones(tx) if one.status in WAITS_FOR_US]
    for dispute in waiting:
        notice_id = _reminder(dispute, now)
        if notice_id is None:
            continue
        with house.store.begin() as tx:
            payment = payments.by_id(tx, dispute.payment_id)
            order_id = payment.order_id if payment else None
            notice = Notice(notice_id, NoticeKind.DISPUTE_REMINDER, order_id, now, about=dispute.id)
            if give_notice(tx, house, notice):
                made += 1
                log.warning("a dispute waits for an answer", dispute=dispute.id, due=str(dispute.due_at))
    return made


def _reminder(dispute: DisputeRow, now: datetime) -> str | None:
    """The name of the reminder whose time has come, None where none has."""
    if dispute.due_at is None:
        return None
    left = dispute.due_at - now
    mark = next((days for days in MARKS_DAYS if left <= timedelta(days=days)), None)
    if mark is None:
        return None
    return f"dispute-{dispute.id}-{dispute.due_at:%Y-%m-%d}-{'overdue' if mark == 0 else mark}"
