"""THE DOOR: all facts enter here, and only here is a payment moved or the ledger written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from checkout.domain.facts import Fact, FactKind
from checkout.domain.orders import OrderState, order_state
from checkout.domain.postings import postings
from checkout.domain.standing import (
    IN_LIMBO,
    UNRESOLVED,
    Difference,
    Intent,
    Operation,
    Outcome,
    PaymentState,
    Standing,
    fold,
)
from checkout.store import discrepancies, facts, intents, notices, orders, payments
from checkout.store.notices import Notice, NoticeKind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from checkout.flows.house import House
    from checkout.store.engine import Tx
    from checkout.store.orders import OrderRow
    from checkout.store.payments import PaymentRow

log = structlog.get_logger()

ASK_DELAYS = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=5),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=1),
)
"""When an open payment is asked about again, counted from its last change; daily from then on."""

MONEY_IS_IN = frozenset({OrderState.PAID, OrderState.OVERPAID, OrderState.PAID_LATE})

CLOCKS_DIFFER_MAX = timedelta(minutes=1)
"""Between ours and the processor's; a customer needs longer from one attempt to the next."""

UNKNOWN_MAX = timedelta(minutes=15)
UNKNOWN_TOO_LONG = "unknown too long"

_EXPLANATIONS = {
    Difference.OPENED_DIFFERS: "The processor opened this payment with another amount, payee or name than we asked for."
    " It will not be captured.",
    Difference.LESS_CAPTURED: "Less money came in than was due. The order does not count as paid.",
    Difference.MORE_CAPTURED: "More money was captured than was due.",
    Difference.OTHER_CURRENCY: "Money was captured in another currency than was due. It does not count.",
    Difference.OTHER_PAYEE: "Money was captured to an account that is not ours. It does not count.",
    Difference.PAYEE_NOT_TOLD: "The processor does not say to whom it paid the money. It does not"
    " count; a person must look where it went.",
    Difference.OTHER_REFERENCE: "Money was captured under a name that is not this payment's. It does not count.",
    Difference.CAPTURED_TWICE: "There is more than one capture for this payment.",
    Difference.UNRECOGNISED: "The processor uses a word for this payment that we do not know.",
    Difference.REFUSED: "The processor refused for a reason that only a person can mend; see the payment's reason.",
}


def settle(tx: Tx, house: House, payment: PaymentRow, told: Iterable[Fact], *, learned_from: str) -> Standing:
    """Let facts in: keep what is new, write its ledger lines, and bring payment and order up to date.

    Whoever tells a fact, and however often, it is kept and booked once. Holds the order's lock from here to
    the end of the transaction.
    """
    at = house.clock()
    order = orders.lock(tx, payment.order_id)
    holders: dict[str, PaymentRow | None] = {}
    for fact in told:
        if fact.reference not in holders:
            holders[fact.reference] = payments.by_reference(tx, payment.processor, fact.reference)
        holder = holders[fact.reference]
        if holder is None or holder.id == payment.id:
            _let_in(tx, payment, fact, at=at, learned_from=learned_from)
        else:
            why = f"{fact.reference} is already the reference of payment {holder.id}."
            _contradiction(tx, payment, why, at)
    return refresh(tx, house, order, payment)


def refresh(tx: Tx, house: House, order: OrderRow, payment: PaymentRow) -> Standing:
    """Fold again and keep what it says. The caller holds the order's lock."""
    at = house.clock()
    attempts = attempts_of(tx, order.id)
    before = next(one for one in attempts if one.payment.id == payment.id)
    now = replace(before, asked=_resolve_proven(tx, before, at))
    standing = now.standing
    _keep(tx, before.payment, standing, at)
    for difference in sorted(standing.differences):
        explanation = _EXPLANATIONS[difference]
        reason = f" ({standing.reason})" if difference is Difference.REFUSED and standing.reason else ""
        discrepancies.open_once(tx, payment.id, difference, explanation + reason, at=at)
    _watch_unknown(tx, now, at)
    _refresh_order(tx, house, order, [now if one is before else one for one in attempts])
    return standing


@dataclass(frozen=True, slots=True)
class Attempt:
    """One payment of an order, with all that is known of it."""

    payment: PaymentRow
    told: list[Fact]
    asked: list[Intent]

    @property
    def standing(self) -> Standing:
        """Where it stands."""
        return fold(self.payment.terms, self.told, self.asked)


def attempts_of(tx: Tx, order_id: str) -> list[Attempt]:
    """Each attempt to pay an order, first to last, read at once."""
    told, asked = facts.of_order(tx, order_id), intents.of_order(tx, order_id)
    return [
        Attempt(payment, told.get(payment.id, []), asked.get(payment.id, []))
        for payment in payments.of_order(tx, order_id)
    ]


def _keep(tx: Tx, before: PaymentRow, standing: Standing, at: datetime) -> None:
    """Keep the standing, and when to ask next: soon after news, else as the schedule has it."""
    if _begins_anew(before.state, standing):
        ask_at, asks = at + ASK_DELAYS[0], 0
    else:
        ask_at, asks = before.ask_at or at + ASK_DELAYS[0], before.asks
    payments.keep_standing(tx, before.id, standing, ask_at=None if standing.is_final else ask_at, asks=asks)
    if before.state is not standing.state:
        moved = {"was": before.state, "now": standing.state, "reason": standing.reason}
        log.info("payment moved", payment=before.id, **moved)


def _let_in(tx: Tx, payment: PaymentRow, fact: Fact, *, at: datetime, learned_from: str) -> None:
    fact_id = facts.add(tx, payment, fact, at=at, learned_from=learned_from)
    if fact_id is not None:
        facts.post(tx, payment, fact_id, postings(fact, payment.terms), at=at)
        log.info(
            "fact learned",
            payment=payment.id,
            kind=fact.kind,
            subject=fact.subject,
            learned_from=learned_from,
        )
        return
    known = facts.known(tx, payment.processor, fact.key)
    if known is not None and _contradicts(payment, known, fact):
        _contradiction(tx, payment, f"Told twice in two ways: {fact.key}. The first telling stands.", at)


def _contradicts(payment: PaymentRow, known: tuple[str, Fact], fact: Fact) -> bool:
    """What one telling leaves out, another may say; only two different words contradict each other."""
    told_of, first = known
    pairs = ((first.amount, fact.amount), (first.payee, fact.payee), (first.names, fact.names))
    return told_of != payment.id or any(None not in pair and pair[0] != pair[1] for pair in pairs)


def _contradiction(tx: Tx, payment: PaymentRow, explanation: str, at: datetime) -> None:
    log.error("the processor contradicts itself", payment=payment.id, explanation=explanation)
    discrepancies.open_once(tx, payment.id, "contradiction", explanation, at=at)


def _watch_unknown(tx: Tx, attempt: Attempt, at: datetime) -> None:
    """Money in limbo for too long is shown to a person, until the processor says what became of it."""
    payment, state = attempt.payment, attempt.standing.state
    if state not in IN_LIMBO:
        if payment.state in IN_LIMBO:
            answered = f"The processor answered: {state}."
            discrepancies.resolve(tx, payment.id, UNKNOWN_TOO_LONG, answered, at=at)
        return
    since = [one.asked_at for one in attempt.asked if one.operation is Operation.CAPTURE][-1]
    if since + UNKNOWN_MAX <= at:
        explanation = (
            f"A capture was asked for at {since:%Y-%m-%d %H:%M} UTC and its outcome is still not known."
            " Sweeps ask on. Look at the processor's own pages before you do anything by hand."
        )
        log.error("a capture's outcome is unknown for too long", payment=payment.id)
        discrepancies.open_once(tx, payment.id, UNKNOWN_TOO_LONG, explanation, at=at, again=True)


def _resolve_proven(tx: Tx, attempt: Attempt, at: datetime) -> list[Intent]:
    """A capture that facts prove has happened (or come to nothing) is no longer unknown."""
    asked = []
    for intent in attempt.asked:
        is_open = intent.operation is Operation.CAPTURE and intent.outcome in UNRESOLVED
        if is_open and any(_proves(fact, intent) for fact in attempt.told):
            intents.resolve(tx, attempt.payment.id, intent, Outcome.DONE, at=at)
            asked.append(replace(intent, outcome=Outcome.DONE))
        else:
            asked.append(intent)
    return asked


def _proves(fact: Fact, intent: Intent) -> bool:
    """What a capture of this payment came to; a decline may be that of an attempt before this one."""
    if fact.kind is FactKind.DECLINED and intent.attempt > 1:
        return fact.happened_at is not None and fact.happened_at >= intent.asked_at - CLOCKS_DIFFER_MAX
    return fact.kind in {FactKind.CAPTURED, FactKind.PENDING, FactKind.DECLINED}


def _begins_anew(before: PaymentState, standing: Standing) -> bool:
    """Something has just happened, so ask soon. A capture that is asked for again and again is no news."""
    still_unknown = {before, standing.state} <= IN_LIMBO
    return before is not standing.state and not standing.is_final and not still_unknown


def _refresh_order(tx: Tx, house: House, order: OrderRow, attempts: list[Attempt]) -> None:
    at = house.clock()
    standings = [attempt.standing for attempt in attempts]
    state = order_state(order.due, order.closed, standings)
    money_is_in = state in MONEY_IS_IN
    paid_at = order.paid_at or (at if money_is_in else None)
    if (state, paid_at) != (order.state, order.paid_at):
        orders.set_state(tx, order.id, state, paid_at)
        log.info("order moved", order=order.id, was=order.state, now=state)
    brought = [
        attempt.payment.id
        for attempt, standing in zip(attempts, standings, strict=True)
        if standing.captured.minor
    ]
    if state is OrderState.PAID_LATE:
        explanation = f"The money came after the order was {order.closed}. Fulfil it or give the money back."
        discrepancies.open_once(tx, brought[-1], "paid late", explanation, at=at)
    if state is OrderState.OVERPAID:
        explanation = (
            "More money came in for this order than was due, perhaps by two payments. Give back the rest."
        )
        discrepancies.open_once(tx, brought[-1], "order overpaid", explanation, at=at)
    if money_is_in:
        notice = Notice(f"receipt-{order.id}", NoticeKind.RECEIPT, order.id, at)
        if notices.add_once(tx, notice):
            house.enqueue(tx, notice.kind, notice.id)
