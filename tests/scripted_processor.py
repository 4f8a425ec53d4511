"""A processor in memory, with a true state of its own: what a test says goes wrong, and only that, goes wrong."""

import hashlib
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

from checkout.domain.errors import (
    NotAuthenticError,
    ProcessorRefusedError,
    ProcessorUnavailableError,
    Reaction,
)
from checkout.domain.facts import Fact, FactKind
from checkout.domain.money import Money
from checkout.domain.processor import Answer, Envelope, Opening, Question, Told

NAME = "scripted"
PAYEE = "OURACCOUNT"

Change = Callable[[Answer], Answer]


class Operation(StrEnum):
    """What the processor can be asked."""

    OPEN = "open"
    CAPTURE = "capture"
    INQUIRE = "inquire"


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with one call. Nothing set: the call is as it should be."""

    before: Exception | None = None
    """Raised instead of any effect."""
    after: Exception | None = None
    """Raised after the effect: the answer is lost."""
    change: Change | None = None
    """Makes another answer of the true one."""
    capture_as: FactKind | None = None
    """What becomes of a capture: PENDING, DECLINED or UNRECOGNISED instead of CAPTURED."""
    needs_approval: bool = False
    """Takes the customer's approval back before refusing, as after a declined instrument."""
    hangs: "Hang | None" = None


class Hang:
    """Holds a call, after its effect, until it is let go."""

    def __init__(self) -> None:
        """Nobody has come yet."""
        self.reached, self.let_go = threading.Event(), threading.Event()

    def wait(self) -> None:
        """Say that the call is here, and wait."""
        self.reached.set()
        assert self.let_go.wait(20)


def lost(operation: str = "capture") -> ProcessorUnavailableError:
    """Build the error of an answer that never came."""
    return ProcessorUnavailableError(NAME, operation, "no answer in time", "DEBUG-LOST")


def refused(issue: str, reaction: Reaction, operation: str = "capture") -> ProcessorRefusedError:
    """Build a refusal."""
    return ProcessorRefusedError(NAME, operation, issue, reaction, "DEBUG-REFUSED")


LOSE_ANSWER = Fault(after=lost())
NEVER_ARRIVES = Fault(before=lost())
DECLINE_INSTRUMENT = Fault(
    before=refused("INSTRUMENT_DECLINED", Reaction.OTHER_INSTRUMENT), needs_approval=True
)


@dataclass(slots=True)
class Taken:
    """A capture at the processor."""

    id: str
    key: str
    kind: FactKind
    amount: Money
    payee: str
    names: str
    reason: str | None = None


@dataclass(slots=True)
class Held:
    """A payment at the processor."""

    reference: str
    opening: Opening
    approved_at: datetime | None = None
    was_approved: bool = False
    closed: FactKind | None = None
    captures: list[Taken] = field(default_factory=list)

    @property
    def money(self) -> int:
        """What was truly captured, in minor units."""
        return sum(one.amount.minor for one in self.captures if one.kind is FactKind.CAPTURED)


class ScriptedProcessor:
    """Implements Processor and TellsByWebhook; safe for threads.

    It is naive on purpose: it captures again for every new key, so that only our own care keeps a customer
    from paying twice. `plan` says what goes wrong with the next calls of an operation, `rule` with all others.
    """

    name, title, payee = NAME, "Scripted", PAYEE
    hand_over_hosts = frozenset({"pay.example"})

    def __init__(self, clock: Callable[[], datetime], *, binds_body: bool = False) -> None:
        """Begin without any payment."""
        self._clock, self._binds_body = clock, binds_body
        self._lock = threading.RLock()
        self._plans: dict[Operation, list[Fault]] = {operation: [] for operation in Operation}
        self._rules: dict[Operation, Fault] = {}
        self._numbers = 0
        self.held: dict[str, Held] = {}
        self.calls: list[tuple[Operation, str]] = []

    def plan(self, operation: Operation, *faults: Fault) -> None:
        """Say what goes wrong with the next calls, one by one."""
        self._plans[operation].extend(faults)

    def rule(self, operation: Operation, fault: Fault | None) -> None:
        """Say what goes wrong with every call that has no plan of its own; None ends it."""
        with self._lock:
            self._rules.pop(operation, None)
            if fault is not None:
                self._rules[operation] = fault

    def is_down(self, *, down: bool) -> None:
        """Let every call fail before its effect, or no longer."""
        for operation in Operation:
            self.rule(operation, Fault(before=lost(operation)) if down else None)

    def warm_up(self) -> None:
        """Nothing to get ready."""

    def check_amount(self, amount: Money) -> None:
        """Take any amount."""

    def open_payment(self, opening: Opening) -> Answer:
        """Open a payment, or give the one this key opened."""
        return self._call(Operation.OPEN, opening.key, lambda _fault: self._open(opening))

    def capture(self, question: Question) -> Answer:
        """Take the money, once for each key."""
        return self._call(Operation.CAPTURE, question.key, lambda fault: self._capture(question, fault))

    def inquire(self, question: Question) -> Answer:
        """Tell everything that happened."""
        return self._call(
            Operation.INQUIRE, question.reference, lambda _fault: self._state(question.reference)
        )

    def approve(self, reference: str) -> None:
        """The customer agrees to pay."""
        with self._lock:
            held = self.held[reference]
            held.approved_at, held.was_approved = self._clock(), True

    def close(self, reference: str, as_: FactKind = FactKind.EXPIRED) -> None:
        """The payment is forgotten or voided."""
        self.held[reference].closed = as_

    def resolve(self, reference: str, kind: FactKind) -> None:
        """A capture that was held is completed or declined."""
        self.held[reference].captures[-1].kind = kind

    def captured(self) -> list[Taken]:
        """Every capture that took money."""
        with self._lock:
            return [
                one for held in self.held.values() for one in held.captures if one.kind is FactKind.CAPTURED
            ]

    def event(
        self, reference: str, number: int = 1, *, approved: bool = True
    ) -> tuple[bytes, dict[str, str]]:
        """An event about a payment, as body and headers; `number` tells events of one payment apart."""
        held = self.held[reference]
        body = {
            "id": f"EVENT-{reference}-{number}",
            "type": "payment.approved" if approved else "payment.changed",
            "names": held.opening.names,
            "reference": reference,
            "approved_at": held.approved_at.isoformat() if approved and held.approved_at else "",
        }
        return signed(body)

    def authenticate(self, raw: bytes, headers: Mapping[str, str]) -> Envelope:
        """Check the signature, which is a word here."""
        try:
            event = json.loads(raw)
        except ValueError as malformed:
            raise NotAuthenticError("its body is not JSON") from malformed
        if headers.get("signature") != "ours" or not isinstance(event, dict) or "id" not in event:
            raise NotAuthenticError("nobody signed it")
        kept = {name: str(value) for name, value in event.items() if value != ""}
        return Envelope(
            processor=NAME,
            event_id=event["id"],
            event_type=event.get("type", "payment.changed"),
            occurred_at=None,
            transmission_id=headers.get("transmission", event["id"]),
            body_digest=hashlib.sha256(raw).hexdigest(),
            binds_body=self._binds_body,
            kept=kept,
        )

    def translate(self, envelope: Envelope) -> Told:
        """Understand an event; one of type `poison` raises."""
        kept = envelope.kept
        if envelope.event_type == "poison":
            raise ValueError(envelope.event_id)
        if envelope.event_type == "weather":
            return Told(concerns_payments=False)
        reference = kept.get("reference")
        return Told(
            names=kept.get("names"),
            reference=reference,
            subjects=tuple(kept.get("subject", "").split()),
            facts=self._state(reference).facts if self._binds_body and reference else (),
            approved_at=datetime.fromisoformat(kept["approved_at"]) if "approved_at" in kept else None,
        )

    def _call(self, operation: Operation, key: str, act: Callable[[Fault], Answer]) -> Answer:
        with self._lock:
            self.calls.append((operation, key))
            fault = self._plans[operation].pop(0) if self._plans[operation] else self._rules.get(operation)
            fault = fault or Fault()
            if fault.needs_approval:
                self._forget_approval(key)
            if fault.before is not None:
                raise fault.before
            answer = act(fault)
        if fault.hangs is not None:
            fault.hangs.wait()
        if fault.after is not None:
            raise fault.after
        return fault.change(answer) if fault.change else answer

    def _forget_approval(self, key: str) -> None:
        for held in self.held.values():
            if held.opening.names in key.replace(":", "-"):
                held.approved_at = None

    def _open(self, opening: Opening) -> Answer:
        known = next((held for held in self.held.values() if held.opening.key == opening.key), None)
        if known is None:
            self._numbers += 1
            known = Held(f"REF{self._numbers}", opening)
            self.held[known.reference] = known
        answer = self._state(known.reference)
        return replace(answer, hand_over_url=f"https://pay.example/{known.reference}")

    def _capture(self, question: Question, fault: Fault) -> Answer:
        held = self.held[question.reference]
        if any(one.key == question.key for one in held.captures):
            return self._state(held.reference)
        if held.closed is not None:
            raise refused("ORDER_EXPIRED", Reaction.START_AGAIN)
        if held.approved_at is None:
            raise refused("ORDER_NOT_APPROVED", Reaction.NOT_APPROVED)
        kind = fault.capture_as or FactKind.CAPTURED
        number = len(held.captures) + 1
        opening = held.opening
        held.captures.append(
            Taken(f"CAP-{held.reference}-{number}", question.key, kind, opening.amount, PAYEE, opening.names)
        )
        return self._state(held.reference)

    def _state(self, reference: str) -> Answer:
        with self._lock:
            held = self.held[reference]
            facts = [opened(reference, held.opening.amount, held.opening.names)]
            if held.was_approved:
                facts.append(Fact(FactKind.APPROVED, reference, reference, happened_at=held.approved_at))
            facts += [
                Fact(one.kind, reference, one.id, one.amount, one.payee, one.names, one.reason)
                for one in held.captures
            ]
            if held.closed is not None and not held.captures:
                facts.append(Fact(held.closed, reference, reference))
            return Answer(tuple(facts), debug_id=f"DEBUG-{len(self.calls)}")


def opened(reference: str, amount: Money, names: str, payee: str = PAYEE) -> Fact:
    """The fact that a payment is known to the processor."""
    return Fact(FactKind.OPENED, reference, reference, amount, payee, names)


def signed(body: Mapping[str, object], **headers: str) -> tuple[bytes, dict[str, str]]:
    """A delivery with a valid signature."""
    return json.dumps(body).encode(), {"signature": "ours", **headers}


START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
