"""The doors of Webhooks v1, of tokens, and of the certificate that deliveries are signed with."""

from datetime import UTC, datetime
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from checkout.processors.paypal.emulator.answering import Answer, emulator, perform
from checkout.processors.paypal.emulator.bodies import parsed
from checkout.processors.paypal.emulator.embedded import embedded_value
from checkout.processors.paypal.emulator.event_pages import EventFilter, event_page
from checkout.processors.paypal.emulator.events import Event, EventType
from checkout.processors.paypal.emulator.orders import Twist
from checkout.processors.paypal.emulator.refusals import Json, NamedRefusalError, Operation
from checkout.processors.paypal.emulator.signing import signed_message
from checkout.processors.paypal.emulator.simulated import simulated_event
from checkout.processors.paypal.emulator.webhooks import (
    Webhook,
    event_type_view,
    known_event_types,
    not_found,
)

PAGE_SIZE = 10
CERTIFICATE_SECONDS = 86_400

notifications_api = Blueprint("notifications", __name__, url_prefix="/v1")


@notifications_api.post("/oauth2/token")
def token() -> Response:
    """Give out the access token that lives, with the life that is left."""

    def act(_: Twist) -> Answer:
        if request.form.get("grant_type") != "client_credentials":
            raise NamedRefusalError(400, "unsupported_grant_type", "Grant Type is NULL")
        return Answer(200, emulator().tokens.answer(request.headers.get("Authorization", "")))

    return perform(Operation.TOKEN, act, authenticated=False)


@notifications_api.get("/notifications/certs/<certificate_id>")
def certificate(certificate_id: str) -> Response:
    """Serve the leaf certificate, alone as PayPal does."""
    world = emulator()
    if certificate_id != world.certificate_id:
        return Response("Not found", 404, content_type="text/plain")
    headers = {
        "Cache-Control": f"max-age={CERTIFICATE_SECONDS}",
        "PayPal-Debug-Id": world.identifiers.debug_id(),
    }
    return Response(world.signer.leaf_pem, 200, headers, content_type="application/x-pem-file")


@notifications_api.post("/notifications/webhooks")
def register() -> Response:
    """Register an address."""

    def act(_: Twist) -> Answer:
        world, body = emulator(), _json_object()
        return Answer(
            201, world.webhooks.view(world.webhooks.register(body.get("url"), body.get("event_types")))
        )

    return perform(Operation.NOTIFICATIONS, act)


@notifications_api.get("/notifications/webhooks")
def registered() -> Response:
    """List the registered addresses."""

    def act(_: Twist) -> Answer:
        world = emulator()
        return Answer(200, {"webhooks": [world.webhooks.view(webhook) for webhook in world.webhooks.all()]})

    return perform(Operation.NOTIFICATIONS, act)


@notifications_api.route("/notifications/webhooks/<webhook_id>", methods=["GET", "PATCH", "DELETE"])
def webhook(webhook_id: str) -> Response:
    """Show, change or remove one address."""

    def act(_: Twist) -> Answer:
        world = emulator()
        if request.method == "DELETE":
            world.webhooks.delete(webhook_id)
            return Answer(204)
        if request.method == "PATCH":
            return Answer(200, world.webhooks.view(world.webhooks.patch(webhook_id, _json())))
        return Answer(200, world.webhooks.view(world.webhooks.get(webhook_id)))

    return perform(Operation.NOTIFICATIONS, act)


@notifications_api.get("/notifications/webhooks/<webhook_id>/event-types")
def webhook_event_types(webhook_id: str) -> Response:
    """List what one address wants."""

    def act(_: Twist) -> Answer:
        names = emulator().webhooks.get(webhook_id).event_types
        return Answer(200, {"event_types": [event_type_view(name) for name in names]})

    return perform(Operation.NOTIFICATIONS, act)


@notifications_api.get("/notifications/webhooks-event-types")
def event_types() -> Response:
    """List every event that can be wanted."""

    def act(_: Twist) -> Answer:
        return Answer(200, {"event_types": [event_type_view(name) for name in known_event_types()]})

    return perform(Operation.NOTIFICATIONS, act)


@notifications_api.get("/notifications/webhooks-events")
def events() -> Response:
    """List events, the newest first, a page at a time."""

    def act(_: Twist) -> Answer:
        found = event_page(emulator().events.in_order(), _event_filter())
        links = [_page_link(place, rel) for rel, place in found.neighbours]
        events = [event.body for event in found.events]
        return Answer(200, {"events": events, "count": len(events), "links": links})

    return perform(Operation.NOTIFICATIONS, act)


@notifications_api.get("/notifications/webhooks-events/<event_id>")
def event(event_id: str) -> Response:
    """Show one event."""
    return perform(Operation.NOTIFICATIONS, lambda _: Answer(200, _event(event_id).body))


@notifications_api.post("/notifications/webhooks-events/<event_id>/resend")
def resend(event_id: str) -> Response:
    """Send one event again; where it is still on its way it is not sent twice."""

    def act(_: Twist) -> Answer:
        world, found = emulator(), _event(event_id)
        wanted = _json_object().get("webhook_ids")
        for target in world.webhooks.all():
            chosen = target.id in wanted if isinstance(wanted, list) else target.wants(found.type)
            if chosen and not world.deliveries.has_waiting(found.id, target.id):
                world.deliveries.resend(found, target.id, target.url)
        return Answer(202, found.body)

    return perform(Operation.NOTIFICATIONS, act)


@notifications_api.post("/notifications/simulate-event")
def simulate() -> Response:
    """Send a sample event, signed for the literal id WEBHOOK_ID, neither listed nor sent again."""

    def act(_: Twist) -> Answer:
        world, body = emulator(), _json_object()
        try:
            kind = EventType(str(body.get("event_type")))
        except ValueError:
            raise _invalid("event_type", "Not a valid webhook event name") from None
        target: Webhook | None = world.webhooks.get(body["webhook_id"]) if body.get("webhook_id") else None
        url = target.url if target else body.get("url")
        if not isinstance(url, str):
            raise _invalid("url", "Either a webhook_id or a url is required")
        sample = simulated_event(world, kind)
        world.deliveries.enqueue(sample, "", url, simulated=True)
        return Answer(202, sample.body)

    return perform(Operation.NOTIFICATIONS, act)


@notifications_api.post("/notifications/verify-webhook-signature")
def verify() -> Response:
    """Say whether a delivery is genuine; the event must be embedded as the original bytes."""

    def act(_: Twist) -> Answer:
        world, body = emulator(), _json_object()
        raw = embedded_value(request.get_data(), "webhook_event")
        missing = [
            name for name in ("transmission_id", "transmission_time", "webhook_id") if not body.get(name)
        ]
        if raw is None or missing:
            raise _invalid(missing[0] if missing else "webhook_event", "A required field is missing")
        message = signed_message(
            str(body["transmission_id"]), str(body["transmission_time"]), str(body["webhook_id"]), raw
        )
        known = any(webhook.id == body["webhook_id"] for webhook in world.webhooks.all())
        genuine = known and world.signer.verifies(message, str(body.get("transmission_sig")))
        return Answer(200, {"verification_status": "SUCCESS" if genuine else "FAILURE"})

    return perform(Operation.NOTIFICATIONS, act)


def _event(event_id: str) -> Event:
    found = emulator().events.get(event_id)
    if found is None:
        raise not_found("event_id", event_id)
    return found


def _event_filter() -> EventFilter:
    given = request.args
    return EventFilter(
        event_type=given.get("event_type"),
        transaction_id=given.get("transaction_id"),
        start=_time("start_time"),
        end=_time("end_time"),
        size=_whole_number("page_size", PAGE_SIZE),
        place=_whole_number("index_id", 0) if "index_id" in given else None,
        backwards=given.get("move_to") == "previous",
    )


def _time(name: str) -> datetime | None:
    text = request.args.get(name)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise _invalid(name, "Not a valid date and time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _whole_number(name: str, otherwise: int) -> int:
    text = request.args.get(name, str(otherwise))
    if not text.isdecimal() or (name == "page_size" and int(text) < 1):
        raise _invalid(name, "Not a valid number")
    return int(text)


def _page_link(place: int, rel: str) -> Json:
    kept = {name: value for name, value in request.args.items() if name not in ("index_id", "move_to")}
    query = urlencode({**kept, "move_to": rel, "index_id": place})
    return emulator().views.link(f"/v1/notifications/webhooks-events?{query}", rel)


def _json() -> object:
    if not request.get_data():
        return {}
    body = parsed(request.get_data())
    if body is None:
        raise NamedRefusalError(400, "MALFORMED_REQUEST", "Json payload is malformed")
    return body


def _json_object() -> Json:
    body = _json()
    if not isinstance(body, dict):
        raise NamedRefusalError(400, "MALFORMED_REQUEST", "Json payload is malformed")
    return body


def _invalid(name: str, issue: str) -> NamedRefusalError:
    details = [{"field": name, "location": "body", "issue": issue}]
    return NamedRefusalError(400, "VALIDATION_ERROR", "Invalid data provided", details)
