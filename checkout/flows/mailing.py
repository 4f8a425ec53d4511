"""Which mails a customer gets: decided where the facts come in, and enqueued in the transaction of what they tell.

A mail tells only what is over. Whoever was declined saw it on the page and may try again at once, and whoever must
confirm once more is sent back to do so: both are written to only when their order closes without money.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checkout.domain.facts import FactKind
from checkout.domain.sent_back import ReturnState
from checkout.domain.standing import MAY_HOLD_MONEY, PaymentState
from checkout.domain.texts import in_letters
from checkout.flows.noticing import give_notice
from checkout.store import orders
from checkout.store.notices import Notice, NoticeKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from checkout.domain.facts import Fact
    from checkout.domain.standing import Standing
    from checkout.flows.house import House
    from checkout.flows.settling import Attempt
    from checkout.store.engine import Tx
    from checkout.store.payments import PaymentRow

_UNDER_WAY = MAY_HOLD_MONEY | {PaymentState.APPROVED}

_OF_RETURNS = {FactKind.REFUNDED, FactKind.REFUND_FAILED, FactKind.REFUND_CANCELLED}
_RETURN_KINDS = {
    ReturnState.COMPLETED: NoticeKind.REFUND_SENT,
    ReturnState.FAILED: NoticeKind.REFUND_FAILED,
    ReturnState.CANCELLED: NoticeKind.REFUND_FAILED,
}
MARK_LENGTH = 16
"""What tells one refund's notices from another's: 75 bits."""


def tell_paid(tx: Tx, house: House, order_id: str) -> None:
    """Money that counts has come in: one receipt for each order."""
    _tell(tx, house, Notice(f"receipt-{order_id}", NoticeKind.RECEIPT, order_id, house.clock()))


def tell_returns(tx: Tx, house: House, payment: PaymentRow, standing: Standing, new: Iterable[Fact]) -> None:
    """What is news of refunds: each is told once as sent, and once as failed should it fail.

    What a bank or the processor took back is no refund of ours, and was told to the customer by them.
    """
    subjects = {fact.subject for fact in new if fact.kind in _OF_RETURNS}
    for one in standing.returns:
        kind = _RETURN_KINDS.get(one.state)
        if one.subject not in subjects or one.is_reversal or kind is None:
            continue
        # In letters, as a processor's ids may be all digits.
        mark = in_letters(f"{payment.processor}:{one.subject}")[:MARK_LENGTH]
        name = f"{kind.replace(' ', '-')}-{payment.id}-{mark}"
        notice = Notice(name, kind, payment.order_id, house.clock(), about=one.subject)
        _tell(tx, house, notice)
        if kind is NoticeKind.REFUND_FAILED:
            _alarm(tx, house, payment, name)


def tell_refused_review(
    tx: Tx, house: House, before: PaymentState, attempts: Sequence[Attempt], payment_id: str
) -> None:
    """A payment that was held for review came to nothing: its customer left long ago and waits."""
    now = next(one for one in attempts if one.payment.id == payment_id).standing
    if before is PaymentState.PENDING_REVIEW and now.state is PaymentState.DECLINED and _is_over(attempts):
        _tell_failed(tx, house, attempts, payment_id)


def tell_expired(tx: Tx, house: House, attempts: Sequence[Attempt]) -> None:
    """An order closed without money: told to whoever tried to pay it, and not to whoever never did."""
    tried = [one for one in attempts if _was_tried(one)]
    if tried and _is_over(attempts):
        _tell_failed(tx, house, attempts, tried[-1].payment.id)


def _tell_failed(tx: Tx, house: House, attempts: Sequence[Attempt], payment_id: str) -> None:
    """By the payment's name: a review that was refused and the end of its order are one failure."""
    order_id, now = attempts[0].payment.order_id, house.clock()
    name = f"payment-failed-{payment_id}"
    _tell(tx, house, Notice(name, NoticeKind.PAYMENT_FAILED, order_id, now, about=payment_id))


def _was_tried(attempt: Attempt) -> bool:
    """The customer agreed to pay, or was told that it cannot be; what the shop itself let go is no failure."""
    if attempt.standing.state in {PaymentState.DECLINED, PaymentState.FAILED}:
        return True
    agreed = any(fact.kind is FactKind.APPROVED for fact in attempt.told)
    return agreed and not attempt.standing.authorizations


def _is_over(attempts: Sequence[Attempt]) -> bool:
    """No money came, and none may come by any payment of the order."""
    standings = [one.standing for one in attempts]
    return not any(one.captured.minor or one.state in _UNDER_WAY for one in standings)


def _alarm(tx: Tx, house: House, payment: PaymentRow, name: str) -> None:
    """The operator decides what comes next, so they are told as well."""
    about = f"A refund of order {payment.order_id} failed."
    notice = Notice(f"alarm-{name}"[:120], NoticeKind.ALARM, payment.order_id, house.clock(), about=about)
    give_notice(tx, house, notice)


def _tell(tx: Tx, house: House, notice: Notice) -> None:
    if notice.order_id is not None and orders.takes_mail(tx, notice.order_id):
        give_notice(tx, house, notice)
