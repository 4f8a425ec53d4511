"""What happens to captures afterwards: money given back at once or later, money taken back and returned.

Guarded by the emulator's lock; nothing here sleeps, sends or knows HTTP.
"""

import re
from datetime import timedelta
from decimal import Decimal

from checkout.processors.paypal.emulator.amount_rules import money_findings, payment_findings
from checkout.processors.paypal.emulator.book import Book
from checkout.processors.paypal.emulator.captures import Emit, NotPendingError, capture_subject
from checkout.processors.paypal.emulator.clock import Clock
from checkout.processors.paypal.emulator.events import EventType
from checkout.processors.paypal.emulator.exchange import Exchange
from checkout.processors.paypal.emulator.identifiers import Identifiers
from checkout.processors.paypal.emulator.money import Money, money_from, share_of
from checkout.processors.paypal.emulator.order_rules import length_findings
from checkout.processors.paypal.emulator.records import (
    Capture,
    CaptureStatus,
    Refund,
    RefundKind,
    RefundStatus,
)
from checkout.processors.paypal.emulator.refund_movements import cancellation_movements, refund_movements
from checkout.processors.paypal.emulator.refusals import Finding, Json, RefusedError
from checkout.processors.paypal.emulator.views import Views

# Source: refunds guide: 180 days after the capture.
REFUND_LIMIT = timedelta(days=180)
# PayPal does not publish how many refunds a capture can have; a hundred is more than any shop makes.
REFUNDS_MAX = 100
REFUND_LENGTHS = {"invoice_id": (1, 127), "custom_id": (1, 127), "note_to_payer": (1, 255)}
# Source: Payments v2 2.5, refund.custom_id: narrower than a capture's.
REFUND_CUSTOM_ID = re.compile(r"^[A-Za-z0-9\-_.,]*$")
GIVEN = frozenset({CaptureStatus.COMPLETED, CaptureStatus.PARTIALLY_REFUNDED})
STILL_THERE = frozenset({RefundStatus.COMPLETED, RefundStatus.PENDING})


class NotReversedError(Exception):
    """There is no reversal left that could be cancelled."""


class Refunds:
    """Refunds and reverses captures, and takes reversals back.

    `insufficient_funds` says that nothing can be refunded, because the merchant's account has no money for it.
    """

    def __init__(
        self,
        clock: Clock,
        identifiers: Identifiers,
        book: Book,
        views: Views,
        exchange: Exchange,
        emit: Emit,
    ) -> None:
        """Take what refunds need."""
        self.insufficient_funds = False
        self._clock = clock
        self._identifiers = identifiers
        self._book = book
        self._views = views
        self._exchange = exchange
        self._emit = emit
        self._refunds: dict[str, tuple[Capture, Refund]] = {}
        self._invoices: set[str] = set()

    def check(self, capture: Capture, body: Json) -> Money:
        """Return how much a refund would give back.

        Raises `RefusedError` when the body is malformed or the capture does not allow it.
        """
        findings = list(length_findings(body, REFUND_LENGTHS, ""))
        custom_id = body.get("custom_id")
        if isinstance(custom_id, str) and not REFUND_CUSTOM_ID.fullmatch(custom_id):
            findings.append(Finding("INVALID_PARAMETER_SYNTAX", "/custom_id", custom_id))
        if body.get("amount") is not None:
            findings += money_findings(body["amount"], "/amount")
        if findings:
            raise RefusedError(*findings)
        self._check_refundable(capture)
        wanted = _wanted(capture, body)
        if capture.disputed and wanted.value < capture.amount.value - capture.refunded().value:
            raise RefusedError(Finding("TRANSACTION_DISPUTED"))
        if self.insufficient_funds:
            raise RefusedError(Finding("REFUND_FAILED_INSUFFICIENT_FUNDS"))
        invoice_id = body.get("invoice_id")
        if invoice_id and invoice_id in self._invoices:
            raise RefusedError(Finding("DUPLICATE_INVOICE_ID", "/invoice_id", invoice_id))
        return wanted

    def _check_refundable(self, capture: Capture) -> None:
        if capture.status is CaptureStatus.PENDING:
            raise RefusedError(Finding("PENDING_CAPTURE"))
        if capture.status is CaptureStatus.REFUNDED:
            raise RefusedError(Finding("CAPTURE_FULLY_REFUNDED"))
        if capture.status not in GIVEN:
            raise RefusedError(Finding("REFUND_NOT_ALLOWED"))
        if capture.charged_back:
            raise RefusedError(Finding("REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK"))
        if self._clock.now() > capture.created + REFUND_LIMIT:
            raise RefusedError(Finding("REFUND_TIME_LIMIT_EXCEEDED"))
        if sum(refund.kind is RefundKind.REFUND for refund in capture.refunds) >= REFUNDS_MAX:
            raise RefusedError(Finding("MAX_NUMBER_OF_REFUNDS_EXCEEDED"))

    def refund(self, capture: Capture, amount: Money, body: Json, *, pending: bool = False) -> Refund:
        """Give money back to the payer, with the proportional part of the fee, now or once a bank agrees.

        Raises `RefusedError` when nothing is left of the amount after its conversion.
        """
        refund = self._made(RefundKind.REFUND, amount)
        refund.status = RefundStatus.PENDING if pending else RefundStatus.COMPLETED
        refund.invoice_id = body.get("invoice_id") or capture.invoice_id
        refund.custom_id = body.get("custom_id") or _refund_custom_id(capture)
        refund.note = body.get("note_to_payer")
        self._price(capture, refund)
        if body.get("invoice_id"):
            self._invoices.add(body["invoice_id"])
        capture.refunds.append(refund)
        self._refunds[refund.id] = (capture, refund)
        if pending:
            self._tell(EventType.REFUND_PENDING, capture, refund)
        else:
            self._settle(capture, refund, EventType.CAPTURE_REFUNDED)
        return refund

    def _made(self, kind: RefundKind, amount: Money) -> Refund:
        now, nothing = self._clock.now(), amount.with_value(Decimal(0))
        return Refund(self._identifiers.transaction_id(), kind, amount, nothing, nothing, now, now)

    def _price(self, capture: Capture, refund: Refund) -> None:
        """Say what a refund gives back by the total of those that did: many small ones as much as one."""
        others = [other for other in capture.refunds if other is not refund]
        done = [other for other in others if other.status is RefundStatus.COMPLETED]
        given = [other for other in done if other.kind is RefundKind.REFUND]
        total = sum((other.amount.value for other in done), refund.amount.value)
        refunded = sum((other.amount.value for other in given), refund.amount.value)
        returned = sum((other.fee_returned.value for other in given), Decimal(0))
        due = min(share_of(capture.amount.with_value(refunded)), capture.fee.value) - returned
        refund.fee_returned = capture.fee.with_value(due)
        refund.refunded_total = capture.amount.with_value(
            total if refund.status is RefundStatus.COMPLETED else total - refund.amount.value
        )
        if capture.conversion is not None:
            net = refund.amount.with_value(refund.amount.value - due)
            refund.conversion = self._exchange.paid_back(net, capture.conversion.received.currency)
            if not refund.conversion.paid.value:
                raise RefusedError(Finding("REFUND_AMOUNT_TOO_LOW"))

    def end(self, refund_id: str, status: RefundStatus) -> tuple[Capture, Refund]:
        """Let a pending refund complete, fail, or be cancelled; PayPal has no event for a cancelled one.

        Raises `RefusedError` when there is none, `NotPendingError` when it is not pending.
        """
        capture, refund = self.get(refund_id)
        if refund.status is not RefundStatus.PENDING:
            raise NotPendingError(f"Refund {refund.id} is {refund.status}, not PENDING.")
        refund.status, refund.updated = status, self._clock.now()
        if status is RefundStatus.COMPLETED:
            self._price(capture, refund)
            self._settle(capture, refund, EventType.CAPTURE_REFUNDED)
        elif status is RefundStatus.FAILED:
            self._tell(EventType.REFUND_FAILED, capture, refund)
        return capture, refund

    def reverse(self, capture: Capture, amount: Money | None = None, *, chargeback: bool = False) -> Refund:
        """Take money back from the merchant, as PayPal or a bank does; the fee is not returned.

        Raises `RefusedError` when there is nothing to take, or less.
        """
        if capture.status not in GIVEN:
            raise RefusedError(Finding("CAPTURE_FULLY_REFUNDED"))
        left = capture.amount.value - capture.claimed().value
        taken = amount or capture.amount.with_value(left)
        if taken.value > left or not taken.value:
            raise RefusedError(Finding("REFUND_AMOUNT_EXCEEDED", "/amount/value", taken.text()))
        refund = self._made(RefundKind.REVERSAL, taken)
        refund.refunded_total = taken.with_value(capture.refunded().value + taken.value)
        refund.note, refund.chargeback = "Payment reversed", chargeback
        refund.invoice_id, refund.custom_id = capture.invoice_id, _refund_custom_id(capture)
        if capture.conversion is not None:
            refund.conversion = self._exchange.taken_back(taken, capture.conversion.received.currency)
        capture.charged_back = capture.charged_back or chargeback
        capture.refunds.append(refund)
        self._refunds[refund.id] = (capture, refund)
        self._settle(capture, refund, EventType.CAPTURE_REVERSED)
        return refund

    def cancel_reversal(self, capture: Capture) -> Refund:
        """Give the merchant back what the latest reversal took; PayPal tells of it in its reports alone.

        Raises `NotReversedError`.
        """
        done = [r for r in capture.refunds if r.kind is RefundKind.REVERSAL]
        reversal = next((r for r in reversed(done) if r.status is RefundStatus.COMPLETED), None)
        if reversal is None:
            raise NotReversedError(f"Nothing that was taken of capture {capture.id} is left to give back.")
        reversal.status, reversal.updated = RefundStatus.CANCELLED, self._clock.now()
        capture.charged_back = any(r.chargeback and r.status in STILL_THERE for r in done)
        self._restate(capture)
        back = None
        if reversal.conversion is not None:
            primary = reversal.conversion.paid.currency
            back = self._exchange.received(reversal.amount, primary)
        for movement in cancellation_movements(capture, reversal, back, self._identifiers):
            self._book.record(movement)
        return reversal

    def _settle(self, capture: Capture, refund: Refund, kind: EventType) -> None:
        self._restate(capture)
        for movement in refund_movements(capture, refund, self._identifiers):
            self._book.record(movement)
        self._tell(kind, capture, refund)

    def _restate(self, capture: Capture) -> None:
        """Give a capture the state that what went back leaves it in."""
        gone = capture.refunded().value
        if not gone:
            capture.status = CaptureStatus.COMPLETED
        elif gone == capture.amount.value:
            capture.status = CaptureStatus.REFUNDED
        else:
            capture.status = CaptureStatus.PARTIALLY_REFUNDED
        done = [refund for refund in capture.refunds if refund.status is RefundStatus.COMPLETED]
        reversed_ = any(refund.kind is RefundKind.REVERSAL for refund in done)
        capture.reason = "CHARGEBACK" if reversed_ else None
        capture.updated = self._clock.now()

    def _tell(self, kind: EventType, capture: Capture, refund: Refund) -> None:
        self._emit(kind, self._views.refund(capture, refund), capture_subject(capture), refund.amount)

    def get(self, refund_id: str) -> tuple[Capture, Refund]:
        """Return a refund or reversal and its capture.

        Raises `RefusedError` when there is none.
        """
        try:
            return self._refunds[refund_id]
        except KeyError:
            raise RefusedError(Finding("INVALID_RESOURCE_ID", "refund_id", refund_id, "path")) from None

    def all(self) -> list[tuple[Capture, Refund]]:
        """Return every refund and reversal with its capture, oldest first."""
        return list(self._refunds.values())

    def clear(self) -> None:
        """Forget all refunds."""
        self.insufficient_funds = False
        self._refunds.clear()
        self._invoices.clear()


def _wanted(capture: Capture, body: Json) -> Money:
    left = capture.amount.value - capture.claimed().value
    if body.get("amount") is None:
        wanted = capture.amount.with_value(left)
    else:
        findings = list(payment_findings(body["amount"], "/amount"))
        if findings:
            raise RefusedError(*findings)
        wanted = money_from(body["amount"])
    if wanted.currency != capture.amount.currency:
        raise RefusedError(
            Finding("REFUND_CAPTURE_CURRENCY_MISMATCH", "/amount/currency_code", wanted.currency)
        )
    if wanted.value > left or not wanted.value:
        raise RefusedError(Finding("REFUND_AMOUNT_EXCEEDED", "/amount/value", wanted.text()))
    return wanted


def _refund_custom_id(capture: Capture) -> str | None:
    fits = capture.custom_id is not None and REFUND_CUSTOM_ID.fullmatch(capture.custom_id)
    return capture.custom_id if fits else None
