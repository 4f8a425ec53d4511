"""A person decides about a difference: once, with a reason, as a fact that the books and the order's history show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from checkout.domain.accounts import Account, Side
from checkout.domain.cards import holds_card_number
from checkout.domain.comparison import Ours, ReportDifference
from checkout.domain.corrections import Action, Case, decided_facts
from checkout.domain.differences import Difference
from checkout.domain.errors import BadInputError, CardNumberError, NotFoundError
from checkout.domain.money import Money
from checkout.flows.refunding import RefundWish, ask_refund
from checkout.flows.settling import attempts_of, settle, settle_account
from checkout.store import discrepancies, facts, ledger, orders, payments
from webhooks.reconcile.comparing import KEY_PREFIX
from webhooks.reconcile.knowing import gather
from webhooks.reconcile.missing import fact_key, row_of

if TYPE_CHECKING:
    from checkout.domain.facts import Fact
    from checkout.flows.house import House
    from checkout.store.discrepancies import Discrepancy
    from checkout.store.engine import Tx
    from checkout.store.payments import PaymentRow

log = structlog.get_logger()

REASON_MIN, REASON_MAX = 10, 120
BY_MAX = 60
LEARNED_FROM = "resolution"

_TOO_MUCH = frozenset({Difference.MORE_CAPTURED, Difference.CAPTURED_TWICE, "order overpaid", "paid late"})
"""What a payment's or an order's own standing calls too much; all of a late payment is."""


class AlreadyResolvedError(BadInputError):
    """Somebody has decided before."""

    def __init__(self, one: Discrepancy) -> None:
        who = one.resolved_by or "the next comparison"
        super().__init__(
            f"Discrepancy {one.id} was resolved by {who} at {one.resolved_at:%Y-%m-%d %H:%M:%S} UTC: {one.resolution}"
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decides, why, and who. `account` is where it is booked, for `book` and where adopting asks."""

    action: Action
    reason: str
    by: str
    account: Account | None = None


def resolve(house: House, discrepancy_id: int, decision: Decision) -> Discrepancy:
    """Carry a decision out and close the discrepancy, in one transaction.

    Raises NotFoundError, AlreadyResolvedError, BadInputError, CardNumberError, NothingToBookError or, of a
    refund, RefundImpossibleError; nothing is changed then.
    """
    _check(decision)
    with house.store.read() as tx:
        one = _open(tx, discrepancy_id)
        case = _case(tx, house, one)
        payment = payments.by_id(tx, one.payment_id) if one.payment_id else None
    if decision.action is Action.REFUND:
        _refund(house, one, case, decision)
    name = f"discrepancy-{one.id}"
    told = decided_facts(
        case, decision.action, decision.account, name=name, reason=decision.reason, at=house.clock()
    )
    with house.store.begin() as tx:
        _settle(tx, house, one, payment, told)
        # After the order's lock, as everywhere; whoever decided meanwhile was first, and this is undone.
        _open(tx, discrepancy_id, lock=True)
        said = f"{decision.action}: {decision.reason}"
        discrepancies.resolve(tx, one.processor, one.key, said, at=house.clock(), by=decision.by)
        resolved = discrepancies.by_id(tx, discrepancy_id)
    assert resolved is not None  # noqa: S101 -- it was there
    log.info("difference resolved", discrepancy=one.id, kind=one.kind, action=decision.action)
    return resolved


def _check(decision: Decision) -> None:
    for field, text, most in (("reason", decision.reason, REASON_MAX), ("by", decision.by, BY_MAX)):
        if holds_card_number(text):
            raise CardNumberError(field)
        if not text.strip() or len(text) > most:
            raise BadInputError(f"`{field}` must have 1 to {most} characters.")
    if "@" in decision.reason:
        raise BadInputError("The reason is kept for good: leave out mail addresses, and names of customers.")
    if decision.action is Action.IGNORE and len(decision.reason.strip()) < REASON_MIN:
        raise BadInputError(f"To ignore a difference, say why in at least {REASON_MIN} characters.")
    if decision.action is Action.BOOK and decision.account is None:
        raise BadInputError("To book a difference, name the account: --account.")


def _open(tx: Tx, discrepancy_id: int, *, lock: bool = False) -> Discrepancy:
    one = discrepancies.by_id(tx, discrepancy_id, lock=lock)
    if one is None:
        raise NotFoundError("discrepancy", str(discrepancy_id))
    if one.resolved_at is not None:
        raise AlreadyResolvedError(one)
    return one


def _case(tx: Tx, house: House, one: Discrepancy) -> Case:
    payment = payments.by_id(tx, one.payment_id) if one.payment_id else None
    terms, reference = (payment.terms, payment.reference) if payment else (None, None)
    if not one.key.startswith(KEY_PREFIX):
        return Case(one.kind, terms=terms, reference=reference, suspense=_suspense(tx, one.payment_id))
    if one.kind == ReportDifference.MISSING_THERE:
        told = facts.of_subject(tx, one.processor, str(one.subject))
        fact = next((fact for fact in told if fact_key(fact) == one.key), None)
        return Case(one.kind, Ours(facts=tuple(told)), fact=fact, terms=terms, reference=reference)
    row = row_of(tx, one) if one.subject else None
    if row is None:
        return Case(one.kind, terms=terms, reference=reference, balance=_balance(one))
    known = gather(tx, house, one.processor, [row[0]])[0]
    return Case(one.kind, known.ours, row[0], terms=terms, reference=reference)


def _balance(one: Discrepancy) -> Money | None:
    """How much more the processor holds, from the name of the difference: `report:balance differs:EUR:100`."""
    parts = one.key.split(":")
    is_balance = one.kind == ReportDifference.BALANCE and len(parts) == 4  # noqa: PLR2004 -- see above
    return Money(int(parts[3]), parts[2]) if is_balance else None


def _suspense(tx: Tx, payment_id: str | None) -> tuple[Money, ...]:
    """What of a payment waits in suspense, by currency; above nothing where it came in."""
    found: dict[str, int] = {}
    for account, side, amount in ledger.entries_of_payment(tx, payment_id) if payment_id else ():
        if account is Account.SUSPENSE:
            signed = amount.minor if side is Side.CREDIT else -amount.minor
            found[amount.currency] = found.get(amount.currency, 0) + signed
    return tuple(Money(minor, currency) for currency, minor in sorted(found.items()) if minor)


def _settle(
    tx: Tx, house: House, one: Discrepancy, payment: PaymentRow | None, told: tuple[Fact, ...]
) -> None:
    if payment is not None and payment.reference is not None:
        settle(tx, house, payment, told, learned_from=LEARNED_FROM)
    else:
        settle_account(tx, house, one.processor, told, learned_from=LEARNED_FROM)


def _refund(house: House, one: Discrepancy, case: Case, decision: Decision) -> None:
    """Ask for the refund first, by a request that can be sent again: a crash between asks for nothing twice."""
    if one.payment_id is None:
        raise BadInputError("It is about no payment of this shop, so nothing can be refunded here.")
    amount = _too_much(house, one, case)
    wish = RefundWish(one.payment_id, amount, by=decision.by, request=f"discrepancy-{one.id}")
    ask_refund(house, wish)


def _too_much(house: House, one: Discrepancy, case: Case) -> Money:
    row = case.row
    if one.kind == ReportDifference.AMOUNT and row is not None and case.terms is not None:
        minor = row.amount_minor - case.terms.amount.minor
    elif one.kind in {ReportDifference.MISSING_HERE, ReportDifference.UNKNOWN_MOVEMENT} and row is not None:
        minor = row.amount_minor
    elif one.kind in _TOO_MUCH:
        return _beyond_due(house, one)
    else:
        minor = 0
    if minor <= 0 or row is None:
        raise BadInputError(f"Nothing came too much by {one.kind!r}: there is nothing to refund.")
    return Money(minor, row.currency)


def _beyond_due(house: House, one: Discrepancy) -> Money:
    """What the order has more than is due; all of it where it came too late."""
    with house.store.read() as tx:
        payment = payments.by_id(tx, str(one.payment_id))
        order = orders.by_id(tx, payment.order_id) if payment else None
        if payment is None or order is None:
            raise NotFoundError("payment", str(one.payment_id))
        attempts = attempts_of(tx, order.id)
    standings = {attempt.payment.id: attempt.standing for attempt in attempts}
    own = standings[payment.id].captured.minor - standings[payment.id].refunded.minor
    if one.kind == "paid late":
        return Money(own, order.due.currency)
    whole = sum(one.captured.minor - one.refunded.minor for one in standings.values())
    return Money(min(own, whole - order.due.minor), order.due.currency)
