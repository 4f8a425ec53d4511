"""Taking the money a customer approved: once, whoever brings the news and however often."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from checkout.domain.errors import ProcessorError, ProcessorRefusedError, Reaction
from checkout.domain.facts import FactKind
from checkout.domain.intents import UNRESOLVED, Intent, Operation, Outcome
from checkout.domain.processor import Question, Reserves
from checkout.domain.standing import (
    CAPTURES_MAX,
    IN_LIMBO,
    MAY_HOLD_MONEY,
    PaymentState,
    Standing,
    first_step,
)
from checkout.flows.settling import Attempt, attempts_of, refresh, settle
from checkout.store import halts, intents, orders, payments
from checkout.store.halts import Stops
from checkout.store.intents import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from checkout.domain.processor import Answer, Processor
    from checkout.flows.house import House
    from checkout.store.engine import Tx
    from checkout.store.orders import OrderRow
    from checkout.store.payments import PaymentRow

log = structlog.get_logger()

CALL_LIFE = timedelta(seconds=45)
"""Longer than any call to a processor may last in total: after it, whoever asked is gone."""


@dataclass(frozen=True, slots=True)
class _Errand:
    """A capture that is about to be asked for; its intent is committed."""

    payment: PaymentRow
    reference: str
    intent: Intent
    is_repeat: bool = False
    """The same call was made before, and its answer never came."""

    @property
    def question(self) -> Question:
        """What the processor is asked to capture, and by which key."""
        terms = self.payment.terms
        return Question(terms.names, self.reference, terms.amount, self.intent.key)


@dataclass(frozen=True, slots=True)
class _News:
    """What the caller knows that may permit a capture."""

    approved_at: datetime | None
    by_customer: bool
    asked_first: bool
    is_approved: bool


def go_on(
    house: House,
    payment_id: str,
    *,
    approved_at: datetime | None = None,
    by_customer: bool = False,
    asked_first: bool = False,
    is_approved: bool = False,
) -> None:
    """Capture a payment if it is time to; else do nothing. Safe to call by anyone, at any time, in parallel.

    After a refusal only news permits another attempt: the customer's own return, or an approval later than
    the refusal (`approved_at`); where it was refused as not approved, that the processor has just called it
    approved (`is_approved`) is news enough. A capture whose outcome is unknown is repeated, with its own key,
    only by a caller who has just asked (`asked_first`). Trouble with the processor is kept as unknown, not raised.
    """
    news = _News(approved_at, by_customer=by_customer, asked_first=asked_first, is_approved=is_approved)
    errand = _next_errand(house, payment_id, news)
    if errand is not None:
        _run(house, errand)


def _next_errand(house: House, payment_id: str, news: _News) -> _Errand | None:
    now = house.clock()
    with house.store.begin() as tx:
        payment = payments.by_id(tx, payment_id)
        if payment is None:
            return None
        order = orders.lock(tx, payment.order_id)
        attempts = {one.payment.id: one for one in attempts_of(tx, order.id)}
        this = attempts.pop(payment.id)
        standing = this.standing
        step = first_step(payment.terms)
        asked = [one for one in this.asked if one.operation is step]
        last = asked[-1] if asked else None
        if last is not None and last.outcome in UNRESOLVED:
            return _ask_again(tx, house, order, payment, last) if news.asked_first else None
        if not _is_time(standing, last, news):
            return None
        if len(asked) >= CAPTURES_MAX or _must_not(tx, order, payment, attempts.values()):
            return None
        intent = _new_intent(house, payment, step, len(asked) + 1, now)
        intents.add(tx, payment.id, intent, payment.terms.amount)
        refresh(tx, house, order, payment)
        return _Errand(payment, str(standing.reference), intent)


def _ask_again(tx: Tx, house: House, order: OrderRow, payment: PaymentRow, last: Intent) -> _Errand | None:
    """An unknown capture, after asking has shown that it did not happen: the same call with the same key."""
    now = house.clock()
    if last.outcome is Outcome.ASKED and last.last_asked_at + CALL_LIFE > now:
        return None
    intents.ask_again(tx, payment.id, last, now)
    standing = refresh(tx, house, order, payment)
    return _Errand(payment, str(standing.reference), last, is_repeat=True)


def _is_time(standing: Standing, last: Intent | None, news: _News) -> bool:
    if not standing.may_be_captured:
        return False
    if news.by_customer or standing.state is PaymentState.APPROVED:
        return True
    if last is None:
        return False
    if last.reaction is Reaction.NOT_APPROVED and news.is_approved:
        return True
    return news.approved_at is not None and news.approved_at > last.last_asked_at


def _must_not(tx: Tx, order: OrderRow, payment: PaymentRow, others: Iterable[Attempt]) -> bool:
    """The order is closed, captures stand still, or another payment has brought its money or still may."""
    standing_still = [one for one in halts.open_ones(tx, payment.processor) if one.stops is Stops.CAPTURES]
    if standing_still:
        log.error("not captured: captures are halted", payment=payment.id, cause=standing_still[0].cause)
        return True
    if order.closed is not None:
        log.warning("not captured: the order is closed", order=order.id, payment=payment.id)
        return True
    if any(other.standing.state in MAY_HOLD_MONEY for other in others):
        log.warning("not captured: another payment of this order may have the money", payment=payment.id)
        return True
    return False


def _new_intent(house: House, payment: PaymentRow, step: Operation, attempt: int, now: datetime) -> Intent:
    key = house.shop.key_of(payment.id, step, attempt)
    return Intent(step, attempt, key, Outcome.ASKED, now, amount_minor=payment.terms.amount.minor)


def _run(house: House, errand: _Errand) -> None:
    try:
        answer = _take(house.processor(errand.payment.processor), errand)
    except ProcessorRefusedError as refused:
        _refused(house, errand, refused)
    except ProcessorError as silent:
        log.warning("the outcome of a capture is unknown", payment=errand.payment.id, why=str(silent))
        _keep_unknown(house, errand, silent.debug_id)
    else:
        _keep_answer(house, errand, answer)


def _take(processor: Processor, errand: _Errand) -> Answer:
    if errand.intent.operation is not Operation.AUTHORIZE:
        return processor.capture(errand.question)
    if not isinstance(processor, Reserves):
        raise ProcessorRefusedError(processor.title, "authorize", "NOT_OFFERED", Reaction.OPERATOR)
    return processor.authorize(errand.question)


def _keep_answer(house: House, errand: _Errand, answer: Answer) -> None:
    """Settle the answer; where it does not tell what came of the capture, that stays unknown until asked."""
    payment = errand.payment
    with house.store.begin() as tx:
        orders.lock(tx, payment.order_id)
        intents.resolve(
            tx, payment.id, errand.intent, Outcome.UNKNOWN, at=house.clock(), debug_id=answer.debug_id
        )
        standing = settle(tx, house, payment, answer.facts, learned_from=errand.intent.operation)
    if standing.state is PaymentState.UNKNOWN:
        log.error("a capture was answered without what came of it", payment=payment.id)


def _keep_unknown(house: House, errand: _Errand, debug_id: str | None) -> None:
    with house.store.begin() as tx:
        order = orders.lock(tx, errand.payment.order_id)
        intents.resolve(
            tx, errand.payment.id, errand.intent, Outcome.UNKNOWN, at=house.clock(), debug_id=debug_id
        )
        refresh(tx, house, order, errand.payment)


def _refused(house: House, errand: _Errand, refused: ProcessorRefusedError) -> None:
    match refused.reaction:
        case Reaction.READ_AND_GO_ON:
            _read_instead(house, errand, refused)
        case Reaction.REPEAT_LATER | Reaction.WAIT:
            _keep_unknown(house, errand, refused.debug_id)
        case Reaction.OPERATOR | Reaction.OUR_BUG if errand.is_repeat:
            _doubt(house, errand, Refusal(refused.issue, refused.reaction, refused.debug_id))
        case _:
            _refuse(house, errand, Refusal(refused.issue, refused.reaction, refused.debug_id))


def _refuse(house: House, errand: _Errand, refusal: Refusal) -> None:
    level = log.error if refusal.reaction in {Reaction.OPERATOR, Reaction.OUR_BUG} else log.info
    level("capture refused", payment=errand.payment.id, issue=refusal.issue, reaction=refusal.reaction)
    with house.store.begin() as tx:
        order = orders.lock(tx, errand.payment.order_id)
        intents.refuse(tx, errand.payment.id, errand.intent, refusal, at=house.clock())
        refresh(tx, house, order, errand.payment)


def _doubt(house: House, errand: _Errand, refusal: Refusal) -> None:
    """The repeat was refused for who asks or how, which says nothing of what the first call did: still unknown."""
    log.error("the repeat of a capture was refused", payment=errand.payment.id, issue=refusal.issue)
    with house.store.begin() as tx:
        order = orders.lock(tx, errand.payment.order_id)
        intents.doubt(tx, errand.payment.id, errand.intent, refusal)
        refresh(tx, house, order, errand.payment)


def _read_instead(house: House, errand: _Errand, refused: ProcessorRefusedError) -> None:
    """The processor says that it happened already: its state decides.

    Where it shows no capture the outcome is unknown, never a failure: a person must look, and sweeps ask on.
    """
    payment = errand.payment
    try:
        answer = house.processor(payment.processor).inquire(errand.question)
    except ProcessorError as silent:
        log.warning("the outcome of a capture is unknown", payment=payment.id, why=str(silent))
        _keep_unknown(house, errand, silent.debug_id)
        return
    closed = any(fact.kind is FactKind.VOIDED for fact in answer.facts)
    with house.store.begin() as tx:
        standing = settle(tx, house, payment, answer.facts, learned_from="capture")
        if standing.state not in IN_LIMBO:
            return
        if closed:
            refusal = Refusal(refused.issue, Reaction.START_AGAIN, refused.debug_id)
            intents.refuse(tx, payment.id, errand.intent, refusal, at=house.clock())
        else:
            log.error("captured already, says the processor, but shows no capture", payment=payment.id)
            refusal = Refusal(refused.issue, Reaction.OPERATOR, refused.debug_id)
            intents.doubt(tx, payment.id, errand.intent, refusal)
        refresh(tx, house, orders.lock(tx, payment.order_id), payment)
