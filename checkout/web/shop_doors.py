"""Doors of the shop window: products, pay links and their order form, the privacy promise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flask import Blueprint, g, make_response, render_template, request
from werkzeug.exceptions import UnsupportedMediaType
from werkzeug.wrappers import Response

from checkout.domain.errors import (
    AmountDoesNotFitError,
    BadInputError,
    CardNumberError,
    CurrencyNotTakenError,
    NotForSaleError,
    NotFoundError,
    StoreUnavailableError,
)
from checkout.flows import ordering, paying, showing
from checkout.flows.ordering import Wish
from checkout.store.products import Product
from checkout.web import guard
from checkout.web.forms import OrderForm, order_form
from checkout.web.handing_over import hand_over
from checkout.web.till import till

KEY_EXPIRED = (
    "This page was open for too long, so nothing was ordered. Your details are still here:"
    " check them and continue."
)
CARD_NUMBER = (
    "This looks like a card number, so it was not kept. Card numbers are entered only at {processor}."
)

doors = Blueprint("shop", __name__)


@doors.get("/")
def products() -> str:
    """What can be bought."""
    return render_template("products.html", products=showing.shown_products(till().house))


@doors.get("/privacy")
def privacy() -> str:
    """What is kept of a customer, for what, and what never is."""
    return render_template("privacy.html")


@doors.route("/products/<word:product_id>", methods=["GET", "POST"])
def product(product_id: str) -> Response:
    """A product and its order form."""
    return _form_door("shop.product", {"product_id": product_id})


@doors.route("/pay/<word:token>", methods=["GET", "POST"])
def pay_link(token: str) -> Response:
    """A pay link: the same form, with the quantity fixed by whoever made the link."""
    return _form_door("shop.pay_link", {"token": token})


def _form_door(endpoint: str, arguments: Mapping[str, str]) -> Response:
    try:
        its_product, quantity = _asked_for(endpoint, arguments)
    except NotFoundError:
        nonce = _nonce()
        if nonce is None:
            raise
        return _form_of_something_withdrawn(nonce)
    typed = request.form if request.method == "POST" else None
    form = order_form(
        typed,
        with_quantity=quantity is None,
        with_address=its_product.needs_address,
        preset={"quantity": "1"},
    )
    if typed is None:
        return _form_page(its_product, quantity, form, status=200)
    if request.mimetype != guard.FORM:
        raise UnsupportedMediaType
    nonce = _nonce()
    if not form.validate() or nonce is None:
        if nonce is None:
            form.form_errors.append(KEY_EXPIRED)
        return _form_page(its_product, quantity, form, status=422, keep_key=nonce is not None)
    try:
        chosen = quantity or int(form.quantity.data)
        wish = Wish(its_product.id, chosen, form.contact(), nonce, its_product.capture_later)
        placed, way = paying.place(till().house, wish)
    except (BadInputError, AmountDoesNotFitError, CurrencyNotTakenError) as refused:
        form.form_errors.append(str(refused))
        return _form_page(its_product, quantity, form, status=422, keep_key=True)
    return hand_over(placed.token, way)


def _form_of_something_withdrawn(nonce: str) -> Response:
    """The order that the form made while it could. Raises NotForSaleError where it made none."""
    placed = ordering.placed_by(till().house, nonce)
    if placed is None:
        raise NotForSaleError(request.path)
    return hand_over(placed.token)


def _nonce() -> str | None:
    """What makes the order of the form that was sent single; None where its key does not hold."""
    return till().form_keys.nonce(request.form.get("key", ""), request.path)


def _form_page(
    its_product: Product, quantity: int | None, form: OrderForm, *, status: int, keep_key: bool = False
) -> Response:
    key = request.form["key"] if keep_key else till().form_keys.make(request.path)
    page = render_template("product.html", product=its_product, quantity=quantity, form=form, key=key)
    return make_response(page, status)


def refuse_card_number(_error: CardNumberError) -> Response | None:
    """The form again, with the fields that held the number empty and the others as they were.

    None where the request was no order form: then the general page says it.
    """
    refused: frozenset[str] = g.card_fields
    if request.method != "POST" or request.mimetype != guard.FORM or not refused & request.form.keys():
        return None
    try:
        its_product, quantity = _asked_for(request.endpoint, request.view_args or {})
    except (NotFoundError, StoreUnavailableError):
        return None
    form = form_without(refused, with_quantity=quantity is None, with_address=its_product.needs_address)
    return _form_page(its_product, quantity, form, status=422)


def form_without(refused: frozenset[str], *, with_quantity: bool, with_address: bool) -> OrderForm:
    """The form as it was sent, but for the fields that held a card number: they are empty, and say why."""
    kept = request.form.copy()
    for name in refused:
        kept.setlist(name, [""])
    form = order_form(kept, with_quantity=with_quantity, with_address=with_address, preset={})
    form.validate()
    message = CARD_NUMBER.format(processor=till().processor)
    if not refused & form._fields.keys():
        form.form_errors.append(message)
    for field in form:
        if field.name in refused:
            field.errors = [message]
    return form


def _asked_for(endpoint: str | None, arguments: Mapping[str, str]) -> tuple[Product, int | None]:
    """The product of a form door, and its quantity where that is fixed. Raises NotFoundError."""
    match endpoint:
        case "shop.product":
            return showing.shown_product(till().house, arguments["product_id"]), None
        case "shop.pay_link":
            link, its_product = showing.shown_link(till().house, arguments["token"])
            if link.capture_later is not None:
                its_product = replace(its_product, capture_later=link.capture_later)
            return its_product, link.quantity
        case _:
            raise NotFoundError("order form", request.path)
