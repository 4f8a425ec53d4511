"""Orders by links that a shop signed: a link is checked, and becomes an order of whoever opened it.

A link with a reference is for one order. Whoever opens it sees what is ordered and whether it has been paid, never
whose order it became: a second visitor's wish takes the place of an unpaid one, and none that has money. An order of
the same reference that the shop's program placed counts where it has money, or may have; else a link leaves it alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checkout import links
from checkout.domain.errors import (
    BadInputError,
    CardNumberError,
    KeyUsedOtherwiseError,
    OrderClosedError,
    PaymentUnderWayError,
)
from checkout.domain.link_errors import (
    LinkBrokenError,
    LinkExpiredError,
    LinkPaidError,
    LinkTooLongError,
    LinkUnusableError,
    LinkWithdrawnError,
)
from checkout.domain.orders import CLOSED, OrderState, Origin
from checkout.domain.standing import MAY_HOLD_MONEY
from checkout.domain.texts import in_letters
from checkout.flows import link_keys as keys
from checkout.flows.complaints import LINK_KEY
from checkout.flows.ordering import Placed, ShopWish, cancel, place_for_shop
from checkout.flows.said import LinkSaid, read_order
from checkout.flows.settling import attempts_of_orders
from checkout.store import link_keys, orders

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checkout.domain.orders import Basket
    from checkout.flows.house import House
    from checkout.store.engine import Tx
    from checkout.store.orders import Contact, OrderRow

TRIES_MAX = 4
"""Each try takes the place of another visitor's order; more than this many at once is no customer."""


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """A link whose signature holds. `mark` tells it from every other, in a few letters."""

    order: LinkSaid
    basket: Basket
    mark: str


def sign(house: House, order: Mapping[str, object], key_id: str | None = None) -> str:
    """A pay link for an order, signed with the newest key or the one that is named.

    Raises LinkUnusableError for what no order could be made of, LinkExpiredError, LinkTooLongError, and what
    `link_keys.to_sign_with` does.
    """
    key = keys.to_sign_with(house, key_id)
    link = links.sign_order(order, key=key.id, secret=key.secret, base_url=house.shop.base_url)
    open_link(house, link.rpartition("/")[2], may_be_paid=True)
    return link


def open_link(house: House, link: str, *, may_be_paid: bool = False) -> OpenedLink:
    """Check the last part of a link's address, and read it. Nothing in it is believed before its signature holds.

    Raises LinkTooLongError, LinkBrokenError, LinkWithdrawnError, LinkUnusableError or LinkExpiredError; and
    LinkPaidError, unless it `may_be_paid`, where what it is for has money already.
    """
    if len(link) > links.LINK_CHARACTERS_MAX:
        raise LinkTooLongError(links.LINK_CHARACTERS_MAX)
    text = links.read_link(link)
    key_id = text.said.get("key") if text else None
    # Anybody may write anything there, also what no database takes.
    if text is None or not isinstance(key_id, str) or not re.fullmatch(LINK_KEY, key_id):
        raise LinkBrokenError
    with house.store.read() as tx:
        key = link_keys.by_id(tx, key_id)
    if key is None or not text.is_signed_with(keys.opened(house, key)):
        raise LinkBrokenError
    if not key.holds_at(house.clock()):
        raise LinkWithdrawnError(key.id)
    try:
        order = read_order(LinkSaid, text.said)
    except (BadInputError, CardNumberError) as wrong:
        raise LinkUnusableError(str(wrong)) from None
    if order.expires_at is not None and order.expires_at <= house.clock():
        raise LinkExpiredError
    basket = order.basket()
    for processor in house.processors.values():
        processor.check_amount(basket.due)
    opened = OpenedLink(order, basket, in_letters(link))
    if order.shop_reference is not None and not may_be_paid:
        with house.store.read() as tx:
            _newest(tx, order.shop_reference)
    return opened


def place_by_link(house: House, link: OpenedLink, contact: Contact, nonce: str) -> Placed:
    """The order that a link makes for a visitor; `nonce` is the form's own, so that one form makes one.

    Raises LinkPaidError where an order of the link's reference has money, PaymentUnderWayError where it may have,
    and ProcessorUnavailableError where that cannot be known now.
    """
    reference = link.order.shop_reference
    if reference is None:
        order = place_for_shop(house, _wish(link, contact, nonce))
        return Placed(order.id, order.token)
    mark = in_letters(reference)
    for _ in range(TRIES_MAX):
        with house.store.read() as tx:
            newest, count = _newest(tx, reference)
            _refuse_under_way(tx, reference)
            is_ours = newest is not None and _is_same(tx, newest, link, contact)
        try:
            if newest is None or newest.state in CLOSED:
                place_for_shop(house, _wish(link, contact, f"{mark}-{count + 1}"))
            elif is_ours:
                return Placed(newest.id, newest.token)
            else:
                cancel(house, newest.token)
        except (KeyUsedOtherwiseError, OrderClosedError):
            continue  # somebody was quicker: look again
    raise PaymentUnderWayError(reference)


def _newest(tx: Tx, reference: str) -> tuple[OrderRow | None, int]:
    """The newest order that links made for a reference, and how many they made.

    Raises LinkPaidError where any order of the reference has money, whatever made it.
    """
    known = orders.of_reference(tx, reference)
    if any(order.state not in CLOSED | {OrderState.AWAITING_PAYMENT} for order in known):
        raise LinkPaidError(reference)
    made = [order for order in known if order.origin is Origin.LINK]
    return (made[-1] if made else None), len(made)


def _refuse_under_way(tx: Tx, reference: str) -> None:
    """Nobody begins to pay by a link what may be paid already by an order that no link made."""
    others = [order.id for order in orders.of_reference(tx, reference) if order.origin is not Origin.LINK]
    for attempts in attempts_of_orders(tx, others).values():
        if any(attempt.standing.state in MAY_HOLD_MONEY for attempt in attempts):
            raise PaymentUnderWayError(reference)


def _is_same(tx: Tx, order: OrderRow, link: OpenedLink, contact: Contact) -> bool:
    """Whether an order is what this visitor wants of this link, to the last letter of who they are."""
    return orders.contact(tx, order.id) == contact and orders.basket(tx, order) == link.basket


def _wish(link: OpenedLink, contact: Contact, form_key: str) -> ShopWish:
    order = link.order
    return ShopWish(
        basket=link.basket,
        codes=order.codes(),
        contact=contact,
        form_key=form_key,
        origin=Origin.LINK,
        capture_later=order.capture_later,
        shop_reference=order.shop_reference,
        return_url=order.return_url,
    )
