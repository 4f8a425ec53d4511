"""Doors of products and pay links: putting on the shelf and taking off it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, make_response, redirect, render_template, request, url_for
from wtforms import BooleanField, IntegerField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from checkout.domain.errors import (
    AmountDoesNotFitError,
    BadInputError,
    CardNumberError,
    CurrencyNotTakenError,
    NotAnAmountError,
    UnknownCurrencyError,
)
from checkout.domain.money import Money
from checkout.domain.orders import QUANTITY_MAX
from checkout.domain.roles import Right
from checkout.domain.texts import TITLE_LENGTH_MAX
from checkout.flows import offering
from checkout.flows.offering import DESCRIPTION_LENGTH_MAX
from checkout.store import products as table
from checkout.web.till import till
from webhooks.office.forms import OfficeForm
from webhooks.office.frame import current, door

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

WRONG = (
    AmountDoesNotFitError,
    BadInputError,
    CardNumberError,
    CurrencyNotTakenError,
    NotAnAmountError,
    UnknownCurrencyError,
)


class ProductForm(OfficeForm):
    """A new product."""

    title = StringField("Title", validators=[InputRequired("Enter a title."), Length(max=TITLE_LENGTH_MAX)])
    price = StringField("Price", validators=[InputRequired("Enter a price.")])
    currency = StringField("Currency", validators=[InputRequired("Enter a currency."), Length(max=3)])
    product_id = StringField("Short name in addresses", validators=[Length(max=64)])
    description = TextAreaField("Description", validators=[Length(max=DESCRIPTION_LENGTH_MAX)])
    needs_address = BooleanField("Ask customers for a billing address")
    capture_later = BooleanField("Only reserve the money; you take it later")


class LinkForm(OfficeForm):
    """A new pay link."""

    product = SelectField("Product", validate_choice=False)
    quantity = IntegerField(
        "Quantity",
        validators=[Optional(), NumberRange(1, QUANTITY_MAX, f"A number from 1 to {QUANTITY_MAX}.")],
        default=1,
    )


@door("/settings/products", needs=Right.ADMIN)
def products() -> str:
    """Everything the shop sells or sold, and the links to it."""
    return _page(ProductForm(), LinkForm())


@door("/settings/products/add", needs=Right.ADMIN, methods=["POST"])
def add_product() -> Response:
    """Put a product on the shelf."""
    form = ProductForm(request.form)
    complaints = [] if form.validate() else form.complaints()
    if not complaints:
        try:
            made = offering.add_product(
                till().house,
                current().actor,
                title=form.title.data,
                price=Money.typed(form.price.data, form.currency.data.strip().upper()),
                product_id=form.product_id.data.strip(),
                description=form.description.data,
                needs_address=form.needs_address.data,
                capture_later=form.capture_later.data,
            )
        except WRONG as wrong:
            complaints = [("", str(wrong))]
        else:
            return _back(f"{made.title} is for sale.")
    return make_response(_page(form, LinkForm(), complaints), 422)


@door("/settings/products/<word:name>/offer", needs=Right.ADMIN, methods=["POST"])
def offer_product(name: str) -> Response:
    """Offer a product again, or take it off the shelf."""
    offered = request.form.get("offered") == "yes"
    offering.set_offered(till().house, current().actor, name, offered=offered)
    return _back(f"{name} is {'for sale' if offered else 'not for sale any more'}.")


@door("/settings/links/add", needs=Right.ADMIN, methods=["POST"])
def add_link() -> Response:
    """Make a pay link."""
    form = LinkForm(request.form)
    complaints = [] if form.validate() else form.complaints()
    if not complaints:
        try:
            product_id, quantity = form.product.data or "", form.quantity.data or 1
            made = offering.add_link(till().house, current().actor, product_id, quantity)
        except WRONG as wrong:
            complaints = [("", str(wrong))]
        else:
            return _back(f"The link is {till().house.shop.link_url(made.token)}")
    return make_response(_page(ProductForm(), form, complaints), 422)


@door("/settings/links/<word:name>/withdraw", needs=Right.ADMIN, methods=["POST"])
def withdraw_link(name: str) -> Response:
    """Let a pay link lead nowhere."""
    offering.withdraw_link(till().house, current().actor, name)
    return _back("The link leads nowhere any more.")


def _page(form: ProductForm, link: LinkForm, complaints: list[tuple[str, str]] | None = None) -> str:
    house = till().house
    with house.store.read() as tx:
        found, links = table.all_of(tx), table.links(tx)
    link.product.choices = [SelectChoice(one.id, one.title) for one in found if one.active]
    return render_template(
        "office/desk/products.html",
        products=found,
        links=[(one, house.shop.link_url(one.token)) for one in links],
        form=form,
        link=link,
        complaints=complaints or [],
    )


def _back(said: str) -> Response:
    flash(said, "good")
    return redirect(url_for("office.products"), 303)
