"""Putting products on the shelf and taking them off, and links that lead straight to one; each is audited."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from checkout.domain.cards import holds_card_number
from checkout.domain.errors import BadInputError, CardNumberError, NotFoundError
from checkout.domain.orders import Line, total
from checkout.domain.texts import TITLE_LENGTH_MAX, is_readable, tidy
from checkout.store import audit, products
from checkout.store.audit import Deed
from checkout.store.products import PayLink, Product

if TYPE_CHECKING:
    from checkout.domain.actors import Actor
    from checkout.domain.money import Money
    from checkout.flows.house import House
    from checkout.store.engine import Tx

DESCRIPTION_LENGTH_MAX = 2000
LINK_TOKEN_LENGTH = 16
_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?", re.ASCII)
_NOT_IN_AN_ID = re.compile(r"[^a-z0-9]+")


def add_product(
    house: House,
    actor: Actor,
    *,
    title: str,
    price: Money,
    product_id: str = "",
    description: str = "",
    needs_address: bool,
    capture_later: bool = False,
) -> Product:
    """Offer a new product. Without an id it gets one made of its title.

    Raises BadInputError, CardNumberError, AmountDoesNotFitError or CurrencyNotTakenError for what cannot be sold.
    """
    product = Product(
        id=product_id or _id_of(title),
        title=_checked("title", title, TITLE_LENGTH_MAX),
        description=_checked("description", description, DESCRIPTION_LENGTH_MAX, of_lines=True),
        price=price,
        needs_address=needs_address,
        active=True,
        created_at=house.clock(),
        capture_later=capture_later,
    )
    if not product.title:
        message = "A product needs a title: it is what customers see."
        raise BadInputError(message)
    if not _ID.fullmatch(product.id):
        message = (
            f"{product.id[:80]!r} cannot be a product's id: use up to 64 small letters, digits and hyphens."
        )
        raise BadInputError(message)
    _check_due(house, product, quantity=1)
    with house.store.begin() as tx:
        if products.by_id(tx, product.id) is not None:
            message = f"There is a product {product.id!r} already. Give this one another id: --id."
            raise BadInputError(message)
        products.add(tx, product)
        _audit(tx, house, actor, "added product", product.id, str(price))
    return product


def set_offered(house: House, actor: Actor, product_id: str, *, offered: bool) -> None:
    """Offer a product again, or take it off the shelf; what is ordered already stays as it is."""
    with house.store.begin() as tx:
        product = products.by_id(tx, product_id)
        if product is None:
            raise NotFoundError("product", product_id)
        if product.active is not offered:
            products.set_active(tx, product.id, active=offered)
            _audit(tx, house, actor, "offered product" if offered else "withdrew product", product.id)


def add_link(
    house: House, actor: Actor, product_id: str, quantity: int, *, capture_later: bool | None = None
) -> PayLink:
    """A pay link for a product in a fixed quantity. Raises NotFoundError, or BadInputError for a bad quantity.

    `capture_later` says for its orders whether the money is only reserved; None as the product has it.
    """
    token, now = house.mint(LINK_TOKEN_LENGTH), house.clock()
    link = PayLink(token, product_id, quantity, active=True, created_at=now, capture_later=capture_later)
    with house.store.begin() as tx:
        product = products.by_id(tx, product_id)
        if product is None:
            raise NotFoundError("product", product_id)
        _check_due(house, product, quantity)
        products.add_link(tx, link)
        _audit(tx, house, actor, "added pay link", product.id, token)
    return link


def withdraw_link(house: House, actor: Actor, token: str) -> None:
    """Let a pay link lead nowhere from now on. Withdrawing twice is fine."""
    with house.store.begin() as tx:
        link = products.link(tx, token)
        if link is None:
            raise NotFoundError("pay link", token)
        if link.active:
            products.set_link_active(tx, token, active=False)
            _audit(tx, house, actor, "withdrew pay link", link.product_id, token)


def _checked(field: str, text: str, length_max: int, *, of_lines: bool = False) -> str:
    """A text as it is kept and shown. Raises CardNumberError, or BadInputError for what cannot be."""
    kept = tidy(text)
    if holds_card_number(kept, label=field):
        raise CardNumberError(field)
    if len(kept) > length_max:
        message = f"The {field} has {len(kept)} characters; at most {length_max} are kept."
        raise BadInputError(message)
    if not is_readable(kept, of_lines=of_lines):
        message = f"The {field} has characters that cannot be shown. Type it again."
        raise BadInputError(message)
    return kept


def _check_due(house: House, product: Product, quantity: int) -> None:
    """The total must be one that every processor can be asked for exactly."""
    due = total([Line(product.title, quantity, product.price)])
    for processor in house.processors.values():
        processor.check_amount(due)


def _id_of(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title.casefold()).encode("ascii", "ignore").decode("ascii")
    return _NOT_IN_AN_ID.sub("-", plain).strip("-")[:64].strip("-") or "product"


def _audit(tx: Tx, house: House, actor: Actor, did: str, product_id: str, said: str | None = None) -> None:
    audit.add(tx, actor, Deed(did, "product", product_id, said), house.clock())
