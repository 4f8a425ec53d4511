"""The events we ask PayPal to send: why we listen to each, and the one small reader that understands it; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from checkout.domain.processor import AccountChange, AccountNews, Envelope, Told
from checkout.processors.paypal.reading import read_time


@dataclass(frozen=True, slots=True)
class Subscription:
    """Why we listen to a type of event, and how it is read."""

    why: str
    read: Callable[[Envelope], Told]


def _approved(event: Envelope) -> Told:
    at = read_time(event.kept.get("update_time")) or event.occurred_at
    return _told(event, reference=event.kept.get("resource_id"), approved_at=at)


def _order(event: Envelope) -> Told:
    return _told(event, reference=event.kept.get("resource_id"))


def _payment(event: Envelope) -> Told:
    """A capture: asking for its payment shows it."""
    return _told(event)


def _reservation(event: Envelope) -> Told:
    """Found by the reservation we know, where the event names neither our payment nor its order."""
    known = event.kept.get("resource_id")
    return _told(event, subjects=(known,) if known else ())


def _sent_back(event: Envelope) -> Told:
    """Nobody sweeps a payment whose money has come, so asking must show what this event says happened."""
    return _told(event, happened=event.kept.get("resource_id"))


def _taken_back(event: Envelope) -> Told:
    """The order calls a reversal a refund; only the event's type tells them apart."""
    taken = event.kept.get("resource_id")
    return _told(event, happened=taken, reversal=taken)


def _dispute(event: Envelope) -> Told:
    dispute = event.kept.get("resource_id")
    captures = tuple(event.kept.get("disputed", "").split())
    return _told(event, happened=dispute, dispute=dispute, subjects=captures)


def _limited(_event: Envelope) -> Told:
    said = "PayPal has limited the account, so it may not be able to take or pay out money."
    return Told(account=AccountNews(AccountChange.LIMITED, said))


def _lifted(_event: Envelope) -> Told:
    return Told(account=AccountNews(AccountChange.LIFTED, "PayPal has lifted the limitation."))


def _revoked(_event: Envelope) -> Told:
    said = "The account's owner has withdrawn the permission by which this shop acts for it at PayPal."
    return Told(account=AccountNews(AccountChange.REVOKED, said))


def _told(
    event: Envelope,
    *,
    reference: str | None = None,
    approved_at: datetime | None = None,
    happened: str | None = None,
    reversal: str | None = None,
    dispute: str | None = None,
    subjects: tuple[str, ...] = (),
) -> Told:
    kept = event.kept
    capture = kept.get("capture_id")
    return Told(
        names=kept.get("custom_id"),
        reference=reference or kept.get("order_id"),
        subjects=subjects or ((capture,) if capture else ()),
        approved_at=approved_at,
        happened=happened,
        reversal=reversal,
        dispute=dispute,
    )


SUBSCRIPTIONS: Mapping[str, Subscription] = {
    "CHECKOUT.ORDER.APPROVED": Subscription(
        "the customer agreed: capture, also where they never came back", _approved
    ),
    "CHECKOUT.ORDER.COMPLETED": Subscription(
        "a capture was taken: read it, where its own answer was lost", _order
    ),
    "CHECKOUT.ORDER.PROCESSED": Subscription("the same, for payments that PayPal takes by itself", _order),
    "CHECKOUT.PAYMENT-APPROVAL.REVERSED": Subscription(
        "an approval was not captured in time and is undone", _payment
    ),
    "PAYMENT.AUTHORIZATION.CREATED": Subscription(
        "money is reserved, also after a review; read it, where the answer was lost", _reservation
    ),
    "PAYMENT.AUTHORIZATION.VOIDED": Subscription(
        "a reservation is gone: let go by hand, or come to its end", _reservation
    ),
    "PAYMENT.CAPTURE.COMPLETED": Subscription("the money is ours, also after having been held", _payment),
    "PAYMENT.CAPTURE.PENDING": Subscription("the money is held; the reason may need the operator", _payment),
    "PAYMENT.CAPTURE.DENIED": Subscription("held money came to nothing", _payment),
    "PAYMENT.CAPTURE.DECLINED": Subscription("the same, by its other name: PayPal sends both", _payment),
    "PAYMENT.CAPTURE.REFUNDED": Subscription("money went back, perhaps by PayPal's own website", _sent_back),
    "PAYMENT.CAPTURE.REVERSED": Subscription("PayPal or a bank took money back", _taken_back),
    "PAYMENT.REFUND.PENDING": Subscription("a refund is on its way; it may still fail", _sent_back),
    "PAYMENT.REFUND.FAILED": Subscription("a refund came to nothing: the customer has no money", _sent_back),
    "CUSTOMER.DISPUTE.CREATED": Subscription(
        "a customer contests a payment: an answer has a deadline", _dispute
    ),
    "CUSTOMER.DISPUTE.UPDATED": Subscription(
        "a dispute went on: its stage and deadline may be new", _dispute
    ),
    "CUSTOMER.DISPUTE.RESOLVED": Subscription("a dispute has ended: who has the money?", _dispute),
    "RISK.DISPUTE.CREATED": Subscription("the older name of a dispute that has begun", _dispute),
    "CUSTOMER.ACCOUNT-LIMITATION.ADDED": Subscription("our account may no longer take money", _limited),
    "CUSTOMER.ACCOUNT-LIMITATION.ESCALATED": Subscription("our account is limited further", _limited),
    "CUSTOMER.ACCOUNT-LIMITATION.UPDATED": Subscription("what limits our account has changed", _limited),
    "CUSTOMER.ACCOUNT-LIMITATION.LIFTED": Subscription("our account is free again", _lifted),
    "MERCHANT.PARTNER-CONSENT.REVOKED": Subscription("we may no longer act for the account", _revoked),
    "IDENTITY.AUTHORIZATION-CONSENT.REVOKED": Subscription("the same, by its older name", _revoked),
}
"""Each type we ask PayPal to send. Any other that arrives is kept, answered 200, and means nothing to us.

Source: developer.paypal.com /api/rest/webhooks/event-names, read 2026-11.
"""

SUBSCRIBED: Mapping[str, str] = {name: one.why for name, one in SUBSCRIPTIONS.items()}
"""The same as what is said of each."""
