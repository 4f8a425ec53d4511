"""What the operator does with reserved money: take it, in parts or whole, make sure of it again, let it go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from checkout.domain.authorizations import Authorization, AuthorizationState
from checkout.domain.errors import BadInputError, CheckoutError, NotFoundError
from checkout.domain.intents import (
    UNRESOLVED,
    Intent,
    Operation,
    Outcome,
    name_of_attempt,
    next_attempt,
    next_named_attempt,
)
from checkout.domain.money import Money
from checkout.domain.refund_errors import LeftChangedError
from checkout.flows.instructing import carry_out
from checkout.flows.settling import Attempt, attempts_of, refresh
from checkout.store import audit, halts, intents, orders, payments
from checkout.store.audit import Deed
from checkout.store.halts import Stops

if TYPE_CHECKING:
    from datetime import datetime

    from checkout.domain.actors import Actor
    from checkout.domain.standing import Standing
    from checkout.flows.house import House
    from checkout.store.engine import Tx
    from checkout.store.payments import PaymentRow

log = structlog.get_logger()

REAUTHORIZE_FROM = timedelta(days=3)
"""PayPal makes sure of a reservation again only after its honour period. Source: its authorization guide."""

_REFUSALS = {
    "AUTHORIZATION_EXPIRED": "the reservation has expired",
    "AUTHORIZATION_VOIDED": "the reservation was let go before",
    "MAX_CAPTURE_AMOUNT_EXCEEDED": "it is more than the reservation allows",
    "MAX_CAPTURE_COUNT_EXCEEDED": "the reservation was captured too often",
    "CANNOT_BE_VOIDED": "it was captured already",
    "PREVIOUSLY_CAPTURED": "it was captured already",
    "REAUTHORIZATION_TOO_SOON": "it can be made sure of again only from the fourth day",
}


class NothingReservedError(CheckoutError):
    """A payment without a reservation that still stands."""

    def __init__(self, payment_id: str, state: str) -> None:
        super().__init__(f"No money is reserved for payment {payment_id}: it is {state}.")


class UnresolvedBeforeError(CheckoutError):
    """An earlier step whose outcome is not known; another one could take the money twice."""

    def __init__(self, payment_id: str, operation: str) -> None:
        super().__init__(
            f"The outcome of an earlier {operation} of payment {payment_id} is not known yet. It is asked for by"
            " itself; `checkout sweep --everything` asks now. Then try again."
        )


class HaltedError(CheckoutError):
    """Captures stand still until a person has looked."""

    def __init__(self, said: str) -> None:
        super().__init__(f"Captures stand still: {said} `checkout halts list` shows why.")


class RestUndecidedError(BadInputError):
    """A part is to be taken, and nobody said what becomes of the rest: let go, it cannot be had back."""

    def __init__(self, wanted: Money, left: Money) -> None:
        self.rest = left - wanted
        super().__init__(
            f"{left} is reserved and only {wanted} of it is to be taken. Say what becomes of the other {self.rest}:"
            " keep it reserved, to take more later, or let it go for good. Nothing was asked for."
        )


@dataclass(frozen=True, slots=True)
class Step:
    """What became of what the operator asked for. `let_go` is what a last capture leaves to the customer."""

    payment_id: str
    operation: Operation
    outcome: Outcome
    amount: Money
    let_go: Money
    standing: Standing
    issue: str | None

    @property
    def said(self) -> str:
        """One sentence for the operator."""
        match self.outcome:
            case Outcome.DONE:
                return f"{self.operation}: done."
            case Outcome.REFUSED:
                why = _REFUSALS.get(self.issue or "", self.issue or "no reason told")
                return f"{self.operation}: refused, {why}. Nothing happened."
            case _:
                return (
                    f"{self.operation}: the processor's answer was lost. It is asked again until it is known; do"
                    " not do it by hand."
                )

    @property
    def rest(self) -> str:
        """What became of what was not taken, where anything was not."""
        if self.standing.authorized.minor:
            return f"Still reserved: {self.standing.authorized}."
        is_gone = self.outcome is Outcome.DONE and self.let_go.minor
        return f"Let go for good: {self.let_go}." if is_gone else ""


@dataclass(frozen=True, slots=True)
class Reserved:
    """A payment with money reserved, and by when it must be taken."""

    payment: PaymentRow
    left: Money
    honoured_until: datetime | None
    until: datetime | None


def capture(
    house: House,
    payment_id: str,
    *,
    by: str,
    amount: Money | None = None,
    final: bool | None = None,
    actor: Actor | None = None,
    shown: Money | None = None,
) -> Step:
    """Take all that is left of a reservation, or a part of it.

    `final` lets the rest go, or keeps it so that more may be taken later; of a part it must be said. `shown` is
    what was left when whoever asks looked: where it is not so any more, nothing is asked for. Raises
    LeftChangedError, NothingReservedError, UnresolvedBeforeError, HaltedError, RestUndecidedError or another
    BadInputError; then nothing was asked for.
    """
    return _ask(
        house, payment_id, Operation.CAPTURE, by=by, amount=amount, final=final, actor=actor, shown=shown
    )


def reauthorize(house: House, payment_id: str, *, by: str, actor: Actor | None = None) -> Step:
    """Make sure again that what is left is there: three more days in which it is sure."""
    return _ask(house, payment_id, Operation.REAUTHORIZE, by=by, actor=actor)


def void(
    house: House, payment_id: str, *, by: str, actor: Actor | None = None, shown: Money | None = None
) -> Step:
    """Let a reservation go: the customer's money is free again, and what was captured stays captured.

    PayPal lets go of the first one only, and of every newer one with it. `shown` is as `capture` has it.
    """
    return _ask(house, payment_id, Operation.VOID, by=by, actor=actor, shown=shown)


def reserved(house: House) -> list[Reserved]:
    """Every payment with money reserved, the one that runs out first before the others."""
    with house.store.read() as tx:
        found = []
        for payment in payments.reserved_payments(tx):
            standing = _attempt(tx, payment).standing
            found.append(
                Reserved(payment, standing.authorized, payment.honoured_until, payment.authorized_until)
            )
    return found


def _ask(
    house: House,
    payment_id: str,
    operation: Operation,
    *,
    by: str,
    amount: Money | None = None,
    final: bool | None = None,
    actor: Actor | None = None,
    shown: Money | None = None,
) -> Step:
    with house.store.begin() as tx:
        payment = payments.by_id(tx, payment_id)
        if payment is None:
            raise NotFoundError("payment", payment_id)
        order = orders.lock(tx, payment.order_id)
        attempt = _attempt(tx, payment)
        live = _live(attempt)
        _refuse_if_unresolved(attempt)
        if operation is Operation.CAPTURE:
            _refuse_if_halted(tx, payment)
        if shown is not None and shown != live.left:
            raise LeftChangedError(payment.id, shown, live.left)
        wanted = amount or live.left
        _refuse_amount(attempt, live, wanted)
        house.processor(payment.processor).check_amount(wanted)
        if final is None and wanted != live.left:
            raise RestUndecidedError(wanted, live.left)
        subject = attempt.standing.authorizations[0].id if operation is Operation.VOID else live.id
        intent = _intent(house, attempt, subject, operation, wanted, by=by, final=final is not False)
        intents.add(tx, payment.id, intent, wanted)
        if actor is not None:
            deed = Deed(f"asked to {operation}", "payment", payment.id, str(wanted))
            audit.add(tx, actor, deed, intent.asked_at)
        refresh(tx, house, order, payment)
    log.info("asked for", payment=payment.id, operation=operation, amount=str(wanted))
    carry_out(house, payment, intent)
    return _step(house, payment, intent, wanted, let_go=live.left - wanted)


def _intent(
    house: House,
    attempt: Attempt,
    subject: str,
    operation: Operation,
    wanted: Money,
    *,
    by: str,
    final: bool,
) -> Intent:
    payment, invoice = attempt.payment, None
    number = next_attempt(attempt.asked, operation)
    if operation is Operation.CAPTURE:
        number = next_named_attempt(attempt.asked, attempt.told, payment.terms.names, operation)
        invoice = name_of_attempt(payment.terms.names, operation, number)
    return Intent(
        operation,
        number,
        house.shop.key_of(payment.id, operation, number),
        Outcome.ASKED,
        house.clock(),
        amount_minor=wanted.minor,
        subject=subject,
        invoice=invoice,
        wished_by=by,
        final=final,
    )


def _attempt(tx: Tx, payment: PaymentRow) -> Attempt:
    return next(one for one in attempts_of(tx, payment.order_id) if one.payment.id == payment.id)


def _live(attempt: Attempt) -> Authorization:
    """The newest reservation that stands: PayPal takes captures of that one only."""
    live = [one for one in attempt.standing.authorizations if one.state is AuthorizationState.LIVE]
    if not live:
        raise NothingReservedError(attempt.payment.id, attempt.standing.state)
    return live[-1]


def _refuse_if_unresolved(attempt: Attempt) -> None:
    for one in attempt.asked:
        if one.operation is not Operation.REFUND and one.outcome in UNRESOLVED:
            raise UnresolvedBeforeError(attempt.payment.id, one.operation)


def _refuse_if_halted(tx: Tx, payment: PaymentRow) -> None:
    for halt in halts.open_ones(tx, payment.processor):
        if halt.stops is Stops.CAPTURES:
            raise HaltedError(halt.said)


def _refuse_amount(attempt: Attempt, live: Authorization, wanted: Money) -> None:
    """PayPal allows a little more than was reserved; we take only what the customer agreed to."""
    due = attempt.payment.terms.amount - attempt.standing.captured
    left = min((live.left, due), key=lambda money: money.minor)
    if wanted.currency != left.currency or not 0 < wanted.minor <= left.minor:
        message = f"Of payment {attempt.payment.id} {left} may still be taken, not {wanted}."
        raise BadInputError(message)


def _step(house: House, payment: PaymentRow, intent: Intent, wanted: Money, *, let_go: Money) -> Step:
    with house.store.read() as tx:
        attempt = _attempt(tx, payment)
    now = next(one for one in attempt.asked if one.key == intent.key)
    return Step(payment.id, intent.operation, now.outcome, wanted, let_go, attempt.standing, now.issue)
