"""Checks of what customers contest, and of whether the operator can be told."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from checkout.domain.findings import Finding, fine, problem, warning
from checkout.flows.dispute_words import WAITS_FOR_US, left_text
from checkout.store import disputes, notices
from checkout.store.notices import NoticeKind

if TYPE_CHECKING:
    from datetime import datetime

    from checkout.settings import Settings
    from checkout.store.engine import Tx
    from checkout.store.notices import Notice

SOON, NOW = timedelta(days=7), timedelta(days=1)
SHOWN_MAX = 5
ALARM_SHOWN_FOR = timedelta(days=7)
UNSENT_FOR = timedelta(minutes=30)
"""A mail that waits for longer has no address, or a mail server that does not take it."""

LIST = "See each: checkout disputes list. What can be done: checkout disputes show ID"


def check_disputes(tx: Tx, now: datetime) -> Finding:
    """Whether an answer to a dispute is due."""
    found = disputes.open_ones(tx)
    waiting = [one for one in found if one.status in WAITS_FOR_US]
    soon = [one for one in waiting if one.due_at is not None and one.due_at - now <= SOON]
    if not found:
        return fine("disputes", "none is open")
    if not soon:
        return fine("disputes", f"{len(found)} open, {len(waiting)} of them for you, none due within 7 days")
    shown = ", ".join(f"{one.id} ({left_text(one.due_at, now)})" for one in soon[:SHOWN_MAX])
    more = f" and {len(soon) - SHOWN_MAX} more" if len(soon) > SHOWN_MAX else ""
    said = f"{len(soon)} to be answered within 7 days: {shown}{more}"
    is_late = any(one.due_at is not None and one.due_at - now <= NOW for one in soon)
    return (problem if is_late else warning)("disputes", said, LIST)


def check_alerts(tx: Tx, now: datetime) -> Finding:
    """Whether what the operator must be told was sent."""
    kinds = (NoticeKind.DISPUTE_REMINDER, NoticeKind.ALARM)
    unsent = [
        one for one in notices.unsent(tx, kinds, before=now - UNSENT_FOR) if _still_matters(tx, one, now)
    ]
    if not unsent:
        return fine("alerts", "every reminder and alarm was sent")
    shown = ", ".join(one.about or one.id for one in unsent[:SHOWN_MAX])
    fix = "Set OPERATOR_MAIL for those to come; see docs/settings.md. If it is set, see `mail` above."
    return problem("alerts", f"{len(unsent)} could not be sent to anybody: {shown}", fix)


def check_operator_mail(settings: Settings) -> Finding:
    """Whether there is somebody to tell."""
    if settings.operator_mail:
        return fine("operator mail", f"reminders and alarms go to {settings.operator_mail}")
    if settings.base_url.startswith("https://"):
        said = "OPERATOR_MAIL is not set, so nobody is told when a dispute waits or something stands still"
        return warning("operator mail", said, "Set OPERATOR_MAIL to a mail address that somebody reads.")
    return fine("operator mail", "not set; reminders and alarms are kept and logged")


def _still_matters(tx: Tx, notice: Notice, now: datetime) -> bool:
    """A reminder does until its dispute is answered; an alarm for a week, as what stands still is shown by itself."""
    if notice.kind is NoticeKind.ALARM:
        return now - notice.created_at <= ALARM_SHOWN_FOR
    dispute = disputes.by_id(tx, notice.about) if notice.about else None
    return dispute is not None and dispute.status in WAITS_FOR_US
