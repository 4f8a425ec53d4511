"""Totals, and what an order is, given its payments."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from checkout.domain.errors import BadInputError
from checkout.domain.money import MINOR_MAX, Money
from checkout.domain.standing import PaymentState, Standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


QUANTITY_MAX = 999


class OrderState(StrEnum):
    """What a customer or operator would call it."""

    AWAITING_PAYMENT = "awaiting payment"
    AUTHORIZED = "authorized"
    """The money is reserved; the shop takes it later."""
    PAID = "paid"
    PARTIALLY_PAID = "partially paid"
    OVERPAID = "overpaid"
    PAID_LATE = "paid late"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    PARTIALLY_REFUNDED = "partially refunded"
    REFUNDED = "refunded"


class Origin(StrEnum):
    """How an order came to be."""

    FORM = "form"
    """A customer filled in the form of a product or pay link."""
    API = "api"
    LINK = "link"
    """A link that the shop signed."""


CLOSED = frozenset({OrderState.CANCELLED, OrderState.EXPIRED})


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an order: what, how many, at which price each. The server's price, never the form's."""

    title: str
    quantity: int
    unit_price: Money

    def __post_init__(self) -> None:
        if not 1 <= self.quantity <= QUANTITY_MAX:
            message = f"Order between 1 and {QUANTITY_MAX} of one product, not {self.quantity}."
            raise BadInputError(message)

    @property
    def total(self) -> Money:
        """Price times quantity, exact."""
        return self.unit_price * self.quantity


@dataclass(frozen=True, slots=True)
class Basket:
    """What is ordered, with shipping and tax beside its lines, in their currency."""

    lines: tuple[Line, ...]
    shipping_minor: int = 0
    tax_minor: int = 0

    @property
    def due(self) -> Money:
        """All of it together, exact. Raises BadInputError where that cannot be an order's total."""
        return total(self.lines, beside_minor=self._beside())

    def _beside(self) -> int:
        if min(self.shipping_minor, self.tax_minor) < 0:
            message = "Shipping and tax cannot be less than nothing."
            raise BadInputError(message)
        return self.shipping_minor + self.tax_minor


def total(lines: Sequence[Line], *, beside_minor: int = 0) -> Money:
    """What is due for an order: its lines and what comes beside them, in one currency.

    Raises BadInputError unless it is above nothing and within MINOR_MAX.
    """
    if not lines:
        message = "An order needs at least one line."
        raise BadInputError(message)
    if len({line.unit_price.currency for line in lines}) > 1:
        message = "All lines of an order must be in one currency."
        raise BadInputError(message)
    due = Money(sum(line.total.minor for line in lines) + beside_minor, lines[0].unit_price.currency)
    if not 0 < due.minor <= MINOR_MAX:
        message = f"An order's total must be more than nothing and at most {Money(MINOR_MAX, due.currency)}."
        raise BadInputError(message)
    return due


@dataclass(frozen=True, slots=True)
class Sums:
    """What came in for an order and went back, at our own account and in its currency."""

    captured: Money
    refunded: Money
    reversed: Money


def sums_of(payments: Iterable[Standing], currency: str) -> Sums:
    """All payments of an order together; one in another currency adds nothing."""
    counted, nothing = in_currency(payments, currency), Money.zero(currency)
    return Sums(
        captured=sum((one.captured for one in counted), nothing),
        refunded=sum((one.refunded for one in counted), nothing),
        reversed=sum((one.reversed for one in counted), nothing),
    )


def in_currency(payments: Iterable[Standing], currency: str) -> list[Standing]:
    """The payments that can count for an order."""
    return [one for one in payments if one.captured.currency == currency]


def order_state(due: Money, closed: OrderState | None, payments: Sequence[Standing]) -> OrderState:
    """What the order is. `closed` is CANCELLED or EXPIRED where the shop has closed it, else None.

    Counts only money at our own account in the order's currency; a payment in another currency adds nothing.
    """
    sums = sums_of(payments, due.currency)
    refunded, kept = sums.refunded.minor, (sums.captured - sums.refunded).minor
    if sums.captured.minor == 0:
        counted = in_currency(payments, due.currency)
        reserved = any(payment.state is PaymentState.AUTHORIZED for payment in counted)
        return closed or (OrderState.AUTHORIZED if reserved else OrderState.AWAITING_PAYMENT)
    if refunded > 0 and kept < due.minor:
        return OrderState.REFUNDED if kept <= 0 else OrderState.PARTIALLY_REFUNDED
    if kept < due.minor:
        return OrderState.PARTIALLY_PAID
    if kept > due.minor:
        return OrderState.OVERPAID
    return OrderState.PAID_LATE if closed else OrderState.PAID
