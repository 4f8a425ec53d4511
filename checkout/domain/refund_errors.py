"""Why money is not given back, each with the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checkout.domain.errors import CheckoutError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from checkout.domain.money import Money


class RefundImpossibleError(CheckoutError):
    """A refund that is refused before the processor hears of it; nothing was sent and nothing is reserved."""


class NothingToRefundError(RefundImpossibleError):
    """No money of this payment is with us."""

    def __init__(self, payment_id: str, state: str) -> None:
        super().__init__(
            f"Payment {payment_id} is {state}: no money of it is with us, so there is nothing to give back."
        )


class MoreThanIsLeftError(RefundImpossibleError):
    """More is asked for than may still go back."""

    def __init__(self, payment_id: str, wanted: Money | None, left: Money, why: str) -> None:
        asked = f"{wanted} cannot be given back of" if wanted else "Nothing more can be given back of"
        super().__init__(f"{asked} payment {payment_id}: {left} is left ({why}).")


class OtherCurrencyError(RefundImpossibleError):
    """Money goes back in the currency it came in."""

    def __init__(self, payment_id: str, wanted: Money, left: Money) -> None:
        super().__init__(
            f"Payment {payment_id} came in {left.currency}, so {wanted} cannot be given back of it. Ask for an amount in"
            f" {left.currency}: {left} is left."
        )


class LeftChangedError(RefundImpossibleError):
    """What is left is not what it was when the form was shown: somebody was quicker."""

    def __init__(self, payment_id: str, shown: Money, left: Money) -> None:
        self.left = left
        super().__init__(
            f"Of payment {payment_id} {shown} was left when this form was shown, and {left} is left now: something"
            " happened in between. Nothing was asked for. Look again before you go on."
        )


class DisputedError(RefundImpossibleError):
    """A dispute about the money is open: a refund beside it could send the money twice."""

    def __init__(self, payment_id: str, dispute_ids: Sequence[str]) -> None:
        listed = ", ".join(dispute_ids)
        one = dispute_ids[0]
        super().__init__(
            f"Payment {payment_id} is in dispute ({listed}), so it is not refunded here: the customer could get the"
            f' money twice. Give it back inside the dispute: `checkout disputes accept {one} --note "Your text"`, or a'
            f' part of it: `checkout disputes offer {one} --amount 5.00 --note "Your text"`. Or wait until the dispute'
            " is closed."
        )


class TooOldToRefundError(RefundImpossibleError):
    """The processor gives nothing back after its time limit."""

    def __init__(self, payment_id: str, captured_at: datetime, days: int) -> None:
        super().__init__(
            f"Payment {payment_id} was captured on {captured_at:%Y-%m-%d}, more than {days} days ago: the processor"
            " refunds it no more. Send the money another way, such as a bank transfer, and note it on the order."
        )


class OtherRequestError(RefundImpossibleError):
    """The same request key was used for another refund."""

    def __init__(self, request: str) -> None:
        super().__init__(
            f"The key {request[:80]!r} was used before for another refund of this payment. Use a new key for a new"
            " refund; repeat a key only to repeat the very same one."
        )


class AskedJustNowError(RefundImpossibleError):
    """The same amount of the same payment was asked for so lately that this is most likely the same wish."""

    def __init__(self, name: str, amount: Money, asked_at: datetime, state: str) -> None:
        super().__init__(
            f"A refund of {amount} was asked for already at {asked_at:%H:%M:%S} UTC: {name}, {state}. Nothing more"
            " was sent. If a second refund of the same amount is really meant, repeat it with `--again`, or with a"
            " `--key` of its own."
        )


class SamePersonError(RefundImpossibleError):
    """Who wished for a refund, or made the key it was wished with, cannot be the second person who agrees."""

    def __init__(self, who: str, *, by_a_key: bool = False) -> None:
        did = "made the API key that asked" if by_a_key else "asked"
        super().__init__(f"{who} {did} for this refund, so somebody else must approve it.")


class NotWaitingError(RefundImpossibleError):
    """A refund that no longer waits for a second person."""

    def __init__(self, name: str, outcome: str) -> None:
        super().__init__(f"Refund {name} does not wait for approval: it is {outcome}.")
