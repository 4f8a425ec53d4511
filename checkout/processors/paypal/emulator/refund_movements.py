"""The book's lines of refunds, reversals and cancelled reversals, with the conversions they need."""

from checkout.processors.paypal.emulator.book import Movement, MovementKind
from checkout.processors.paypal.emulator.exchanging import exchange_movements
from checkout.processors.paypal.emulator.identifiers import Identifiers
from checkout.processors.paypal.emulator.money import Money
from checkout.processors.paypal.emulator.records import Capture, Conversion, Refund, RefundKind

# Source: transaction event codes of PayPal's reports.
REFUND_CODE = "T1107"
REVERSAL_CODE = "T1106"
CHARGEBACK_CODE = "T1201"
REVERSAL_CANCELLED_CODE = "T1202"


def refund_movements(capture: Capture, refund: Refund, identifiers: Identifiers) -> list[Movement]:
    """Build the lines of money that went back; what must be changed for it is changed before."""
    movements = []
    if refund.conversion is not None:
        movements = exchange_movements(capture, refund.conversion, refund.id, refund.updated, identifiers)
    return [*movements, _sent_back(capture, refund)]


def _sent_back(capture: Capture, refund: Refund) -> Movement:
    code = REFUND_CODE
    if refund.kind is RefundKind.REVERSAL:
        code = CHARGEBACK_CODE if refund.chargeback else REVERSAL_CODE
    return Movement(
        time=refund.updated,
        kind=MovementKind(refund.kind.value),
        id=refund.id,
        capture_id=capture.id,
        order_id=capture.order_id,
        merchant_id=capture.payee.merchant_id,
        gross=_negative(refund.amount),
        fee=_negative(refund.fee_returned),
        custom_id=refund.custom_id,
        invoice_id=refund.invoice_id,
        code=code,
        reference_id=capture.id,
    )


def cancellation_movements(
    capture: Capture, reversal: Refund, back: Conversion | None, identifiers: Identifiers
) -> list[Movement]:
    """Build the lines of a reversal's money that comes back, and of its conversion where it is not held."""
    returned = Movement(
        time=reversal.updated,
        kind=MovementKind.REVERSAL_CANCELLED,
        id=identifiers.transaction_id(),
        capture_id=capture.id,
        order_id=capture.order_id,
        merchant_id=capture.payee.merchant_id,
        gross=reversal.amount,
        fee=reversal.fee_returned,
        custom_id=reversal.custom_id,
        invoice_id=reversal.invoice_id,
        code=REVERSAL_CANCELLED_CODE,
        reference_id=reversal.id,
    )
    if back is None:
        return [returned]
    return [returned, *exchange_movements(capture, back, returned.id, reversal.updated, identifiers)]


def _negative(amount: Money) -> Money:
    return amount.with_value(-amount.value)
