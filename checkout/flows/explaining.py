"""What a difference means, in words for the person who must decide about it."""

from __future__ import annotations

from checkout.domain.differences import Difference
from checkout.domain.standing import Standing

EXPLANATIONS = {
    Difference.OPENED_DIFFERS: "The processor opened this payment with another amount, payee or name than we asked for."
    " It will not be captured.",
    Difference.LESS_CAPTURED: "Less money came in than was due. The order does not count as paid.",
    Difference.MORE_CAPTURED: "More money was captured than was due.",
    Difference.OTHER_CURRENCY: "Money was captured in another currency than was due. It does not count.",
    Difference.OTHER_PAYEE: "Money was captured to an account that is not ours. It does not count.",
    Difference.PAYEE_NOT_TOLD: "The processor does not say to whom it paid the money. It does not"
    " count; a person must look where it went.",
    Difference.OTHER_REFERENCE: "Money was captured under a name that is not this payment's. It does not count.",
    Difference.CAPTURED_TWICE: "There are more captures for this payment than were asked for.",
    Difference.UNRECOGNISED: "The processor uses a word for this payment that we do not know.",
    Difference.REFUSED: "The processor refused for a reason that only a person can mend; see the payment's reason.",
    Difference.REFUND_FAILED: "A refund that was on its way has failed: the customer does not have the money."
    " Give it back again, or by other means.",
    Difference.REFUND_DENIED: "The processor said that a refund was done, and also that it came to nothing. It is booked"
    " as done. Look there whether the customer has the money: if not, adopt, and it can be given back again; if so, ignore.",
    Difference.REVERSED: "The processor or a bank took money of this payment back. It is no refund: nobody here asked"
    " for it. See the order's disputes; the goods, if sent, are still with the customer.",
    Difference.MORE_SENT_BACK: "More money went back than came in for this payment, such as a refund and a"
    " chargeback for the same. Ask the processor's support to undo one.",
}


def explanation(difference: Difference, standing: Standing) -> str:
    """What it means, with the processor's own reason where that is the point."""
    reason = f" ({standing.reason})" if difference is Difference.REFUSED and standing.reason else ""
    return EXPLANATIONS[difference] + reason
