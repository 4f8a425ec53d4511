"""The control API: what tests may do that no caller of PayPal can."""

from http import HTTPStatus

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from checkout.processors.paypal.emulator.answering import emulator
from checkout.processors.paypal.emulator.bodies import parsed
from checkout.processors.paypal.emulator.captures import DECLINED_CAPTURE
from checkout.processors.paypal.emulator.clock import zulu
from checkout.processors.paypal.emulator.emulator import Emulator
from checkout.processors.paypal.emulator.faults import UnknownFaultError
from checkout.processors.paypal.emulator.orders import BALANCE, DECLINED_CARD
from checkout.processors.paypal.emulator.payer_page import with_query
from checkout.processors.paypal.emulator.records import PENDING_REASONS, Order
from checkout.processors.paypal.emulator.refusals import Json, NamedRefusalError, RefusedError
from checkout.processors.paypal.emulator.views import PAYER_ID

control_api = Blueprint("control", __name__, url_prefix="/control")


class BadOrderError(ValueError):
    """A control call that means nothing; the message says what would."""


@control_api.errorhandler(UnknownFaultError)
@control_api.errorhandler(ArithmeticError)
@control_api.errorhandler(TypeError)
@control_api.errorhandler(ValueError)
@control_api.errorhandler(NamedRefusalError)
@control_api.errorhandler(RefusedError)
def refuse(error: Exception) -> tuple[Response, int]:
    """Say in words what was wrong with a control call."""
    missing = isinstance(error, RefusedError) and error.findings[0].issue == "INVALID_RESOURCE_ID"
    status = HTTPStatus.NOT_FOUND if missing else HTTPStatus.BAD_REQUEST
    return jsonify({"error": str(error) or type(error).__name__}), status


@control_api.errorhandler(HTTPException)
def refuse_http(error: HTTPException) -> tuple[Response, int]:
    """Say in JSON what HTTP itself refused."""
    return jsonify({"error": error.description}), error.code or 500


@control_api.get("/account")
def account() -> Response:
    """Show the true balances and movements."""
    world = emulator()
    with world.lock:
        return jsonify(
            {
                "accounts": [
                    {**a.body(), "default": a.default, "balances": world.book.balances(a.merchant_id)}
                    for a in world.book.accounts()
                ],
                "balances": world.book.balances(world.book.accounts()[0].merchant_id),
                "movements": [movement.body() for movement in world.book.movements],
            }
        )


@control_api.get("/issuer")
def issuer() -> Response:
    """Serve the certificate of the authority that issued the signing certificate."""
    return Response(emulator().signer.issuer_pem, content_type="application/x-pem-file")


@control_api.route("/clock", methods=["GET", "POST"])
def clock() -> Response:
    """Show the time, or move it; `deliver` waits until what became due is sent."""
    world, body = emulator(), ordered()
    if request.method == "POST":
        seconds = body.get("advance_seconds", 0)
        if not isinstance(seconds, int | float) or seconds < 0:
            raise BadOrderError(
                "advance_seconds must be a number of seconds from 0; the clock only moves forward."
            )
        world.advance(seconds)
        if body.get("deliver"):
            world.deliveries.settle()
        else:
            world.deliveries.wake()
    return jsonify({"now": zulu(world.clock.now())})


@control_api.route("/faults", methods=["GET", "POST", "DELETE"])
def faults() -> tuple[Response, int]:
    """List, order or forget faults."""
    world = emulator()
    if request.method == "DELETE":
        world.faults.clear()
    if request.method == "POST":
        return jsonify(world.faults.order(ordered()).body()), HTTPStatus.CREATED
    return jsonify({"faults": world.faults.all()}), HTTPStatus.OK


@control_api.route("/calls", methods=["GET", "DELETE"])
def calls() -> Response:
    """List all calls that came in; any field may be asked for, as in `?operation=capture`."""
    world = emulator()
    if request.method == "DELETE":
        world.calls.clear()
    try:
        return jsonify({"calls": world.calls.all(**request.args)})
    except AttributeError as error:
        raise BadOrderError(f"Calls can be chosen by their own fields only: {error}") from None


@control_api.get("/deliveries")
def deliveries() -> Response:
    """List all deliveries and their tries."""
    return jsonify({"deliveries": emulator().deliveries.all()})


@control_api.post("/deliveries/<action>")
def act_on_deliveries(action: str) -> Response:
    """Pause, resume, flush, settle, or resend one event."""
    world, body = emulator(), ordered()
    if action == "resend":
        _resend(body)
    elif action == "pause":
        world.deliveries.pause()
    elif action == "resume":
        world.deliveries.resume()
    elif action == "flush":
        return jsonify({"open": world.deliveries.flush(float(body.get("timeout_seconds", 30)))})
    elif action == "settle":
        return jsonify({"open": world.deliveries.settle(float(body.get("timeout_seconds", 30)))})
    else:
        raise BadOrderError(f"Deliveries can be paused, resumed, flushed, settled or resent, not {action!r}.")
    return jsonify({"deliveries": world.deliveries.all()})


def _resend(body: Json) -> None:
    world = emulator()
    with world.lock:
        event = world.events.get(str(body.get("event_id")))
        if event is None:
            raise BadOrderError(
                f"There is no event {body.get('event_id')!r}; GET /control/events lists them."
            )
        for webhook in world.webhooks.all():
            if webhook.wants(event.type):
                world.deliveries.resend(event, webhook.id, webhook.url)


@control_api.get("/events")
def events() -> Response:
    """List all events, the oldest first."""
    world = emulator()
    with world.lock:
        return jsonify({"events": [event.body for event in reversed(world.events.newest_first())]})


@control_api.get("/orders")
def orders() -> Response:
    """List all orders, expired ones too."""
    world = emulator()
    with world.lock:
        return jsonify({"orders": [_order_view(order) for order in world.orders.all()]})


@control_api.get("/orders/<order_id>")
def order(order_id: str) -> Response:
    """Show one order, also when it has expired."""
    world = emulator()
    with world.lock:
        return jsonify(_order_view(_known(order_id)))


@control_api.post("/orders/<order_id>/<action>")
def act_on_order(order_id: str, action: str) -> Response:
    """Do what the payer would: open, approve, cancel; or let the order expire."""
    world = emulator()
    with world.lock:
        world.orders.expire_due()
        found = _known(order_id)
        if found.expired:
            raise BadOrderError(f"Order {order_id} has expired; nobody can do anything with it.")
        if action == "open":
            world.orders.open(found)
        elif action == "approve":
            world.orders.approve(found, _instrument(ordered().get("instrument", BALANCE)))
        elif action == "cancel":
            world.orders.cancel(found)
        elif action == "expire":
            world.orders.expire(found)
        else:
            raise BadOrderError(f"An order can be opened, approved, cancelled or expired, not {action!r}.")
        return jsonify(_order_view(found))


@control_api.post("/webhook")
def webhook() -> tuple[Response, int]:
    """Register an address for all events with one call."""
    world, body = emulator(), ordered()
    names = [{"name": name} for name in body.get("event_types", ["*"])]
    with world.lock:
        return jsonify(
            world.webhooks.view(world.webhooks.register(body.get("url"), names))
        ), HTTPStatus.CREATED


@control_api.route("/tokens", methods=["GET", "DELETE"])
def tokens() -> Response:
    """Show how often a token was asked for; DELETE revokes the current one."""
    world = emulator()
    with world.lock:
        if request.method == "DELETE":
            world.tokens.revoke()
        return jsonify({"requests": world.tokens.requests})


@control_api.route("/settings", methods=["GET", "POST"])
def settings() -> Response:
    """Show the credentials that are right; show or change the latency and what the merchant has money for."""
    world = emulator()
    if request.method == "POST":
        with world.lock:
            _change(world, ordered())
    return jsonify(
        {
            "latency_ms": world.latency_ms,
            "insufficient_funds": world.refunds.insufficient_funds,
            **world.exchange.settings(),
            "client_id": world.settings.client_id,
            "client_secret": world.settings.client_secret,
            "merchant": world.book.accounts()[0].body(),
            "certificate_url": f"{world.settings.base_url}/v1/notifications/certs/{world.certificate_id}",
        }
    )


def _change(world: Emulator, wish: Json) -> None:
    now = {
        "latency_ms": world.latency_ms,
        "insufficient_funds": world.refunds.insufficient_funds,
        **world.exchange.settings(),
    }
    unknown = sorted(wish.keys() - now.keys())
    if unknown or not wish:
        raise BadOrderError(f"What can be set is {', '.join(now)}; not {', '.join(unknown) or 'nothing'}.")
    merged = {**now, **wish}
    latency = merged["latency_ms"]
    if not isinstance(latency, int) or isinstance(latency, bool) or latency < 0:
        raise BadOrderError("latency_ms must be a whole number from 0.")
    if not isinstance(merged["insufficient_funds"], bool):
        raise BadOrderError("insufficient_funds must be true or false.")
    held = merged["held_currencies"]
    if held is not None and not isinstance(held, list):
        raise BadOrderError("held_currencies must be a list of currencies, or null for all.")
    world.exchange.hold(held, merged["primary_currency"])
    world.latency_ms = latency
    world.refunds.insufficient_funds = merged["insufficient_funds"]


@control_api.post("/reset")
def reset() -> Response:
    """Forget everything but keys and certificates."""
    emulator().reset()
    return jsonify({"reset": True})


def ordered() -> Json:
    """Return the JSON object of a control call, `{}` for an empty body.

    Raises `BadOrderError` when it is none.
    """
    body = parsed(request.get_data()) if request.get_data() else {}
    if not isinstance(body, dict):
        raise BadOrderError("The body must be a JSON object.")
    return body


def _known(order_id: str) -> Order:
    found = emulator().orders.known(order_id)
    if found is None:
        raise BadOrderError(f"There is no order {order_id!r}; GET /control/orders lists them.")
    return found


def _instrument(name: object) -> str:
    plain = (BALANCE, DECLINED_CARD, DECLINED_CAPTURE)
    pending = [f"pending:{reason}" for reason in PENDING_REASONS]
    if name not in plain and name not in pending:
        raise BadOrderError(f"Instruments are {', '.join((*plain, *pending))}; not {name!r}.")
    return str(name)


def _order_view(order: Order) -> Json:
    views = emulator().views
    address = order.context.get("return_url")
    return {
        **views.order(order),
        "expired": order.expired,
        "cancelled": order.cancelled,
        "declines": order.declines,
        "capturing": order.capturing,
        "expires": zulu(order.expires()),
        "return_url": with_query(address, {"token": order.id, "PayerID": PAYER_ID}) if address else None,
        "cancel_url": order.context.get("cancel_url"),
    }
