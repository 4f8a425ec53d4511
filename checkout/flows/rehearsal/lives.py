"""What becomes of one made-up order: the rows and facts of its life, each at its time."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from checkout.domain.disputes import DisputeOutcome, DisputeStage, DisputeStatus
from checkout.domain.facts import Fact, FactKind, words
from checkout.domain.intents import Operation, Outcome
from checkout.domain.money import Money
from checkout.domain.orders import OrderState, total
from checkout.domain.standing import PaymentState, Standing
from checkout.domain.tellings import Ordered, of_new_order, of_order
from checkout.domain.terms import Terms
from checkout.domain.words import words_of_order
from checkout.flows.ordering import order_number
from checkout.flows.rehearsal.people import CURRENCIES, basket, customer
from checkout.store.mailboxes import CameBy, MessageState
from checkout.store.notices import NoticeKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from random import Random

    from checkout.domain.happenings import Happening
    from checkout.domain.orders import Line
    from checkout.flows.house import Shop

PROCESSOR = "paypal"
PAYEE = "REHEARSALPAYE"
_CAPITALS = str.maketrans("0123456789abcdef", "BCDFGHJKLMNPQRST")


class Story(StrEnum):
    """How an order goes."""

    PAID = "paid"
    RETRIED = "declined at first"
    REFUNDED = "refunded"
    PARTLY_REFUNDED = "partly refunded"
    DISPUTED = "disputed"
    AUTHORIZED = "authorized"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    WAITING = "waiting"


SHARES = {
    Story.PAID: 80.0,
    Story.RETRIED: 3.0,
    Story.REFUNDED: 4.0,
    Story.PARTLY_REFUNDED: 3.0,
    Story.DISPUTED: 0.4,
    Story.AUTHORIZED: 0.2,
    Story.EXPIRED: 6.0,
    Story.CANCELLED: 3.0,
    Story.WAITING: 0.4,
}
"""Of a hundred orders."""
_ONLY_NEW = {
    Story.WAITING: (timedelta(hours=20), Story.EXPIRED),
    Story.AUTHORIZED: (timedelta(days=3), Story.PAID),
}
"""What an order can only be for a while, and what became of an older one."""

ORDER_STATES = {
    Story.PAID: OrderState.PAID,
    Story.RETRIED: OrderState.PAID,
    Story.REFUNDED: OrderState.REFUNDED,
    Story.PARTLY_REFUNDED: OrderState.PARTIALLY_REFUNDED,
    Story.DISPUTED: OrderState.PAID,
    Story.AUTHORIZED: OrderState.AUTHORIZED,
    Story.EXPIRED: OrderState.EXPIRED,
    Story.CANCELLED: OrderState.CANCELLED,
    Story.WAITING: OrderState.AWAITING_PAYMENT,
}
_UNPAID = {Story.EXPIRED, Story.CANCELLED, Story.WAITING}
"""Nobody went to the processor."""


@dataclass(slots=True)
class Step:
    """What is written at one moment: rows by table, and facts that the books follow."""

    at: datetime
    rows: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    facts: list[tuple[str, Terms, Fact, str]] = field(default_factory=list)
    """Payment, its terms, the fact, and who told it."""
    happenings: list[Happening] = field(default_factory=list)
    """What the shop is told of."""


class Life:
    """One order from its placing to its end. `steps` are in the order of their times."""

    def __init__(self, random: Random, number: int, at: datetime, now: datetime, shop: Shop) -> None:
        self._random, self._now, self._shop = random, now, shop
        self.story = _story(random, now - at)
        self.id = order_number(self.name(12))
        self._at = at
        self._wares = basket(random, random.choice(CURRENCIES))
        self.due = total([line for _, line in self._wares])
        self.contact = customer(random, number)
        self.steps = [Step(at)]
        self._place()
        if self.story not in _UNPAID:
            self._pay()

    @property
    def lines(self) -> list[Line]:
        """What was ordered."""
        return [line for _, line in self._wares]

    def name(self, length: int) -> str:
        """A made-up id, of capitals alone: none looks like a word, nor like a card's number."""
        return f"{self._random.getrandbits(4 * length):0{length}x}".translate(_CAPITALS)

    def _step(self, after: timedelta) -> Step:
        """A moment later than all before, and never after now."""
        last = self.steps[-1].at
        step = Step(min(last + after, last + (self._now - last) / 2))
        self.steps.append(step)
        return step

    def _place(self) -> None:
        at, state = self._at, ORDER_STATES[self.story]
        closed = state if self.story in {Story.EXPIRED, Story.CANCELLED} else None
        ends = at + self._shop.order_life
        closes_at = (
            None if closed is None else (ends if self.story is Story.EXPIRED else at + timedelta(minutes=9))
        )
        paid = self.story not in {*_UNPAID, Story.AUTHORIZED}
        self._shop_reference = f"R-{self.name(8)}"
        row = {
            "id": self.id, "token": self.name(32).lower(), "form_key": self.name(24).lower(),
            "due_minor": self.due.minor, "currency": self.due.currency, "state": state, "closed": closed,
            "closed_at": closes_at, "created_at": at, "expires_at": ends,
            "paid_at": min(at + timedelta(minutes=2), self._now) if paid else None,
            "capture_later": self.story is Story.AUTHORIZED, "origin": self._random.choice(("form", "api", "link")),
            "shop_reference": self._shop_reference, "shipping_minor": 0, "tax_minor": 0, "locale": None,
            "return_url": None,
        }  # fmt: skip
        rows = self.steps[0].rows
        rows.append(("orders", row))
        for position, (ware, line) in enumerate(self._wares):
            kept = {
                "order_id": self.id, "position": position, "product_id": ware, "title": line.title,
                "quantity": line.quantity, "unit_minor": line.unit_price.minor,
            }  # fmt: skip
            rows.append(("order_lines", kept))
        rows.append(("contacts", {"order_id": self.id, **asdict(self.contact)}))
        others = [self.contact.postcode, self._shop_reference, *(ware for ware, _ in self._wares)]
        for word in sorted(words_of_order(self.contact.name, self.contact.email, map(str, others))):
            rows.append(("order_words", {"word": word, "created_at": at, "order_id": self.id}))
        self.steps[0].happenings.append(
            of_new_order(Ordered(self.id, self.due, OrderState.AWAITING_PAYMENT, self._shop_reference))
        )
        if closed is not None and closes_at is not None:
            end = self._step(closes_at - at)
            self._tell(end, closed)

    def _pay(self) -> None:
        attempt = 1
        if self.story is Story.RETRIED:
            payment = self._begin(attempt, PaymentState.DECLINED)
            self._agree(payment)
            declined = self._step(timedelta(seconds=3))
            declined.facts.append(
                payment.told(FactKind.DECLINED, self.name(17), reason="INSTRUMENT_DECLINED")
            )
            refused = {"outcome": Outcome.REFUSED, "issue": "INSTRUMENT_DECLINED"}
            declined.rows.append(self._intent(payment, Operation.CAPTURE, declined.at, **refused))
            attempt = 2
        state = PaymentState.AUTHORIZED if self.story is Story.AUTHORIZED else PaymentState.CAPTURED
        payment = self._begin(attempt, state)
        self._agree(payment)
        if self.story is Story.AUTHORIZED:
            self._authorize(payment)
            return
        capture = self._capture(payment)
        match self.story:
            case Story.REFUNDED:
                self._refund(payment, capture, self.due)
            case Story.PARTLY_REFUNDED:
                self._refund(payment, capture, Money(max(1, self.due.minor // 3), self.due.currency))
            case Story.DISPUTED:
                self._dispute(payment, capture)

    def _begin(self, attempt: int, state: PaymentState) -> Payment:
        step = self._step(timedelta(seconds=20))
        payment = Payment(
            f"{self.id}-{attempt}",
            Terms(
                self._shop.name_of(f"{self.id}-{attempt}"), self.due, PAYEE, self.story is Story.AUTHORIZED
            ),
            self.name(17),
        )
        row = {
            "id": payment.id, "order_id": self.id, "attempt": attempt, "token": self.name(32).lower(),
            "processor": PROCESSOR, "names": payment.terms.names, "payee": PAYEE, "amount_minor": self.due.minor,
            "currency": self.due.currency, "reference": payment.reference, "hand_over_url": None, "state": state,
            "reason": "INSTRUMENT_DECLINED" if state is PaymentState.DECLINED else None, "created_at": step.at,
            "ask_at": None, "asks": 1, "capture_later": payment.terms.capture_later, "honoured_until": None,
            "authorized_until": None,
        }  # fmt: skip
        step.rows.append(("payments", row))
        step.rows.append(self._intent(payment, Operation.OPEN, step.at))
        step.facts.append(payment.told(FactKind.OPENED, payment.reference, amount=self.due))
        return payment

    def _intent(
        self, payment: Payment, operation: Operation, at: datetime, **more: object
    ) -> tuple[str, dict[str, object]]:
        row = {
            "payment_id": payment.id, "operation": operation, "attempt": 1,
            "key": self._shop.key_of(payment.id, operation, 1), "amount_minor": self.due.minor,
            "outcome": Outcome.DONE, "asked_at": at, "repeated_at": None, "resolved_at": at, "issue": None,
            "reaction": None, "debug_id": self.name(13).lower(), "subject": None, "invoice": None, "result": None,
            "wished_by": None, "agreed_by": None, "note": None, "request": None, "final": True,
        }  # fmt: skip
        return "intents", row | more

    def _agree(self, payment: Payment) -> None:
        step = self._step(timedelta(seconds=70))
        step.facts.append(payment.told(FactKind.APPROVED, payment.reference))
        step.rows.append(self._message(step.at, "CHECKOUT.ORDER.APPROVED", payment, payment.reference))

    def _authorize(self, payment: Payment) -> None:
        step = self._step(timedelta(seconds=4))
        subject = self.name(17)
        until = (step.at + timedelta(days=29)).isoformat()
        step.facts.append(
            payment.told(FactKind.AUTHORIZED, subject, amount=self.due, more=words(until=until))
        )
        step.rows.append(self._intent(payment, Operation.AUTHORIZE, step.at, result=subject))
        step.rows.append(self._message(step.at, "PAYMENT.AUTHORIZATION.CREATED", payment, subject))

    def _capture(self, payment: Payment) -> str:
        step = self._step(timedelta(seconds=4))
        subject = self.name(17)
        fee = Money(max(1, self.due.minor * 29 // 1000 + 35), self.due.currency)
        step.facts.append(payment.told(FactKind.CAPTURED, subject, amount=self.due))
        step.facts.append(payment.told(FactKind.FEE, subject, amount=fee))
        step.rows.append(self._intent(payment, Operation.CAPTURE, step.at, result=subject))
        step.rows.append(self._notice(NoticeKind.RECEIPT, step.at))
        self._tell(step, OrderState.PAID, self.due.minor)
        heard = self._step(timedelta(seconds=6))
        heard.rows.append(self._message(heard.at, "PAYMENT.CAPTURE.COMPLETED", payment, subject))
        return subject

    def _refund(self, payment: Payment, capture: str, amount: Money) -> None:
        step = self._step(timedelta(days=self._random.randint(1, 40)))
        subject = self.name(17)
        invoice = f"{payment.terms.names}-R1"
        step.facts.append(
            payment.told(FactKind.REFUNDED, subject, amount=amount, more=words(of=capture, invoice=invoice))
        )
        refund = {"amount_minor": amount.minor, "subject": capture, "invoice": invoice, "result": subject}
        step.rows.append(self._intent(payment, Operation.REFUND, step.at, wished_by="Kim", **refund))
        self._tell(step, ORDER_STATES[self.story], self.due.minor, amount.minor)
        heard = self._step(timedelta(seconds=30))
        heard.rows.append(self._message(heard.at, "PAYMENT.CAPTURE.REFUNDED", payment, subject))

    def _dispute(self, payment: Payment, capture: str) -> None:
        step = self._step(timedelta(days=self._random.randint(5, 60)))
        subject, due = f"PP-D-{self.name(6)}", step.at + timedelta(days=10)
        is_open = due > self._now
        status = DisputeStatus.WAITING_FOR_US if is_open else DisputeStatus.RESOLVED
        outcome = DisputeOutcome.NONE if is_open else DisputeOutcome.WON
        told = words(
            status=status, stage=DisputeStage.INQUIRY, outcome=outcome, channel="INTERNAL", of=capture,
            due=due.isoformat() if is_open else None,
        )  # fmt: skip
        step.facts.append(payment.told(FactKind.DISPUTED, subject, amount=self.due, more=told))
        row = {
            "processor": PROCESSOR, "id": subject, "payment_id": payment.id, "status": status,
            "stage": DisputeStage.INQUIRY, "outcome": outcome, "reason": "", "channel": "INTERNAL",
            "amount_minor": self.due.minor, "currency": self.due.currency, "due_at": due if is_open else None,
            "allows": "", "updated_at": None,
        }  # fmt: skip
        step.rows.append(("disputes", row))
        step.rows.append(self._message(step.at, "CUSTOMER.DISPUTE.CREATED", payment, subject))

    def _tell(self, step: Step, state: OrderState, captured_minor: int = 0, refunded_minor: int = 0) -> None:
        """What the order has become by now, with what came and what went back."""
        captured, refunded = (Money(minor, self.due.currency) for minor in (captured_minor, refunded_minor))
        standings = [Standing(PaymentState.CAPTURED, captured, refunded)] if captured_minor else []
        happening = of_order(Ordered(self.id, self.due, state, self._shop_reference, standings))
        if happening is not None:
            step.happenings.append(happening)

    def _notice(self, kind: NoticeKind, at: datetime) -> tuple[str, dict[str, object]]:
        row = {
            "id": f"{kind}:{self.id}", "kind": kind, "order_id": self.id, "created_at": at, "sent_at": at,
            "about": None,
        }  # fmt: skip
        return "notices", row

    def _message(
        self, at: datetime, event_type: str, payment: Payment, subject: str
    ) -> tuple[str, dict[str, object]]:
        kept = {"resource_id": subject, "order_id": payment.reference, "custom_id": payment.terms.names}
        return "inbox", message(self.name, at, event_type, kept, payment.id)


@dataclass(frozen=True, slots=True)
class Payment:
    """One attempt to pay."""

    id: str
    terms: Terms
    reference: str

    def told(
        self,
        kind: FactKind,
        subject: str,
        *,
        amount: Money | None = None,
        reason: str | None = None,
        more: tuple[tuple[str, str], ...] = (),
    ) -> tuple[str, Terms, Fact, str]:
        """A fact of it, as whoever told it would have."""
        moves = kind in {FactKind.OPENED, FactKind.CAPTURED, FactKind.AUTHORIZED}
        fact = Fact(
            kind, self.reference, subject, amount, PAYEE if moves or kind is FactKind.FEE else None,
            self.terms.names if moves else None, reason, words=more,
        )  # fmt: skip
        return self.id, self.terms, fact, "capture"


def message(
    name: Callable[[int], str], at: datetime, event_type: str, kept: dict[str, str], payment_id: str | None
) -> dict[str, object]:
    """An event in the inbox, dealt with: of a payment of ours, or of another installation's where there is none."""
    event_id = f"WH-{name(17)}-{name(17)}"
    return {
        "processor": PROCESSOR, "event_id": event_id, "body_digest": hashlib.sha256(event_id.encode()).hexdigest(),
        "event_type": event_type, "transmission_id": f"{name(8)}-{name(12)}".lower(), "binds_body": False,
        "occurred_at": at, "received_at": at, "kept": json.dumps(kept, separators=(",", ":"), sort_keys=True),
        "state": MessageState.DONE if payment_id else MessageState.IGNORED, "attempts": 1, "due_at": at,
        "reason": None if payment_id else "another installation's", "payment_id": payment_id, "finished_at": at,
        "came_by": CameBy.WEBHOOK,
    }  # fmt: skip


def _story(random: Random, age: timedelta) -> Story:
    story = random.choices(list(SHARES), weights=list(SHARES.values()))[0]
    if story in _ONLY_NEW and age > _ONLY_NEW[story][0]:
        return _ONLY_NEW[story][1]
    too_new = story in {Story.EXPIRED, Story.REFUNDED, Story.PARTLY_REFUNDED, Story.DISPUTED}
    return Story.PAID if too_new and age < timedelta(days=2) else story
