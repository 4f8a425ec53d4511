"""Orders: placed, looked at, listed, and closed."""

from __future__ import annotations

from datetime import timedelta

from checkout.domain.keys import Scope
from checkout.domain.orders import OrderState, Origin
from checkout.flows import ordering, viewing
from checkout.flows.ordering import ShopWish
from checkout.store.listing import OrderFilter, Span
from checkout.web.api import cursors
from checkout.web.api.doors import Call, Keyed, door
from checkout.web.api.order_shapes import Order, OrderListing, OrderPage, OrderWish
from checkout.web.api.problems import Code
from checkout.web.api.shapes import Empty, Nothing

LIST = "orders"


@door(
    "POST /orders",
    scope=Scope.ORDERS_WRITE,
    asks=OrderWish,
    answers=Order,
    status=201,
    keyed=Keyed.MUST,
    refuses=(Code.AMOUNT_NOT_PAYABLE, Code.CURRENCY_NOT_TAKEN, Code.INPUT_REFUSED),
)
def create_order(call: Call, wish: OrderWish) -> Order:
    """Place an order, then send the customer to its `pay_url`.

    One Idempotency-Key makes one order, for good.
    """
    row = ordering.place_for_shop(
        call.house,
        ShopWish(
            basket=wish.basket(),
            codes=wish.codes(),
            contact=wish.contact.contact(),
            form_key=call.single,
            origin=Origin.API,
            capture_later=wish.capture_later,
            shop_reference=wish.shop_reference,
            locale=wish.locale,
            return_url=wish.return_url,
            life=None if wish.expires_in_seconds is None else timedelta(seconds=wish.expires_in_seconds),
        ),
    )
    return _shown(call, row.id)


@door("GET /orders/<word:order_id>", scope=Scope.ORDERS_READ, asks=Nothing, answers=Order)
def get_order(call: Call, _asked: Nothing, order_id: str) -> Order:
    """One order as it stands now."""
    return _shown(call, order_id)


@door("GET /orders", scope=Scope.ORDERS_READ, asks=OrderListing, answers=OrderPage)
def list_orders(call: Call, asked: OrderListing) -> OrderPage:
    """Orders, newest first."""
    which = OrderFilter(asked.state, asked.shop_reference, Span(asked.created_from, asked.created_to))
    before = cursors.timed(cursors.place(LIST, asked))
    found = viewing.page_of_orders(call.house, which, before=before, limit=asked.limit + 1)
    shown, cursor = cursors.page(LIST, found, asked.limit, lambda one: (one.row.created_at, one.row.id))
    return OrderPage(data=[Order.of(one, call.house.shop) for one in shown], next_cursor=cursor)


_CLOSING = (
    Code.ORDER_CLOSED,
    Code.PAYMENT_UNDER_WAY,
    Code.MONEY_RESERVED,
    Code.PROCESSOR_UNAVAILABLE,
    Code.PROCESSOR_REFUSED,
)


@door(
    "POST /orders/<word:order_id>/cancel",
    scope=Scope.ORDERS_WRITE,
    asks=Empty,
    answers=Order,
    refuses=_CLOSING,
)
def cancel_order(call: Call, _asked: Empty, order_id: str) -> Order:
    """Cancel an order that has no money: it takes no payment any more.

    The processor is asked first whether a payment came in. Cancelling twice is fine.
    """
    return _closed(call, order_id, OrderState.CANCELLED)


@door(
    "POST /orders/<word:order_id>/expire",
    scope=Scope.ORDERS_WRITE,
    asks=Empty,
    answers=Order,
    refuses=_CLOSING,
)
def expire_order(call: Call, _asked: Empty, order_id: str) -> Order:
    """Let an order expire now, rather than at its `expires_at`. The same as cancelling, by another name."""
    return _closed(call, order_id, OrderState.EXPIRED)


def _closed(call: Call, order_id: str, closed: OrderState) -> Order:
    ordering.close(call.house, viewing.token_of(call.house, order_id), closed, call.actor)
    return _shown(call, order_id)


def _shown(call: Call, order_id: str) -> Order:
    return Order.of(viewing.order(call.house, order_id), call.house.shop)
