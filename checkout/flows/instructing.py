"""What a person asked for after the capture, carried out once: refunds, captures of reservations, letting go."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from checkout.domain.disputes import disputes
from checkout.domain.errors import (
    CheckoutError,
    NotFoundError,
    ProcessorError,
    ProcessorRefusedError,
    Reaction,
)
from checkout.domain.intents import UNRESOLVED, Intent, Operation, Outcome
from checkout.domain.money import Money
from checkout.domain.processor import GivesBack, Instruction, Reserves
from checkout.domain.standing import first_step
from checkout.flows.capturing import CALL_LIFE
from checkout.flows.questions import inquire, is_whole
from checkout.flows.settling import refresh, settle
from checkout.flows.telling import open_once
from checkout.store import facts, halts, intents, orders, payments
from checkout.store.discrepancies import Found
from checkout.store.halts import Stops
from checkout.store.intents import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from checkout.domain.processor import Answer
    from checkout.domain.standing import Standing
    from checkout.flows.house import House
    from checkout.store.engine import Tx
    from checkout.store.payments import PaymentRow

log = structlog.get_logger()

KEY_LIFE = timedelta(days=44)
"""PayPal knows a repeat by its key for 45 days; after it a repeat would be a second effect."""

LATE = "refused late"

AFTERWARDS = frozenset({Operation.REFUND, Operation.CAPTURE, Operation.VOID, Operation.REAUTHORIZE})


def carry_out(house: House, payment: PaymentRow, intent: Intent, *, shown_whole: bool = False) -> None:
    """Ask for what was committed as an intent, and keep what came of it. Raises nothing of the processor's.

    No usable answer leaves it unknown; sweeps ask, and repeat it with its own key, until it is known.
    `shown_whole` says of a repeat that the processor has just shown all of the payment, and not this in it: so
    the calls before had no effect, and a refusal now is the end of it.
    """
    try:
        answer = _call(house, payment, intent)
    except ProcessorRefusedError as refused:
        _refused(house, payment, intent, refused, shown_whole=shown_whole)
    except ProcessorError as silent:
        log.warning("an outcome is unknown", payment=payment.id, operation=intent.operation, why=str(silent))
        _keep_unknown(house, payment, intent, silent.debug_id)
    except CheckoutError as never_sent:
        # Such as an amount the processor cannot write: found out before anything was sent, also of every repeat.
        log.error("never sent", payment=payment.id, operation=intent.operation, why=str(never_sent))  # noqa: TRY400 -- no bug
        _keep_refusal(house, payment, intent, Refusal("NEVER_SENT", Reaction.OUR_BUG))
    else:
        _keep_answer(house, payment, intent, answer)


def go_on(house: House, payment_id: str, *, shown_whole: bool) -> None:
    """Repeat what is unknown after asking has shown that it did not happen: the same call, the same key.

    Past the key's life nothing is repeated. What stands in the way of a first try stands in a repeat's too: it
    then stays unknown, where a person sees it.
    """
    now = house.clock()
    with house.store.begin() as tx:
        payment = payments.by_id(tx, payment_id)
        if payment is None:
            raise NotFoundError("payment", payment_id)
        order = orders.lock(tx, payment.order_id)
        repeats = []
        for intent in intents.of_payment(tx, payment.id):
            after = intent.operation in AFTERWARDS and intent.operation is not first_step(payment.terms)
            if not after or intent.outcome not in UNRESOLVED:
                continue
            if intent.last_asked_at + CALL_LIFE > now:
                continue
            if intent.asked_at + KEY_LIFE < now:
                if shown_whole:
                    intents.refuse(tx, payment.id, intent, Refusal("NEVER_HAPPENED", Reaction.WAIT), at=now)
                continue
            if _must_wait(tx, payment, intent):
                continue
            intents.ask_again(tx, payment.id, intent, now)
            repeats.append(replace(intent, repeated_at=now))
        refresh(tx, house, order, payment)
    for intent in repeats:
        carry_out(house, payment, intent, shown_whole=shown_whole)


def _must_wait(tx: Tx, payment: PaymentRow, intent: Intent) -> bool:
    """Captures stand still, or the money is in dispute since it was asked for."""
    if intent.operation is Operation.CAPTURE:
        return any(one.stops is Stops.CAPTURES for one in halts.open_ones(tx, payment.processor))
    told = facts.of_payment(tx, payment.id) if intent.operation is Operation.REFUND else []
    return any(one.is_open and one.capture in {None, intent.subject} for one in disputes(told))


def _call(house: House, payment: PaymentRow, intent: Intent) -> Answer:
    processor = house.processor(payment.processor)
    instruction = Instruction(
        names=payment.terms.names,
        reference=str(payment.reference),
        subject=str(intent.subject),
        amount=Money(intent.amount_minor, payment.terms.amount.currency),
        key=intent.key,
        invoice=str(intent.invoice),
        note=intent.note or "",
        final=intent.final,
    )
    calls: dict[Operation, Callable[[Instruction], Answer]] = {}
    if isinstance(processor, GivesBack):
        calls[Operation.REFUND] = processor.refund
    if isinstance(processor, Reserves):
        calls[Operation.CAPTURE] = processor.capture_reserved
        calls[Operation.VOID] = processor.void
        calls[Operation.REAUTHORIZE] = processor.reauthorize
    if intent.operation not in calls:
        raise ProcessorRefusedError(processor.title, intent.operation, "NOT_OFFERED", Reaction.OPERATOR)
    return calls[intent.operation](instruction)


def _keep_answer(house: House, payment: PaymentRow, intent: Intent, answer: Answer) -> None:
    """Settle the answer; where it does not tell what came of it, that stays unknown until asked."""
    with house.store.begin() as tx:
        orders.lock(tx, payment.order_id)
        intents.resolve(tx, payment.id, intent, Outcome.UNKNOWN, at=house.clock(), debug_id=answer.debug_id)
        settle(tx, house, payment, answer.facts, learned_from=intent.operation)


def _keep_unknown(house: House, payment: PaymentRow, intent: Intent, debug_id: str | None) -> None:
    with house.store.begin() as tx:
        order = orders.lock(tx, payment.order_id)
        intents.resolve(tx, payment.id, intent, Outcome.UNKNOWN, at=house.clock(), debug_id=debug_id)
        refresh(tx, house, order, payment)


def _refused(
    house: House, payment: PaymentRow, intent: Intent, refused: ProcessorRefusedError, *, shown_whole: bool
) -> None:
    refusal = Refusal(refused.issue, refused.reaction, refused.debug_id)
    match refused.reaction:
        case Reaction.READ_AND_GO_ON:
            _read_instead(house, payment, intent, refusal)
        case Reaction.REPEAT_LATER:
            _keep_unknown(house, payment, intent, refused.debug_id)
        case _ if intent.repeated_at is not None and not shown_whole:
            # A repeat's refusal says nothing of what the first call did.
            log.error("a repeat was refused", payment=payment.id, issue=refused.issue)
            _keep_doubt(house, payment, intent, refusal)
        case _:
            _keep_refusal(house, payment, intent, refusal)


def _read_instead(house: House, payment: PaymentRow, intent: Intent, refusal: Refusal) -> None:
    """The processor says that its state does not allow it, perhaps because it happened: the state decides."""
    try:
        answer = inquire(house, payment)
    except ProcessorError as silent:
        _keep_unknown(house, payment, intent, silent.debug_id)
        return
    with house.store.begin() as tx:
        settle(tx, house, payment, answer.facts, learned_from=intent.operation)
    if refusal.issue == "DUPLICATE_INVOICE_ID" or not is_whole(answer):
        # Something was done, perhaps by this very call, and it is not shown: a person must see what.
        _keep_doubt(house, payment, intent, refusal)
    else:
        _keep_refusal(house, payment, intent, refusal)


def _keep_refusal(house: House, payment: PaymentRow, intent: Intent, refusal: Refusal) -> None:
    """Nothing happened. What facts have proven meanwhile stays done."""
    log.warning("refused", payment=payment.id, operation=intent.operation, issue=refusal.issue)
    now = house.clock()
    with house.store.begin() as tx:
        order = orders.lock(tx, payment.order_id)
        intents.refuse(tx, payment.id, intent, refusal, at=now)
        standing = refresh(tx, house, order, payment)
        if intent.repeated_at is not None and not _has_come_true(standing, intent):
            # Whoever asked for it was told to wait, so nobody is there to hear it.
            open_once(tx, house, _refused_late(payment, intent, refusal))


def _has_come_true(standing: Standing, intent: Intent) -> bool:
    return any(one.invoice == intent.invoice for one in standing.returns) and intent.invoice is not None


def _refused_late(payment: PaymentRow, intent: Intent, refusal: Refusal) -> Found:
    amount = Money(intent.amount_minor, payment.terms.amount.currency)
    said = (
        f"A {intent.operation} of {amount}, whose answer was lost, was asked for again and refused"
        f" ({refusal.issue}): it has not happened. Ask for it anew if it is still wanted."
    )
    key = f"{payment.id}:{LATE}:{intent.key}"
    return Found(payment.processor, key, LATE, said, payment.id, intent.subject)


def _keep_doubt(house: House, payment: PaymentRow, intent: Intent, refusal: Refusal) -> None:
    with house.store.begin() as tx:
        order = orders.lock(tx, payment.order_id)
        intents.doubt(tx, payment.id, intent, refusal)
        refresh(tx, house, order, payment)
