"""The addresses events are sent to, with PayPal's limits on them."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from checkout.processors.paypal.emulator.events import WORDINGS, EventType
from checkout.processors.paypal.emulator.identifiers import Identifiers
from checkout.processors.paypal.emulator.refusals import Json, NamedRefusalError
from checkout.processors.paypal.emulator.views import Views

# Source: webhooks documentation, June 2026: up to ten addresses per application.
WEBHOOKS_MAX = 10
URL_LENGTH_MAX = 2048
EVERYTHING = "*"
# Event names PayPal also takes; this emulator never sends them by itself.
OTHER_EVENTS = (
    "CHECKOUT.ORDER.PROCESSED",
    "RISK.DISPUTE.CREATED",
)


@dataclass(slots=True)
class Webhook:
    """One registered address and the events it wants."""

    id: str
    url: str
    event_types: list[str] = field(default_factory=list)

    def wants(self, event_type: str) -> bool:
        """Return whether events of this type are sent here."""
        return EVERYTHING in self.event_types or event_type in self.event_types


class Webhooks:
    """The registered addresses; guarded by the emulator's lock."""

    def __init__(self, identifiers: Identifiers, views: Views) -> None:
        """Start without any."""
        self._identifiers = identifiers
        self._views = views
        self._webhooks: dict[str, Webhook] = {}

    def register(self, url: object, event_types: object) -> Webhook:
        """Register an address.

        Raises `NamedRefusalError` when it is malformed, known already or one too many.
        """
        checked_url, names = _checked_url(url), _checked_events(event_types)
        if any(webhook.url == checked_url for webhook in self._webhooks.values()):
            raise NamedRefusalError(400, "WEBHOOK_URL_ALREADY_EXISTS", "Webhook URL already exists")
        if len(self._webhooks) >= WEBHOOKS_MAX:
            raise NamedRefusalError(400, "WEBHOOK_NUMBER_LIMIT_EXCEEDED", "Webhook number limit exceeded")
        webhook = Webhook(self._identifiers.transaction_id(), checked_url, names)
        self._webhooks[webhook.id] = webhook
        return webhook

    def all(self) -> list[Webhook]:
        """Return all registered addresses, oldest first."""
        return list(self._webhooks.values())

    def get(self, webhook_id: str) -> Webhook:
        """Return one.

        Raises `NamedRefusalError` when there is none with this id.
        """
        try:
            return self._webhooks[webhook_id]
        except KeyError:
            raise not_found("webhook_id", webhook_id) from None

    def patch(self, webhook_id: str, operations: object) -> Webhook:
        """Replace `/url` or `/event_types`; either all operations apply or none.

        Raises `NamedRefusalError`.
        """
        webhook = self.get(webhook_id)
        if not isinstance(operations, list) or not operations:
            raise _invalid("body", "A patch is an array of operations.")
        url, names = webhook.url, webhook.event_types
        for operation in operations:
            match operation:
                case {"op": "replace", "path": "/url", "value": value}:
                    url = _checked_url(value)
                case {"op": "replace", "path": "/event_types", "value": value}:
                    names = _checked_events(value)
                case _:
                    raise _invalid("path", "Only replace of /url and /event_types is supported.")
        if any(other.url == url and other.id != webhook_id for other in self._webhooks.values()):
            raise NamedRefusalError(400, "WEBHOOK_URL_ALREADY_EXISTS", "Webhook URL already exists")
        webhook.url, webhook.event_types = url, names
        return webhook

    def delete(self, webhook_id: str) -> None:
        """Remove one.

        Raises `NamedRefusalError` when there is none with this id.
        """
        self.get(webhook_id)
        del self._webhooks[webhook_id]

    def clear(self) -> None:
        """Remove all."""
        self._webhooks.clear()

    def view(self, webhook: Webhook) -> Json:
        """Build the JSON object of one."""
        path = f"/v1/notifications/webhooks/{webhook.id}"
        return {
            "id": webhook.id,
            "url": webhook.url,
            "event_types": [event_type_view(name) for name in webhook.event_types],
            "links": [
                self._views.link(path, "self"),
                self._views.link(path, "update", "PATCH"),
                self._views.link(path, "delete", "DELETE"),
            ],
        }


def known_event_types() -> list[str]:
    """Return every event name that can be subscribed to."""
    return [kind.value for kind in EventType] + list(OTHER_EVENTS)


def event_type_view(name: str) -> Json:
    """Build the JSON object of an event type."""
    if name == EVERYTHING:
        return {"name": EVERYTHING, "description": "ALL"}
    if name in OTHER_EVENTS:
        return {"name": name, "description": "Not sent by the emulator itself.", "status": "ENABLED"}
    return {"name": name, "description": WORDINGS[EventType(name)].description, "status": "ENABLED"}


def not_found(field_name: str, value: str) -> NamedRefusalError:
    """Build the refusal for an id that does not exist."""
    details = [{"field": field_name, "value": value, "location": "path", "issue": "INVALID_RESOURCE_ID"}]
    return NamedRefusalError(404, "INVALID_RESOURCE_ID", "The resource ID was not found.", details)


def _invalid(field_name: str, issue: str) -> NamedRefusalError:
    details = [{"field": field_name, "location": "body", "issue": issue}]
    return NamedRefusalError(400, "VALIDATION_ERROR", "Invalid data provided", details)


def _checked_url(url: object) -> str:
    if not isinstance(url, str) or len(url) > URL_LENGTH_MAX:
        raise _invalid("url", "A URL is required.")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise _invalid("url", "Not a valid URL.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _invalid("url", "Not a valid webhook URL.")
    return url


def _checked_events(event_types: object) -> list[str]:
    if not isinstance(event_types, list) or not event_types:
        raise _invalid("event_types", "At least one event type is required.")
    names = [entry.get("name") if isinstance(entry, dict) else None for entry in event_types]
    known = {EVERYTHING, *known_event_types()}
    for name in names:
        if name not in known:
            raise _invalid("event_types", f"Not a valid webhook event name: {name}")
    return [str(name) for name in names]
