"""What a customer may see of an order: one outcome, and what it says about the money."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from checkout.domain.errors import NotFoundError
from checkout.domain.money import Money
from checkout.domain.orders import CLOSED, OrderState, in_currency, sums_of
from checkout.domain.sent_back import ReturnState
from checkout.domain.standing import NO_MONEY_STATES, PaymentState, Standing
from checkout.flows.settling import attempts_of
from checkout.store import orders, products
from checkout.store.orders import Contact, OrderRow
from checkout.store.products import PayLink, Product

if TYPE_CHECKING:
    from datetime import datetime

    from checkout.domain.orders import Line
    from checkout.flows.house import House


class Outcome(StrEnum):
    """Which page an order shows. Each says whether money was taken and what to do next."""

    READY = "ready"
    """Placed, no payment begun, or the customer has not finished one: pay, or cancel."""
    CONFIRMING = "confirming"
    """A payment's outcome is not known yet: do not pay again."""
    REVIEW = "review"
    """The processor holds the payment for review: do not pay again."""
    AUTHORIZED = "authorized"
    """The money is reserved; the shop takes it later. Do not pay again."""
    CHECKING = "checking"
    """Money was taken, but not as it was due: to another payee, in another currency. Do not pay again."""
    PAID = "paid"
    PAID_LATE = "paid late"
    """The money came after the order was closed; the shop will be in touch."""
    PARTIALLY_PAID = "partially paid"
    OVERPAID = "overpaid"
    DECLINED = "declined"
    """No money was taken; another try on the same order."""
    FAILED = "failed"
    """The processor cannot take payments for this shop at the moment; no money was taken."""
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REFUNDED = "refunded"
    PARTIALLY_REFUNDED = "partially refunded"


_BY_ORDER = {
    OrderState.PAID: Outcome.PAID,
    OrderState.PAID_LATE: Outcome.PAID_LATE,
    OrderState.PARTIALLY_PAID: Outcome.PARTIALLY_PAID,
    OrderState.OVERPAID: Outcome.OVERPAID,
    OrderState.REFUNDED: Outcome.REFUNDED,
    OrderState.PARTIALLY_REFUNDED: Outcome.PARTIALLY_REFUNDED,
    OrderState.AUTHORIZED: Outcome.AUTHORIZED,
    OrderState.CANCELLED: Outcome.CANCELLED,
    OrderState.EXPIRED: Outcome.EXPIRED,
}

_BY_PAYMENT = {
    PaymentState.APPROVED: Outcome.CONFIRMING,
    PaymentState.CAPTURING: Outcome.CONFIRMING,
    PaymentState.UNKNOWN: Outcome.CONFIRMING,
    PaymentState.PENDING_REVIEW: Outcome.REVIEW,
    PaymentState.AUTHORIZED: Outcome.AUTHORIZED,
    PaymentState.DECLINED: Outcome.DECLINED,
    PaymentState.FAILED: Outcome.FAILED,
    PaymentState.CAPTURED: Outcome.CHECKING,
}
"""CAPTURED stands here for money that does not count (another payee or currency): never shown as paid."""


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order as its page shows it. `captured` is what was really taken for it and is ours."""

    id: str
    token: str
    outcome: Outcome
    due: Money
    captured: Money
    refunded: Money
    lines: tuple[Line, ...]
    contact: Contact
    created_at: datetime
    expires_at: datetime
    paid_at: datetime | None
    reason: str | None
    reserved: Money
    """What is reserved and not taken."""
    on_its_way_back: Money
    """Refunds that the processor has begun and not finished."""
    taken_back: Money
    """What the processor or a bank took back."""
    shipping: Money
    tax: Money
    return_url: str | None
    """The shop's own page that the customer came from and goes back to."""
    locale: str | None
    """Which language the customer is written to in; None where nobody said."""

    @property
    def has_receipt(self) -> bool:
        """There is a receipt once money that counts has come in."""
        return self.paid_at is not None


def order_view(house: House, token: str) -> OrderView:
    """The order behind an unguessable token, or NotFoundError."""
    with house.store.read() as tx:
        order = orders.by_token(tx, token)
        if order is None:
            raise NotFoundError("order", token)
        standings = [attempt.standing for attempt in attempts_of(tx, order.id)]
        lines = orders.lines(tx, order.id, order.due.currency)
        contact = orders.contact(tx, order.id)
    counted, zero = in_currency(standings, order.due.currency), Money.zero(order.due.currency)
    sums = sums_of(standings, order.due.currency)
    return OrderView(
        id=order.id,
        token=order.token,
        outcome=outcome(order, standings),
        due=order.due,
        captured=sums.captured,
        refunded=sums.refunded,
        lines=lines,
        contact=contact,
        created_at=order.created_at,
        expires_at=order.expires_at,
        paid_at=order.paid_at,
        reason=next((standing.reason for standing in reversed(standings) if standing.reason), None),
        reserved=sum((standing.authorized for standing in counted), zero),
        on_its_way_back=sum((_pending(standing) for standing in counted), zero),
        taken_back=sums.reversed,
        shipping=Money(order.shipping_minor, order.due.currency),
        tax=Money(order.tax_minor, order.due.currency),
        return_url=order.return_url,
        locale=order.locale,
    )


def _pending(standing: Standing) -> Money:
    on_their_way = [one.amount for one in standing.returns if one.state is ReturnState.PENDING]
    return sum(on_their_way, Money.zero(standing.captured.currency))


def outcome(order: OrderRow, standings: list[Standing]) -> Outcome:
    """Which page: the order's own state first, else the most telling of its payments, newest last."""
    if order.state in CLOSED and any(
        _holds_hope(standing) for standing in standings if standing.state is not PaymentState.APPROVED
    ):
        # An approval alone moves no money any more: a closed order is never captured.
        return Outcome.CONFIRMING
    if order.state in _BY_ORDER:
        return _BY_ORDER[order.state]
    under_way = [standing for standing in standings if _holds_hope(standing)]
    last = under_way[-1] if under_way else (standings[-1] if standings else None)
    return _BY_PAYMENT.get(last.state, Outcome.READY) if last else Outcome.READY


def _holds_hope(standing: Standing) -> bool:
    """Money may have moved, or has, without the order counting it yet."""
    return _BY_PAYMENT.get(standing.state) in {
        Outcome.CONFIRMING,
        Outcome.REVIEW,
        Outcome.AUTHORIZED,
        Outcome.CHECKING,
    } and (standing.state not in NO_MONEY_STATES)


def shown_products(house: House) -> list[Product]:
    """What can be bought, by title."""
    with house.store.read() as tx:
        return [product for product in products.all_of(tx) if product.active]


def shown_product(house: House, product_id: str) -> Product:
    """One product that is for sale, or NotFoundError."""
    with house.store.read() as tx:
        product = products.by_id(tx, product_id)
    if product is None or not product.active:
        raise NotFoundError("product", product_id)
    return product


def shown_link(house: House, token: str) -> tuple[PayLink, Product]:
    """A pay link that still stands and its product, or NotFoundError."""
    with house.store.read() as tx:
        link = products.link(tx, token)
        product = products.by_id(tx, link.product_id) if link and link.active else None
    if link is None or product is None or not product.active:
        raise NotFoundError("pay link", token)
    return link, product
