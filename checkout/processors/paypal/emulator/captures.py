"""Captures: money taken for an order or of an authorization, or meant to be; pending ones are resolved here.

Guarded by the emulator's lock; nothing here sleeps, sends or knows HTTP.
"""

from collections.abc import Callable
from dataclasses import dataclass

from checkout.processors.paypal.emulator.book import Account, Book, Movement, MovementKind
from checkout.processors.paypal.emulator.clock import Clock
from checkout.processors.paypal.emulator.events import EventType, Subject
from checkout.processors.paypal.emulator.exchange import Exchange
from checkout.processors.paypal.emulator.exchanging import exchange_movements
from checkout.processors.paypal.emulator.identifiers import Identifiers
from checkout.processors.paypal.emulator.money import Money, fee_on
from checkout.processors.paypal.emulator.records import MANUAL_REASONS, Capture, CaptureStatus
from checkout.processors.paypal.emulator.refusals import Finding, Json, RefusedError
from checkout.processors.paypal.emulator.views import Views

DECLINED_CAPTURE = "declined_capture"
# Source: transaction event codes of PayPal's reports: a payment by Express Checkout.
PAYMENT_CODE = "T0006"

Emit = Callable[[EventType, Json, Subject, Money | None], None]


class NotPendingError(Exception):
    """What is not pending cannot be resolved."""


@dataclass(frozen=True, slots=True)
class Taking:
    """What a capture is to be: whose money, how much, by which instrument, under which references."""

    order_id: str
    payee: Account
    amount: Money
    instrument: str
    custom_id: str | None
    invoice_id: str | None
    authorization_id: str | None = None
    final: bool = True


class Captures:
    """All captures."""

    def __init__(
        self,
        clock: Clock,
        identifiers: Identifiers,
        book: Book,
        views: Views,
        exchange: Exchange,
        emit: Emit,
    ) -> None:
        """Take what captures need; `emit` makes an event and sends it on its way."""
        self._clock = clock
        self._identifiers = identifiers
        self._book = book
        self._views = views
        self._exchange = exchange
        self._emit = emit
        self._captures: dict[str, Capture] = {}
        self._invoices: dict[tuple[str, str], str] = {}

    def get(self, capture_id: str) -> Capture:
        """Return a capture.

        Raises `RefusedError` when there is none.
        """
        try:
            return self._captures[capture_id]
        except KeyError:
            raise RefusedError(Finding("INVALID_RESOURCE_ID", "capture_id", capture_id, "path")) from None

    def all(self) -> list[Capture]:
        """Return every capture, oldest first."""
        return list(self._captures.values())

    def invoiced(self, payee: Account, invoice_id: str) -> str | None:
        """Return the order that a merchant's invoice was captured for, None while it was not."""
        return self._invoices.get((payee.merchant_id, invoice_id))

    def take(self, taking: Taking) -> Capture:
        """Make the capture; its maker keeps it where it belongs, and then announces it."""
        kind, _, reason = taking.instrument.partition(":")
        status = {"pending": CaptureStatus.PENDING, DECLINED_CAPTURE: CaptureStatus.DECLINED}.get(
            kind, CaptureStatus.COMPLETED
        )
        now = self._clock.now()
        capture = Capture(
            id=self._identifiers.transaction_id(),
            order_id=taking.order_id,
            payee=taking.payee,
            amount=taking.amount,
            fee=fee_on(taking.amount),
            status=status,
            created=now,
            updated=now,
            reason=reason or None,
            custom_id=taking.custom_id,
            invoice_id=taking.invoice_id,
            authorization_id=taking.authorization_id,
            final=taking.final,
        )
        self._captures[capture.id] = capture
        if capture.invoice_id and status is not CaptureStatus.DECLINED:
            self._invoices.setdefault((capture.payee.merchant_id, capture.invoice_id), capture.order_id)
        return capture

    def announce(self, capture: Capture, kind: EventType | None = None) -> None:
        """Write a completed capture into the book, and tell what became of it."""
        kind = kind or ANNOUNCED[capture.status]
        if kind is EventType.CAPTURE_COMPLETED:
            self._receive(capture)
        resource = self._views.capture_resource(capture)
        self._emit(kind, resource, capture_subject(capture), capture.amount)

    def _receive(self, capture: Capture) -> None:
        self._book.record(movement_of(capture))
        net = capture.amount.with_value(capture.amount.value - capture.fee.value)
        if not self._exchange.converts(net.currency):
            return
        capture.conversion = self._exchange.received(net)
        for movement in exchange_movements(
            capture, capture.conversion, capture.id, capture.updated, self._identifiers
        ):
            self._book.record(movement)

    def resolve(self, capture: Capture, *, completed: bool) -> None:
        """Let a pending capture complete, or be denied.

        Raises `NotPendingError`.
        """
        if capture.status is not CaptureStatus.PENDING:
            raise NotPendingError(
                f"Capture {capture.id} is {capture.status}, not PENDING: nothing is left to resolve."
            )
        capture.status = CaptureStatus.COMPLETED if completed else CaptureStatus.DECLINED
        capture.reason, capture.updated = None, self._clock.now()
        self.announce(capture, EventType.CAPTURE_COMPLETED if completed else EventType.CAPTURE_DENIED)

    def decide(self, capture: Capture, *, accepted: bool) -> None:
        """Let the merchant accept or refuse a payment that waits for just that.

        Raises `NotPendingError` when it waits for somebody else, or for nothing.
        """
        if capture.status is not CaptureStatus.PENDING or capture.reason not in MANUAL_REASONS:
            raise NotPendingError(
                f"Capture {capture.id} is {capture.status} ({capture.reason}): "
                f"the merchant decides only of {', '.join(sorted(MANUAL_REASONS))}."
            )
        self.resolve(capture, completed=accepted)

    def clear(self) -> None:
        """Forget all captures."""
        self._captures.clear()
        self._invoices.clear()


ANNOUNCED = {
    CaptureStatus.COMPLETED: EventType.CAPTURE_COMPLETED,
    CaptureStatus.PENDING: EventType.CAPTURE_PENDING,
    CaptureStatus.DECLINED: EventType.CAPTURE_DECLINED,
}


def movement_of(capture: Capture) -> Movement:
    """Build the book's line for a capture that came in."""
    return Movement(
        time=capture.updated,
        kind=MovementKind.CAPTURE,
        id=capture.id,
        capture_id=capture.id,
        order_id=capture.order_id,
        merchant_id=capture.payee.merchant_id,
        gross=capture.amount,
        fee=capture.fee,
        custom_id=capture.custom_id,
        invoice_id=capture.invoice_id,
        code=PAYMENT_CODE,
        reference_id=capture.authorization_id,
    )


def capture_subject(capture: Capture) -> Subject:
    """Say what a capture's events are about."""
    return Subject(
        capture.order_id, capture.id, capture.custom_id, capture.invoice_id, capture.authorization_id
    )
