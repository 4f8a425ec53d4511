"""Placing an order at the server's price, and closing one that has no money."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from checkout.domain.errors import (
    KeyUsedOtherwiseError,
    MoneyReservedError,
    NotForSaleError,
    NotFoundError,
    OrderClosedError,
    PaymentUnderWayError,
    ProcessorError,
    StoreUnavailableError,
)
from checkout.domain.orders import CLOSED, Basket, Line, OrderState, Origin
from checkout.domain.standing import MAY_HOLD_MONEY
from checkout.domain.tellings import Ordered, of_new_order, of_order
from checkout.flows import mailing
from checkout.flows.asking import ask
from checkout.flows.settling import attempts_of
from checkout.flows.telling import tell
from checkout.logs import about_order
from checkout.store import audit, orders, payments, products
from checkout.store.audit import Deed
from checkout.store.orders import Contact, OrderRow

if TYPE_CHECKING:
    from datetime import timedelta

    from checkout.domain.actors import Actor
    from checkout.flows.house import House
    from checkout.store.engine import Tx
    from checkout.store.products import Product

log = structlog.get_logger()

_CLOSING_DID = {OrderState.CANCELLED: "cancelled order", OrderState.EXPIRED: "let order expire"}


@dataclass(frozen=True, slots=True)
class Placed:
    """A placed order: its number, and the token of its page."""

    id: str
    token: str


def place(house: House, *, product_id: str, quantity: int, contact: Contact, form_key: str) -> Placed:
    """Place an order for a product at its price of today; the same form again gives the same order.

    It does so whatever became of the product since. Raises NotForSaleError for the first form of a product that
    is not offered and BadInputError for a bad quantity. Raises AmountDoesNotFitError or CurrencyNotTakenError
    where no processor can take the total exactly.
    """
    wish = Wish(product_id, quantity, contact, form_key)
    with house.store.begin() as tx:
        order, _ = place_in(tx, house, wish)
    return Placed(order.id, order.token)


def placed_by(house: House, form_key: str) -> Placed | None:
    """The order that a form made, where it made one, whatever became since of what it ordered."""
    with house.store.read() as tx:
        order = orders.by_form_key(tx, form_key)
    return Placed(order.id, order.token) if order else None


@dataclass(frozen=True, slots=True)
class Wish:
    """What an order form says. `form_key` is the form's own, so that one form makes one order."""

    product_id: str
    quantity: int
    contact: Contact
    form_key: str
    capture_later: bool | None = None
    """Whether the money is only reserved at first; None as the product has it."""


@dataclass(frozen=True, slots=True)
class ShopWish:
    """What a shop orders for its customer, at the shop's own prices. One `form_key` makes one order.

    `codes` name each line in the shop's own words, or are empty; `life` None is as long as any order may wait.
    """

    basket: Basket
    codes: tuple[str, ...]
    contact: Contact
    form_key: str
    origin: Origin
    capture_later: bool = False
    shop_reference: str | None = None
    locale: str | None = None
    return_url: str | None = None
    life: timedelta | None = None


def place_for_shop(house: House, wish: ShopWish) -> OrderRow:
    """Place an order that a shop describes; the same key again gives the same order.

    Raises KeyUsedOtherwiseError where the key made an order of something else, BadInputError for what cannot
    be ordered, AmountDoesNotFitError or CurrencyNotTakenError where no processor can take the total exactly.
    """
    with house.store.begin() as tx:
        order, lines = place_in(tx, house, wish)
        if not lines and not _is_of(tx, order, wish):
            raise KeyUsedOtherwiseError
    return order


def _is_of(tx: Tx, order: OrderRow, wish: ShopWish) -> bool:
    """Whether an order is what is wished, for whom it is wished: nobody is given the page of another's.

    By a link a customer may mend their own address, in the form that made the order.
    """
    wished = (wish.origin, wish.shop_reference, wish.capture_later, wish.return_url, wish.basket)
    made = (order.origin, order.shop_reference, order.capture_later, order.return_url)
    if wished != (*made, orders.basket(tx, order)):
        return False
    return wish.origin is Origin.LINK or wish.contact == orders.contact(tx, order.id)


def place_in(tx: Tx, house: House, wish: Wish | ShopWish) -> tuple[OrderRow, tuple[Line, ...]]:
    """Place an order within the caller's transaction, and give its lines; none where its key was used before."""
    if isinstance(wish, Wish):
        product = products.by_id(tx, wish.product_id)
        if product is None or not product.active:
            earlier = orders.by_form_key(tx, wish.form_key)
            if earlier is None:
                raise NotForSaleError(wish.product_id)
            return earlier, ()
        wish = _priced(wish, product)
    basket, due, now = wish.basket, wish.basket.due, house.clock()
    for processor in house.processors.values():
        processor.check_amount(due)
    order = OrderRow(
        id=order_number(house.mint(12)),
        token=house.mint(32),
        form_key=wish.form_key,
        due=due,
        state=OrderState.AWAITING_PAYMENT,
        closed=None,
        created_at=now,
        expires_at=now + (wish.life or house.shop.order_life),
        capture_later=wish.capture_later,
        origin=wish.origin,
        shop_reference=wish.shop_reference,
        shipping_minor=basket.shipping_minor,
        tax_minor=basket.tax_minor,
        locale=wish.locale,
        return_url=wish.return_url,
    )
    about_order(order.id)
    if not orders.add(tx, order, basket.lines, wish.codes, wish.contact):
        earlier = orders.by_form_key(tx, wish.form_key)
        if earlier is None:
            raise NotFoundError("order of this form", wish.form_key)
        return earlier, ()
    tell(tx, house, of_new_order(Ordered(order.id, due, order.state, order.shop_reference)))
    log.info("order placed", order=order.id, origin=order.origin, due=str(due))
    return order, basket.lines


def _priced(wish: Wish, product: Product) -> ShopWish:
    """A form's wish at the server's price of today."""
    return ShopWish(
        basket=Basket((Line(product.title, wish.quantity, product.price),)),
        codes=(product.id,),
        contact=wish.contact,
        form_key=wish.form_key,
        origin=Origin.FORM,
        capture_later=product.capture_later if wish.capture_later is None else wish.capture_later,
    )


def known_order(tx: Tx, number: str) -> OrderRow:
    """An order by its number. Raises NotFoundError."""
    order = orders.by_id(tx, number)
    if order is None:
        raise NotFoundError("order", number)
    return order


def order_number(minted: str) -> str:
    """`QXK3-7MWB-TR2H`: short enough to say on the telephone, long enough not to be guessed."""
    return "-".join(minted.upper()[start : start + 4] for start in range(0, len(minted), 4))


def cancel(house: House, order_token: str, actor: Actor | None = None) -> None:
    """Cancel an order at the customer's wish, or an actor's. Raises what `close` does."""
    close(house, order_token, OrderState.CANCELLED, actor)


def close(house: House, order_token: str, closed: OrderState, actor: Actor | None = None) -> None:
    """Let an order take no payment any more (`closed` says why), after asking the processor whether money came.

    The audit keeps who did it, unless it was the customer. Closing twice is fine. Raises PaymentUnderWayError
    while a payment's outcome is open, OrderClosedError where money has come in, and ProcessorUnavailableError
    where the processor cannot be asked now.
    """
    with house.store.read() as tx:
        order = orders.by_token(tx, order_token)
    if order is None:
        raise NotFoundError("order", order_token)
    about_order(order.id)
    if order.closed is None:
        _ask_all(house, order.id, may_capture=False)
        _close(house, order.id, closed, actor)


def expire_due(house: House, *, limit: int, postpone: timedelta) -> int:
    """Close the orders whose time is over, asking the processor first; returns how many were closed.

    A payment that the customer approved in time is captured instead. Where the processor cannot be asked, or
    a payment's outcome is open, the order is looked at again after `postpone`.
    """
    with house.store.read() as tx:
        due = orders.past_expiry(tx, house.clock(), limit)
    closed = 0
    for order_id in due:
        try:
            _ask_all(house, order_id, may_capture=True)
            _close(house, order_id, OrderState.EXPIRED)
            closed += 1
        except OrderClosedError:
            continue
        except StoreUnavailableError:
            raise
        except Exception as not_now:  # noqa: BLE001 -- one order must not keep the others from expiring
            level = log.info if isinstance(not_now, (PaymentUnderWayError, ProcessorError)) else log.error
            level("order cannot expire yet", order=order_id, why=str(not_now))
            with house.store.begin() as tx:
                orders.postpone_expiry(tx, order_id, house.clock() + postpone)
    return closed


def _ask_all(house: House, order_id: str, *, may_capture: bool) -> None:
    with house.store.read() as tx:
        open_ones = [payment for payment in payments.of_order(tx, order_id) if payment.ask_at is not None]
    for payment in open_ones:
        ask(house, payment.id, learned_from="before closing", may_capture=may_capture)


def _close(house: House, order_id: str, closed: OrderState, actor: Actor | None = None) -> None:
    with house.store.begin() as tx:
        order = orders.lock(tx, order_id)
        _refuse_unless_empty(tx, order)
        if order.closed is None:
            now = house.clock()
            orders.close(tx, order.id, closed, now)
            if actor is not None:
                audit.add(tx, actor, Deed(_CLOSING_DID[closed], "order", order.id), now)
            tell(tx, house, of_order(Ordered(order.id, order.due, closed, order.shop_reference)))
            log.info("order closed", order=order.id, now=closed)
            if closed is OrderState.EXPIRED:
                mailing.tell_expired(tx, house, attempts_of(tx, order.id))


def _refuse_unless_empty(tx: Tx, order: OrderRow) -> None:
    if order.state is OrderState.AUTHORIZED:
        raise MoneyReservedError(order.id)
    if order.state not in CLOSED | {OrderState.AWAITING_PAYMENT}:
        raise OrderClosedError(order.id, order.state)
    if any(attempt.standing.state in MAY_HOLD_MONEY for attempt in attempts_of(tx, order.id)):
        raise PaymentUnderWayError(order.id)
