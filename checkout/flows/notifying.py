"""Telling the customer: each notice once under one id, however often its job runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from checkout.domain.errors import NotFoundError
from checkout.flows.showing import OrderView, order_view
from checkout.senders.mail import Mail
from checkout.store import notices, orders
from checkout.wording import amount_text, time_text

if TYPE_CHECKING:
    from checkout.flows.house import House
    from checkout.senders.mail import Mailer
    from checkout.store.notices import Notice

log = structlog.get_logger()

TEMPLATES = Environment(
    loader=PackageLoader("checkout.senders"),
    autoescape=select_autoescape(["html.j2"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def send_receipt(house: House, mailer: Mailer, notice_id: str) -> None:
    """Send a receipt unless it was sent; a repeat after a crash bears the same id. Raises MailNotSentError."""
    with house.store.read() as tx:
        notice = notices.by_id(tx, notice_id)
        order = orders.by_id(tx, notice.order_id) if notice and notice.order_id else None
    if notice is None or order is None:
        raise NotFoundError("notice", notice_id)
    if notice.sent_at is not None:
        return
    mailer.send(receipt_mail(house, order_view(house, order.token), notice))
    with house.store.begin() as tx:
        notices.mark_sent(tx, notice.id, house.clock())
    log.info("receipt sent", notice=notice.id, order=order.id)


def receipt_mail(house: House, view: OrderView, notice: Notice) -> Mail:
    """The receipt of an order, in text and HTML."""
    words = {
        "shop_name": house.shop.name,
        "order_id": view.id,
        "lines": [(line.title, line.quantity, amount_text(line.total)) for line in view.lines],
        "beside": [
            (name, amount_text(part))
            for name, part in (("Shipping", view.shipping), ("Tax", view.tax))
            if part.minor
        ],
        "total_text": amount_text(view.due),
        "received_text": amount_text(view.captured),
        "paid_at_text": time_text(view.paid_at or notice.created_at),
        "order_url": f"{house.shop.base_url}/orders/{view.token}",
    }
    return Mail(
        id=notice.id,
        to=view.contact.email,
        subject=f"{'Copy of the receipt' if notice.is_copy else 'Receipt'} for order {view.id}",
        text=TEMPLATES.get_template("receipt.txt.j2").render(words),
        html=TEMPLATES.get_template("receipt.html.j2").render(words),
        at=notice.created_at,
    )
