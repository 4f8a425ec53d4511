"""Reads what a test orders about disputes, and says in words what would make sense."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeVar

from checkout.processors.paypal.emulator.account import SenselessWishError
from checkout.processors.paypal.emulator.dispute_records import Channel, Reason, Stage, Status
from checkout.processors.paypal.emulator.money import Money
from checkout.processors.paypal.emulator.records import Capture
from checkout.processors.paypal.emulator.refusals import Json

MESSAGE = "Made-up words of the buyer: my tea never came."
AT_THE_START = (Status.OPEN, Status.WAITING_FOR_SELLER, Status.UNDER_REVIEW, Status.OTHER)

Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class DisputeWish:
    """A dispute to be opened."""

    capture: Capture
    amount: Money
    reason: Reason = Reason.NOT_RECEIVED
    channel: Channel = Channel.INTERNAL
    stage: Stage = Stage.INQUIRY
    status: Status = Status.WAITING_FOR_SELLER
    due_days: float | None = None
    message: str = MESSAGE


def dispute_wish(capture: Capture, body: Json) -> DisputeWish:
    """Read a dispute to be opened over a capture.

    Raises `SenselessWishError`.
    """
    reason = word(Reason, body.get("reason", Reason.NOT_RECEIVED), "reason")
    channel = word(Channel, body.get("channel", Channel.INTERNAL), "channel")
    # PayPal's guide: only these two reasons, told to PayPal itself, begin with an inquiry.
    merchandise = reason in (Reason.NOT_RECEIVED, Reason.NOT_AS_DESCRIBED)
    usual = Stage.INQUIRY if merchandise and channel is Channel.INTERNAL else Stage.CHARGEBACK
    status = word(Status, body.get("status", Status.WAITING_FOR_SELLER), "status")
    if status not in AT_THE_START:
        raise SenselessWishError(f"A dispute begins as one of {', '.join(AT_THE_START)}, not {status}.")
    return DisputeWish(
        capture=capture,
        amount=_amount(capture, body.get("value")),
        reason=reason,
        channel=channel,
        stage=word(Stage, body.get("stage", usual), "stage"),
        status=status,
        due_days=_days(body.get("due_days")),
        message=str(body.get("message", MESSAGE)),
    )


def word(words: type[Word], given: object, name: str) -> Word:
    """Return one of PayPal's words.

    Raises `SenselessWishError` when it is none.
    """
    try:
        return words(str(given))
    except ValueError:
        raise SenselessWishError(f"{name} must be one of {', '.join(words)}, not {given!r}.") from None


def _amount(capture: Capture, value: object) -> Money:
    left = capture.amount.value - capture.claimed().value
    try:
        wanted = left if value is None else Decimal(str(value))
    except InvalidOperation:
        raise SenselessWishError(f"value must be an amount, not {value!r}.") from None
    if not 0 < wanted <= left:
        raise SenselessWishError(f"Only what is left of capture {capture.id} can be disputed: {left}.")
    return capture.amount.with_value(wanted)


def _days(given: object) -> float | None:
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float) or given < 0:
        raise SenselessWishError("due_days must be a number from 0.")
    return float(given)
