"""Understands kept events: which payment each is about, and what the processor itself says of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from checkout.domain.errors import CheckoutError, ProcessorUnavailableError
from checkout.domain.processor import TellsByWebhook, Told
from checkout.flows import capturing
from checkout.flows.asking import ask
from checkout.flows.questions import Hints
from checkout.flows.settling import settle
from checkout.store import facts, mailboxes, orders, payments
from checkout.store.mailboxes import Message, MessageState
from webhooks.account import heed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from checkout.flows.house import House
    from checkout.store.engine import Tx
    from checkout.store.payments import PaymentRow

log = structlog.get_logger()

BATCH_MAX = 64
CLAIM_LIFE = timedelta(minutes=2)
"""A worker that dies holding events gives them up after this."""

TRIES_MAX = 12
"""With doubling delays from one second, the twelfth try is about 70 minutes after the first; then a person looks."""

OUTAGE_TRIES_MAX = 84
"""A processor that cannot be asked is no fault of the event: hourly, as long as PayPal itself would repeat."""

DELAY_MAX = timedelta(hours=1)

LEARNED_FROM = "webhook"
STRANGER_TRIES_MAX = 6
"""An event that names nothing of ours may have overtaken our own commit; after a minute it is a stranger's."""


@dataclass(slots=True)
class Errand:
    """All due events of one payment: one question to the processor answers them all."""

    payment: PaymentRow
    letters: list[tuple[Message, Told]] = field(default_factory=list)
    unshown: list[Message] = field(default_factory=list)
    """Events of what the processor, asked, does not show: it may lag behind its own event."""
    known_to: int = 0
    """The fact of the payment that was learned last before them."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What an event is to us: about a payment of ours, about our account, at its end, or to be tried again."""

    told: Told | None = None
    payment: PaymentRow | None = None
    ends: MessageState | None = None
    reason: str = ""

    @property
    def is_news_of_account(self) -> bool:
        """It says something of our account itself."""
        return self.told is not None and self.told.account is not None


def process_due(
    house: House, *, run: Callable[[Callable[[Errand], None], Iterable[Errand]], object] | None = None
) -> int:
    """Process the oldest due events; returns how many were taken.

    `run` may spread the errands over threads, and need not wait for their end: each finishes its own events.
    """
    now = house.clock()
    with house.store.begin() as tx:
        messages = mailboxes.claim(tx, now, now + CLAIM_LIFE, BATCH_MAX)
    errands: dict[str, Errand] = {}
    for message in messages:
        _sort(house, message, errands)

    def carry(errand: Errand) -> None:
        _carry_out(house, errand)

    if run is not None:
        run(carry, errands.values())
    else:
        for errand in errands.values():
            carry(errand)
    return len(messages)


def _sort(house: House, message: Message, errands: dict[str, Errand]) -> None:
    """Find the payment a message is about; deal at once with one that is about none of ours."""
    if message.attempts > (TRIES_MAX if message.reason is None else OUTAGE_TRIES_MAX):
        _put_off(house, message, "whoever processed it never came to an end, perhaps because of it")
        return
    try:
        understood = understand(house, message)
        if understood.told is not None and understood.told.account is not None:
            heed(house, message, understood.told.account)
            return
    except ProcessorUnavailableError as outage:
        _put_off(house, message, str(outage), tries_max=OUTAGE_TRIES_MAX)
        return
    except Exception as bad:
        log.exception("an event could not be understood", message=message.id)
        _put_off(house, message, f"not understood: {type(bad).__name__}")
        return
    if understood.payment is not None and understood.told is not None:
        errand = errands.setdefault(understood.payment.id, Errand(understood.payment))
        errand.letters.append((message, understood.told))
    elif understood.ends is not None:
        _end(house, message, understood.ends, understood.reason)
    else:
        _put_off(house, message, understood.reason)


def understand(house: House, message: Message) -> Understood:
    """What a message is about, by what was kept of it and what we know; nothing is asked and nothing changed."""
    processor = house.processor(message.envelope.processor)
    if not isinstance(processor, TellsByWebhook):
        return Understood(ends=MessageState.IGNORED, reason="this processor sends no events")
    told = processor.translate(message.envelope)
    if not told.concerns_payments:
        return Understood(told, ends=MessageState.IGNORED, reason="not about a payment")
    if told.account is not None:
        return Understood(told)
    payment = _find(house, message, told)
    if payment is not None:
        return Understood(told, payment)
    if told.names is not None and not house.shop.gave(told.names):
        return Understood(told, ends=MessageState.IGNORED, reason="another installation's payment")
    if told.names is None and message.attempts >= STRANGER_TRIES_MAX:
        return Understood(told, ends=MessageState.IGNORED, reason="names no payment of ours")
    named = told.names or told.reference or "any name it gives"
    return Understood(told, reason=f"no payment is known by {named}")


def _find(house: House, message: Message, told: Told) -> PaymentRow | None:
    """By our own name for it, else by the processor's reference, else by a capture or refund we know."""
    name = message.envelope.processor
    with house.store.read() as tx:
        found = payments.by_names(tx, name, told.names) if told.names else None
        if found is None and told.names is None and told.reference:
            found = payments.by_reference(tx, name, told.reference)
        if found is None and told.names is None:
            ids = (facts.payment_of_subject(tx, name, subject) for subject in told.subjects)
            payment_id = next((one for one in ids if one is not None), None)
            found = payments.by_id(tx, payment_id) if payment_id else None
        return found


def _carry_out(house: House, errand: Errand) -> None:
    """Settle what the events say: their own facts where the signature binds them, else what the processor says."""
    try:
        if not settle_errand(
            house, errand, first=lambda tx: begin(tx, errand), also=_finish_all(house, errand)
        ):
            _put_off_all(house, errand, "the processor's reference of this payment is not known yet")
        for message in errand.unshown:
            _put_off(house, message, "the processor does not show what this event says happened")
    except ProcessorUnavailableError as outage:
        _put_off_all(house, errand, str(outage), tries_max=OUTAGE_TRIES_MAX)
    except CheckoutError as trouble:
        _put_off_all(house, errand, str(trouble))
    except Exception as bad:
        log.exception("an event could not be settled", payment=errand.payment.id)
        _put_off_all(house, errand, f"not settled: {type(bad).__name__}")


def settle_errand(
    house: House, errand: Errand, *, first: Callable[[Tx], None], also: Callable[[Tx], None]
) -> bool:
    """Settle what events say of their payment, and go on as it says; False where nobody can be asked about it yet.

    `first` and `also` run in the transaction that settles it, before and after. Raises what asking does.
    """
    if not all(message.envelope.binds_body for message, _ in errand.letters):
        return ask(
            house,
            errand.payment.id,
            learned_from=LEARNED_FROM,
            approved_at=_approved_at(errand),
            first=first,
            also=also,
            hints=_hints(errand),
        )
    told = [fact for _, letter in errand.letters for fact in letter.facts]
    with house.store.begin() as tx:
        first(tx)
        settle(tx, house, errand.payment, told, learned_from=LEARNED_FROM)
        also(tx)
    capturing.go_on(house, errand.payment.id, approved_at=_approved_at(errand))
    return True


def begin(tx: Tx, errand: Errand) -> None:
    """Hold the order, as settling does, and see what is known before the events are heard."""
    orders.lock(tx, errand.payment.order_id)
    errand.known_to = facts.newest_id(tx, errand.payment.id)


def _approved_at(errand: Errand) -> datetime | None:
    return max((told.approved_at for _, told in errand.letters if told.approved_at), default=None)


def _hints(errand: Errand) -> Hints:
    """What the events name that the payment itself does not show."""
    told = [letter for _, letter in errand.letters]
    return Hints(
        disputes=frozenset(one.dispute for one in told if one.dispute),
        reversals=frozenset(one.reversal for one in told if one.reversal),
        refunds=frozenset(one.happened for one in told if one.happened and not one.dispute),
        captures=frozenset(subject for one in told if not one.dispute for subject in one.subjects),
    )


def _finish_all(house: House, errand: Errand) -> Callable[[Tx], None]:
    return lambda tx: finish_all(tx, house, errand)


def finish_all(tx: Tx, house: House, errand: Errand) -> None:
    """Each event that the processor confirms is dealt with, and keeps which facts came with it."""
    learned = (errand.known_to, facts.newest_id(tx, errand.payment.id))
    for message, told in errand.letters:
        name = errand.payment.processor
        if told.happened and facts.payment_of_subject(tx, name, told.happened) is None:
            errand.unshown.append(message)
            continue
        mailboxes.finish(
            tx,
            message.id,
            MessageState.DONE,
            at=house.clock(),
            payment_id=errand.payment.id,
            learned=learned,
        )


def _end(house: House, message: Message, state: MessageState, reason: str) -> None:
    log.info("event ended", message=message.id, type=message.envelope.event_type, state=state, reason=reason)
    with house.store.begin() as tx:
        mailboxes.finish(tx, message.id, state, at=house.clock(), reason=reason)


def _put_off_all(house: House, errand: Errand, reason: str, *, tries_max: int = TRIES_MAX) -> None:
    for message, _ in errand.letters:
        _put_off(house, message, reason, tries_max=tries_max)


def _put_off(house: House, message: Message, reason: str, *, tries_max: int = TRIES_MAX) -> None:
    """Try again later, later each time; after the last try park it where a person sees it."""
    if message.attempts >= tries_max:
        log.error("event parked", message=message.id, type=message.envelope.event_type, reason=reason)
        _end(house, message, MessageState.PARKED, reason)
        return
    log.warning("event put off", message=message.id, type=message.envelope.event_type, reason=reason)
    with house.store.begin() as tx:
        mailboxes.defer(tx, message.id, house.clock() + _delay(message), reason)


def _delay(message: Message) -> timedelta:
    """Doubling from a second or two, never longer than DELAY_MAX."""
    return min(timedelta(seconds=2 ** min(message.attempts, TRIES_MAX)), DELAY_MAX)
