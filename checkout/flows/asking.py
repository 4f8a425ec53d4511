"""Asking the processor: what is unknown is resolved by asking, and what is approved goes on to its capture."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from checkout.domain.errors import (
    CheckoutError,
    NotFoundError,
    ProcessorRefusedError,
    Reaction,
    StoreUnavailableError,
)
from checkout.domain.facts import FactKind
from checkout.domain.intents import UNRESOLVED, Operation
from checkout.domain.processor import Answer
from checkout.domain.standing import IN_LIMBO
from checkout.flows import answering, capturing, instructing
from checkout.flows.questions import NO_HINTS, Hints, inquire, is_whole
from checkout.flows.settling import ASK_DELAYS, refresh, settle
from checkout.store import intents, orders, payments

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from checkout.flows.house import House
    from checkout.store.engine import Tx
    from checkout.store.payments import PaymentRow

log = structlog.get_logger()

UNKNOWN_DELAYS = (*ASK_DELAYS[:3], timedelta(minutes=10), timedelta(hours=1))
"""Where money may have moved a customer waits: asked once more before a person is called, and hourly after."""

OPENING_LIFE = timedelta(hours=1)
"""An opening whose answer never came: nobody has its link, so nobody can pay it. PayPal's key lives 6 hours."""


def ask(
    house: House,
    payment_id: str,
    *,
    learned_from: str,
    may_capture: bool = True,
    approved_at: datetime | None = None,
    first: Callable[[Tx], None] | None = None,
    also: Callable[[Tx], None] | None = None,
    hints: Hints = NO_HINTS,
) -> bool:
    """Ask the processor about a payment, settle what it says, and go on to the capture where that is due.

    `approved_at` is when an event says that the customer approved, where one brought us here; `first` and `also`
    run in the transaction that settles the answer, before and after it. False where there is nothing to ask by
    yet, as the answer to the opening has not come; neither has run then. Raises ProcessorUnavailableError or
    ProcessorRefusedError where the processor cannot be asked; nothing is changed then.
    """
    payment = _known(house, payment_id)
    if payment.reference is None:
        _ask_unopened(house, payment)
        return False
    answer = inquire(house, payment, hints)
    with house.store.begin() as tx:
        if first is not None:
            first(tx)
        standing = settle(tx, house, payment, answer.facts, learned_from=learned_from)
        if also is not None:
            also(tx)
    if standing.has_open_asks:
        instructing.go_on(house, payment_id, shown_whole=is_whole(answer))
        answering.give_up_unshown(house, payment_id, answer.facts)
    if may_capture and not standing.is_final:
        capturing.go_on(
            house,
            payment_id,
            approved_at=_latest(answer, approved_at),
            asked_first=True,
            is_approved=_latest(answer, None) is not None,
        )
    return True


def sweep(house: House, *, limit: int, everything: bool = False) -> list[str]:
    """Take the payments whose time to be asked about has come (or all that are open) and return their ids.

    Each due one is handed to one caller only; the time of its next asking is set here, so a worker that dies
    loses nothing. A person who asks about everything does not put the schedule off.
    """
    now = house.clock()
    if everything:
        with house.store.read() as tx:
            return [payment.id for payment in payments.open_payments(tx)]
    with house.store.begin() as tx:
        due = payments.due_for_asking(tx, now, limit)
        for payment in due:
            payments.count_ask(tx, payment.id, now + _next_delay(payment))
    return [payment.id for payment in due]


def _next_delay(payment: PaymentRow) -> timedelta:
    """The next step of the schedule that its state wants; the last step repeats."""
    in_limbo = payment.state in IN_LIMBO
    delays = UNKNOWN_DELAYS if in_limbo else ASK_DELAYS
    return delays[min(payment.asks + 1, len(delays) - 1)]


def ask_quietly(house: House, payment_id: str) -> bool:
    """Ask on a schedule: trouble is logged and the schedule goes on. True where the processor answered.

    No trouble with one payment may keep the others of a sweep from being asked about. Raises
    StoreUnavailableError.
    """
    try:
        ask(house, payment_id, learned_from="sweep")
    except ProcessorRefusedError as refused:
        level = log.error if refused.reaction in {Reaction.OPERATOR, Reaction.OUR_BUG} else log.warning
        level("the processor refuses to be asked", payment=payment_id, why=str(refused))
    except StoreUnavailableError:
        raise
    except CheckoutError as silent:
        log.warning("the processor could not be asked", payment=payment_id, why=str(silent))
    except Exception:
        log.exception("a payment could not be asked about", payment=payment_id)
    else:
        return True
    _look_again(house, payment_id)
    return False


def _look_again(house: House, payment_id: str) -> None:
    """Though nobody answered, time has passed: what is unknown for too long must be seen."""
    payment = _known(house, payment_id)
    with house.store.begin() as tx:
        refresh(tx, house, orders.lock(tx, payment.order_id), payment)


def _known(house: House, payment_id: str) -> PaymentRow:
    with house.store.read() as tx:
        payment = payments.by_id(tx, payment_id)
    if payment is None:
        raise NotFoundError("payment", payment_id)
    return payment


def _ask_unopened(house: House, payment: PaymentRow) -> None:
    """A payment the processor may know, but not by a name we can ask for; nobody was sent to its link."""
    now = house.clock()
    with house.store.begin() as tx:
        order = orders.lock(tx, payment.order_id)
        for intent in intents.of_payment(tx, payment.id):
            stale = intent.operation is Operation.OPEN and intent.outcome in UNRESOLVED
            if stale and intent.last_asked_at + OPENING_LIFE < now:
                refusal = intents.Refusal("NEVER_OPENED", Reaction.START_AGAIN)
                intents.refuse(tx, payment.id, intent, refusal, at=now)
        refresh(tx, house, order, payment)


def _latest(answer: Answer, told: datetime | None) -> datetime | None:
    """When the customer last approved, by the answer or by an event; None where neither says."""
    times = [fact.happened_at for fact in answer.facts if fact.kind is FactKind.APPROVED]
    return max((time for time in [*times, told] if time is not None), default=None)
