"""`checkout products`: what the shop sells, and links that lead straight to one product."""

from __future__ import annotations

import click

from checkout.commands.group import Commands
from checkout.commands.opening import opened_house
from checkout.commands.people import acting, by
from checkout.commands.printing import as_json, print_json, print_table
from checkout.domain.money import Money
from checkout.domain.orders import QUANTITY_MAX
from checkout.flows import offering
from checkout.flows.house import Shop
from checkout.store import products as table
from checkout.store.products import PayLink, Product


@click.group(cls=Commands, no_args_is_help=True)
def products() -> None:
    """What the shop sells, and links that lead straight to one product."""


@products.command("add")
@click.argument("title")
@click.argument("price", metavar="PRICE")
@click.argument("currency", metavar="CURRENCY")
@click.option(
    "--id", "product_id", default="", help="Short name in addresses; made of the title if not given."
)
@click.option("--description", default="", help="A sentence or two for the product's page.")
@click.option("--needs-address", is_flag=True, help="Ask customers for a billing address.")
@click.option(
    "--capture-later",
    is_flag=True,
    help="Only reserve the money; take it by `checkout reservations capture`.",
)
@by
@as_json
def add(  # noqa: PLR0913, PLR0917 -- one for each option
    title: str,
    price: str,
    currency: str,
    product_id: str,
    description: str,
    needs_address: bool,  # noqa: FBT001
    capture_later: bool,  # noqa: FBT001
    by: str,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Put a product on the shelf.

    For example: checkout products add "A pot of tea" 23.80 EUR
    """
    with opened_house(may_create=True) as house:
        product = offering.add_product(
            house,
            acting(by),
            title=title,
            price=Money.typed(price, currency.upper()),
            product_id=product_id,
            description=description,
            needs_address=needs_address,
            capture_later=capture_later,
        )
        address = f"{house.shop.base_url}/products/{product.id}"
    if as_json:
        print_json(_product(product) | {"url": address})
    else:
        click.echo(f"{product.title} ({product.id}) is for sale at {product.price}: {address}")


@products.command("list")
@as_json
def list_products(as_json: bool) -> None:  # noqa: FBT001
    """Every product, for sale or withdrawn."""
    with opened_house() as house, house.store.read() as tx:
        found = table.all_of(tx)
    if as_json:
        print_json([_product(product) for product in found])
        return
    rows = [
        (one.id, one.title, one.price, "yes" if one.needs_address else "no", "yes" if one.active else "no")
        for one in found
    ]
    none = 'Nothing is for sale yet. Add a product: checkout products add "A pot of tea" 23.80 EUR'
    print_table(("ID", "TITLE", "PRICE", "ADDRESS", "FOR SALE"), rows, none=none)


@products.command("withdraw")
@click.argument("product_id")
@by
def withdraw(product_id: str, by: str) -> None:
    """Take a product off the shelf. Orders that exist stay as they are."""
    with opened_house() as house:
        offering.set_offered(house, acting(by), product_id, offered=False)
    click.echo(f"{product_id} is no longer for sale.")


@products.command("offer")
@click.argument("product_id")
@by
def offer(product_id: str, by: str) -> None:
    """Put a withdrawn product back on the shelf."""
    with opened_house() as house:
        offering.set_offered(house, acting(by), product_id, offered=True)
    click.echo(f"{product_id} is for sale.")


@products.command("link")
@click.argument("product_id")
@click.option(
    "--quantity",
    type=click.IntRange(1, QUANTITY_MAX),
    default=1,
    show_default=True,
    help="How many it is for.",
)
@click.option(
    "--capture-later/--capture-now",
    default=None,
    help="Only reserve the money of its orders, or take it at once; else as the product has it.",
)
@by
@as_json
def link(
    product_id: str,
    quantity: int,
    capture_later: bool | None,  # noqa: FBT001
    by: str,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Make a pay link for one product in one quantity. It is an address that you can send to a customer."""
    with opened_house() as house:
        made = offering.add_link(house, acting(by), product_id, quantity, capture_later=capture_later)
        shop = house.shop
    if as_json:
        print_json(_link(made, shop))
    else:
        click.echo(shop.link_url(made.token))


@products.command("links")
@as_json
def links(as_json: bool) -> None:  # noqa: FBT001
    """Every pay link, newest first."""
    with opened_house() as house, house.store.read() as tx:
        found, shop = table.links(tx), house.shop
    if as_json:
        print_json([_link(one, shop) for one in found])
        return
    rows = [
        (shop.link_url(one.token), one.product_id, one.quantity, "yes" if one.active else "withdrawn")
        for one in found
    ]
    none = "There are no pay links yet. Make one: checkout products link PRODUCT_ID"
    print_table(("LINK", "PRODUCT", "QUANTITY", "LEADS ON"), rows, none=none)


@products.command("unlink")
@click.argument("token")
@by
def unlink(token: str, by: str) -> None:
    """Let a pay link lead nowhere from now on. TOKEN is the link, or its last part."""
    with opened_house() as house:
        offering.withdraw_link(house, acting(by), token.rstrip("/").rpartition("/")[2])
    click.echo("The link is withdrawn.")


def _product(product: Product) -> dict[str, object]:
    return {
        "id": product.id,
        "title": product.title,
        "description": product.description,
        "price": product.price,
        "needs_address": product.needs_address,
        "for_sale": product.active,
        "capture_later": product.capture_later,
        "created_at": product.created_at,
    }


def _link(link: PayLink, shop: Shop) -> dict[str, object]:
    return {
        "url": shop.link_url(link.token),
        "token": link.token,
        "product_id": link.product_id,
        "quantity": link.quantity,
        "active": link.active,
        "capture_later": link.capture_later,
        "created_at": link.created_at,
    }
