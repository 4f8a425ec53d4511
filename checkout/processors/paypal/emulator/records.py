"""What the emulator remembers: orders, captures and refunds, as plain records guarded by its one lock."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from checkout.processors.paypal.emulator.book import Account
from checkout.processors.paypal.emulator.money import Money
from checkout.processors.paypal.emulator.refusals import Json

# Source: Orders v2 2.13, links: the payer opens the link within three hours, then has three to approve and to
# have it captured.
OPEN_LIMIT = timedelta(hours=3)
APPROVE_LIMIT = timedelta(hours=3)


class OrderStatus(StrEnum):
    """PayPal's order states that a captured wallet payment can be in."""

    CREATED = "CREATED"
    PAYER_ACTION_REQUIRED = "PAYER_ACTION_REQUIRED"
    APPROVED = "APPROVED"
    COMPLETED = "COMPLETED"


class CaptureStatus(StrEnum):
    """PayPal's capture states."""

    COMPLETED = "COMPLETED"
    PENDING = "PENDING"
    DECLINED = "DECLINED"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"
    REFUNDED = "REFUNDED"


class RefundKind(StrEnum):
    """Whether the merchant gave money back or PayPal took it."""

    REFUND = "refund"
    REVERSAL = "reversal"


# Source: Payments v2 2.5, capture_status_details.reason.
PENDING_REASONS = (
    "BUYER_COMPLAINT",
    "CHARGEBACK",
    "ECHECK",
    "INTERNATIONAL_WITHDRAWAL",
    "OTHER",
    "PENDING_REVIEW",
    "RECEIVING_PREFERENCE_MANDATES_MANUAL_ACTION",
    "REFUNDED",
    "TRANSACTION_APPROVED_AWAITING_FUNDING",
    "UNILATERAL",
    "VERIFICATION_REQUIRED",
)


@dataclass(slots=True)
class Refund:
    """Money that went back, in part or in full."""

    id: str
    kind: RefundKind
    amount: Money
    fee_returned: Money
    refunded_total: Money
    created: datetime
    invoice_id: str | None = None
    custom_id: str | None = None
    note: str | None = None


@dataclass(slots=True)
class Capture:
    """Money taken for one purchase unit, or meant to be."""

    id: str
    order_id: str
    payee: Account
    amount: Money
    fee: Money
    status: CaptureStatus
    created: datetime
    updated: datetime
    reason: str | None = None
    custom_id: str | None = None
    invoice_id: str | None = None
    refunds: list[Refund] = field(default_factory=list)
    refunding: bool = False

    def refunded(self) -> Money:
        """Return what has gone back so far."""
        return self.amount.with_value(
            sum((refund.amount.value for refund in self.refunds), self.amount.value * 0)
        )


@dataclass(slots=True)
class Unit:
    """One purchase unit: its checked body, who is paid, and the captures made for it."""

    body: Json
    payee: Account
    captures: list[Capture] = field(default_factory=list)
    payee_by_email: bool = False


@dataclass(slots=True)
class Order:
    """One order and where it stands."""

    id: str
    units: list[Unit]
    with_source: bool
    context: Json
    status: OrderStatus
    created: datetime
    updated: datetime
    opened: datetime | None = None
    instrument: str | None = None
    capturing: bool = False
    declines: int = 0
    cancelled: bool = False
    expired: bool = False

    def expires(self) -> datetime:
        """Return when the link, or after it was opened the approval, is no longer good."""
        return self.created + OPEN_LIMIT if self.opened is None else self.opened + APPROVE_LIMIT

    def captures(self) -> list[Capture]:
        """Return the captures of all units."""
        return [capture for unit in self.units for capture in unit.captures]
