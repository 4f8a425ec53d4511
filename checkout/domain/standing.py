"""The fold: a payment's facts and intents in, its standing out, in whatever order they came."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from checkout.domain.authorizations import Authorization, AuthorizationState, authorizations
from checkout.domain.differences import (
    Difference,
    captures,
    differences,
    one_of_each,
    opened_otherwise,
)
from checkout.domain.disputes import Dispute, disputes
from checkout.domain.errors import Reaction
from checkout.domain.facts import Fact, FactKind
from checkout.domain.intents import UNRESOLVED, Intent, Operation, Outcome
from checkout.domain.money import Money
from checkout.domain.sent_back import Return, ReturnState, returns
from checkout.domain.terms import Terms, counts

if TYPE_CHECKING:
    from collections.abc import Iterable

CAPTURES_MAX = 10
"""Attempts to capture one payment, each after a known refusal of the one before; then the payment is over."""


class PaymentState(StrEnum):
    """Where one payment stands. Refunds, reversals and disputes are amounts beside it, not states."""

    CREATED = "created"
    AWAITING_CUSTOMER = "awaiting customer"
    APPROVED = "approved"
    CAPTURING = "capturing"
    UNKNOWN = "unknown"
    PENDING_REVIEW = "pending review"
    AUTHORIZED = "authorized"
    """Money is reserved for us; the operator takes it, in parts or whole, or lets it go."""
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

MAY_HOLD_MONEY = IN_LIMBO | {PaymentState.PENDING_REVIEW, PaymentState.AUTHORIZED, PaymentState.CAPTURED}
"""Money was taken, is held, or may have been: the order is not closed, and no other payment of it is captured."""


@dataclass(frozen=True, slots=True)
class Standing:
    """All that is derived of a payment. `captured` counts only money that is really ours, in its currency.

    `refunded` is what we gave back, `reversed` what was taken back, less what came again; `returns`,
    `disputes` and `authorizations` are each of them by itself.
    """

    state: PaymentState
    captured: Money
    refunded: Money
    reference: str | None = None
    reason: str | None = None
    differences: frozenset[Difference] = frozenset()
    retriable: bool = False
    """Declined, but the customer may try again at the same link."""
    reversed_minor: int = 0
    returns: tuple[Return, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    authorizations: tuple[Authorization, ...] = ()
    has_open_asks: bool = False
    """Something after the capture was asked for, and its outcome is not known."""

    @property
    def reversed(self) -> Money:
        """What the processor or a bank took back and keeps."""
        return Money(self.reversed_minor, self.captured.currency)

    @property
    def is_disputed(self) -> bool:
        """A dispute about it is open."""
        return any(one.is_open for one in self.disputes)

    @property
    def is_final(self) -> bool:
        """Nothing more is expected of the processor; sweeps leave it alone."""
        if self.has_open_asks or self.is_disputed or self._reserves:
            return False
        if any(one.state is ReturnState.PENDING for one in self.returns):
            return False
        return self.state is PaymentState.CAPTURED or (self.state in NO_MONEY_STATES and not self.retriable)

    @property
    def may_be_captured(self) -> bool:
        """The customer's money may be asked for: nothing is under way, nothing differs."""
        ready = self.state in {PaymentState.AWAITING_CUSTOMER, PaymentState.APPROVED} or self.retriable
        return ready and self.reference is not None and Difference.OPENED_DIFFERS not in self.differences

    @property
    def authorized(self) -> Money:
        """What may still be taken of live reservations."""
        left = sum(one.left.minor for one in self.authorizations)
        return Money(left, self.captured.currency)

    @property
    def _reserves(self) -> bool:
        open_states = {AuthorizationState.LIVE, AuthorizationState.PENDING}
        return any(one.state in open_states for one in self.authorizations)


def first_step(terms: Terms) -> Operation:
    """What an approval is for: taking the money, or only reserving it."""
    return Operation.AUTHORIZE if terms.capture_later else Operation.CAPTURE


def fold(terms: Terms, facts: Iterable[Fact], intents: Iterable[Intent]) -> Standing:
    """The standing of a payment. Depends only on the *sets* given: order and repetition change nothing."""
    told = frozenset(facts)
    asked = sorted(intents, key=lambda intent: (intent.attempt, intent.operation))
    currency = terms.amount.currency
    renewed = frozenset(one.subject or "" for one in asked if _has_renewed(one))
    reserved = authorizations(told, Money.zero(currency), renewed)
    state, reason, retriable = _state(terms, told, asked, reserved)
    went = returns(told, currency)
    done = [one for one in went if one.state is ReturnState.COMPLETED]
    again = [fact for fact in _of(told, FactKind.RETURNED) if _is_in(fact, currency)]
    taken_back = sum(one.amount.minor for one in done if one.is_reversal)
    return Standing(
        state=state,
        captured=_sum((fact for fact in captures(told) if counts(fact, terms)), terms),
        refunded=Money(sum(one.amount.minor for one in done if not one.is_reversal), currency),
        reference=min((fact.reference for fact in told), default=None),
        reason=reason,
        differences=differences(terms, told, asked),
        retriable=retriable,
        reversed_minor=taken_back - sum(fact.amount.minor for fact in again if fact.amount),
        returns=tuple(went),
        disputes=tuple(disputes(told)),
        authorizations=tuple(reserved),
        has_open_asks=any(_is_open_ask(intent, terms) for intent in asked),
    )


def _has_renewed(intent: Intent) -> bool:
    return intent.operation is Operation.REAUTHORIZE and intent.outcome is Outcome.DONE


def _is_open_ask(intent: Intent, terms: Terms) -> bool:
    """The first steps are told by the state; what comes after them would be forgotten."""
    after = intent.operation not in {Operation.OPEN, first_step(terms)}
    return after and intent.outcome in UNRESOLVED


def _state(
    terms: Terms, told: frozenset[Fact], asked: list[Intent], reserved: list[Authorization]
) -> tuple[PaymentState, str | None, bool]:
    """State, its reason, and whether the same link may be tried again: the strongest word wins."""
    kinds = {fact.kind for fact in told}
    if FactKind.CAPTURED in kinds:
        return PaymentState.CAPTURED, None, False
    declined = {fact.subject for fact in _of(told, FactKind.DECLINED)}
    held = [fact for fact in _of(told, FactKind.PENDING) if fact.subject not in declined]
    if held:
        return PaymentState.PENDING_REVIEW, min(fact.reason or "" for fact in held), False
    limbo = _limbo(terms, told, asked, reserved)
    if limbo is not None:
        return limbo
    if reserved:
        return _reserved(reserved)
    if declined:
        return PaymentState.DECLINED, min(_reasons(told, FactKind.DECLINED)), False
    if any(opened_otherwise(fact, terms) for fact in _of(told, FactKind.OPENED)):
        return PaymentState.FAILED, Difference.OPENED_DIFFERS, False
    steps = [intent for intent in asked if intent.operation is first_step(terms)]
    return _without_capture(kinds, steps[-1] if steps else None, asked)


def _limbo(
    terms: Terms, told: frozenset[Fact], asked: list[Intent], reserved: list[Authorization]
) -> tuple[PaymentState, str | None, bool] | None:
    """Money may have moved by the last step, and no fact says so yet."""
    steps = [
        intent
        for intent in asked
        if intent.operation is Operation.CAPTURE or (intent.operation is first_step(terms) and not reserved)
    ]
    if not steps:
        return None
    last = steps[-1]
    if last.outcome in UNRESOLVED:
        unknown = last.outcome is Outcome.UNKNOWN
        return (PaymentState.UNKNOWN if unknown else PaymentState.CAPTURING), last.issue, False
    if last.outcome is Outcome.DONE and not _of(told, FactKind.DECLINED):
        # It was answered, but no fact says what came of it: asking again must tell, never another capture.
        return PaymentState.UNKNOWN, last.issue, False
    return None


def _reserved(reserved: list[Authorization]) -> tuple[PaymentState, str | None, bool]:
    """The best that can be said of any reservation."""
    states = {one.state for one in reserved}
    if AuthorizationState.LIVE in states:
        return PaymentState.AUTHORIZED, None, False
    if AuthorizationState.PENDING in states:
        reasons = [one.reason or "" for one in reserved if one.state is AuthorizationState.PENDING]
        return PaymentState.PENDING_REVIEW, min(reasons), False
    if AuthorizationState.EXPIRED in states:
        return PaymentState.EXPIRED, None, False
    if AuthorizationState.VOIDED in states:
        return PaymentState.VOIDED, None, False
    return PaymentState.DECLINED, min(one.reason or "" for one in reserved), False


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


def _of(told: frozenset[Fact], kind: FactKind) -> list[Fact]:
    return [fact for fact in told if fact.kind is kind]


def _reasons(told: frozenset[Fact], kind: FactKind) -> list[str]:
    return [fact.reason or "" for fact in _of(told, kind)]


def _is_in(fact: Fact, currency: str) -> bool:
    return fact.amount is not None and fact.amount.currency == currency


def _sum(facts: Iterable[Fact], terms: Terms) -> Money:
    amounts = [fact.amount.minor for fact in one_of_each(facts) if fact.amount is not None]
    return Money(sum(amounts), terms.amount.currency)
