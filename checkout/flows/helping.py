"""What operators do for a customer that moves no money: notes, a receipt again, an order cancelled; each is audited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from checkout.domain.cards import holds_card_number
from checkout.domain.errors import BadInputError, CardNumberError, CheckoutError, NotFoundError
from checkout.flows import ordering
from checkout.store import audit, notices, order_notes, orders, saved_views
from checkout.store.audit import Deed
from checkout.store.notices import Notice, NoticeKind
from checkout.store.order_notes import OrderNote
from checkout.store.saved_views import SavedView

if TYPE_CHECKING:
    from checkout.domain.actors import Actor
    from checkout.flows.house import House
    from checkout.store.engine import Tx
    from checkout.store.orders import OrderRow

log = structlog.get_logger()

NOTE_CHARACTERS_MAX: Final = 2_000
VIEW_NAME_MAX: Final = 60
VIEW_QUERY_MAX: Final = 500
VIEWS_MAX: Final = 50
"""Views of one operator; more are not found again in a list either."""
REQUEST_MAX: Final = 40


class NoReceiptError(CheckoutError):
    """A receipt is asked for that there is none of, or nobody to send it to."""

    def __init__(self, order_id: str, why: str) -> None:
        super().__init__(f"No receipt of order {order_id} can be sent again: {why}.")


class TooManyViewsError(CheckoutError):
    """An operator keeps as many views as there may be."""

    def __init__(self) -> None:
        super().__init__(f"You keep {VIEWS_MAX} views already. Remove one before you save another.")


def write_note(house: House, actor: Actor, order_id: str, text: str) -> None:
    """Write on an order what the next person should know. Raises BadInputError or CardNumberError."""
    plain = text.replace("\r\n", "\n").strip()
    if not plain or len(plain) > NOTE_CHARACTERS_MAX:
        message = f"Write a note of at most {NOTE_CHARACTERS_MAX} characters."
        raise BadInputError(message)
    if holds_card_number(plain, label="note"):
        raise CardNumberError("note")
    with house.store.begin() as tx:
        order, now = _known(tx, order_id), house.clock()
        order_notes.add(tx, OrderNote(order.id, now, actor.name, plain))
        audit.add(tx, actor, Deed("wrote note", "order", order.id), now)


def cancel_order(house: House, actor: Actor, order_id: str) -> None:
    """Cancel an order that has no money, after asking the processor. Raises what `ordering.cancel` does."""
    with house.store.read() as tx:
        order = _known(tx, order_id)
    ordering.cancel(house, order.token)
    with house.store.begin() as tx:
        audit.add(tx, actor, Deed("cancelled order", "order", order.id), house.clock())


def send_receipt_again(house: House, actor: Actor, order_id: str, request: str) -> bool:
    """Enqueue a copy of a receipt; False where this request did so before. Raises NoReceiptError.

    It is a notice of its own, so that it is sent although the first one was, and says that it is a copy.
    """
    if not request.isalnum() or len(request) > REQUEST_MAX:
        message = "This form has no key of its own. Load the page again."
        raise BadInputError(message)
    with house.store.begin() as tx:
        order = _known(tx, order_id)
        _refuse_without_receipt(tx, order)
        now = house.clock()
        notice = Notice(notices.copy_id(order.id, request), NoticeKind.RECEIPT, order.id, now)
        is_new = notices.add_once(tx, notice)
        if is_new:
            house.enqueue(tx, NoticeKind.RECEIPT, notice.id)
            audit.add(tx, actor, Deed("sent receipt again", "order", order.id), now)
    log.info("receipt is to be sent again", order=order_id, new=is_new)
    return is_new


def save_view(house: House, operator_id: str, page: str, name: str, query: str) -> None:
    """Keep a page's filters under a name; the same name again changes it."""
    plain = " ".join(name.split())
    if not plain or len(plain) > VIEW_NAME_MAX or len(query) > VIEW_QUERY_MAX:
        message = f"Give the view a name of at most {VIEW_NAME_MAX} characters."
        raise BadInputError(message)
    with house.store.begin() as tx:
        known = {one.name for one in saved_views.of_operator(tx, operator_id, page)}
        if plain not in known and saved_views.count(tx, operator_id) >= VIEWS_MAX:
            raise TooManyViewsError
        view = SavedView(house.mint(12), operator_id, page, plain, query, house.clock())
        saved_views.put(tx, view)


def views_of(house: House, operator_id: str, page: str) -> list[SavedView]:
    """An operator's own views of a page."""
    with house.store.read() as tx:
        return saved_views.of_operator(tx, operator_id, page)


def remove_view(house: House, operator_id: str, view_id: str) -> None:
    """Forget a view of one's own; one that is gone already is no error."""
    with house.store.begin() as tx:
        saved_views.remove(tx, operator_id, view_id)


def _known(tx: Tx, order_id: str) -> OrderRow:
    order = orders.by_id(tx, order_id)
    if order is None:
        raise NotFoundError("order", order_id)
    return order


def _refuse_without_receipt(tx: Tx, order: OrderRow) -> None:
    if not orders.contact(tx, order.id).email:
        raise NoReceiptError(order.id, "the shop did not tell its customer's address")
    if not any(one.kind is NoticeKind.RECEIPT for one in notices.of_order(tx, order.id)):
        raise NoReceiptError(order.id, "it was never paid, so there is none")
