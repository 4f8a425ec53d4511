"""Products and pay links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update

from checkout.domain.money import Money
from checkout.store.tables import pay_links
from checkout.store.tables import products as table

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row, Select

    from checkout.store.engine import Tx


@dataclass(frozen=True, slots=True)
class Product:
    """Something the shop sells, at the server's price."""

    id: str
    title: str
    description: str
    price: Money
    needs_address: bool
    active: bool
    created_at: datetime
    capture_later: bool = False
    """The money is only reserved when it is ordered, and taken by the operator later."""


@dataclass(frozen=True, slots=True)
class PayLink:
    """A link that leads straight to the order form of one product in one quantity."""

    token: str
    product_id: str
    quantity: int
    active: bool
    created_at: datetime
    capture_later: bool | None = None
    """Whether its orders only reserve the money; None as the product has it."""


def add(tx: Tx, product: Product) -> None:
    """Keep a new product; its id must be new."""
    tx.execute(
        insert(table).values(
            id=product.id,
            title=product.title,
            description=product.description,
            price_minor=product.price.minor,
            currency=product.price.currency,
            needs_address=product.needs_address,
            active=product.active,
            created_at=product.created_at,
            capture_later=product.capture_later,
        )
    )


def set_active(tx: Tx, product_id: str, *, active: bool) -> bool:
    """Offer or withdraw a product; False where there is none of that id."""
    return tx.execute(update(table).where(table.c.id == product_id).values(active=active)).rowcount == 1


_BY_ID = select(table).where(table.c.id == bindparam("this"))


def by_id(tx: Tx, product_id: str) -> Product | None:
    """One product, active or not."""
    row = tx.execute(_BY_ID, {"this": product_id}).one_or_none()
    return _product(row) if row else None


def all_of(tx: Tx) -> list[Product]:
    """Every product, by title."""
    return [_product(row) for row in tx.execute(select(table).order_by(table.c.title, table.c.id))]


def add_link(tx: Tx, link: PayLink) -> None:
    """Keep a new pay link."""
    tx.execute(
        insert(pay_links).values(
            token=link.token,
            product_id=link.product_id,
            quantity=link.quantity,
            active=link.active,
            created_at=link.created_at,
            capture_later=link.capture_later,
        )
    )


def set_link_active(tx: Tx, token: str, *, active: bool) -> bool:
    """Offer or withdraw a pay link; False where there is none."""
    return tx.execute(update(pay_links).where(pay_links.c.token == token).values(active=active)).rowcount == 1


def link(tx: Tx, token: str) -> PayLink | None:
    """One pay link, active or not."""
    row = tx.execute(select(pay_links).where(pay_links.c.token == token)).one_or_none()
    return PayLink(**row._mapping) if row else None


def links(tx: Tx) -> list[PayLink]:
    """Every pay link, newest first."""
    return [
        PayLink(**row._mapping)
        for row in tx.execute(select(pay_links).order_by(pay_links.c.created_at.desc()))
    ]


def read(tx: Tx, query: Select[Any]) -> list[Product]:
    """The products of a question."""
    return [_product(row) for row in tx.execute(query)]


def read_links(tx: Tx, query: Select[Any]) -> list[PayLink]:
    """The pay links of a question."""
    return [PayLink(**row._mapping) for row in tx.execute(query)]


def _product(row: Row[tuple[object, ...]]) -> Product:
    found = row._mapping
    return Product(
        id=found["id"],
        title=found["title"],
        description=found["description"],
        price=Money(found["price_minor"], found["currency"]),
        needs_address=found["needs_address"],
        active=found["active"],
        created_at=found["created_at"],
        capture_later=found["capture_later"],
    )
