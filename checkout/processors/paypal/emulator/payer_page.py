"""The page where the payer would log in: says it is an emulator, and lets a person choose what happens."""

from http import HTTPStatus
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Blueprint, Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from checkout.processors.paypal.emulator.answering import emulator
from checkout.processors.paypal.emulator.money import Money, money_from
from checkout.processors.paypal.emulator.orders import BALANCE, DECLINED_CARD, REVIEW
from checkout.processors.paypal.emulator.records import Order, OrderStatus
from checkout.processors.paypal.emulator.refusals import RefusedError
from checkout.processors.paypal.emulator.views import PAYER_ID

payer_pages = Blueprint("payer", __name__)

INSTRUMENTS = {"pay": BALANCE, "declined": DECLINED_CARD, "review": REVIEW, "close": BALANCE}


@payer_pages.get("/checkoutnow")
def checkout_now() -> Response:
    """Show what is to be paid and the choices, or say why there is nothing left to choose."""
    world = emulator()
    with world.lock:
        order = _order()
        if order is None:
            return _gone()
        world.orders.open(order)
        if order.status is OrderStatus.COMPLETED:
            return _page("finished.html", HTTPStatus.OK, order=order)
        return _page("payer.html", HTTPStatus.OK, **_purchase(order))


@payer_pages.post("/checkoutnow")
def choose() -> BaseResponse:
    """Do what the payer chose and send the browser back by 303; who closes the window is sent nowhere."""
    world = emulator()
    choice = request.form.get("choice", "")
    with world.lock:
        order = _order()
        if order is None:
            return _gone()
        if order.status is OrderStatus.COMPLETED:
            return _page("finished.html", HTTPStatus.OK, order=order)
        if choice == "cancel":
            world.orders.cancel(order)
            return _back(order, "cancel_url", {"token": order.id})
        if choice not in INSTRUMENTS:
            return _page("payer.html", HTTPStatus.BAD_REQUEST, **_purchase(order))
        world.orders.approve(order, INSTRUMENTS[choice])
        if choice == "close":
            return _page("closed.html", HTTPStatus.OK, order=order)
        return _back(order, "return_url", {"token": order.id, "PayerID": PAYER_ID})


def _order() -> Order | None:
    try:
        return emulator().orders.get(request.values.get("token", ""))
    except RefusedError:
        return None


def _gone() -> Response:
    return _page("gone.html", HTTPStatus.NOT_FOUND)


def _page(template: str, status: HTTPStatus, **values: object) -> Response:
    return make_response(render_template(template, **values), status)


def _purchase(order: Order) -> dict[str, object]:
    amounts = [money_from(unit.body["amount"]) for unit in order.units]
    total = Money(amounts[0].currency, sum((amount.value for amount in amounts), amounts[0].value * 0))
    return {
        "order": order,
        "merchant": order.context.get("brand_name") or order.units[0].payee.email,
        "total": total,
        "items": [item for unit in order.units for item in unit.body.get("items") or []],
        "description": next((u.body["description"] for u in order.units if u.body.get("description")), None),
        "declined": order.declines > 0 and order.status is not OrderStatus.APPROVED,
    }


def _back(order: Order, name: str, parameters: dict[str, str]) -> BaseResponse:
    address = order.context.get(name)
    if not address:
        return _page("closed.html", HTTPStatus.OK, order=order)
    return redirect(with_query(address, parameters), HTTPStatus.SEE_OTHER)


def with_query(address: str, parameters: dict[str, str]) -> str:
    """Return the address with parameters added to those it has."""
    parts = urlsplit(address)
    query = [*parse_qsl(parts.query, keep_blank_values=True), *parameters.items()]
    return urlunsplit(parts._replace(query=urlencode(query)))
