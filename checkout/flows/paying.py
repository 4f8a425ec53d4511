"""A customer pays: handed over to the processor, and back again, or never back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from checkout.domain.errors import (
    CheckoutError,
    NotFoundError,
    OrderClosedError,
    PaymentUnderWayError,
    ProcessorError,
    ProcessorRefusedError,
    ProcessorUnavailableError,
    Reaction,
    TooManyAttemptsError,
)
from checkout.domain.intents import Intent, Operation, Outcome
from checkout.domain.orders import CLOSED, OrderState
from checkout.domain.processor import Answer, Opening
from checkout.domain.standing import MAY_HOLD_MONEY, NO_MONEY_STATES, PaymentState, Standing
from checkout.domain.terms import Terms
from checkout.flows import capturing
from checkout.flows.asking import ask
from checkout.flows.ordering import Placed, Wish, place_in
from checkout.flows.settling import ASK_DELAYS, Attempt, attempts_of, refresh, settle
from checkout.logs import about_order
from checkout.store import halts, intents, orders, payments
from checkout.store.intents import Refusal
from checkout.store.payments import PaymentRow

if TYPE_CHECKING:
    from checkout.domain.orders import Line
    from checkout.domain.processor import Processor
    from checkout.flows.house import House
    from checkout.store.engine import Tx
    from checkout.store.orders import OrderRow

log = structlog.get_logger()

LINK_LIFE = timedelta(hours=2)
"""A link younger than this is handed out again unasked; PayPal's own limit is 3 hours."""


LANGUAGE = "en-GB"
"""What the processor's pages speak where the order does not say."""

UNDER_WAY = MAY_HOLD_MONEY | {PaymentState.APPROVED}
"""While a payment stands so, no other is begun for its order."""


@dataclass(frozen=True, slots=True)
class Way:
    """How to go on with an order: a link that stands, a payment to ask about first, or one to open."""

    link: str | None = None
    ask_first: str | None = None
    open_with: tuple[PaymentRow, Intent, OrderRow, tuple[Line, ...]] | None = None


def place(house: House, wish: Wish) -> tuple[Placed, Way | None]:
    """Place an order and begin its first payment in one transaction; `hand_over` goes on by the way it gives.

    No way is given where the form was used before, or no processor is set up. Raises what `ordering.place` does.
    """
    with house.store.begin() as tx:
        order, lines = place_in(tx, house, wish)
        way = _begin(tx, house, order, 1, lines) if lines and house.processors else None
    return Placed(order.id, order.token), way


def hand_over(house: House, order_token: str, way: Way | None = None) -> str:
    """Where to send the customer to pay: an absolute address at the processor.

    A payment that waits is resumed; a new one is opened only where every earlier one is known to be over
    without money. Raises OrderClosedError, PaymentUnderWayError, TooManyAttemptsError,
    ProcessorUnavailableError (nothing was taken; trying again is safe) or ProcessorRefusedError.
    """
    way = way or _choose_way(house, order_token)
    if way.ask_first is not None:
        ask(house, way.ask_first, learned_from="hand-over")
        way = _choose_way(house, order_token, asked=True)
    if way.link is not None:
        return way.link
    if way.open_with is None:
        raise NotFoundError("way to pay this order", order_token)
    return _open(house, *way.open_with)


def came_back(house: House, payment_token: str) -> str:
    """The customer is back from the processor: capture if they approved. Returns their order's token.

    The visit itself proves nothing. Whatever the processor does, the order's page tells how it stands.
    """
    payment, order_token = _by_token(house, payment_token)
    try:
        capturing.go_on(house, payment.id, by_customer=True)
    except CheckoutError as trouble:
        log.warning("a return could not be completed", payment=payment.id, why=str(trouble))
    return order_token


def left(house: House, payment_token: str) -> str:
    """The customer says that they cancelled at the processor. We ask, as for everything. Returns the order's token."""
    payment, order_token = _by_token(house, payment_token)
    try:
        if payment.ask_at is not None:
            ask(house, payment.id, learned_from="cancel visit", may_capture=False)
    except ProcessorError as silent:
        log.info("the processor could not be asked", payment=payment.id, why=str(silent))
    return order_token


def _by_token(house: House, payment_token: str) -> tuple[PaymentRow, str]:
    with house.store.read() as tx:
        payment = payments.by_token(tx, payment_token)
        order = orders.by_id(tx, payment.order_id) if payment else None
    if payment is None or order is None:
        raise NotFoundError("payment", payment_token)
    about_order(order.id)
    return payment, order.token


def _choose_way(house: House, order_token: str, *, asked: bool = False) -> Way:
    with house.store.begin() as tx:
        found = orders.by_token(tx, order_token)
        if found is None:
            raise NotFoundError("order", order_token)
        about_order(found.id)
        order = orders.lock(tx, found.id)
        _refuse_if_closed(order)
        attempts = attempts_of(tx, order.id)
        standings = [attempt.standing for attempt in attempts]
        for standing in standings:
            _refuse_if_under_way(order, standing)
        if attempts and (standings[-1].state not in NO_MONEY_STATES or standings[-1].retriable):
            return _resume(tx, house, order, attempts[-1], asked=asked)
        if len(attempts) >= house.shop.attempts_max:
            raise TooManyAttemptsError(order.id, len(attempts))
        return _begin(tx, house, order, len(attempts) + 1, _lines(tx, order))


def _refuse_if_closed(order: OrderRow) -> None:
    if order.state is not OrderState.AWAITING_PAYMENT or order.closed in CLOSED:
        raise OrderClosedError(order.id, order.state)


def _refuse_if_under_way(order: OrderRow, standing: Standing) -> None:
    if standing.state in UNDER_WAY:
        raise PaymentUnderWayError(order.id)


def _lines(tx: Tx, order: OrderRow) -> tuple[Line, ...]:
    return orders.lines(tx, order.id, order.due.currency)


def _resume(tx: Tx, house: House, order: OrderRow, attempt: Attempt, *, asked: bool) -> Way:
    payment = attempt.payment
    if payment.reference is not None and payment.hand_over_url is not None:
        if asked or payment.created_at + LINK_LIFE > house.clock():
            return Way(link=payment.hand_over_url)
        return Way(ask_first=payment.id)
    opening = next(one for one in attempt.asked if one.operation is Operation.OPEN)
    intents.ask_again(tx, payment.id, opening, house.clock())
    return Way(open_with=(payment, opening, order, _lines(tx, order)))


def _begin(tx: Tx, house: House, order: OrderRow, attempt: int, lines: tuple[Line, ...]) -> Way:
    """Intent before effect: the payment and the wish to open it are kept before the processor hears of it."""
    now = house.clock()
    processor = next(iter(house.processors.values()), None)
    if processor is None:
        message = "no payment processor is set up; see PAYPAL_ENVIRONMENT"
        raise ProcessorUnavailableError("This shop", "opening a payment", message)
    _refuse_if_halted(tx, processor)
    payment_id = f"{order.id}-{attempt}"
    payment = PaymentRow(
        id=payment_id,
        order_id=order.id,
        attempt=attempt,
        token=house.mint(32),
        processor=processor.name,
        terms=Terms(house.shop.name_of(payment_id), order.due, processor.payee, order.capture_later),
        created_at=now,
        ask_at=now + ASK_DELAYS[0],
    )
    payments.add(tx, payment)
    key = house.shop.key_of(payment_id, Operation.OPEN, 1)
    intent = Intent(Operation.OPEN, 1, key, Outcome.ASKED, now)
    intents.add(tx, payment.id, intent, order.due)
    return Way(open_with=(payment, intent, order, lines))


def _refuse_if_halted(tx: Tx, processor: Processor) -> None:
    """Something a person must look at first stands in the way of every new payment."""
    halted = halts.open_ones(tx, processor.name)
    if halted:
        log.error("no payment is opened: payments are halted", cause=halted[0].cause)
        raise ProcessorUnavailableError(processor.title, "opening a payment", halted[0].said)


def _open(house: House, payment: PaymentRow, intent: Intent, order: OrderRow, lines: tuple[Line, ...]) -> str:
    opening = Opening(
        names=payment.terms.names,
        invoice=payment.terms.names,
        amount=payment.terms.amount,
        key=intent.key,
        lines=lines,
        return_url=f"{house.shop.base_url}/return/{payment.token}",
        cancel_url=f"{house.shop.base_url}/left/{payment.token}",
        shop_name=house.shop.name,
        language=order.locale or LANGUAGE,
        capture_later=payment.terms.capture_later,
        shipping_minor=order.shipping_minor,
        tax_minor=order.tax_minor,
    )
    try:
        answer = house.processor(payment.processor).open_payment(opening)
    except ProcessorRefusedError as refused:
        log.error("the processor would not open a payment", payment=payment.id, why=str(refused))  # noqa: TRY400 -- no bug
        _keep_refusal(house, payment, intent, Refusal(refused.issue, refused.reaction, refused.debug_id))
        raise
    except ProcessorError as silent:
        with house.store.begin() as tx:
            intents.resolve(
                tx, payment.id, intent, Outcome.UNKNOWN, at=house.clock(), debug_id=silent.debug_id
            )
        raise
    return _keep_opening(house, payment, intent, answer)


def _keep_opening(house: House, payment: PaymentRow, intent: Intent, answer: Answer) -> str:
    """Keep what the processor opened; hand its link out only if it is exactly what we asked for."""
    with house.store.begin() as tx:
        standing = settle(tx, house, payment, answer.facts, learned_from="open")
        if standing.reference is not None:
            intents.resolve(tx, payment.id, intent, Outcome.DONE, at=house.clock(), debug_id=answer.debug_id)
        if standing.reference is not None and answer.hand_over_url is not None:
            payments.keep_hand_over(tx, payment.id, answer.hand_over_url)
            if standing.state is not PaymentState.FAILED:
                return answer.hand_over_url
    if standing.state in UNDER_WAY:
        raise PaymentUnderWayError(payment.order_id)
    refusal = Refusal("ANSWER_OF_ANOTHER_PAYMENT", Reaction.OUR_BUG, answer.debug_id)
    log.error("the processor opened something else than we asked for", payment=payment.id)
    _keep_refusal(house, payment, intent, refusal)
    raise ProcessorRefusedError(payment.processor, "open", refusal.issue, refusal.reaction, answer.debug_id)


def _keep_refusal(house: House, payment: PaymentRow, intent: Intent, refusal: Refusal) -> None:
    with house.store.begin() as tx:
        order = orders.lock(tx, payment.order_id)
        intents.refuse(tx, payment.id, intent, refusal, at=house.clock())
        refresh(tx, house, order, payment)
