"""What happens to captures afterwards: pending ones resolved, money given back, money taken back.

Guarded by the emulator's lock; nothing here sleeps, sends or knows HTTP.
"""

import re
from datetime import timedelta
from decimal import Decimal

from checkout.processors.paypal.emulator.amount_rules import money_findings, value_findings
from checkout.processors.paypal.emulator.book import Book, Movement, MovementKind
from checkout.processors.paypal.emulator.clock import Clock
from checkout.processors.paypal.emulator.events import EventType
from checkout.processors.paypal.emulator.identifiers import Identifiers
from checkout.processors.paypal.emulator.money import Money, money_from, share_of
from checkout.processors.paypal.emulator.order_rules import length_findings
from checkout.processors.paypal.emulator.orders import Emit, Orders, capture_subject
from checkout.processors.paypal.emulator.records import Capture, CaptureStatus, Refund, RefundKind
from checkout.processors.paypal.emulator.refusals import Finding, Json, RefusedError
from checkout.processors.paypal.emulator.views import Views

# Source: refunds guide: 180 days after the capture.
REFUND_LIMIT = timedelta(days=180)
REFUND_LENGTHS = {"invoice_id": (1, 127), "custom_id": (1, 127), "note_to_payer": (1, 255)}
# Source: Payments v2 2.5, refund.custom_id: narrower than a capture's.
REFUND_CUSTOM_ID = re.compile(r"^[A-Za-z0-9\-_.,]*$")
GIVEN = frozenset({CaptureStatus.COMPLETED, CaptureStatus.PARTIALLY_REFUNDED})


class NotPendingError(Exception):
    """A capture that is not pending cannot be resolved."""


class Refunds:
    """Resolves, refunds and reverses captures."""

    def __init__(
        self, clock: Clock, identifiers: Identifiers, book: Book, views: Views, orders: Orders, emit: Emit
    ) -> None:
        """Take what refunds need."""
        self._clock = clock
        self._identifiers = identifiers
        self._book = book
        self._views = views
        self._orders = orders
        self._emit = emit
        self._refunds: dict[str, tuple[Capture, Refund]] = {}
        self._invoices: set[str] = set()

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
        kind = EventType.CAPTURE_COMPLETED if completed else EventType.CAPTURE_DENIED
        self._orders.announce(capture, kind)

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
        left = capture.amount.value - capture.refunded().value
        if body.get("amount") is None:
            return capture.amount.with_value(left)
        findings = list(value_findings(body["amount"], "/amount", zero_allowed=False))
        if findings:
            raise RefusedError(*findings)
        wanted = money_from(body["amount"])
        if wanted.currency != capture.amount.currency:
            raise RefusedError(
                Finding("REFUND_CAPTURE_CURRENCY_MISMATCH", "/amount/currency_code", wanted.currency)
            )
        if wanted.value > left:
            raise RefusedError(Finding("REFUND_AMOUNT_EXCEEDED", "/amount/value", wanted.text()))
        return wanted

    def _check_refundable(self, capture: Capture) -> None:
        if capture.status is CaptureStatus.PENDING:
            raise RefusedError(Finding("PENDING_CAPTURE"))
        if capture.status is CaptureStatus.REFUNDED:
            raise RefusedError(Finding("CAPTURE_FULLY_REFUNDED"))
        if capture.status not in GIVEN:
            raise RefusedError(Finding("REFUND_NOT_ALLOWED"))
        if self._clock.now() > capture.created + REFUND_LIMIT:
            raise RefusedError(Finding("REFUND_TIME_LIMIT_EXCEEDED"))

    def refund(self, capture: Capture, amount: Money, body: Json) -> Refund:
        """Give money back to the payer, with the proportional part of the fee."""
        invoice_id = body.get("invoice_id")
        if invoice_id and invoice_id in self._invoices:
            raise RefusedError(Finding("DUPLICATE_INVOICE_ID", "/invoice_id", invoice_id))
        total = capture.refunded().value + amount.value
        returned = sum((refund.fee_returned.value for refund in capture.refunds), Decimal(0))
        # By the total so far, so that many small refunds give back as much as one.
        due = min(share_of(amount.with_value(total)), capture.fee.value) - returned
        refund = self._back(RefundKind.REFUND, capture, amount, amount.with_value(due))
        if invoice_id:
            self._invoices.add(invoice_id)
        refund.invoice_id = invoice_id or capture.invoice_id
        refund.custom_id = body.get("custom_id") or _refund_custom_id(capture)
        refund.note = body.get("note_to_payer")
        self._settle(capture, refund)
        return refund

    def reverse(self, capture: Capture, amount: Money | None = None) -> Refund:
        """Take money back from the merchant, as a bank or PayPal does; the fee is not returned.

        Raises `RefusedError` when there is nothing to take, or less.
        """
        if capture.status not in GIVEN:
            raise RefusedError(Finding("CAPTURE_FULLY_REFUNDED"))
        left = capture.amount.value - capture.refunded().value
        taken = amount or capture.amount.with_value(left)
        if taken.value > left:
            raise RefusedError(Finding("REFUND_AMOUNT_EXCEEDED", "/amount/value", taken.text()))
        refund = self._back(RefundKind.REVERSAL, capture, taken, taken.with_value(Decimal(0)))
        refund.note = "Payment reversed"
        refund.invoice_id, refund.custom_id = capture.invoice_id, _refund_custom_id(capture)
        self._settle(capture, refund)
        return refund

    def _back(self, kind: RefundKind, capture: Capture, amount: Money, fee: Money) -> Refund:
        total = amount.with_value(capture.refunded().value + amount.value)
        return Refund(self._identifiers.transaction_id(), kind, amount, fee, total, self._clock.now())

    def _settle(self, capture: Capture, refund: Refund) -> None:
        capture.refunds.append(refund)
        self._refunds[refund.id] = (capture, refund)
        full = refund.refunded_total.value == capture.amount.value
        capture.status = CaptureStatus.REFUNDED if full else CaptureStatus.PARTIALLY_REFUNDED
        reversal = refund.kind is RefundKind.REVERSAL
        capture.reason = "CHARGEBACK" if reversal else capture.reason
        capture.updated = self._clock.now()
        self._book.record(_movement(capture, refund))
        kind = EventType.CAPTURE_REVERSED if reversal else EventType.CAPTURE_REFUNDED
        self._emit(kind, self._views.refund(capture, refund), capture_subject(capture), refund.amount)

    def get(self, refund_id: str) -> tuple[Capture, Refund]:
        """Return a refund or reversal and its capture.

        Raises `RefusedError` when there is none.
        """
        try:
            return self._refunds[refund_id]
        except KeyError:
            raise RefusedError(Finding("INVALID_RESOURCE_ID", "refund_id", refund_id, "path")) from None

    def clear(self) -> None:
        """Forget all refunds."""
        self._refunds.clear()
        self._invoices.clear()


def _refund_custom_id(capture: Capture) -> str | None:
    fits = capture.custom_id is not None and REFUND_CUSTOM_ID.fullmatch(capture.custom_id)
    return capture.custom_id if fits else None


def _movement(capture: Capture, refund: Refund) -> Movement:
    return Movement(
        time=refund.created,
        kind=MovementKind(refund.kind.value),
        id=refund.id,
        capture_id=capture.id,
        order_id=capture.order_id,
        merchant_id=capture.payee.merchant_id,
        gross=refund.amount.with_value(-refund.amount.value),
        fee=refund.fee_returned.with_value(-refund.fee_returned.value),
        custom_id=refund.custom_id,
        invoice_id=refund.invoice_id,
    )
