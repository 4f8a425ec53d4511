"""What must always be true of money, looked at on a schedule; what is not is loud, and stops new captures."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from checkout.domain.cards import holds_card_number
from checkout.domain.differences import Difference
from checkout.domain.intents import UNRESOLVED, Operation, Outcome
from checkout.domain.orders import OrderState, order_state
from checkout.flows.noticing import give_notice
from checkout.flows.settling import UNKNOWN_MAX, Attempt, attempts_of
from checkout.store import (
    chain,
    discrepancies,
    disputes,
    halts,
    ledger,
    mailboxes,
    notices,
    orders,
    watermarks,
)
from checkout.store.every_text import every_text
from checkout.store.halts import Stops
from checkout.store.mailboxes import MessageState
from checkout.store.notices import Notice, NoticeKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from checkout.flows.house import House
    from checkout.store.engine import Tx
    from checkout.store.orders import OrderRow

log = structlog.get_logger()

ORDERS_AT_ONCE = 500
FOUND_MAX = 200
"""Violations that are told of one run; whoever has more has one cause for all."""

OVERDUE = timedelta(hours=1)
"""So late may a loop be before its work counts as forgotten."""

NOTICE_LIFE = timedelta(days=1)
LOOKED_BACK = timedelta(minutes=10)
WHOLE_EVERY = timedelta(days=1)
LAST_RUN = "invariants"
LAST_WHOLE_RUN = "invariants of everything"
CAUSE = "invariant violated"
BY = "the check of invariants"


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is not as it must be. `number` is DESIGN.md's, §7; `about` an order, a line, a message.

    `order_id` is the order to look at again, None where it is the books.
    """

    number: int
    about: str
    said: str
    order_id: str | None = None

    @property
    def stops_captures(self) -> bool:
        """Where the books or the sums are wrong, no more money is taken until somebody has looked."""
        return self.number in {1, 2, 3, 4}

    @property
    def same(self) -> str:
        """What stays the same as long as it lasts. Both sums grow with each payment, their difference does not."""
        said = _SUMS.sub(lambda sums: f"differ by {int(sums[1]) - int(sums[2])}", self.said)
        return f"{self.number} {self.about}: {said}"


_SUMS = re.compile(r"debits (\d+) and credits (\d+) differ")


def check(house: House, *, since: datetime | None = None) -> list[Violation]:
    """Every violation there is, at most FOUND_MAX; `since` looks only at orders with news from then on."""
    found: list[Violation] = []
    for violation in _all(house, since):
        found.append(violation)
        if len(found) >= FOUND_MAX:
            break
    return found


def watch_invariants(house: House) -> int:
    """Check on a schedule; nothing is left to be done at once, whatever was found."""
    check_on_schedule(house)
    return 0


def check_on_schedule(house: House) -> list[Violation]:
    """The same of what is new since the last time, and of everything once a day, but for what was acknowledged.

    A violation that is still there at a second look halts captures and tells the operator once. A look at
    everything that finds none of that kind ends the halt. A person who ends it acknowledges what it was about,
    and no more; so everything is looked at again soon after, lest something else came up while it stood.
    """
    now = house.clock()
    with house.store.read() as tx:
        last, whole = watermarks.at(tx, LAST_RUN), watermarks.at(tx, LAST_WHOLE_RUN)
        everything = whole is None or whole + WHOLE_EVERY <= now or halts.ended_since(tx, CAUSE, whole)
        acknowledged = halts.acknowledged(tx)
    since = None if everything or last is None else last - LOOKED_BACK
    seen = _unacknowledged(house, since, acknowledged)
    found = _confirmed(house, seen, whole=since is None)
    for one in found:
        log.error("an invariant is violated", number=one.number, about=one.about, said=one.said)
    with house.store.begin() as tx:
        acknowledged = halts.acknowledged(tx)  # again: somebody may have ended the halt while we looked
        grave = [one for one in found if one.stops_captures and halts.digest(one.same) not in acknowledged]
        watermarks.put(tx, LAST_RUN, now, f"{len(found)} violations")
        if since is None:
            watermarks.put(tx, LAST_WHOLE_RUN, now)
        if grave:
            _halt(tx, house, grave, now)
        elif since is None and len(seen) < FOUND_MAX:  # with so many it was not looked at everything
            _end_halts(tx, now)
    return found


def _unacknowledged(house: House, since: datetime | None, acknowledged: frozenset[str]) -> list[Violation]:
    """Those that nobody has looked at yet; the others take no place among FOUND_MAX, so they hide none."""
    found: list[Violation] = []
    known = 0
    for violation in _all(house, since):
        if halts.digest(violation.same) in acknowledged:
            known += 1
            continue
        found.append(violation)
        if len(found) >= FOUND_MAX:
            break
    if known:
        log.warning("invariants are violated as somebody acknowledged", violations=known)
    return found


def _confirmed(house: House, found: list[Violation], *, whole: bool) -> list[Violation]:
    """Without those that would stop captures and are not there any more at a second look, a moment later."""
    grave = [one for one in found if one.stops_captures]
    if not grave:
        return found
    wanted, again = {one.same for one in grave}, set[str]()
    with house.store.snapshot() as tx:
        if any(one.order_id is None for one in grave):
            again.update(one.same for one in _books(tx, whole=whole) if one.same in wanted)
        for order_id in {one.order_id for one in grave if one.order_id is not None}:
            looked = _order(tx, order_id, house.clock())
            again.update(one.same for one in looked if one.same in wanted)
    for one in grave:
        if one.same not in again:
            log.warning("a violation was gone at the second look", number=one.number, about=one.about)
    return [one for one in found if not one.stops_captures or one.same in again]


def _halt(tx: Tx, house: House, grave: list[Violation], now: datetime) -> None:
    said = f"{grave[0].about}: {grave[0].said}. See all: checkout invariants."
    about = [one.same for one in grave]
    if halts.begin(tx, "*", Stops.CAPTURES, CAUSE, said, at=now, about=about):
        notice = Notice(f"invariants-{now:%Y%m%dT%H%M%S}", NoticeKind.ALARM, None, now, about=CAUSE)
        give_notice(tx, house, notice)


def _end_halts(tx: Tx, now: datetime) -> None:
    """Go on again; not where a halt began while we looked, for whoever began it saw what we may not have."""
    for halt in halts.open_ones(tx):
        ours = halt.processor == "*" and halt.cause == CAUSE and halt.since <= now
        if ours and halts.end_one(tx, halt.id, at=now, by=BY):
            log.warning("a halt was ended: nothing that stops captures is violated any more", halt=halt.id)


def _all(house: House, since: datetime | None) -> Iterator[Violation]:
    with house.store.snapshot() as tx:
        yield from _books(tx, whole=since is None)
    for order_ids in _batches(house, since):
        with house.store.snapshot() as tx:
            for order_id in order_ids:
                yield from _order(tx, order_id, house.clock())
    with house.store.read() as tx:
        yield from _inbox(tx, house.clock())
        yield from _deadlines(tx, house.clock())
        yield from _unsent(tx, house.clock())
    if since is None:
        with house.store.read() as tx:
            yield from _card_numbers(tx)


def _books(tx: Tx, *, whole: bool) -> Iterator[Violation]:
    """Each fact is booked exactly once and evenly, and no line was changed since."""
    faults = ledger.faults(tx) if whole else ledger.uneven(tx)
    for fault in faults:
        yield Violation(2, "ledger", fault)
    if whole:
        verified = chain.verify(tx)
        if verified.broken_at is not None:
            said = "it does not follow the line before it: one was changed"
            yield Violation(1, f"ledger line {verified.broken_at}", said)


def _batches(house: House, since: datetime | None) -> Iterator[list[str]]:
    after = ""
    while True:
        with house.store.read() as tx:
            ids = orders.ids_with_news(tx, since, after=after, limit=ORDERS_AT_ONCE)
        if not ids:
            return
        yield ids
        after = ids[-1]


def _order(tx: Tx, order_id: str, now: datetime) -> Iterator[Violation]:
    """What is stored of an order and its payments is what their facts say, and never too much."""
    order = orders.by_id(tx, order_id)
    attempts = attempts_of(tx, order_id)
    if order is None:
        return
    for attempt in attempts:
        yield from _payment(tx, attempt, now)
    state = order_state(order.due, order.closed, [one.standing for one in attempts])
    if state is not order.state:
        yield Violation(
            4, f"order {order_id}", f"it is stored as {order.state}, and its facts say {state}", order_id
        )
    yield from _paid(order, attempts)


def _paid(order: OrderRow, attempts: list[Attempt]) -> Iterator[Violation]:
    kept = sum(
        one.standing.captured.minor - one.standing.refunded.minor
        for one in attempts
        if one.standing.captured.currency == order.due.currency
    )
    if order.state is OrderState.PAID and kept != order.due.minor:
        yield Violation(
            4, f"order {order.id}", f"it counts as paid with {kept} of {order.due.minor}", order.id
        )


def _payment(tx: Tx, attempt: Attempt, now: datetime) -> Iterator[Violation]:
    payment, standing = attempt.payment, attempt.standing
    about, order_id = f"payment {payment.id}", payment.order_id
    if payment.state is not standing.state:
        said = f"it is stored as {payment.state}, and its facts say {standing.state}"
        yield Violation(7, about, said, order_id)
    known = {one.kind for one in discrepancies.of_payment(tx, payment.id)}
    for difference in _TOO_MUCH & standing.differences:
        if difference not in known:
            yield Violation(3, about, f"{difference}, and nobody was told", order_id)
    for intent in attempt.asked:
        open_too_long = intent.outcome in UNRESOLVED and intent.asked_at + UNKNOWN_MAX + OVERDUE < now
        if open_too_long and intent.operation is not Operation.OPEN and "unknown too long" not in known:
            said = f"{intent.operation} is unknown since {intent.asked_at:%Y-%m-%d %H:%M}"
            yield Violation(6, about, said, order_id)
    refunds = [one for one in attempt.asked if one.operation is Operation.REFUND]
    results = [one.result for one in refunds if one.outcome is Outcome.DONE and one.result]
    if len(results) != len(set(results)):
        yield Violation(3, about, "two of its refunds are one at the processor", order_id)


_TOO_MUCH = frozenset({Difference.MORE_CAPTURED, Difference.CAPTURED_TWICE, Difference.MORE_SENT_BACK})


def _inbox(tx: Tx, now: datetime) -> Iterator[Violation]:
    """Every event that was answered 200 ends done, ignored, or parked with a reason."""
    for message in mailboxes.newest(tx, limit=FOUND_MAX, state=MessageState.PARKED):
        if not message.reason:
            yield Violation(5, f"event {message.id}", "it is parked without a reason")
    for message in mailboxes.overdue(tx, now - OVERDUE, limit=FOUND_MAX):
        yield Violation(5, f"event {message.id}", f"nobody has looked at it since {message.due_at:%H:%M} UTC")


def _deadlines(tx: Tx, now: datetime) -> Iterator[Violation]:
    """Nothing passes its deadline without somebody having been told."""
    for dispute in disputes.open_ones(tx):
        overdue = dispute.due_at is not None and dispute.due_at + OVERDUE < now
        if overdue and not notices.any_about(tx, NoticeKind.DISPUTE_REMINDER, dispute.id):
            yield Violation(6, f"dispute {dispute.id}", "its deadline has passed, and nobody was reminded")


def _unsent(tx: Tx, now: datetime) -> Iterator[Violation]:
    """Each notice is attempted at least once."""
    for notice in notices.unsent_since(tx, now - NOTICE_LIFE, limit=FOUND_MAX):
        yield Violation(8, f"notice {notice.id}", f"it waits to be sent since {notice.created_at:%Y-%m-%d}")


def _card_numbers(tx: Tx) -> Iterator[Violation]:
    for place, text in every_text(tx):
        if holds_card_number(text, label=place):
            yield Violation(9, place, "it holds what looks like a card number")
