"""The doors of Orders v2: create, get, patch, capture, authorize."""

import json
from collections.abc import Callable
from decimal import Decimal

from flask import Blueprint, Response, request

from checkout.processors.paypal.emulator.answering import Answer, Subjects, emulator, perform
from checkout.processors.paypal.emulator.bodies import parsed
from checkout.processors.paypal.emulator.order_rules import check_order
from checkout.processors.paypal.emulator.orders import Twist
from checkout.processors.paypal.emulator.patching import patch_order
from checkout.processors.paypal.emulator.records import Order, OrderStatus
from checkout.processors.paypal.emulator.refusals import Finding, Json, Operation, RefusedError

KEY_LENGTH_MAX = 108

orders_api = Blueprint("orders", __name__, url_prefix="/v2/checkout/orders")


@orders_api.post("")
def create() -> Response:
    """Create an order; the same request id again gets the first order as it stands, whatever the body."""

    def act(twist: Twist) -> Answer:
        world = emulator()
        key = request_key()
        earlier = world.keys.result(Operation.CREATE, "", key)
        if earlier is not None:
            return Answer(200, _order_body(world.orders.get(earlier)))
        body = json_object()
        check_order(body)
        if body.get("payment_source") and not key:
            raise RefusedError(Finding("PAYPAL_REQUEST_ID_REQUIRED", "PayPal-Request-Id", location="header"))
        if twist.replays_other:
            return Answer(200, _order_body(world.orders.other_than(body)))
        order = world.orders.create(body, twist)
        world.keys.keep(Operation.CREATE, "", key, order.id)
        return Answer(201, _order_body(order))

    return perform(Operation.CREATE, act, subject=_body_subject)


@orders_api.get("/<order_id>")
def get(order_id: str) -> Response:
    """Show an order; an expired one is not found."""

    def act(_: Twist) -> Answer:
        world = emulator()
        return Answer(200, world.views.order(world.orders.get(order_id)))

    return perform(Operation.GET, act, subject=lambda: order_subject(order_id))


@orders_api.patch("/<order_id>")
def patch(order_id: str) -> Response:
    """Change an order that is not completed yet."""

    def act(_: Twist) -> Answer:
        world = emulator()
        patch_order(world.orders.get(order_id), json_body(), world.clock.now())
        return Answer(204)

    return perform(Operation.PATCH, act, subject=lambda: order_subject(order_id))


@orders_api.post("/<order_id>/capture")
def capture(order_id: str) -> Response:
    """Take the money the payer approved; 201 the first time, 200 for the same request id again."""
    return _complete(Operation.CAPTURE, order_id, emulator().orders.capture)


@orders_api.post("/<order_id>/authorize")
def authorize(order_id: str) -> Response:
    """Reserve the money the payer approved; 201 the first time, 200 for the same request id again."""
    return _complete(Operation.AUTHORIZE, order_id, emulator().authorizations.authorize)


def _complete(operation: Operation, order_id: str, completed: Callable[[Order, Twist], Order]) -> Response:
    world = emulator()
    marked: list[Order] = []

    def replayed() -> Order | None:
        earlier = world.keys.result(operation, order_id, request_key())
        return world.orders.get(earlier) if earlier is not None else None

    def begin() -> None:
        if replayed() is None:
            order = world.orders.get(order_id)
            if world.orders.begin_capture(order):
                marked.append(order)

    def end() -> None:
        for order in marked:
            order.capturing = False

    def act(twist: Twist) -> Answer:
        earlier = replayed()
        if earlier is not None:
            return Answer(200, _captured_body(earlier))
        json_object()
        order = completed(world.orders.get(order_id), twist)
        world.keys.keep(operation, order_id, request_key(), order.id)
        return Answer(201, _captured_body(order))

    return perform(operation, act, subject=lambda: order_subject(order_id), begin=begin, end=end)


def request_key() -> str | None:
    """Return the request id a caller sent.

    Raises `RefusedError` when it is longer than PayPal allows.
    """
    key = request.headers.get("PayPal-Request-Id") or None
    if key is not None and len(key) > KEY_LENGTH_MAX:
        raise RefusedError(Finding("INVALID_STRING_LENGTH", "PayPal-Request-Id", key, "header"))
    return key


def json_body(malformed: str = "MALFORMED_REQUEST_JSON") -> object:
    """Return the request's JSON, `{}` for an empty body.

    Raises `RefusedError` with the issue `malformed` when it is none.
    """
    raw = request.get_data()
    if not raw:
        return {}
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise RefusedError(Finding(malformed, "/", location="body")) from None


def json_object(malformed: str = "MALFORMED_REQUEST_JSON") -> Json:
    """Return the request's JSON object.

    Raises `RefusedError` when it is none.
    """
    body = json_body(malformed)
    if not isinstance(body, dict):
        raise RefusedError(Finding("INVALID_PARAMETER_SYNTAX", "/", location="body"))
    return body


def wants_representation() -> bool:
    """Return whether the caller asked for the whole object rather than the minimal answer."""
    return "representation" in request.headers.get("Prefer", "")


def order_subject(order_id: str) -> Subjects:
    """Say what a call about an order is about."""
    order = emulator().orders.known(order_id)
    if order is None:
        return {"order_id": order_id}
    unit = order.units[0].body
    return {
        "order_id": order_id,
        "custom_id": unit.get("custom_id"),
        "invoice_id": unit.get("invoice_id"),
        "value": str(Decimal(unit["amount"]["value"])),
    }


def _body_subject() -> Subjects:
    body = parsed(request.get_data())
    if not isinstance(body, dict):
        return {}
    try:
        unit = body["purchase_units"][0]
        return {"custom_id": unit.get("custom_id"), "invoice_id": unit.get("invoice_id")}
    except (KeyError, IndexError, TypeError, AttributeError):
        return {}


def _order_body(order: Order) -> Json:
    views = emulator().views
    if wants_representation():
        return views.order(order)
    if order.status is OrderStatus.COMPLETED:
        return views.order_captured(order)
    return views.order_minimal(order)


def _captured_body(order: Order) -> Json:
    views = emulator().views
    return views.order(order) if wants_representation() else views.order_captured(order)
