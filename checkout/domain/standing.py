"""The fold: a payment's facts and intents in, its standing out, in whatever order they came."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from checkout.domain.errors import Reaction
from checkout.domain.facts import Fact, FactKind
from checkout.domain.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


class Operation(StrEnum):
    """What we may ask a processor to do for one payment."""

    OPEN = "open"
    CAPTURE = "capture"


class Outcome(StrEnum):
    """What we know of an operation we asked for."""

    ASKED = "asked"
    """Asked, and the caller is still waiting (or died waiting)."""
    UNKNOWN = "unknown"
    """No usable answer came: it may have happened. Only asking resolves it."""
    DONE = "done"
    """The processor answered and its facts are settled."""
    REFUSED = "refused"
    """The processor refused: nothing happened."""


UNRESOLVED = frozenset({Outcome.ASKED, Outcome.UNKNOWN})

CAPTURES_MAX = 10
"""Attempts to capture one payment, each after a known refusal of the one before; then the payment is over."""


@dataclass(frozen=True, slots=True)
class Intent:
    """One operation we are about to ask for, or asked for. `attempt` counts from 1 within its operation."""

    operation: Operation
    attempt: int
    key: str
    outcome: Outcome
    asked_at: datetime
    issue: str | None = None
    reaction: Reaction | None = None
    repeated_at: datetime | None = None
    """When the same call was last made again, with the same key."""

    @property
    def last_asked_at(self) -> datetime:
        """When anybody last made this call."""
        return self.repeated_at or self.asked_at


class PaymentState(StrEnum):
    """Where one payment stands. Refunds are amounts beside it, not states."""

    CREATED = "created"
    AWAITING_CUSTOMER = "awaiting customer"
    APPROVED = "approved"
    CAPTURING = "capturing"
    UNKNOWN = "unknown"
    PENDING_REVIEW = "pending review"
    CAPTURED = "captured"
    DECLINED = "declined"
    EXPIRED = "expired"
    VOIDED = "voided"
    FAILED = "failed"
    """The processor would not open or capture it, for a reason that only the operator can mend."""


NO_MONEY_STATES = frozenset(
    {
        PaymentState.DECLINED,
        PaymentState.EXPIRED,
        PaymentState.VOIDED,
        PaymentState.FAILED,
    }
)
"""Known to be over without money: a new payment may be opened."""


IN_LIMBO = frozenset({PaymentState.CAPTURING, PaymentState.UNKNOWN})
"""Money may have moved, and nobody knows yet."""

MAY_HOLD_MONEY = IN_LIMBO | {PaymentState.PENDING_REVIEW, PaymentState.CAPTURED}
"""Money was taken, is held, or may have been: the order is not closed, and no other payment of it is captured."""


class Difference(StrEnum):
    """How what the processor says differs from what is due. Each becomes a discrepancy that a person sees."""

    OPENED_DIFFERS = "opened differs"
    LESS_CAPTURED = "less captured"
    MORE_CAPTURED = "more captured"
    OTHER_CURRENCY = "other currency"
    OTHER_PAYEE = "other payee"
    PAYEE_NOT_TOLD = "payee not told"
    OTHER_REFERENCE = "other reference"
    CAPTURED_TWICE = "captured twice"
    UNRECOGNISED = "unrecognised"
    REFUSED = "refused for the operator"


@dataclass(frozen=True, slots=True)
class Terms:
    """What is due for one payment: to whom, how much, and the name it goes by at the processor."""

    names: str
    amount: Money
    payee: str


@dataclass(frozen=True, slots=True)
class Standing:
    """All that is derived of a payment. `captured` counts only money that is really ours, in its currency."""

    state: PaymentState
    captured: Money
    refunded: Money
    reference: str | None = None
    reason: str | None = None
    differences: frozenset[Difference] = frozenset()
    retriable: bool = False
    """Declined, but the customer may try again at the same link."""

    @property
    def is_final(self) -> bool:
        """Nothing more is expected of the processor; sweeps leave it alone."""
        return self.state is PaymentState.CAPTURED or (self.state in NO_MONEY_STATES and not self.retriable)

    @property
    def may_be_captured(self) -> bool:
        """The next capture may be asked for: nothing is under way, nothing differs."""
        ready = self.state in {PaymentState.AWAITING_CUSTOMER, PaymentState.APPROVED} or self.retriable
        return ready and self.reference is not None and Difference.OPENED_DIFFERS not in self.differences


def counts(fact: Fact, terms: Terms) -> bool:
    """True where captured money is ours, for this payment, in its currency."""
    right_currency = fact.amount is not None and fact.amount.currency == terms.amount.currency
    return right_currency and fact.payee == terms.payee and fact.names == terms.names


def fold(terms: Terms, facts: Iterable[Fact], intents: Iterable[Intent]) -> Standing:
    """The standing of a payment. Depends only on the *sets* given: order and repetition change nothing."""
    told = frozenset(facts)
    asked = sorted(intents, key=lambda intent: intent.attempt)
    captures = _captures(told)
    state, reason, retriable = _state(terms, told, asked)
    return Standing(
        state=state,
        captured=_sum((fact for fact in captures if counts(fact, terms)), terms),
        refunded=_sum(_same_currency(_of(told, FactKind.REFUNDED), terms), terms),
        reference=min((fact.reference for fact in told), default=None),
        reason=reason,
        differences=_differences(terms, told, asked),
        retriable=retriable,
    )


def _state(terms: Terms, told: frozenset[Fact], asked: list[Intent]) -> tuple[PaymentState, str | None, bool]:
    """State, its reason, and whether the same link may be tried again: the strongest word wins."""
    kinds = {fact.kind for fact in told}
    captures = [intent for intent in asked if intent.operation is Operation.CAPTURE]
    declined = {fact.subject for fact in _of(told, FactKind.DECLINED)}
    held = [fact for fact in _of(told, FactKind.PENDING) if fact.subject not in declined]
    if FactKind.CAPTURED in kinds:
        return PaymentState.CAPTURED, None, False
    if held:
        return PaymentState.PENDING_REVIEW, min(fact.reason or "" for fact in held), False
    if captures and captures[-1].outcome in UNRESOLVED:
        unknown = captures[-1].outcome is Outcome.UNKNOWN
        return (PaymentState.UNKNOWN if unknown else PaymentState.CAPTURING), captures[-1].issue, False
    if captures and captures[-1].outcome is Outcome.DONE and not declined:
        # It was answered, but no fact says what came of it: asking again must tell, never another capture.
        return PaymentState.UNKNOWN, captures[-1].issue, False
    if declined:
        return PaymentState.DECLINED, min(_reasons(told, FactKind.DECLINED)), False
    if any(_opened_otherwise(fact, terms) for fact in _of(told, FactKind.OPENED)):
        return PaymentState.FAILED, Difference.OPENED_DIFFERS, False
    return _without_capture(kinds, captures[-1] if captures else None, asked)


def _without_capture(
    kinds: set[FactKind], last_capture: Intent | None, asked: list[Intent]
) -> tuple[PaymentState, str | None, bool]:
    """The state where no capture exists: a refusal, the end of the link, or the customer's turn."""
    over = _closed(kinds)
    if last_capture is not None and last_capture.outcome is Outcome.REFUSED:
        refused = _after_refusal(last_capture, can_return=over is None)
        if refused is not None:
            return refused
    if over is not None:
        return over, None, False
    if FactKind.APPROVED in kinds:
        return PaymentState.APPROVED, None, False
    if FactKind.OPENED in kinds:
        return PaymentState.AWAITING_CUSTOMER, None, False
    return _before_opening(asked)


def _closed(kinds: set[FactKind]) -> PaymentState | None:
    if FactKind.VOIDED in kinds:
        return PaymentState.VOIDED
    return PaymentState.EXPIRED if FactKind.EXPIRED in kinds else None


def _after_refusal(intent: Intent, *, can_return: bool) -> tuple[PaymentState, str | None, bool] | None:
    """What a refused capture means; None where the payment simply goes on as its facts say."""
    if intent.attempt >= CAPTURES_MAX:
        return PaymentState.DECLINED, intent.issue, False
    match intent.reaction:
        case Reaction.NOT_APPROVED:
            # Whatever was approved before is so no longer, or not yet: the customer must not be kept waiting.
            return (PaymentState.AWAITING_CUSTOMER, None, False) if can_return else None
        case Reaction.BACK_TO_PAYER:
            return (PaymentState.AWAITING_CUSTOMER, intent.issue, False) if can_return else None
        case Reaction.OTHER_INSTRUMENT:
            return PaymentState.DECLINED, intent.issue, can_return
        case Reaction.OTHER_METHOD:
            return PaymentState.DECLINED, intent.issue, False
        case Reaction.START_AGAIN:
            return PaymentState.EXPIRED, intent.issue, False
        case _:
            return PaymentState.FAILED, intent.issue, False


def _before_opening(asked: list[Intent]) -> tuple[PaymentState, str | None, bool]:
    openings = [intent for intent in asked if intent.operation is Operation.OPEN]
    if openings and openings[-1].outcome is Outcome.REFUSED:
        never_opened = openings[-1].reaction is Reaction.START_AGAIN
        return (PaymentState.EXPIRED if never_opened else PaymentState.FAILED), openings[-1].issue, False
    return PaymentState.CREATED, None, False


def _differences(terms: Terms, told: frozenset[Fact], asked: list[Intent]) -> frozenset[Difference]:
    found: set[Difference] = set()
    for opened in _of(told, FactKind.OPENED):
        if _opened_otherwise(opened, terms):
            found.add(Difference.OPENED_DIFFERS)
    captures = _captures(told)
    for captured in captures:
        found |= _capture_differences(captured, terms)
    counted = _sum((fact for fact in captures if counts(fact, terms)), terms)
    if captures and counted.minor < terms.amount.minor:
        found.add(Difference.LESS_CAPTURED)
    if counted.minor > terms.amount.minor:
        found.add(Difference.MORE_CAPTURED)
    if len(captures) > 1:
        found.add(Difference.CAPTURED_TWICE)
    if _of(told, FactKind.UNRECOGNISED):
        found.add(Difference.UNRECOGNISED)
    if any(intent.reaction in {Reaction.OPERATOR, Reaction.OUR_BUG} for intent in asked):
        found.add(Difference.REFUSED)
    return frozenset(found)


def _opened_otherwise(opened: Fact, terms: Terms) -> bool:
    other_payee = opened.payee not in {None, terms.payee}
    return opened.amount != terms.amount or opened.names != terms.names or other_payee


def _capture_differences(captured: Fact, terms: Terms) -> set[Difference]:
    found: set[Difference] = set()
    if captured.amount is None or captured.amount.currency != terms.amount.currency:
        found.add(Difference.OTHER_CURRENCY)
    if captured.payee is None:
        found.add(Difference.PAYEE_NOT_TOLD)
    elif captured.payee != terms.payee:
        found.add(Difference.OTHER_PAYEE)
    if captured.names != terms.names:
        found.add(Difference.OTHER_REFERENCE)
    return found


def _captures(told: frozenset[Fact]) -> list[Fact]:
    return _one_of_each(_of(told, FactKind.CAPTURED))


def _one_of_each(facts: Iterable[Fact]) -> list[Fact]:
    """One fact for each subject; of several that contradict each other always the same one."""
    return list({fact.subject: fact for fact in sorted(facts, key=repr, reverse=True)}.values())


def _of(told: frozenset[Fact], kind: FactKind) -> list[Fact]:
    return [fact for fact in told if fact.kind is kind]


def _reasons(told: frozenset[Fact], kind: FactKind) -> list[str]:
    return [fact.reason or "" for fact in _of(told, kind)]


def _same_currency(facts: Iterable[Fact], terms: Terms) -> Iterable[Fact]:
    return (fact for fact in facts if fact.amount and fact.amount.currency == terms.amount.currency)


def _sum(facts: Iterable[Fact], terms: Terms) -> Money:
    amounts = [fact.amount.minor for fact in _one_of_each(facts) if fact.amount is not None]
    return Money(sum(amounts), terms.amount.currency)
