"""Giving money back: never more than is left, once for each request, and by two people above a set amount."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from checkout.domain.cards import holds_card_number
from checkout.domain.errors import BadInputError, CardNumberError, NotFoundError
from checkout.domain.intents import Intent, Operation, Outcome, name_of_attempt, next_named_attempt
from checkout.domain.money import Money
from checkout.domain.refund_errors import (
    AskedJustNowError,
    DisputedError,
    LeftChangedError,
    MoreThanIsLeftError,
    NothingToRefundError,
    NotWaitingError,
    OtherCurrencyError,
    OtherRequestError,
    SamePersonError,
    TooOldToRefundError,
)
from checkout.domain.refundable import REFUND_LIFE, Left, lefts
from checkout.domain.sent_back import Return, returns
from checkout.flows import keys
from checkout.flows.instructing import carry_out
from checkout.flows.settling import Attempt, attempts_of, refresh
from checkout.store import audit, facts, intents, orders, payments
from checkout.store.audit import Deed

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from checkout.domain.actors import Actor
    from checkout.domain.facts import Fact
    from checkout.flows.house import House
    from checkout.store.engine import Tx
    from checkout.store.payments import PaymentRow

log = structlog.get_logger()

NOTE_MAX = 255
WHO_MAX = 60
REQUEST_MAX = 80
JUST_NOW = timedelta(minutes=10)
"""Within so long a worried operator repeats what they believe was not done."""


@dataclass(frozen=True, slots=True)
class RefundWish:
    """What somebody wants to give back. `amount` None is all that is left; `capture` chooses one of several.

    `request` is the caller's own key: the same again is the same refund, however often it is sent. `note` is
    shown to the customer by the processor. `shown` is what was left when whoever wishes it looked: where it is
    not so any more, nothing is sent. `actor` is kept in the audit, with `reason`. Without `again` nothing is
    sent where the same amount was asked for just now.
    """

    payment_id: str
    amount: Money | None
    by: str
    note: str = ""
    capture: str | None = None
    request: str | None = None
    shown: Money | None = None
    actor: Actor | None = None
    reason: str = ""
    again: bool = True


@dataclass(frozen=True, slots=True)
class Refund:
    """One refund as it stands. `name` is ours; `id` the processor's, once it has told it."""

    name: str
    payment_id: str
    capture: str
    amount: Money
    outcome: Outcome
    arrived: str | None
    """How far its money has come: pending, completed, failed, cancelled; None where nothing is told."""
    id: str | None
    issue: str | None
    wished_by: str | None
    agreed_by: str | None
    asked_at: datetime
    attempt: int


def ask_refund(house: House, wish: RefundWish) -> list[Refund]:
    """Give money back: one refund for each capture it is taken of, most often one.

    Each is reserved before the processor is asked, so that parallel requests never exceed what is left.
    Above the shop's limit it waits for a second person. Raises RefundImpossibleError (nothing was asked for);
    an answer that never came is no error: the refund is `unknown`, and asked about until it is known.
    """
    _check(wish)
    with house.store.begin() as tx:
        payment = _known(tx, wish.payment_id)
        orders.lock(tx, payment.order_id)
        attempt = _attempt(tx, payment)
        made = [one for one in attempt.asked if wish.request and one.request == wish.request]
        is_new = not made
        if is_new:
            made = _reserve(tx, house, attempt, wish)
        else:
            _refuse_other(wish, made, attempt)
    for intent in made:
        # A request that is sent again asks for nothing: sweeps carry on with what is unknown.
        if is_new and intent.outcome is Outcome.ASKED:
            carry_out(house, payment, intent)
    return refunds_of(house, payment.id, [intent.attempt for intent in made])


def approve(house: House, name: str, *, by: str, actor: Actor | None = None) -> Refund:
    """A second person agrees, and the processor is asked. Raises SamePersonError or NotWaitingError.

    The second person is neither who wished for it nor, where a program did, who made its key.
    """
    _check_name(by)
    payment, intent = _waiting(house, name)
    now = house.clock()
    with house.store.begin() as tx:
        if same := same_person(tx, intent.wished_by or "", intent.asked_at, by):
            raise same
        order = orders.lock(tx, payment.order_id)
        _refuse_impossible(_attempt(tx, payment), intent.subject, now)
        if not intents.decide(tx, payment.id, intent, Outcome.ASKED, who=by, at=now):
            raise NotWaitingError(name, "decided already")
        _keep_deed(tx, actor, "approved refund", intent, "", now)
        refresh(tx, house, order, payment)
        agreed = next(one for one in intents.of_payment(tx, payment.id) if one.key == intent.key)
    log.info("refund approved", payment=payment.id, refund=name)
    carry_out(house, payment, agreed)
    return refunds_of(house, payment.id, [intent.attempt])[0]


def same_person(tx: Tx, wished_by: str, asked_at: datetime, by: str) -> SamePersonError | None:
    """Why somebody cannot be the second person for what was wished; None where they can."""
    if _same_name(wished_by, by):
        return SamePersonError(by)
    if any(_same_name(maker, by) for maker in keys.makers_behind(tx, wished_by, asked_at)):
        return SamePersonError(by, by_a_key=True)
    return None


def withdraw(house: House, name: str, *, by: str, actor: Actor | None = None) -> Refund:
    """Give a refund up that waits for a second person; its amount is free again."""
    _check_name(by)
    payment, intent = _waiting(house, name)
    now = house.clock()
    with house.store.begin() as tx:
        order = orders.lock(tx, payment.order_id)
        if not intents.decide(tx, payment.id, intent, Outcome.WITHDRAWN, who=by, at=now):
            raise NotWaitingError(name, "decided already")
        _keep_deed(tx, actor, "withdrew refund", intent, "", now)
        refresh(tx, house, order, payment)
    return refunds_of(house, payment.id, [intent.attempt])[0]


def refund_named(house: House, name: str) -> Refund:
    """One refund by our name of it, or NotFoundError."""
    with house.store.read() as tx:
        found = intents.by_invoice(tx, name)
    if found is None or found[1].operation is not Operation.REFUND:
        raise NotFoundError("refund", name)
    return refunds_of(house, found[0], [found[1].attempt])[0]


def left_of(house: House, payment_id: str) -> list[Left]:
    """What may still be given back of each capture of a payment."""
    with house.store.read() as tx:
        attempt = _attempt(tx, _known(tx, payment_id))
    return lefts(attempt.payment.terms, attempt.told, attempt.asked)


def refunds_of(house: House, payment_id: str, attempts: list[int] | None = None) -> list[Refund]:
    """The refunds that were asked for, or those of some attempts, oldest first."""
    with house.store.read() as tx:
        payment = _known(tx, payment_id)
        told, asked = facts.of_payment(tx, payment_id), intents.of_payment(tx, payment_id)
    return [one for one in _refunds(payment, told, asked) if not attempts or one.attempt in attempts]


def refunds_of_payments(house: House, payment_ids: Collection[str]) -> list[Refund]:
    """The refunds that were asked for of some payments, with as many questions as for one."""
    with house.store.read() as tx:
        known = payments.by_ids(tx, payment_ids)
        told, asked = facts.of_payments(tx, payment_ids), intents.of_payments(tx, payment_ids)
    found = []
    for name, payment in known.items():
        found += _refunds(payment, told.get(name, []), asked.get(name, []))
    return found


def _refunds(payment: PaymentRow, told: Sequence[Fact], asked: Sequence[Intent]) -> list[Refund]:
    currency = payment.terms.amount.currency
    arrived = {str(one.invoice): one for one in returns(told, currency) if one.invoice}
    found = []
    for intent in asked:
        if intent.operation is not Operation.REFUND:
            continue
        return_ = arrived.get(str(intent.invoice))
        found.append(
            Refund(
                name=str(intent.invoice),
                payment_id=payment.id,
                capture=str(intent.subject),
                amount=Money(intent.amount_minor, currency),
                outcome=intent.outcome,
                arrived=return_.state if return_ else None,
                id=return_.subject if return_ else intent.result,
                issue=intent.issue,
                wished_by=intent.wished_by,
                agreed_by=intent.agreed_by,
                asked_at=intent.asked_at,
                attempt=intent.attempt,
            )
        )
    return found


def refunds_elsewhere(house: House, payment_id: str) -> list[Return]:
    """The refunds of a payment that nobody asked for here, such as those made on the processor's own pages."""
    with house.store.read() as tx:
        payment = _known(tx, payment_id)
        told, asked = facts.of_payment(tx, payment_id), intents.of_payment(tx, payment_id)
    ours = {one.invoice for one in asked} | {one.result for one in asked}
    known = returns(told, payment.terms.amount.currency)
    return [one for one in known if not one.is_reversal and not {one.invoice, one.subject} & (ours - {None})]


def _check(wish: RefundWish) -> None:
    _check_name(wish.by)
    if wish.amount is not None and wish.amount.minor <= 0:
        message = f"A refund must be of more than nothing, not {wish.amount}."
        raise BadInputError(message)
    if len(wish.note) > NOTE_MAX or len(wish.request or "") > REQUEST_MAX:
        message = f"A note has at most {NOTE_MAX} characters, a request's key {REQUEST_MAX}."
        raise BadInputError(message)
    if holds_card_number(wish.note, label="note"):
        raise CardNumberError("note")


def _check_name(by: str) -> None:
    if not by.strip() or len(by) > WHO_MAX:
        message = f"Say who does this: a name of at most {WHO_MAX} characters."
        raise BadInputError(message)


def _same_name(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def _known(tx: Tx, payment_id: str) -> PaymentRow:
    payment = payments.by_id(tx, payment_id)
    if payment is None:
        raise NotFoundError("payment", payment_id)
    return payment


def _attempt(tx: Tx, payment: PaymentRow) -> Attempt:
    return next(one for one in attempts_of(tx, payment.order_id) if one.payment.id == payment.id)


def _refuse_other(wish: RefundWish, made: list[Intent], attempt: Attempt) -> None:
    currency = attempt.payment.terms.amount.currency
    same = wish.amount is None or wish.amount == Money(sum(one.amount_minor for one in made), currency)
    if not same or any(one.operation is not Operation.REFUND for one in made):
        raise OtherRequestError(str(wish.request))


def _reserve(tx: Tx, house: House, attempt: Attempt, wish: RefundWish) -> list[Intent]:
    """Intents for what is wished, in one transaction with the look at what is left."""
    payment, now = attempt.payment, house.clock()
    _refuse_impossible(attempt, wish.capture, now)
    known = lefts(payment.terms, attempt.told, attempt.asked)
    chosen = [one for one in known if wish.capture in {None, one.capture} and not one.too_old(now)]
    currency = payment.terms.amount.currency
    left = Money(sum(one.left.minor for one in chosen), currency)
    if wish.shown is not None and wish.shown != left:
        raise LeftChangedError(payment.id, wish.shown, left)
    if wish.amount is not None and not wish.again:
        _refuse_just_asked(attempt, wish.amount, now)
    amount = wish.amount or left
    if amount.currency != currency:
        raise OtherCurrencyError(payment.id, amount, left)
    if amount.minor > left.minor or amount.minor == 0:
        raise MoreThanIsLeftError(payment.id, wish.amount, left, _why(chosen))
    alone = amount + Money(_sent_by_one_person(attempt), currency)
    outcome = Outcome.TO_APPROVE if needs_second_person(house, alone) else Outcome.ASKED
    number = next_named_attempt(attempt.asked, attempt.told, payment.terms.names, Operation.REFUND)
    made, rest = [], amount.minor
    for one in chosen:
        part = min(rest, one.left.minor)
        if part == 0:
            continue
        house.processor(payment.processor).check_amount(Money(part, currency))
        intent = Intent(
            Operation.REFUND,
            number,
            house.shop.key_of(payment.id, Operation.REFUND, number),
            outcome,
            now,
            amount_minor=part,
            subject=one.capture,
            invoice=name_of_attempt(payment.terms.names, Operation.REFUND, number),
            wished_by=wish.by,
            note=wish.note or None,
            request=wish.request,
        )
        intents.add(tx, payment.id, intent, Money(part, currency))
        made.append(intent)
        number, rest = number + 1, rest - part
    _keep_deed(tx, wish.actor, "asked for refund", made[0], f"{amount} {wish.reason}", now)
    refresh(tx, house, orders.lock(tx, payment.order_id), payment)
    log.info("refund reserved", payment=payment.id, amount=str(amount), outcome=outcome)
    return made


def _refuse_just_asked(attempt: Attempt, amount: Money, now: datetime) -> None:
    """One wish may be several refunds, of several captures: those bear one time."""
    lately: dict[datetime, list[Intent]] = {}
    for one in attempt.asked:
        is_gone = one.outcome in {Outcome.REFUSED, Outcome.WITHDRAWN}
        if one.operation is Operation.REFUND and one.asked_at >= now - JUST_NOW and not is_gone:
            lately.setdefault(one.asked_at, []).append(one)
    for asked_at, made in lately.items():
        if sum(one.amount_minor for one in made) == amount.minor:
            raise AskedJustNowError(str(made[0].invoice), amount, asked_at, made[0].outcome)


def _keep_deed(tx: Tx, actor: Actor | None, did: str, intent: Intent, said: str, at: datetime) -> None:
    """What somebody did is kept with what it did."""
    if actor is not None:
        audit.add(tx, actor, Deed(did, "refund", intent.invoice, said.strip() or None), at)


def _sent_by_one_person(attempt: Attempt) -> int:
    """What was asked for before without a second person, so that nobody gives in parts what they may not at once."""
    return sum(
        one.amount_minor
        for one in attempt.asked
        if one.operation is Operation.REFUND
        and one.agreed_by is None
        and one.outcome not in {Outcome.REFUSED, Outcome.WITHDRAWN, Outcome.TO_APPROVE}
    )


def needs_second_person(house: House, amount: Money) -> bool:
    """True where the shop wants two people for an amount; a currency without a limit always does."""
    limits = house.shop.approval_above
    return bool(limits) and amount.minor > limits.get(amount.currency, -1)


def _refuse_impossible(attempt: Attempt, capture: str | None, now: datetime) -> None:
    payment, standing = attempt.payment, attempt.standing
    known = [
        one for one in lefts(payment.terms, attempt.told, attempt.asked) if capture in {None, one.capture}
    ]
    if not known:
        raise NothingToRefundError(payment.id, standing.state)
    captures = {one.capture for one in known}
    disputed = [one.id for one in standing.disputes if one.is_open and one.capture in {None, *captures}]
    if disputed:
        raise DisputedError(payment.id, disputed)
    if all(one.too_old(now) for one in known):
        oldest = min(str(one.captured_at) for one in known)
        taken = next(one.captured_at for one in known if str(one.captured_at) == oldest)
        assert taken is not None  # noqa: S101 -- too old only with a time
        raise TooOldToRefundError(payment.id, taken, REFUND_LIFE.days)


def _why(known: list[Left]) -> str:
    """What became of the rest, in the words of the sum."""
    names = {"captured": "captured", "sent_back": "sent back", "reserved": "reserved", "disputed": "disputed"}
    sums = {field: sum(getattr(one, field).minor for one in known) for field in names}
    currency = known[0].captured.currency
    told = [f"{Money(minor, currency)} {names[field]}" for field, minor in sums.items() if minor]
    return ", ".join(told)


def _waiting(house: House, name: str) -> tuple[PaymentRow, Intent]:
    with house.store.read() as tx:
        found = intents.by_invoice(tx, name)
        payment = payments.by_id(tx, found[0]) if found else None
    if found is None or payment is None:
        raise NotFoundError("refund", name)
    if found[1].outcome is not Outcome.TO_APPROVE:
        raise NotWaitingError(name, found[1].outcome)
    return payment, found[1]
