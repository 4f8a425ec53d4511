"""Disputes in plain words: how one stands, what may be done, and the command that does it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from checkout.domain.dispute_answers import Way
from checkout.domain.disputes import DisputeOutcome, DisputeStage, DisputeStatus
from checkout.domain.intents import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

STATUS_WORDS: Mapping[DisputeStatus, str] = {
    DisputeStatus.OPEN: "open",
    DisputeStatus.WAITING_FOR_US: "waits for your answer",
    DisputeStatus.WAITING_FOR_BUYER: "waits for the customer",
    DisputeStatus.UNDER_REVIEW: "is being looked at by the processor or a bank",
    DisputeStatus.RESOLVED: "is over",
    DisputeStatus.OTHER: "stands in a way this program does not know; look at the processor's own pages",
}
STAGE_WORDS: Mapping[DisputeStage, str] = {
    DisputeStage.INQUIRY: "the customer asks; you can still settle it between you",
    DisputeStage.CHARGEBACK: "a claim: the processor or a bank decides",
    DisputeStage.PRE_ARBITRATION: "decided once and appealed",
    DisputeStage.ARBITRATION: "the last stage: a card network decides for good",
    DisputeStage.OTHER: "at a stage this program does not know",
}
OUTCOME_WORDS: Mapping[DisputeOutcome, str] = {
    DisputeOutcome.NONE: "not decided",
    DisputeOutcome.WON: "decided for you: the money stays",
    DisputeOutcome.LOST: "ended for the customer",
    DisputeOutcome.PAID_BY_PROCESSOR: "the processor paid the customer; your money stays",
    DisputeOutcome.CANCELLED_BY_BUYER: "taken back by the customer",
    DisputeOutcome.ACCEPTED: "you gave the money back",
    DisputeOutcome.DENIED: "refused: the money stays",
    DisputeOutcome.OTHER: "ended in a way this program does not know",
}
_WAYS: Mapping[Way, tuple[str, str]] = {
    Way.EVIDENCE: (
        "send evidence that you are right",
        "checkout disputes evidence {id} --carrier DHL --tracking NUMBER",
    ),
    Way.MESSAGE: ("write to the customer", 'checkout disputes message {id} "Your text"'),
    Way.OFFER: ("make an offer", 'checkout disputes offer {id} --amount 5.00 --note "Your text"'),
    Way.ACKNOWLEDGE: (
        "say how the goods came back",
        "checkout disputes acknowledge {id} --arrived received",
    ),
    Way.APPEAL: (
        "ask for it to be looked at again, with new evidence",
        'checkout disputes appeal {id} --note "Your text"',
    ),
    Way.ACCEPT: (
        "give in: the customer gets the money back",
        'checkout disputes accept {id} --note "Your text"',
    ),
}
"""Each way to act, in the order in which one thinks of them; what has no command here is done on the
processor's own pages."""

_ISSUES: Mapping[str, str] = {
    "ACTION_NOT_ALLOWED_IN_CURRENT_DISPUTE_STATE": "the dispute does not allow it any more",
    "INSUFFICIENT_FUNDS": "the balance at PayPal is too low; add money there, then try again",
    "INVALID_OFFER_TYPE": "this kind of offer does not fit the reason of the dispute",
    "INVALID_ACCEPT_CLAIM_TYPE": "this way of giving in does not fit the dispute",
    "INVALID_REFUND_AMOUNT": "the amount does not fit the dispute",
    "INVALID_EVIDENCE_FILE": "a document is not taken",
    "MISSING_TRACKING_INFO": "the carrier and the tracking number are missing",
    "MISSING_REFUND_ID": "the id of the refund is missing",
    "PERMISSION_DENIED": "the app may not answer disputes; allow it in PayPal's developer dashboard",
    "NOT_AUTHORIZED": "the app may not answer disputes; allow it in PayPal's developer dashboard",
    "NEVER_HAPPENED": "PayPal never did it; try again",
}
"""Why an answer was refused, by the processor's own word for it."""

WAITS_FOR_US = frozenset({DisputeStatus.WAITING_FOR_US, DisputeStatus.OPEN, DisputeStatus.OTHER})


def ways_text(dispute_id: str, allows: Iterable[str]) -> list[tuple[str, str]]:
    """What may be done now, and the command for each."""
    allowed = frozenset(allows)
    return [(said, command.format(id=dispute_id)) for way, (said, command) in _WAYS.items() if way in allowed]


def left_text(due_at: datetime | None, now: datetime) -> str:
    """`3 days left`, `5 hours left`, `overdue`; nothing where there is no deadline."""
    if due_at is None:
        return ""
    left = due_at - now
    if left <= timedelta(0):
        return "overdue"
    if left >= timedelta(days=1):
        return f"{left.days} {'day' if left.days == 1 else 'days'} left"
    hours = int(left.total_seconds() // 3600)
    return f"{hours} {'hour' if hours == 1 else 'hours'} left" if hours else "less than an hour left"


def answer_text(outcome: Outcome, issue: str | None) -> str:
    """What came of an answer."""
    match outcome:
        case Outcome.DONE:
            return "Done."
        case Outcome.REFUSED:
            why = issue or "no reason is told"
            return f"Refused, nothing was done: {_ISSUES.get(why, why)}."
        case _:
            return (
                "PayPal's answer was lost, so it is not known whether it was done. It is asked about by itself;"
                " do not do it again before that is known."
            )
