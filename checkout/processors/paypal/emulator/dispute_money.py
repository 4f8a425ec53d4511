"""What a dispute does to the merchant's money: withheld, given free, taken, given back, with a fee where a bank asks.

Guarded by the emulator's lock; nothing here sleeps, sends or knows HTTP.
"""

from decimal import Decimal

from checkout.processors.paypal.emulator.account import DISPUTE_CODES
from checkout.processors.paypal.emulator.book import Book, Movement, MovementKind
from checkout.processors.paypal.emulator.clock import Clock, zulu_with_milliseconds
from checkout.processors.paypal.emulator.dispute_records import Channel, Dispute
from checkout.processors.paypal.emulator.identifiers import Identifiers
from checkout.processors.paypal.emulator.money import Money, smallest_unit
from checkout.processors.paypal.emulator.refunds import GIVEN, Refunds

CHARGEBACK_FEE_CODE = "T0106"
# The emulator's own price list, near PayPal's: what a chargeback costs beside the money itself.
CHARGEBACK_FEES = {
    "EUR": Decimal("14.00"),
    "GBP": Decimal("12.00"),
    "HUF": Decimal(5500),
    "JPY": Decimal(1900),
}
CHARGEBACK_FEE_ELSEWHERE = Decimal("15.00")


class DisputeMoney:
    """Moves money for disputes, and writes into each what it moved."""

    def __init__(self, clock: Clock, identifiers: Identifiers, book: Book, refunds: Refunds) -> None:
        """Take the book, and what refunds and reverses captures."""
        self._clock = clock
        self._identifiers = identifiers
        self._book = book
        self._refunds = refunds

    def hold(self, dispute: Dispute) -> None:
        """Withhold what is disputed, once."""
        if dispute.hold_id is None and dispute.taken is None:
            dispute.hold_id = self._identifiers.transaction_id()
            self._withhold(MovementKind.HOLD, dispute, dispute.hold_id)

    def release(self, dispute: Dispute) -> None:
        """Give free what is withheld, under the same id, as PayPal's reports do."""
        if dispute.hold_id is not None:
            self._withhold(MovementKind.RELEASE, dispute, dispute.hold_id)
            dispute.hold_id = None

    def _withhold(self, kind: MovementKind, dispute: Dispute, hold_id: str) -> None:
        value = dispute.amount.value if kind is MovementKind.RELEASE else -dispute.amount.value
        amount = dispute.amount.with_value(value)
        self._record(dispute, kind, hold_id, amount, DISPUTE_CODES[kind])

    def take(self, dispute: Dispute) -> None:
        """Reverse the payment as far as it is disputed and still there; a bank's chargeback costs a fee."""
        capture, external = dispute.capture, dispute.channel is Channel.EXTERNAL
        value = min(dispute.amount.value, capture.amount.value - capture.claimed().value)
        if capture.status in GIVEN and value:
            dispute.taken = dispute.amount.with_value(value)
            self._refunds.reverse(capture, dispute.taken, chargeback=external)
            self._note(dispute, "SELLER", "DEBIT", dispute.taken, "DISPUTE_SETTLEMENT")
            self._note(dispute, "BUYER", "CREDIT", dispute.taken, "DISPUTE_SETTLEMENT")
        if external:
            self._charge(dispute)

    def _charge(self, dispute: Dispute) -> None:
        currency = dispute.amount.currency
        value = CHARGEBACK_FEES.get(currency, CHARGEBACK_FEE_ELSEWHERE).quantize(smallest_unit(currency))
        fee = Money(currency, value)
        fee_id = self._identifiers.transaction_id()
        self._record(dispute, MovementKind.FEE, fee_id, fee.with_value(-value), CHARGEBACK_FEE_CODE)
        self._note(dispute, "SELLER", "DEBIT", fee, "CHARGEBACK_FEE")

    def give_back(self, dispute: Dispute) -> None:
        """Cancel the reversal of a dispute that was won after all."""
        if dispute.taken is not None:
            self._refunds.cancel_reversal(dispute.capture)
            self._note(dispute, "SELLER", "CREDIT", dispute.taken, "DISPUTE_SETTLEMENT")
            dispute.taken = None

    def refund(self, dispute: Dispute, amount: Money, invoice_id: str | None = None) -> None:
        """Let the merchant pay the buyer back as it does with any refund."""
        body = {"note_to_payer": "Refunded to settle a dispute", "invoice_id": invoice_id}
        self._refunds.refund(dispute.capture, amount, body)
        dispute.refunded = amount
        self._note(dispute, "SELLER", "DEBIT", amount, "DISPUTE_SETTLEMENT")
        self._note(dispute, "BUYER", "CREDIT", amount, "DISPUTE_SETTLEMENT")

    def pay_out(self, dispute: Dispute) -> None:
        """Let PayPal pay the buyer from its own money."""
        self._note(dispute, "BUYER", "CREDIT", dispute.amount, "DISPUTE_SETTLEMENT")

    def _note(self, dispute: Dispute, party: str, kind: str, amount: Money, reason: str) -> None:
        dispute.money_movements.append(
            {
                "affected_party": party,
                "amount": amount.body(),
                "initiated_time": zulu_with_milliseconds(self._clock.now()),
                "type": kind,
                "reason": reason,
            }
        )

    def _record(
        self, dispute: Dispute, kind: MovementKind, movement_id: str, gross: Money, code: str
    ) -> None:
        capture = dispute.capture
        self._book.record(
            Movement(
                time=self._clock.now(),
                kind=kind,
                id=movement_id,
                capture_id=capture.id,
                order_id=capture.order_id,
                merchant_id=capture.payee.merchant_id,
                gross=gross,
                fee=gross.with_value(Decimal(0)),
                custom_id=capture.custom_id,
                invoice_id=capture.invoice_id,
                code=code,
                reference_id=capture.id,
            )
        )
