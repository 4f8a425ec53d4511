"""Telling the customer: each notice once under one id, however often its job runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from checkout.domain.errors import NotFoundError
from checkout.flows.mails import Told, customer_mail
from checkout.flows.settling import attempts_of
from checkout.flows.showing import OrderView, order_view
from checkout.store import notices, orders
from checkout.store.notices import Notice, NoticeKind

if TYPE_CHECKING:
    from checkout.domain.money import Money
    from checkout.flows.house import House
    from checkout.senders.mail import Mail, Mailer

log = structlog.get_logger()


def send_notice(house: House, mailer: Mailer, notice_id: str) -> None:
    """Send a notice to a customer unless it was sent; a repeat after a crash bears the same id.

    Raises MailNotSentError.
    """
    with house.store.read() as tx:
        notice = notices.by_id(tx, notice_id)
        order = orders.by_id(tx, notice.order_id) if notice and notice.order_id else None
    if notice is None or order is None:
        raise NotFoundError("notice", notice_id)
    if notice.sent_at is not None:
        return
    view = order_view(house, order.token)
    if notice.kind is NoticeKind.PAYMENT_FAILED and view.captured.minor:
        log.info("the customer has paid since, so no failure is told", notice=notice.id, order=order.id)
    else:
        mailer.send(customer_mail(house.shop, notice, Told(view, _amount(house, notice))))
        log.info("mail handed over", kind=notice.kind, notice=notice.id, order=order.id)
    with house.store.begin() as tx:
        notices.mark_sent(tx, notice.id, house.clock())


def receipt_mail(house: House, view: OrderView, notice: Notice) -> Mail:
    """The receipt of an order, in text and HTML."""
    return customer_mail(house.shop, notice, Told(view))


def _amount(house: House, notice: Notice) -> Money | None:
    """The amount of the refund that a notice is about, by the processor's id of it."""
    if notice.about is None or notice.order_id is None:
        return None
    with house.store.read() as tx:
        standings = [attempt.standing for attempt in attempts_of(tx, notice.order_id)]
    went = [one for standing in standings for one in standing.returns]
    return next((one.amount for one in went if one.subject == notice.about), None)
