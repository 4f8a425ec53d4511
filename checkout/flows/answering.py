"""What becomes of an answer to a dispute: carried out once, and known only by what the processor shows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from checkout.domain.disputes import Dispute, disputes
from checkout.domain.errors import (
    NotFoundError,
    ProcessorError,
    ProcessorRefusedError,
    Reaction,
)
from checkout.domain.facts import Fact, FactKind
from checkout.domain.intents import DISPUTE_ANSWERS, UNRESOLVED, Intent, Outcome
from checkout.flows.questions import Hints, inquire
from checkout.flows.settling import refresh, settle
from checkout.store import intents, orders, payments
from checkout.store.intents import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from checkout.domain.dispute_answers import Answer
    from checkout.domain.processor import SettlesDisputes
    from checkout.flows.house import House
    from checkout.store.payments import PaymentRow

log = structlog.get_logger()

ANSWER_LIFE = timedelta(minutes=10)
"""A call is over within seconds; what a dispute does not show this long after it never happened."""
NEVER_HAPPENED = "NEVER_HAPPENED"


def carry_out(
    house: House, processor: SettlesDisputes, payment: PaymentRow, intent: Intent, answer: Answer
) -> None:
    """Give the answer that was committed as an intent, and keep what came of it. Raises nothing of the processor's.

    Nothing is ever sent again by itself, as PayPal knows no repeats of these calls: where its answer is lost,
    the dispute itself tells.
    """
    told = {"payment": payment.id, "dispute": intent.subject, "operation": intent.operation}
    try:
        debug_id = processor.answer_dispute(str(intent.subject), answer)
    except ProcessorRefusedError as refused:
        log.warning("an answer to a dispute was refused", issue=refused.issue, **told)
        _refused(house, payment, intent, refused)
    except ProcessorError as silent:
        log.warning("what came of an answer to a dispute is unknown", why=str(silent), **told)
        _keep(house, payment, intent, Outcome.UNKNOWN, silent.debug_id)
    else:
        log.info("a dispute was answered", **told)
        _keep(house, payment, intent, Outcome.DONE, debug_id)


def reread(house: House, payment: PaymentRow, dispute_id: str) -> Dispute | None:
    """How a dispute stands now, settled too; None where it is none of this payment. Raises ProcessorError."""
    answer = inquire(house, payment, Hints(disputes=frozenset({dispute_id})))
    with house.store.begin() as tx:
        standing = settle(tx, house, payment, answer.facts, learned_from="dispute")
    if standing.has_open_asks:
        give_up_unshown(house, payment.id, answer.facts)
    return next((one for one in disputes(answer.facts) if one.id == dispute_id), None)


def give_up_unshown(house: House, payment_id: str, told: Iterable[Fact]) -> None:
    """An answer whose outcome was unknown, and that the dispute, read long after, does not show, never happened.

    `told` is what the processor has just said; answers that it shows are done already.
    """
    now = house.clock()
    shown = {fact.subject for fact in told if fact.kind is FactKind.DISPUTED}
    if not shown:
        return
    with house.store.begin() as tx:
        payment = payments.by_id(tx, payment_id)
        if payment is None:
            raise NotFoundError("payment", payment_id)
        order = orders.lock(tx, payment.order_id)
        for intent in intents.of_payment(tx, payment_id):
            is_open = intent.operation in DISPUTE_ANSWERS and intent.outcome in UNRESOLVED
            if is_open and intent.subject in shown and intent.asked_at + ANSWER_LIFE <= now:
                refusal = Refusal(NEVER_HAPPENED, Reaction.WAIT)
                intents.refuse(tx, payment_id, intent, refusal, at=now)
        refresh(tx, house, order, payment)


def _keep(house: House, payment: PaymentRow, intent: Intent, outcome: Outcome, debug_id: str | None) -> None:
    with house.store.begin() as tx:
        order = orders.lock(tx, payment.order_id)
        intents.resolve(tx, payment.id, intent, outcome, at=house.clock(), debug_id=debug_id)
        refresh(tx, house, order, payment)


def _refused(house: House, payment: PaymentRow, intent: Intent, refused: ProcessorRefusedError) -> None:
    """Nothing happened by this call. Where the state did not allow it, perhaps because it was done: look first."""
    if refused.reaction is Reaction.READ_AND_GO_ON:
        try:
            reread(house, payment, str(intent.subject))
        except ProcessorError as silent:
            log.warning("a dispute could not be read", dispute=intent.subject, why=str(silent))
    refusal = Refusal(refused.issue, refused.reaction, refused.debug_id)
    with house.store.begin() as tx:
        order = orders.lock(tx, payment.order_id)
        intents.refuse(tx, payment.id, intent, refusal, at=house.clock())
        refresh(tx, house, order, payment)
