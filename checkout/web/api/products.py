"""Products: what the shop sells by its own pages and pay links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checkout.domain.errors import NotFoundError
from checkout.domain.keys import Scope
from checkout.store import listing
from checkout.store import products as shelf
from checkout.web.api import cursors
from checkout.web.api.doors import Call, door
from checkout.web.api.shapes import Amount, Listing, Moment, Nothing, Page, Shape

if TYPE_CHECKING:
    from checkout.store.products import Product as ProductRow

LIST = "products"


class Product(Shape):
    """Something the shop sells, at its price of today."""

    id: str
    title: str
    description: str
    price: Amount
    needs_address: bool
    for_sale: bool
    capture_later: bool
    url: str
    created_at: Moment


class ProductPage(Page):
    """Products by their ids."""

    data: list[Product]


@door("GET /products/<word:product_id>", scope=Scope.LINKS_READ, asks=Nothing, answers=Product)
def get_product(call: Call, _asked: Nothing, product_id: str) -> Product:
    """One product, for sale or not."""
    with call.house.store.read() as tx:
        found = shelf.by_id(tx, product_id)
    if found is None:
        raise NotFoundError("product", product_id)
    return _product(found, call.house.shop.base_url)


@door("GET /products", scope=Scope.LINKS_READ, asks=Listing, answers=ProductPage)
def list_products(call: Call, asked: Listing) -> ProductPage:
    """Every product, for sale or not, by its id."""
    after = cursors.place(LIST, asked)
    with call.house.store.read() as tx:
        found = listing.page_of_products(tx, after=after[0] if after else None, limit=asked.limit + 1)
    shown, cursor = cursors.page(LIST, found, asked.limit, lambda one: (one.id,))
    base_url = call.house.shop.base_url
    return ProductPage(data=[_product(one, base_url) for one in shown], next_cursor=cursor)


def _product(row: ProductRow, base_url: str) -> Product:
    return Product(
        id=row.id,
        title=row.title,
        description=row.description,
        price=Amount.of(row.price),
        needs_address=row.needs_address,
        for_sale=row.active,
        capture_later=row.capture_later,
        url=f"{base_url}/products/{row.id}",
        created_at=row.created_at,
    )
