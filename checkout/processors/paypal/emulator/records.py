"""What the emulator remembers: orders, authorizations, captures and refunds, guarded by its one lock."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from checkout.processors.paypal.emulator.book import Account
from checkout.processors.paypal.emulator.money import Money
from checkout.processors.paypal.emulator.refusals import Json

# Source: Orders v2 2.13, links: the payer opens the link within three hours, then has three to approve and to
# have it captured.
OPEN_LIMIT = timedelta(hours=3)
APPROVE_LIMIT = timedelta(hours=3)
# Source: Payments v2 2.5, reauthorize: the money is surely there for three days and can be had for 29.
HONOUR_PERIOD = timedelta(days=3)
AUTHORIZATION_PERIOD = timedelta(days=29)


class Intent(StrEnum):
    """Whether an order takes the money at once, or first only reserves it."""

    CAPTURE = "CAPTURE"
    AUTHORIZE = "AUTHORIZE"


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


class AuthorizationStatus(StrEnum):
    """PayPal's authorization states."""

    CREATED = "CREATED"
    PENDING = "PENDING"
    PARTIALLY_CAPTURED = "PARTIALLY_CAPTURED"
    CAPTURED = "CAPTURED"
    VOIDED = "VOIDED"
    DENIED = "DENIED"


class RefundStatus(StrEnum):
    """PayPal's refund states; a reversal that was taken back is CANCELLED."""

    COMPLETED = "COMPLETED"
    PENDING = "PENDING"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


FELL_THROUGH = frozenset({CaptureStatus.DECLINED})


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
# What the merchant decides: to take a currency there is no balance for, to confirm the address paid to.
MANUAL_REASONS = frozenset({"RECEIVING_PREFERENCE_MANDATES_MANUAL_ACTION", "UNILATERAL"})
# The one reason an authorization can be pending for.
REVIEWED = "PENDING_REVIEW"
OPEN_AUTHORIZATION = frozenset(
    {AuthorizationStatus.CREATED, AuthorizationStatus.PENDING, AuthorizationStatus.PARTIALLY_CAPTURED}
)


@dataclass(frozen=True, slots=True)
class Conversion:
    """Money that went from one of the merchant's currencies into another; `rate` is for one of the source."""

    paid: Money
    received: Money
    rate: Decimal


@dataclass(slots=True)
class Refund:
    """Money that went back, in part or in full, or is on its way."""

    id: str
    kind: RefundKind
    amount: Money
    fee_returned: Money
    refunded_total: Money
    created: datetime
    updated: datetime
    status: RefundStatus = RefundStatus.COMPLETED
    conversion: Conversion | None = None
    chargeback: bool = False
    invoice_id: str | None = None
    custom_id: str | None = None
    note: str | None = None


@dataclass(slots=True)
class Capture:
    """Money taken for one purchase unit, or meant to be.

    `disputed` while a case about it is open, `charged_back` once a bank took money back by a chargeback.
    """

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
    under_way: bool = False
    authorization_id: str | None = None
    final: bool = True
    conversion: Conversion | None = None
    disputed: bool = False
    charged_back: bool = False

    def refunded(self) -> Money:
        """Return what has gone back so far."""
        return self._sum_of(RefundStatus.COMPLETED)

    def claimed(self) -> Money:
        """Return what has gone back or is on its way."""
        return self._sum_of(RefundStatus.COMPLETED, RefundStatus.PENDING)

    def _sum_of(self, *statuses: RefundStatus) -> Money:
        values = (refund.amount.value for refund in self.refunds if refund.status in statuses)
        return self.amount.with_value(sum(values, Decimal(0)))


@dataclass(slots=True)
class Authorization:
    """Money reserved for one purchase unit.

    A reauthorization has its own id and honour period but the `expires` of its `original`; both take from the
    same amount. `replaced_by` is the reauthorization, once there is one.
    """

    id: str
    order_id: str
    payee: Account
    amount: Money
    status: AuthorizationStatus
    created: datetime
    updated: datetime
    expires: datetime
    instrument: str
    custom_id: str | None = None
    invoice_id: str | None = None
    captures: list[Capture] = field(default_factory=list)
    original: "Authorization | None" = None
    replaced_by: "Authorization | None" = None
    under_way: bool = False
    expired: bool = False

    def honoured_until(self) -> datetime:
        """Return until when the payer's money is surely there."""
        return self.created + HONOUR_PERIOD

    def captured(self) -> Money:
        """Return what was taken of it, pending captures too."""
        taken = (capture.amount.value for capture in self.captures if capture.status not in FELL_THROUGH)
        return self.amount.with_value(sum(taken, Decimal(0)))


@dataclass(slots=True)
class Unit:
    """One purchase unit: its checked body, who is paid, what was reserved and what taken for it."""

    body: Json
    payee: Account
    captures: list[Capture] = field(default_factory=list)
    payee_by_email: bool = False
    authorizations: list[Authorization] = field(default_factory=list)


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
    intent: Intent = Intent.CAPTURE

    def expires(self) -> datetime:
        """Return when the link, or after it was opened the approval, is no longer good."""
        return self.created + OPEN_LIMIT if self.opened is None else self.opened + APPROVE_LIMIT

    def captures(self) -> list[Capture]:
        """Return the captures of all units."""
        return [capture for unit in self.units for capture in unit.captures]
