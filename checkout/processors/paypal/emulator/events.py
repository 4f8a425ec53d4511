"""Events as PayPal words and wraps them, and the list of all that were made."""

import json
from collections.abc import Sequence
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
    REFUND_PENDING = "PAYMENT.REFUND.PENDING"
    REFUND_FAILED = "PAYMENT.REFUND.FAILED"
    AUTHORIZATION_CREATED = "PAYMENT.AUTHORIZATION.CREATED"
    AUTHORIZATION_VOIDED = "PAYMENT.AUTHORIZATION.VOIDED"
    DISPUTE_CREATED = "CUSTOMER.DISPUTE.CREATED"
    DISPUTE_UPDATED = "CUSTOMER.DISPUTE.UPDATED"
    DISPUTE_RESOLVED = "CUSTOMER.DISPUTE.RESOLVED"
    LIMITATION_ADDED = "CUSTOMER.ACCOUNT-LIMITATION.ADDED"
    LIMITATION_ESCALATED = "CUSTOMER.ACCOUNT-LIMITATION.ESCALATED"
    LIMITATION_LIFTED = "CUSTOMER.ACCOUNT-LIMITATION.LIFTED"
    LIMITATION_UPDATED = "CUSTOMER.ACCOUNT-LIMITATION.UPDATED"
    PARTNER_CONSENT_REVOKED = "MERCHANT.PARTNER-CONSENT.REVOKED"
    AUTHORIZATION_CONSENT_REVOKED = "IDENTITY.AUTHORIZATION-CONSENT.REVOKED"


@dataclass(frozen=True, slots=True)
class Wording:
    """How one type of event describes itself; events of older interfaces name no version of their resource."""

    resource_type: str | None
    summary: str
    description: str
    resource_version: str | None = "2.0"


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
    EventType.REFUND_PENDING: Wording(
        "refund", "A {amount} refund is pending", "The state of a refund changes to pending."
    ),
    EventType.REFUND_FAILED: Wording("refund", "A {amount} refund failed", "A refund fails."),
    EventType.AUTHORIZATION_CREATED: Wording(
        "authorization",
        "A payment authorization was created for {amount}",
        "A payment authorization is created.",
    ),
    EventType.AUTHORIZATION_VOIDED: Wording(
        "authorization",
        "A payment authorization was voided for {amount}",
        "A payment authorization is voided.",
    ),
    EventType.DISPUTE_CREATED: Wording(
        "dispute", "A new dispute opened with Case # {case}", "A dispute is created.", None
    ),
    EventType.DISPUTE_UPDATED: Wording(
        "dispute", "Dispute with Case # {case} was updated", "A dispute is updated.", None
    ),
    EventType.DISPUTE_RESOLVED: Wording(
        "dispute", "Dispute with Case # {case} was resolved", "A dispute is resolved.", None
    ),
    EventType.LIMITATION_ADDED: Wording(
        "account_limitation", "A limitation was added to the account", "An account is limited.", None
    ),
    EventType.LIMITATION_ESCALATED: Wording(
        "account_limitation", "A limitation of the account was escalated", "A limitation is escalated.", None
    ),
    EventType.LIMITATION_LIFTED: Wording(
        "account_limitation", "A limitation of the account was lifted", "A limitation is lifted.", None
    ),
    EventType.LIMITATION_UPDATED: Wording(
        "account_limitation", "A limitation of the account was updated", "A limitation is updated.", None
    ),
    EventType.PARTNER_CONSENT_REVOKED: Wording(
        "partner-consent",
        "The Account setup consents has been revoked or the merchant account is closed",
        "A merchant's consent is revoked.",
        None,
    ),
    EventType.AUTHORIZATION_CONSENT_REVOKED: Wording(
        "authorization_consent_revoked", "Users consent has been revoked", "A consent is revoked.", None
    ),
}


@dataclass(frozen=True, slots=True)
class Subject:
    """What an event or call is about, so that faults and lists can find it."""

    order_id: str | None = None
    capture_id: str | None = None
    custom_id: str | None = None
    invoice_id: str | None = None
    authorization_id: str | None = None


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
        """Return whether the event is about this order, authorization, capture or refund."""
        subject = self.subject
        named = (subject.order_id, subject.authorization_id, subject.capture_id)
        return transaction_id in (self.body["resource"].get("id"), *named)


class Events:
    """Makes and keeps events; guarded by the emulator's lock."""

    def __init__(self, clock: Clock, identifiers: Identifiers, views: Views) -> None:
        """Take the clock, the ids and the address for links."""
        self._clock = clock
        self._identifiers = identifiers
        self._views = views
        self._events: dict[str, Event] = {}
        self._ordered: list[Event] = []

    def make(self, kind: EventType, resource: Json, subject: Subject, amount: Money | None = None) -> Event:
        """Build an event and keep it in the list."""
        return self._kept(self.build(kind, resource, subject, amount))

    def make_named(self, name: str, resource: Json, subject: Subject, wording: Wording) -> Event:
        """Build an event of any name at all and keep it in the list."""
        return self._kept(self._wrap(name, resource, subject, wording, wording.summary))

    def _kept(self, event: Event) -> Event:
        self._events[event.id] = event
        self._ordered.append(event)
        return event

    def build(self, kind: EventType, resource: Json, subject: Subject, amount: Money | None = None) -> Event:
        """Build an event without keeping it, as the simulator's are."""
        wording = WORDINGS[kind]
        summary = wording.summary.format(
            amount=_amount_words(amount) if amount else "", case=resource.get("dispute_id")
        )
        return self._wrap(kind.value, resource, subject, wording, summary)

    def _wrap(self, name: str, resource: Json, subject: Subject, wording: Wording, summary: str) -> Event:
        now = self._clock.now()
        body: Json = {
            "id": self._identifiers.event_id(),
            "event_version": "1.0",
            "create_time": zulu_with_milliseconds(now),
        }
        if wording.resource_type is not None:
            body["resource_type"] = wording.resource_type
            if wording.resource_version is not None:
                body["resource_version"] = wording.resource_version
        body["event_type"] = name
        body["summary"] = summary
        body["resource"] = resource
        path = f"/v1/notifications/webhooks-events/{body['id']}"
        body["links"] = [
            self._views.link(path, "self"),
            self._views.link(f"{path}/resend", "resend", "POST"),
        ]
        raw = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
        return Event(body["id"], name, now, body, subject, raw)

    def get(self, event_id: str) -> Event | None:
        """Return one event."""
        return self._events.get(event_id)

    def newest_first(self) -> list[Event]:
        """Return all events, the newest first, as PayPal lists them."""
        return self._ordered[::-1]

    def in_order(self) -> Sequence[Event]:
        """Return all events, the oldest first, without copying them."""
        return self._ordered

    def clear(self) -> None:
        """Forget all events."""
        self._events.clear()
        self._ordered.clear()


def _amount_words(amount: Money) -> str:
    # PayPal's own summaries drop a trailing zero: `$ 30.0 USD`. They are for people only.
    return f"{SYMBOLS.get(amount.currency, amount.currency)} {float(amount.value)} {amount.currency}"
