"""Orders as a shop's own Python asks for them, in its own process: placed, and looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from checkout.domain.errors import BadInputError
from checkout.domain.happenings import word
from checkout.domain.orders import OrderState, Origin
from checkout.domain.texts import in_letters
from checkout.flows import viewing
from checkout.flows.ordering import ShopWish, place_for_shop
from checkout.flows.said import MailedOrderSaid, read_order
from checkout.store.orders import Contact

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from checkout.domain.money import Money
    from checkout.flows.house import House


@dataclass(frozen=True, slots=True)
class ShopOrder:
    """An order as its shop sees it.

    `captured` is what came in for it, `refunded` what went back of that, `reversed` what the processor or a bank took
    back.
    """

    id: str
    shop_reference: str | None
    state: str
    """In the words of the API and of what the shop is told, such as `partially_refunded`."""
    is_disputed: bool
    """The customer contests a payment of it; `is_paid` does not ask for this."""
    total: Money
    """What is due for it."""
    captured: Money
    refunded: Money
    reversed: Money
    pay_url: str
    """The order's page: where to send the customer, and what shows them how it stands. Whoever has it sees it."""
    created_at: datetime
    expires_at: datetime
    paid_at: datetime | None

    @property
    def is_paid(self) -> bool:
        """Exactly what is due has come in, in time, and is still there; `state` tells all else apart."""
        return self.state == word(OrderState.PAID) and self.reversed.minor <= 0


def create(house: House, said: Mapping[str, object], key: str | None) -> ShopOrder:
    """Place an order; the same `key` again gives the same order.

    Raises BadInputError or CardNumberError for what cannot be ordered, KeyUsedOtherwiseError where the key made
    another order, AmountDoesNotFitError or CurrencyNotTakenError.
    """
    if key is not None and not key.strip():
        raise BadInputError(
            "A blank key would give every customer the same order: leave `key` out, or give it a name."
        )
    order = read_order(MailedOrderSaid, said)
    wish = ShopWish(
        basket=order.basket(),
        codes=order.codes(),
        contact=Contact(order.email or ""),
        form_key=house.mint(32) if key is None else in_letters(f"in the shop's own process: {key}"),
        origin=Origin.API,
        capture_later=order.capture_later,
        shop_reference=order.shop_reference,
        return_url=order.return_url,
        life=None if order.expires_in_seconds is None else timedelta(seconds=order.expires_in_seconds),
    )
    return _shown(house, place_for_shop(house, wish).id)


def order(house: House, order_id: str) -> ShopOrder:
    """An order as it stands now. Raises NotFoundError."""
    return _shown(house, order_id)


def _shown(house: House, order_id: str) -> ShopOrder:
    found = viewing.order(house, order_id)
    row = found.row
    return ShopOrder(
        id=row.id,
        shop_reference=row.shop_reference,
        state=word(row.state),
        is_disputed=found.is_disputed,
        total=row.due,
        captured=found.captured,
        refunded=found.refunded,
        reversed=found.reversed,
        pay_url=house.shop.order_url(row.token),
        created_at=row.created_at,
        expires_at=row.expires_at,
        paid_at=row.paid_at,
    )
