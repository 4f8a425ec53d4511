"""THE DOOR: all facts enter here, and only here is a payment moved or the ledger written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import structlog

from checkout.domain.differences import MAY_END, OF_ONE_MOVEMENT, OF_SUMS, occasions
from checkout.domain.facts import Fact
from checkout.domain.intents import UNRESOLVED, Intent, Operation
from checkout.domain.orders import OrderState, order_state
from checkout.domain.postings import postings
from checkout.domain.standing import IN_LIMBO, PaymentState, Standing, fold
from checkout.domain.tellings import Ordered
from checkout.flows import mailing
from checkout.flows.explaining import explanation
from checkout.flows.proving import resolve_proven
from checkout.flows.telling import heal_gone, open_once, resolve, tell_of_order, tell_of_payment
from checkout.store import disputes, facts, intents, orders, payments
from checkout.store.discrepancies import Found, of_payment_found
from checkout.store.facts import Holder

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
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

OPEN_ASK_DELAY = timedelta(seconds=50)
"""Just longer than a call may last: by then whoever asked is gone."""
OPEN_ASK_DELAY_LATER = timedelta(minutes=10)

MONEY_IS_IN = frozenset({OrderState.PAID, OrderState.OVERPAID, OrderState.PAID_LATE})

UNKNOWN_MAX = timedelta(minutes=15)
UNKNOWN_TOO_LONG = "unknown too long"
CONTRADICTION = "contradiction"
ORDER_OVERPAID = "order overpaid"


def settle(tx: Tx, house: House, payment: PaymentRow, told: Iterable[Fact], *, learned_from: str) -> Standing:
    """Let facts in: keep what is new, write its ledger lines, and bring payment and order up to date.

    Whoever tells a fact, and however often, it is kept and booked once. Holds the order's lock from here to
    the end of the transaction.
    """
    at = house.clock()
    order = orders.lock(tx, payment.order_id)
    known: dict[str, PaymentRow | None] = {}
    news: list[Fact] = []
    for fact in told:
        if fact.reference not in known:
            known[fact.reference] = payments.by_reference(tx, payment.processor, fact.reference)
        named = known[fact.reference]
        if named is None or named.id == payment.id:
            if _let_in(tx, house, payment, fact, at=at, learned_from=learned_from):
                news.append(fact)
        else:
            why = f"{fact.reference} is already the reference of payment {named.id}."
            _contradiction(tx, house, payment, why)
    standing = refresh(tx, house, order, payment, news)
    mailing.tell_returns(tx, house, payment, standing, news)
    return standing


def settle_account(
    tx: Tx, house: House, processor: str, told: Iterable[Fact], *, learned_from: str
) -> list[Fact]:
    """Let facts in that are about our account and no payment of ours; returns those that were new."""
    at, holder, new = house.clock(), Holder(processor), []
    for fact in told:
        fact_id = facts.add(tx, holder, fact, at=at, learned_from=learned_from)
        if fact_id is not None:
            facts.post(tx, holder, (fact_id, fact.key), postings(fact, None), at=at)
            log.info("fact learned", kind=fact.kind, subject=fact.subject, learned_from=learned_from)
            new.append(fact)
    return new


def refresh(
    tx: Tx, house: House, order: OrderRow, payment: PaymentRow, news: Sequence[Fact] = ()
) -> Standing:
    """Fold again, keep what it says, and tell the shop. The caller holds the order's lock."""
    at = house.clock()
    attempts = attempts_of(tx, order.id)
    before = next(one for one in attempts if one.payment.id == payment.id)
    asked = resolve_proven(tx, payment.id, payment.terms, before.told, before.asked, at)
    now = replace(before, asked=asked)
    standing = now.standing
    _keep(tx, before.payment, standing, at)
    _show_differences(tx, house, now, standing)
    for dispute in standing.disputes:
        disputes.keep(tx, payment.processor, payment.id, dispute)
    _watch_unknown(tx, house, before, now)
    attempts = [now if one is before else one for one in attempts]
    became = _ordered(order, attempts)
    tell_of_payment(tx, house, before.payment, standing, became, told=now.told, asked=asked, news=news)
    _refresh_order(tx, house, order, became, attempts, news)
    mailing.tell_refused_review(tx, house, before.payment.state, attempts, payment.id)
    return standing


@dataclass(frozen=True)
class Attempt:
    """One payment of an order, with all that is known of it; whoever learns more makes another."""

    payment: PaymentRow
    told: list[Fact]
    asked: list[Intent]

    @cached_property
    def standing(self) -> Standing:
        """Where it stands. Folded once: books, order, notices and mails ask for it one after the other."""
        return fold(self.payment.terms, self.told, self.asked)


def attempts_of(tx: Tx, order_id: str) -> list[Attempt]:
    """Each attempt to pay an order, first to last, read at once."""
    told, asked = facts.of_order(tx, order_id), intents.of_order(tx, order_id)
    return [
        Attempt(payment, told.get(payment.id, []), asked.get(payment.id, []))
        for payment in payments.of_order(tx, order_id)
    ]


def attempts_of_orders(tx: Tx, order_ids: Iterable[str]) -> dict[str, list[Attempt]]:
    """The same for some orders at once, by the order's number."""
    found: dict[str, list[Attempt]] = {}
    rows = payments.of_orders(tx, order_ids)
    ids = [one.id for one in rows]
    told, asked = facts.of_payments(tx, ids), intents.of_payments(tx, ids)
    for one in rows:
        found.setdefault(one.order_id, []).append(Attempt(one, told.get(one.id, []), asked.get(one.id, [])))
    return found


def _keep(tx: Tx, before: PaymentRow, standing: Standing, at: datetime) -> None:
    """Keep the standing, and when to ask next: soon after news, else as the schedule has it."""
    if _begins_anew(before.state, standing):
        ask_at, asks = at + ASK_DELAYS[0], 0
    else:
        ask_at, asks = before.ask_at or at + ASK_DELAYS[0], before.asks
    if standing.has_open_asks:
        # Money may have moved, and somebody waits to hear it: long silence elsewhere must not put it off.
        ask_at = min(ask_at, at + (OPEN_ASK_DELAY if asks < len(ASK_DELAYS) else OPEN_ASK_DELAY_LATER))
    payments.keep_standing(tx, before.id, standing, ask_at=None if standing.is_final else ask_at, asks=asks)
    if before.state is not standing.state:
        moved = {"was": before.state, "now": standing.state, "reason": standing.reason}
        log.info("payment moved", payment=before.id, **moved)


def _show_differences(tx: Tx, house: House, attempt: Attempt, standing: Standing) -> None:
    """Open what differs, once for each occasion; of sums only the newest stands, while it is one."""
    payment = attempt.payment
    found = [
        of_payment_found(
            payment.processor,
            payment.id,
            difference,
            explanation(difference, standing),
            occasion=occasion,
            subject=occasion if difference in OF_ONE_MOVEMENT else None,
        )
        for difference in sorted(standing.differences)
        for occasion in occasions(difference, payment.terms, attempt.told)
    ]
    for one in found:
        open_once(tx, house, one, unless_decided=one.kind in OF_SUMS)
    if standing.returns or OF_SUMS & standing.differences:
        heal_gone(tx, house, [payment.id], MAY_END, {one.key for one in found})


def _let_in(
    tx: Tx, house: House, payment: PaymentRow, fact: Fact, *, at: datetime, learned_from: str
) -> bool:
    """Keep and book a fact; False where it was known."""
    holder = Holder(payment.processor, payment.id)
    fact_id = facts.add(tx, holder, fact, at=at, learned_from=learned_from)
    if fact_id is not None:
        facts.post(tx, holder, (fact_id, fact.key), postings(fact, payment.terms), at=at)
        log.info(
            "fact learned",
            payment=payment.id,
            kind=fact.kind,
            subject=fact.subject,
            learned_from=learned_from,
        )
        return True
    known = facts.known(tx, payment.processor, fact.key)
    if known is not None and _contradicts(payment, known, fact):
        _contradiction(tx, house, payment, f"Told twice in two ways: {fact.key}. The first telling stands.")
    return False


def _contradicts(payment: PaymentRow, known: tuple[str | None, Fact], fact: Fact) -> bool:
    """What one telling leaves out, another may say; only two different words contradict each other."""
    told_of, first = known
    pairs = (
        (first.amount, fact.amount),
        (first.payee, fact.payee),
        (first.names, fact.names),
        (first.into, fact.into),
    )
    return told_of != payment.id or any(None not in pair and pair[0] != pair[1] for pair in pairs)


def _contradiction(tx: Tx, house: House, payment: PaymentRow, why: str) -> None:
    log.error("the processor contradicts itself", payment=payment.id, explanation=why)
    found = of_payment_found(payment.processor, payment.id, CONTRADICTION, why)
    open_once(tx, house, found)


def _watch_unknown(tx: Tx, house: House, before: Attempt, attempt: Attempt) -> None:
    """Money in limbo for too long is shown to a person, until the processor says what became of it."""
    payment, open_asks = attempt.payment, _open_asks(attempt)
    if not open_asks and attempt.standing.state not in IN_LIMBO:
        if payment.state in IN_LIMBO or _open_asks(before) or any(one.repeated_at for one in attempt.asked):
            answered = f"The processor answered: {attempt.standing.state}."
            key = f"{payment.id}:{UNKNOWN_TOO_LONG}"
            resolve(tx, house, payment.processor, key, answered)
        return
    since = min((one.asked_at for one in open_asks), default=None) or _last_asked(attempt)
    if since is not None and since + UNKNOWN_MAX <= house.clock():
        names = " and ".join(sorted({one.operation for one in open_asks})) or Operation.CAPTURE
        said = (
            f"The outcome of what was asked for at {since:%Y-%m-%d %H:%M} UTC ({names}) is still not known."
            " Sweeps ask on. Look at the processor's own pages before you do anything by hand."
        )
        found = of_payment_found(payment.processor, payment.id, UNKNOWN_TOO_LONG, said)
        if open_once(tx, house, found, again=True):
            log.error("an outcome is unknown for too long", payment=payment.id, operations=names)


def _open_asks(attempt: Attempt) -> list[Intent]:
    """What was asked for and may have moved money: everything but the opening, which moves none."""
    return [one for one in attempt.asked if one.outcome in UNRESOLVED and one.operation is not Operation.OPEN]


def _last_asked(attempt: Attempt) -> datetime | None:
    asked = [one.asked_at for one in attempt.asked if one.operation is not Operation.OPEN]
    return asked[-1] if asked else None


def _begins_anew(before: PaymentState, standing: Standing) -> bool:
    """Something has just happened, so ask soon. A capture that is asked for again and again is no news."""
    still_unknown = {before, standing.state} <= IN_LIMBO
    return before is not standing.state and not standing.is_final and not still_unknown


def _ordered(order: OrderRow, attempts: Iterable[Attempt]) -> Ordered:
    """What an order has become by its attempts."""
    standings = [attempt.standing for attempt in attempts]
    state = order_state(order.due, order.closed, standings)
    return Ordered(order.id, order.due, state, order.shop_reference, standings)


def _refresh_order(
    tx: Tx, house: House, order: OrderRow, became: Ordered, attempts: list[Attempt], news: Sequence[Fact]
) -> None:
    at, state, standings = house.clock(), became.state, became.standings
    money_is_in = state in MONEY_IS_IN
    paid_at = order.paid_at or (at if money_is_in else None)
    if (state, paid_at) != (order.state, order.paid_at):
        orders.set_state(tx, order.id, state, paid_at)
        log.info("order moved", order=order.id, was=order.state, now=state)
    tell_of_order(tx, house, order.state, became, news=news)
    brought = [
        attempt.payment.id
        for attempt, standing in zip(attempts, standings, strict=True)
        if standing.captured.minor
    ]
    if state is OrderState.PAID_LATE:
        said = f"The money came after the order was {order.closed}. Fulfil it or give the money back."
        open_once(tx, house, _of(attempts, brought[-1], "paid late", said))
    if OrderState.OVERPAID in {state, order.state}:
        still = set()
        if state is OrderState.OVERPAID:
            said = (
                "More money came in for this order than was due, perhaps by two payments. Give back the rest."
            )
            # By what came in, not by what is kept: a part that goes back is no new occasion.
            came = str(sum(standing.captured.minor for standing in standings))
            found = _of(attempts, brought[-1], ORDER_OVERPAID, said, came)
            open_once(tx, house, found, unless_decided=True)
            still.add(found.key)
        ids = [attempt.payment.id for attempt in attempts]
        heal_gone(tx, house, ids, {ORDER_OVERPAID}, still)
    if money_is_in:
        mailing.tell_paid(tx, house, order.id)


def _of(attempts: list[Attempt], payment_id: str, kind: str, said: str, occasion: str = "") -> Found:
    processor = next(one.payment.processor for one in attempts if one.payment.id == payment_id)
    return of_payment_found(processor, payment_id, kind, said, occasion=occasion)
