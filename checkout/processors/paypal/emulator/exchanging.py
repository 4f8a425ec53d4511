"""The book's lines of a conversion: out of one currency, into another."""

from datetime import datetime

from checkout.processors.paypal.emulator.book import Movement, MovementKind
from checkout.processors.paypal.emulator.identifiers import Identifiers
from checkout.processors.paypal.emulator.money import Money
from checkout.processors.paypal.emulator.records import Capture, Conversion

# Source: transaction event codes of PayPal's reports: general currency conversion.
EXCHANGE_CODE = "T0200"


def exchange_movements(
    capture: Capture, conversion: Conversion, reference_id: str, time: datetime, identifiers: Identifiers
) -> list[Movement]:
    """Build both lines, each with an id of its own; `reference_id` is what the conversion was needed for.

    Where the fee left nothing there is nothing to convert.
    """
    if not conversion.paid.value:
        return []
    out = conversion.paid.with_value(-conversion.paid.value)
    return [
        _movement(capture, gross, reference_id, time, identifiers) for gross in (out, conversion.received)
    ]


def _movement(
    capture: Capture, gross: Money, reference_id: str, time: datetime, identifiers: Identifiers
) -> Movement:
    return Movement(
        time=time,
        kind=MovementKind.EXCHANGE,
        id=identifiers.transaction_id(),
        capture_id=capture.id,
        order_id=capture.order_id,
        merchant_id=capture.payee.merchant_id,
        gross=gross,
        fee=gross.with_value(gross.value * 0),
        custom_id=None,
        invoice_id=None,
        code=EXCHANGE_CODE,
        reference_id=reference_id,
    )
