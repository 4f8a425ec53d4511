"""Doors of links that a shop signed: what is ordered, and the form that makes it this visitor's order."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import Blueprint, g, make_response, render_template, request
from werkzeug.exceptions import UnsupportedMediaType
from werkzeug.wrappers import Response

from checkout.domain.errors import CheckoutError
from checkout.domain.link_errors import LinkUnusableError
from checkout.domain.money import Money
from checkout.domain.orders import Line
from checkout.flows import linking
from checkout.flows.linking import OpenedLink
from checkout.web import guard, refusals
from checkout.web.forms import OrderForm, order_form
from checkout.web.handing_over import hand_over
from checkout.web.shop_doors import KEY_EXPIRED, form_without
from checkout.web.till import till

doors = Blueprint("link", __name__)


@dataclass(frozen=True, slots=True)
class Summary:
    """What is ordered, as the pages list it."""

    lines: tuple[Line, ...]
    shipping: Money
    tax: Money
    due: Money


@doors.route("/pay/<signed:link>", methods=["GET", "POST"])
def pay(link: str) -> Response:
    """A signed link: the order as it says, and whoever opened it says where the receipt goes."""
    opened = linking.open_link(till().house, link)
    typed = request.form if request.method == "POST" else None
    form = order_form(typed, with_quantity=False, with_address=opened.order.needs_address, preset={})
    if typed is None:
        return _page(opened, form, status=200)
    if request.mimetype != guard.FORM:
        raise UnsupportedMediaType
    nonce = till().form_keys.nonce(request.form.get("key", ""), _form_of(opened))
    if not form.validate() or nonce is None:
        if nonce is None:
            form.form_errors.append(KEY_EXPIRED)
        return _page(opened, form, status=422, keep_key=nonce is not None)
    placed = linking.place_by_link(till().house, opened, form.contact(), nonce)
    return hand_over(placed.token)


@doors.errorhandler(LinkUnusableError)
def say_why(unusable: LinkUnusableError) -> Response:
    """The shop signed it, so whoever may mend it is told what is wrong."""
    refusal = refusals.LINK_UNUSABLE
    return refusals.page_of(replace(refusal, explanation=f"{refusal.explanation} {unusable.why}"))


def refuse_card_number() -> Response | None:
    """The form again without what looked like a card number; None where this was no form of a link."""
    refused: frozenset[str] = g.card_fields
    if request.endpoint != "link.pay" or not refused & request.form.keys():
        return None
    try:
        opened = linking.open_link(till().house, str((request.view_args or {}).get("link")))
    except CheckoutError:
        return None
    form = form_without(refused, with_quantity=False, with_address=opened.order.needs_address)
    return _page(opened, form, status=422)


def _page(link: OpenedLink, form: OrderForm, *, status: int, keep_key: bool = False) -> Response:
    key = request.form["key"] if keep_key else till().form_keys.make(_form_of(link))
    basket, currency = link.basket, link.order.currency
    view = Summary(
        basket.lines, Money(basket.shipping_minor, currency), Money(basket.tax_minor, currency), basket.due
    )
    page = render_template("link.html", order=link.order, view=view, form=form, key=key)
    return make_response(page, status)


def _form_of(link: OpenedLink) -> str:
    return f"link {link.mark}"
