"""What the emulator remembers of a dispute, and PayPal's words for it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from checkout.processors.paypal.emulator.money import Money
from checkout.processors.paypal.emulator.records import Capture
from checkout.processors.paypal.emulator.refusals import Json


class Reason(StrEnum):
    """Why a buyer disputes a payment."""

    NOT_RECEIVED = "MERCHANDISE_OR_SERVICE_NOT_RECEIVED"
    NOT_AS_DESCRIBED = "MERCHANDISE_OR_SERVICE_NOT_AS_DESCRIBED"
    UNAUTHORISED = "UNAUTHORISED"
    CREDIT_NOT_PROCESSED = "CREDIT_NOT_PROCESSED"
    DUPLICATE_TRANSACTION = "DUPLICATE_TRANSACTION"
    INCORRECT_AMOUNT = "INCORRECT_AMOUNT"
    PAYMENT_BY_OTHER_MEANS = "PAYMENT_BY_OTHER_MEANS"
    CANCELED_RECURRING_BILLING = "CANCELED_RECURRING_BILLING"
    PROBLEM_WITH_REMITTANCE = "PROBLEM_WITH_REMITTANCE"
    OTHER = "OTHER"


class Channel(StrEnum):
    """Where the buyer complained: to PayPal, to a bank, or a bank warns before a chargeback."""

    INTERNAL = "INTERNAL"
    EXTERNAL = "EXTERNAL"
    ALERT = "ALERT"


class Stage(StrEnum):
    """How far a dispute has come; CHARGEBACK is a claim, of PayPal's own or of a bank's."""

    INQUIRY = "INQUIRY"
    CHARGEBACK = "CHARGEBACK"
    PRE_ARBITRATION = "PRE_ARBITRATION"
    ARBITRATION = "ARBITRATION"


class Status(StrEnum):
    """Who has to act."""

    OPEN = "OPEN"
    WAITING_FOR_BUYER = "WAITING_FOR_BUYER_RESPONSE"
    WAITING_FOR_SELLER = "WAITING_FOR_SELLER_RESPONSE"
    UNDER_REVIEW = "UNDER_REVIEW"
    RESOLVED = "RESOLVED"
    OTHER = "OTHER"


class Outcome(StrEnum):
    """How a dispute ended."""

    BUYER_FAVOUR = "RESOLVED_BUYER_FAVOUR"
    SELLER_FAVOUR = "RESOLVED_SELLER_FAVOUR"
    WITH_PAYOUT = "RESOLVED_WITH_PAYOUT"
    CANCELED_BY_BUYER = "CANCELED_BY_BUYER"
    ACCEPTED = "ACCEPTED"
    DENIED = "DENIED"
    NONE = "NONE"


class OfferType(StrEnum):
    """What a merchant can offer instead."""

    REFUND = "REFUND"
    REFUND_WITH_RETURN = "REFUND_WITH_RETURN"
    REFUND_WITH_REPLACEMENT = "REFUND_WITH_REPLACEMENT"
    REPLACEMENT_WITHOUT_REFUND = "REPLACEMENT_WITHOUT_REFUND"


LOST = frozenset({Outcome.BUYER_FAVOUR, Outcome.ACCEPTED})
APPEALS = {Stage.CHARGEBACK: Stage.PRE_ARBITRATION, Stage.PRE_ARBITRATION: Stage.ARBITRATION}


@dataclass(slots=True)
class Offer:
    """What the merchant last offered; `returning` once the buyer accepted to send the goods back."""

    type: OfferType
    amount: Money | None
    returning: bool = False
    returned: bool = False


@dataclass(slots=True)
class Dispute:
    """One dispute over one capture.

    `hold_id` names the withheld money while there is some; `taken` is what was reversed, until it is given back.
    `said` holds the words a test makes PayPal say instead of the true ones.
    """

    id: str
    capture: Capture
    amount: Money
    reason: Reason
    channel: Channel
    stage: Stage
    status: Status
    created: datetime
    updated: datetime
    inquiry_ends: datetime
    seller_due: datetime | None = None
    buyer_due: datetime | None = None
    outcome: Outcome | None = None
    appeal_until: datetime | None = None
    refunded: Money | None = None
    taken: Money | None = None
    hold_id: str | None = None
    offer: Offer | None = None
    communication: Json | None = None
    offers: list[Json] = field(default_factory=list)
    messages: list[Json] = field(default_factory=list)
    evidences: list[Json] = field(default_factory=list)
    supporting: list[Json] = field(default_factory=list)
    adjudications: list[Json] = field(default_factory=list)
    money_movements: list[Json] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)

    def appealable(self, now: datetime) -> bool:
        """Return whether the merchant may ask for it to be looked at again."""
        return self.appeal_until is not None and now <= self.appeal_until
