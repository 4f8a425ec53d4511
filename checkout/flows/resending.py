"""Sending a mail again that did not go, or that somebody did not get: a copy, told apart by an id of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from checkout.domain.errors import BadInputError, CheckoutError, NotFoundError
from checkout.flows.noticing import give_notice
from checkout.flows.ordering import known_order
from checkout.store import audit, notices, orders
from checkout.store.audit import Deed
from checkout.store.notices import NoticeKind

if TYPE_CHECKING:
    from checkout.domain.actors import Actor
    from checkout.flows.house import House
    from checkout.store.engine import Tx
    from checkout.store.notices import Notice
    from checkout.store.orders import OrderRow

log = structlog.get_logger()

PRESS_LENGTH = 20
"""What sets one press of the button apart from the next; the same press sent twice is one mail."""


class NoReceiptError(CheckoutError):
    """A receipt is asked for that there is none of, or nobody to send it to."""

    def __init__(self, order_id: str, why: str) -> None:
        super().__init__(f"No receipt of order {order_id} can be sent again: {why}.")


def send_again(house: House, actor: Actor, notice_id: str, press: str) -> bool:
    """Enqueue a mail once more; False where this press did so before. Raises NotFoundError or BadInputError."""
    with house.store.begin() as tx:
        found = notices.by_id(tx, notice_id)
        if found is None:
            raise NotFoundError("mail", notice_id)
        return _send_copy(tx, house, actor, found, press)


def send_receipt_again(house: House, actor: Actor, order_id: str, press: str) -> bool:
    """The same for an order's receipt. Raises NotFoundError, NoReceiptError or BadInputError."""
    with house.store.begin() as tx:
        return _send_copy(tx, house, actor, _receipt(tx, known_order(tx, order_id)), press)


def _receipt(tx: Tx, order: OrderRow) -> Notice:
    if not orders.contact(tx, order.id).email:
        raise NoReceiptError(order.id, "the shop did not tell its customer's address")
    receipts = [one for one in notices.of_order(tx, order.id) if one.kind is NoticeKind.RECEIPT]
    if not receipts:
        raise NoReceiptError(order.id, "it was never paid, so there is none")
    return receipts[0]


def _send_copy(tx: Tx, house: House, actor: Actor, first: Notice, press: str) -> bool:
    if not (press.isascii() and press.isalnum()) or len(press) > PRESS_LENGTH:
        message = "This form has no key of its own. Load the page again."
        raise BadInputError(message)
    now = house.clock()
    copy = replace(first, id=notices.copy_id(first.id, press), created_at=now, sent_at=None)
    is_new = give_notice(tx, house, copy)
    if is_new:
        about = ("order", first.order_id) if first.order_id else ("notice", first.id)
        audit.add(tx, actor, Deed("sent mail again", *about, copy.id), now)
    log.info("mail is to be sent again", notice=first.id, new=is_new)
    return is_new
