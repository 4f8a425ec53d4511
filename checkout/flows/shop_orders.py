"""Orders as a shop's own Python asks for them, in its own process: placed, and looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from checkout.domain.errors import BadInputError
from checkout.domain.orders import OrderState, Origin
from checkout.domain.texts import in_letters
from checkout.flows import showing
from checkout.flows.ordering import ShopWish, known_order, place_for_shop
from checkout.flows.said import MailedOrderSaid, read_order
from checkout.store.orders import Contact

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from checkout.domain.money import Money
    from checkout.flows.house import House
    from checkout.store.orders import OrderRow


@dataclass(frozen=True, slots=True)
class ShopOrder:
    """An order as its shop sees it. `captured` is what came in for it, `refunded` what went back of that."""

    id: str
    shop_reference: str | None
    state: OrderState
    total: Money
    """What is due for it."""
    captured: Money
    refunded: Money
    pay_url: str
    """The order's page: where to send the customer, and what shows them how it stands. Whoever has it sees it."""
    created_at: datetime
    expires_at: datetime
    paid_at: datetime | None

    @property
    def is_paid(self) -> bool:
        """Exactly what is due has come in, in time, and nothing of it went back; `state` tells all else apart."""
        return self.state is OrderState.PAID


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
    )
    return _shown(house, place_for_shop(house, wish))


def order(house: House, order_id: str) -> ShopOrder:
    """An order as it stands now. Raises NotFoundError."""
    with house.store.read() as tx:
        row = known_order(tx, order_id)
    return _shown(house, row)


def _shown(house: House, row: OrderRow) -> ShopOrder:
    view = showing.order_view(house, row.token)
    return ShopOrder(
        id=row.id,
        shop_reference=row.shop_reference,
        state=row.state,
        total=row.due,
        captured=view.captured,
        refunded=view.refunded,
        pay_url=house.shop.order_url(row.token),
        created_at=row.created_at,
        expires_at=row.expires_at,
        paid_at=row.paid_at,
    )
