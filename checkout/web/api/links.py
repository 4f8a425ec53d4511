"""Pay links: an address that leads straight to the order form of a product in a fixed quantity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from checkout.domain.errors import NotFoundError
from checkout.domain.keys import Scope
from checkout.domain.orders import QUANTITY_MAX
from checkout.flows import offering
from checkout.flows.said import Asked
from checkout.store import listing
from checkout.store import products as shelf
from checkout.web.api import cursors
from checkout.web.api.doors import Call, door
from checkout.web.api.problems import Code
from checkout.web.api.shapes import Empty, Id, Listing, Moment, Nothing, Page, Shape

if TYPE_CHECKING:
    from checkout.flows.house import Shop
    from checkout.store.products import PayLink as LinkRow

LIST = "links"


class LinkWish(Asked):
    """A pay link for a product."""

    product_id: Id
    quantity: Annotated[int, Field(ge=1, le=QUANTITY_MAX)] = 1
    capture_later: Annotated[
        bool | None,
        Field(description="Only reserve the money of its orders; as the product has it, if left out."),
    ] = None


class PayLink(Shape):
    """A pay link. Anybody who has its address may order by it."""

    id: str
    url: str
    product_id: str
    quantity: int
    is_active: bool
    capture_later: bool | None
    created_at: Moment


class PayLinkPage(Page):
    """Pay links, newest first."""

    data: list[PayLink]


@door(
    "POST /pay-links",
    scope=Scope.LINKS_WRITE,
    asks=LinkWish,
    answers=PayLink,
    status=201,
    refuses=(Code.NOT_FOUND, Code.AMOUNT_NOT_PAYABLE, Code.CURRENCY_NOT_TAKEN, Code.INPUT_REFUSED),
)
def create_pay_link(call: Call, wish: LinkWish) -> PayLink:
    """Make a pay link for a product in a quantity."""
    made = offering.add_link(
        call.house, call.actor, wish.product_id, wish.quantity, capture_later=wish.capture_later
    )
    return _link(made, call.house.shop)


@door("GET /pay-links/<word:link_id>", scope=Scope.LINKS_READ, asks=Nothing, answers=PayLink)
def get_pay_link(call: Call, _asked: Nothing, link_id: str) -> PayLink:
    """One pay link."""
    return _shown(call, link_id)


@door("GET /pay-links", scope=Scope.LINKS_READ, asks=Listing, answers=PayLinkPage)
def list_pay_links(call: Call, asked: Listing) -> PayLinkPage:
    """Every pay link, newest first."""
    before = cursors.timed(cursors.place(LIST, asked))
    with call.house.store.read() as tx:
        found = listing.page_of_links(tx, before=before, limit=asked.limit + 1)
    shown, cursor = cursors.page(LIST, found, asked.limit, lambda one: (one.created_at, one.token))
    return PayLinkPage(data=[_link(one, call.house.shop) for one in shown], next_cursor=cursor)


@door("POST /pay-links/<word:link_id>/withdraw", scope=Scope.LINKS_WRITE, asks=Empty, answers=PayLink)
def withdraw_pay_link(call: Call, _asked: Empty, link_id: str) -> PayLink:
    """Let a pay link lead nowhere from now on. Orders that came by it stay as they are."""
    offering.withdraw_link(call.house, call.actor, link_id)
    return _shown(call, link_id)


def _shown(call: Call, token: str) -> PayLink:
    with call.house.store.read() as tx:
        found = shelf.link(tx, token)
    if found is None:
        raise NotFoundError("pay link", token)
    return _link(found, call.house.shop)


def _link(row: LinkRow, shop: Shop) -> PayLink:
    return PayLink(
        id=row.token,
        url=shop.link_url(row.token),
        product_id=row.product_id,
        quantity=row.quantity,
        is_active=row.active,
        capture_later=row.capture_later,
        created_at=row.created_at,
    )
