"""Events as PayPal words and wraps them, and the list of all that were made."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from checkout.processors.paypal.emulator.clock import Clock, zulu_with_milliseconds
from checkout.processors.paypal.emulator.identifiers import Identifiers
from checkout.processors.paypal.emulator.money import Money
from checkout.processors.paypal.emulator.refusals import Json
from checkout.processors.paypal.emulator.views import Views

SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}


class EventType(StrEnum):
    """The events this emulator sends by itself."""

    ORDER_APPROVED = "CHECKOUT.ORDER.APPROVED"
    ORDER_COMPLETED = "CHECKOUT.ORDER.COMPLETED"
    APPROVAL_REVERSED = "CHECKOUT.PAYMENT-APPROVAL.REVERSED"
    CAPTURE_COMPLETED = "PAYMENT.CAPTURE.COMPLETED"
    CAPTURE_PENDING = "PAYMENT.CAPTURE.PENDING"
    CAPTURE_DENIED = "PAYMENT.CAPTURE.DENIED"
    CAPTURE_DECLINED = "PAYMENT.CAPTURE.DECLINED"
    CAPTURE_REFUNDED = "PAYMENT.CAPTURE.REFUNDED"
    CAPTURE_REVERSED = "PAYMENT.CAPTURE.REVERSED"


@dataclass(frozen=True, slots=True)
class Wording:
    """How one type of event describes itself."""

    resource_type: str | None
    summary: str
    description: str


WORDINGS: dict[EventType, Wording] = {
    EventType.ORDER_APPROVED: Wording(
        "checkout-order", "An order has been approved by buyer", "An order has been approved by buyer."
    ),
    EventType.ORDER_COMPLETED: Wording(
        "checkout-order", "Checkout Order Completed", "A checkout order is processed."
    ),
    EventType.APPROVAL_REVERSED: Wording(
        None, "A payment has been reversed after approval.", "A payment has been reversed after approval."
    ),
    EventType.CAPTURE_COMPLETED: Wording(
        "capture", "Payment completed for {amount}", "A payment capture completes."
    ),
    EventType.CAPTURE_PENDING: Wording(
        "capture", "Payment pending for {amount}", "The state of a payment capture changes to pending."
    ),
    EventType.CAPTURE_DENIED: Wording(
        "capture", "A {amount} capture payment was denied", "A payment capture is denied."
    ),
    EventType.CAPTURE_DECLINED: Wording(
        "capture", "A payment capture for {amount} was declined.", "A payment capture is declined."
    ),
    EventType.CAPTURE_REFUNDED: Wording(
        "refund", "A {amount} capture payment was refunded", "A merchant refunds a payment capture."
    ),
    EventType.CAPTURE_REVERSED: Wording(
        "refund", "A {amount} capture payment was reversed", "PayPal reverses a payment capture."
    ),
}


@dataclass(frozen=True, slots=True)
class Subject:
    """What an event or call is about, so that faults and lists can find it."""

    order_id: str | None = None
    capture_id: str | None = None
    custom_id: str | None = None
    invoice_id: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `raw` is the exact body every delivery of it carries."""

    id: str
    type: str
    created: datetime
    body: Json
    subject: Subject
    raw: bytes = field(repr=False)

    def matches(self, transaction_id: str) -> bool:
        """Return whether the event is about this order, capture or refund."""
        resource = self.body["resource"]
        return transaction_id in (resource.get("id"), self.subject.order_id, self.subject.capture_id)


class Events:
    """Makes and keeps events; guarded by the emulator's lock."""

    def __init__(self, clock: Clock, identifiers: Identifiers, views: Views) -> None:
        """Take the clock, the ids and the address for links."""
        self._clock = clock
        self._identifiers = identifiers
        self._views = views
        self._events: dict[str, Event] = {}

    def make(self, kind: EventType, resource: Json, subject: Subject, amount: Money | None = None) -> Event:
        """Build an event and keep it in the list."""
        event = self.build(kind, resource, subject, amount)
        self._events[event.id] = event
        return event

    def build(self, kind: EventType, resource: Json, subject: Subject, amount: Money | None = None) -> Event:
        """Build an event without keeping it, as the simulator's are."""
        wording = WORDINGS[kind]
        now = self._clock.now()
        body: Json = {
            "id": self._identifiers.event_id(),
            "event_version": "1.0",
            "create_time": zulu_with_milliseconds(now),
        }
        if wording.resource_type is not None:
            body["resource_type"] = wording.resource_type
            body["resource_version"] = "2.0"
        body["event_type"] = kind.value
        body["summary"] = wording.summary.format(amount=_amount_words(amount) if amount else "")
        body["resource"] = resource
        path = f"/v1/notifications/webhooks-events/{body['id']}"
        body["links"] = [
            self._views.link(path, "self"),
            self._views.link(f"{path}/resend", "resend", "POST"),
        ]
        raw = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
        return Event(body["id"], kind.value, now, body, subject, raw)

    def get(self, event_id: str) -> Event | None:
        """Return one event."""
        return self._events.get(event_id)

    def newest_first(self) -> list[Event]:
        """Return all events, the newest first, as PayPal lists them."""
        return list(reversed(self._events.values()))

    def clear(self) -> None:
        """Forget all events."""
        self._events.clear()


def _amount_words(amount: Money) -> str:
    # PayPal's own summaries drop a trailing zero: `$ 30.0 USD`. They are for people only.
    return f"{SYMBOLS.get(amount.currency, amount.currency)} {float(amount.value)} {amount.currency}"
