"""Answering a dispute: looked at first, kept as an intent, sent once, and looked at again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from checkout.domain.cards import holds_card_number
from checkout.domain.dispute_answers import (
    WAYS,
    Acceptance,
    AnsweredAlreadyError,
    AnswerUnknownError,
    NotAllowedNowError,
    Offer,
    OfferKind,
    check,
    summary_of,
    texts_of,
    wish_of,
)
from checkout.domain.errors import (
    BadInputError,
    CardNumberError,
    NotFoundError,
    ProcessorError,
    ProcessorRefusedError,
    Reaction,
)
from checkout.domain.intents import DISPUTE_ANSWERS, UNRESOLVED, Intent, Operation, Outcome, next_attempt
from checkout.domain.money import Money
from checkout.domain.processor import SettlesDisputes
from checkout.domain.sent_back import ReturnState, returns
from checkout.flows import answering
from checkout.flows.questions import claim_invoice
from checkout.flows.settling import refresh
from checkout.store import audit, disputes, facts, intents, orders, payments
from checkout.store.audit import Deed

if TYPE_CHECKING:
    from checkout.domain.actors import Actor
    from checkout.domain.dispute_answers import Answer
    from checkout.domain.disputes import Dispute
    from checkout.flows.house import House
    from checkout.store.engine import Tx
    from checkout.store.payments import PaymentRow

log = structlog.get_logger()

WHO_MAX = 60


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of an answer, and how the dispute stands after it, where it could be read again."""

    outcome: Outcome
    issue: str | None
    dispute: Dispute | None


def answer(house: House, dispute_id: str, wanted: Answer, *, by: str, actor: Actor | None = None) -> Answered:
    """Answer a dispute in somebody's name; an operator's deed is kept with the intent, whatever comes of it.

    It is read again first. Raises NotAllowedNowError where it does not allow this now, AnswerUnknownError or
    AnsweredAlreadyError where that could do it twice, CardNumberError, BadInputError, NotFoundError, or
    ProcessorError where it could not be read: nothing was sent then. A refusal and a lost answer are no
    errors: they are kept as what came of it.
    """
    _check(wanted, by)
    payment = _payment_of(house, dispute_id)
    processor = _processor(house, payment)
    dispute = answering.reread(house, payment, dispute_id)
    if dispute is None:
        raise NotFoundError("dispute", dispute_id)
    way, operation = WAYS[type(wanted)]
    if way not in dispute.allows:
        raise NotAllowedNowError(dispute, way)
    _check_amount(house, payment, wanted, dispute)
    with house.store.begin() as tx:
        intent = _keep_intent(tx, house, payment, dispute, wanted, by)
        if actor is not None:
            audit.add(tx, actor, Deed("answered dispute", "dispute", dispute_id, way), intent.asked_at)
    log.info("a dispute is about to be answered", dispute=dispute_id, operation=operation, by=by)
    answering.carry_out(house, processor, payment, intent, _named(wanted, intent))
    return _what_came_of_it(house, payment, intent)


def _check(wanted: Answer, by: str) -> None:
    if not by.strip() or len(by) > WHO_MAX:
        raise BadInputError(f"Say who answers: a name of at most {WHO_MAX} characters.")
    for name, text in texts_of(wanted).items():
        if holds_card_number(text, label=name):
            raise CardNumberError(name)
    check(wanted)


def _check_amount(house: House, payment: PaymentRow, wanted: Answer, dispute: Dispute) -> None:
    amount = wanted.amount if isinstance(wanted, Acceptance | Offer) else None
    if amount is None or dispute.amount is None:
        return
    if amount.currency != dispute.amount.currency or not 0 < amount.minor <= dispute.amount.minor:
        raise BadInputError(
            f"The amount must be above nothing and at most what is disputed, {dispute.amount}."
        )
    house.processor(payment.processor).check_amount(amount)


def _payment_of(house: House, dispute_id: str) -> PaymentRow:
    with house.store.read() as tx:
        known = disputes.by_id(tx, dispute_id)
        payment = payments.by_id(tx, known.payment_id) if known else None
    if payment is None:
        raise NotFoundError("dispute", dispute_id)
    return payment


def _processor(house: House, payment: PaymentRow) -> SettlesDisputes:
    processor = house.processor(payment.processor)
    if not isinstance(processor, SettlesDisputes):
        raise ProcessorRefusedError(processor.title, "disputes", "NOT_OFFERED", Reaction.OPERATOR)
    return processor


def _keep_intent(
    tx: Tx, house: House, payment: PaymentRow, dispute: Dispute, wanted: Answer, by: str
) -> Intent:
    """The intent, in one transaction with the look at what was sent before: two people at once are one answer."""
    order = orders.lock(tx, payment.order_id)
    way, operation = WAYS[type(wanted)]
    asked = intents.of_payment(tx, payment.id)
    wish = wish_of(way, dispute)
    _refuse_repeat(asked, dispute, wish)
    attempt = next_attempt(asked, operation)
    amount = _moves(wanted, dispute) or Money.zero(payment.terms.amount.currency)
    is_claim = operation is Operation.ACCEPT_CLAIM
    intent = Intent(
        operation,
        attempt,
        house.shop.key_of(payment.id, operation, attempt),
        Outcome.ASKED,
        house.clock(),
        amount_minor=amount.minor,
        subject=dispute.id,
        invoice=claim_invoice(payment.terms.names, attempt) if is_claim else None,
        wished_by=by,
        note=summary_of(wanted) or None,
        request=wish,
    )
    intents.add(tx, payment.id, intent, amount)
    refresh(tx, house, order, payment)
    # Should we die before its outcome is known, the dispute is looked at once it must show it.
    payments.ask_by(tx, payment.id, intent.asked_at + answering.ANSWER_LIFE)
    return intent


def _refuse_repeat(asked: list[Intent], dispute: Dispute, wish: str) -> None:
    for intent in asked:
        if intent.operation not in DISPUTE_ANSWERS or intent.subject != dispute.id:
            continue
        if intent.outcome in UNRESOLVED:
            raise AnswerUnknownError(dispute.id, intent.operation, intent.wished_by, intent.asked_at)
        if intent.outcome is Outcome.DONE and dispute.updated_at and intent.request == wish:
            raise AnsweredAlreadyError(dispute.id, intent.operation, intent.wished_by)


def _moves(wanted: Answer, dispute: Dispute) -> Money | None:
    """What goes back by it, at once or if the customer agrees."""
    match wanted:
        case Acceptance():
            return wanted.amount or dispute.amount
        case Offer():
            return None if wanted.kind is OfferKind.REPLACEMENT else wanted.amount or dispute.amount
        case _:
            return None


def _named(wanted: Answer, intent: Intent) -> Answer:
    """The refund of an accepted claim goes by our own name, so that it is known for ours."""
    if not isinstance(wanted, Acceptance):
        return wanted
    return Acceptance(wanted.note, wanted.end, wanted.amount, intent.invoice)


def _what_came_of_it(house: House, payment: PaymentRow, intent: Intent) -> Answered:
    """Look at the dispute again, so that its new state is known at once; sweeps look later where that fails."""
    dispute = None
    try:
        dispute = answering.reread(house, payment, str(intent.subject))
    except ProcessorError as silent:
        log.warning("a dispute could not be read again", dispute=intent.subject, why=str(silent))
    with house.store.read() as tx:
        now = next(one for one in intents.of_payment(tx, payment.id) if one.key == intent.key)
    return Answered(now.outcome, now.issue, dispute)


def refund_of(house: House, dispute_id: str) -> str:
    """The processor's id of the refund that the disputed payment had; empty where it had none."""
    payment = _payment_of(house, dispute_id)
    with house.store.read() as tx:
        told = facts.of_payment(tx, payment.id)
    went = returns(told, payment.terms.amount.currency)
    done = [one.subject for one in went if one.state is ReturnState.COMPLETED and not one.is_reversal]
    return done[-1] if done else ""


def plain_reason(house: House, processor_name: str, reason: str) -> str:
    """Why a customer disputes, in plain words where the processor has some."""
    processor: object = house.processors.get(processor_name)
    return processor.explain_dispute(reason) if isinstance(processor, SettlesDisputes) else reason
