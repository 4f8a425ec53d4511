"""Evidence from the shop's own records: the order, the receipt as it was sent, the policy, the delivery."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from checkout.domain.cards import holds_card_number
from checkout.domain.dispute_answers import Document
from checkout.domain.errors import BadInputError, CardNumberError, NotFoundError
from checkout.flows.notifying import receipt_mail
from checkout.flows.paper import pdf_of
from checkout.flows.showing import OrderView, order_view
from checkout.store import facts, notices, orders
from checkout.store.notices import Notice, NoticeKind
from checkout.wording import amount_text, time_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from checkout.flows.house import House
    from checkout.store.payments import PaymentRow

PDF = "application/pdf"
FILE_TYPES = {
    b"%PDF-": ("pdf", PDF),
    b"\x89PNG\r\n\x1a\n": ("png", "image/png"),
    b"\xff\xd8\xff": ("jpg", "image/jpeg"),
    b"GIF8": ("gif", "image/gif"),
}
"""What a file begins with, its ending and its type: nothing else is taken as evidence."""

ADDRESS_LEFT_OUT = "(the address is left out here: whoever has it can open the order)"


@dataclass(frozen=True, slots=True)
class Policy:
    """The text that customers find at an address of the shop, as it reads now."""

    address: str
    text: str
    read_at: datetime


def shop_documents(
    house: House, payment: PaymentRow, *, policy: Policy | None = None, carrier: str = "", tracking: str = ""
) -> tuple[Document, ...]:
    """What the shop has about a payment's order, as files that a processor takes.

    None of it names the customer. Raises CardNumberError where a product or a number given by hand holds one.
    """
    with house.store.read() as tx:
        order = orders.by_id(tx, payment.order_id)
        if order is None:
            raise NotFoundError("order", payment.order_id)
        kept = [one for one in notices.of_order(tx, order.id) if one.kind is NoticeKind.RECEIPT]
        captured = [fact.happened_at for fact in facts.of_payment(tx, payment.id) if fact.kind == "captured"]
    view = order_view(house, order.token)
    texts = {"order": _order_text(house, view, payment, captured)}
    if kept:
        texts["receipt"] = _receipt_text(house, view, kept[0])
    if tracking:
        texts["delivery"] = _delivery_text(house, view, carrier, tracking)
    if policy is not None:
        texts["policy"] = _policy_text(policy, view)
    for name, text in texts.items():
        if holds_card_number(text, label=name, split=True):
            raise CardNumberError(name)
    titles = {"order": "Order record", "receipt": "Receipt", "delivery": "Delivery", "policy": "Policy"}
    return tuple(
        Document(f"{name}-{view.id}.pdf", pdf_of(f"{titles[name]}, {house.shop.name}", text), PDF)
        for name, text in texts.items()
    )


def attached_documents(files: Iterable[tuple[str, bytes]]) -> tuple[Document, ...]:
    """Files of the operator's own, each given by its name and content, such as a signed delivery note.

    They are sent under plain names: the operator's own may say who the customer is. Raises BadInputError for
    what processors do not take.
    """
    return tuple(_attached(number, name, content) for number, (name, content) in enumerate(files, start=1))


def _attached(number: int, name: str, content: bytes) -> Document:
    for beginning, (ending, media_type) in FILE_TYPES.items():
        if content.startswith(beginning):
            return Document(f"attached-{number}.{ending}", content, media_type)
    raise BadInputError(
        f"{name} is neither a PDF nor a JPEG, PNG or GIF picture; nothing else is taken as evidence."
    )


def _order_text(house: House, view: OrderView, payment: PaymentRow, captured: list[datetime | None]) -> str:
    lines = "\n".join(f"  {one.quantity} x {one.title}: {amount_text(one.total)}" for one in view.lines)
    taken = "".join(f"Taken       {time_text(at)}\n" for at in captured if at is not None)
    return (
        f"Shop        {house.shop.name}, {house.shop.base_url}\n"
        f"Order       {view.id}\n"
        f"Placed      {time_text(view.created_at)}\n"
        f"Payment     {payment.terms.names}, at the processor {payment.reference}\n"
        f"{taken}\n"
        f"{lines}\n\n"
        f"Total       {amount_text(view.due)}\n"
        f"Received    {amount_text(view.captured)}\n"
        f"Sent back   {amount_text(view.refunded)}\n\n"
        f"From the shop's records, {time_text(house.clock())}."
    )


def _receipt_text(house: House, view: OrderView, notice: Notice) -> str:
    """The mail as it was sent, but for the address that opens the order."""
    mail = receipt_mail(house, view, notice)
    text = mail.text.replace(house.shop.order_url(view.token), ADDRESS_LEFT_OUT)
    sent = f"sent {time_text(notice.sent_at)}" if notice.sent_at else "not sent yet"
    return f"Subject: {mail.subject}\nBy mail to the address that was given with the order, {sent}.\n\n{text}"


def _delivery_text(house: House, view: OrderView, carrier: str, tracking: str) -> str:
    return (
        f"Order       {view.id}\n"
        f"Carrier     {carrier}\n"
        f"Tracking    {tracking}\n\n"
        f"As the shop states it, {time_text(house.clock())}."
    )


def _policy_text(policy: Policy, view: OrderView) -> str:
    return (
        f"{policy.address}, as it reads on {time_text(policy.read_at)}. The order was placed on"
        f" {time_text(view.created_at)}; the text of that day is not kept separately.\n\n{policy.text}"
    )
