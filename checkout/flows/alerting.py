"""Telling the operator: a dispute waits for an answer, or something stands still until a person looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from checkout.domain.errors import NotFoundError
from checkout.flows.dispute_words import STAGE_WORDS, WAITS_FOR_US, left_text, ways_text
from checkout.flows.disputing import plain_reason
from checkout.flows.mails import templates
from checkout.senders.mail import Mail
from checkout.store import disputes, notices, payments
from checkout.store.notices import NoticeKind
from checkout.wording import amount_text, time_text
from checkout.wording.catalogues import wording_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checkout.flows.house import House
    from checkout.senders.mail import Mailer
    from checkout.store.disputes import DisputeRow
    from checkout.store.notices import Notice

log = structlog.get_logger()


def send_alert(house: House, mailer: Mailer, notice_id: str) -> None:
    """Send a notice to the operator unless it was sent. Raises MailNotSentError.

    Without an address it stays unsent, where the doctor shows it, and is an error in the log: a person must act.
    """
    with house.store.read() as tx:
        notice = notices.by_id(tx, notice_id)
        dispute = disputes.by_id(tx, notice.about) if notice and notice.about else None
    if notice is None:
        raise NotFoundError("notice", notice_id)
    if notice.sent_at is not None:
        return
    is_reminder = notice.kind is NoticeKind.DISPUTE_REMINDER
    if is_reminder and (dispute is None or dispute.status not in WAITS_FOR_US):
        log.info("a reminder is out of date, so it is not sent", notice=notice.id)
        with house.store.begin() as tx:  # else it would count for ever among what waits to be sent
            notices.mark_sent(tx, notice.id, house.clock())
        return
    if not house.shop.operator_mail:
        log.error("nobody can be told, as OPERATOR_MAIL is not set", notice=notice.id, about=notice.about)
        return
    mailer.send(
        reminder_mail(house, dispute, notice) if is_reminder and dispute else alarm_mail(house, notice)
    )
    with house.store.begin() as tx:
        notices.mark_sent(tx, notice.id, house.clock())
    log.info("the operator was told", notice=notice.id, kind=notice.kind)


def reminder_mail(house: House, dispute: DisputeRow, notice: Notice) -> Mail:
    """The reminder of a dispute, in text and HTML; it says nothing of the customer."""
    with house.store.read() as tx:
        payment = payments.by_id(tx, dispute.payment_id)
    now = house.clock()
    left = left_text(dispute.due_at, now)
    words = {
        "shop_name": house.shop.name,
        "dispute_id": dispute.id,
        "order_id": payment.order_id if payment else "",
        "amount_text": amount_text(dispute.amount) if dispute.amount else "an amount that is not told",
        "reason": plain_reason(house, dispute.processor, dispute.reason),
        "stage": STAGE_WORDS[dispute.stage],
        "due_text": time_text(dispute.due_at) if dispute.due_at else "",
        "left": left,
        "is_overdue": left == "overdue",
        "ways": ways_text(dispute.id, dispute.allows),
    }
    subject = f"Dispute {dispute.id}: {left}" if left else f"Dispute {dispute.id} waits for your answer"
    return _mail(house, notice, subject, "dispute_reminder", words)


def alarm_mail(house: House, notice: Notice) -> Mail:
    """An alarm, in text and HTML."""
    about = notice.about or notice.id
    words = {"shop_name": house.shop.name, "about": about, "since_text": time_text(notice.created_at)}
    return _mail(house, notice, f"{house.shop.name}: look at this", "alarm", words)


def _mail(house: House, notice: Notice, subject: str, template: str, words: Mapping[str, object]) -> Mail:
    made = templates(wording_of(None))
    return Mail(
        id=notice.id,
        to=house.shop.operator_mail,
        subject=subject,
        text=made.get_template(f"{template}.txt.j2").render(words),
        html=made.get_template(f"{template}.html.j2").render(words),
        at=notice.created_at,
    )
