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
from checkout.domain.facts import FactKind, undone_marks
from checkout.domain.intents import Operation, Outcome
from checkout.domain.money import Money
from checkout.domain.refundable import ON_THEIR_WAY, lefts
from checkout.domain.sent_back import ReturnState
from checkout.flows import telling
from checkout.flows.refunding import Refund, RefundWish, ask_refund, refunds_of
from checkout.flows.settling import ORDER_OVERPAID, Attempt, attempts_of, settle, settle_account
from checkout.store import audit, discrepancies, facts, intents, ledger, orders, payments
from checkout.store.audit import Deed
from webhooks.reconcile.comparing import KEY_PREFIX
from webhooks.reconcile.knowing import gather
from webhooks.reconcile.missing import missing_fact, row_of

if TYPE_CHECKING:
    from checkout.domain.actors import Actor
    from checkout.domain.facts import Fact
    from checkout.flows.house import House
    from checkout.store.discrepancies import Discrepancy
    from checkout.store.engine import Tx
    from checkout.store.payments import PaymentRow

log = structlog.get_logger()

REASON_MIN, REASON_MAX = 10, 120
BY_MAX = 60
LEARNED_FROM = "resolution"

_TOO_MUCH = frozenset({Difference.MORE_CAPTURED, Difference.CAPTURED_TWICE, ORDER_OVERPAID, "paid late"})
"""What a payment's or an order's own standing calls too much; all of a late payment is."""


_DEAD = frozenset({ReturnState.FAILED, ReturnState.CANCELLED})


class AlreadyResolvedError(BadInputError):
    """Somebody has decided before."""

    def __init__(self, one: Discrepancy) -> None:
        who = one.resolved_by or "the next comparison"
        super().__init__(
            f"Discrepancy {one.id} was resolved by {who} at {one.resolved_at:%Y-%m-%d %H:%M:%S} UTC: {one.resolution}"
        )


class NotGoneBackError(BadInputError):
    """The refund that was decided on is not on its way, so the difference stays open."""

    def __init__(self, one: Discrepancy, refund: Refund) -> None:
        match refund.outcome:
            case Outcome.TO_APPROVE:
                how = (
                    f"waits for a second person: `checkout refunds approve {refund.name}`."
                    " Then decide the same again."
                )
            case Outcome.REFUSED:
                how = f"was refused ({refund.issue or 'no reason told'}). The same decision again tries anew."
            case Outcome.WITHDRAWN:
                how = "was withdrawn. The same decision again asks for a new one."
            case Outcome.DONE if refund.arrived in _DEAD:
                how = f"has come to nothing ({refund.arrived}). The same decision again tries anew."
            case _:
                how = "is not known to have gone: it is asked for. Decide the same again when it is known."
        super().__init__(f"Discrepancy {one.id} stays open: refund {refund.name} of {refund.amount} {how}")


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decides, why, and who. `account` is where it is booked, for `book` and where adopting asks.

    `actor` is whose deed is kept in the audit with what it does; of a refund also where it waits.
    """

    action: Action
    reason: str
    by: str
    account: Account | None = None
    actor: Actor | None = None


def resolve(house: House, discrepancy_id: int, decision: Decision) -> Discrepancy:
    """Carry a decision out and close the discrepancy, in one transaction.

    Raises NotFoundError, AlreadyResolvedError, BadInputError, CardNumberError, NothingToBookError or, of a
    refund, RefundImpossibleError; nothing is changed then. A refund goes first: until its money is on its way,
    NotGoneBackError says how it stands, and the same decision again goes on with it.
    """
    _check(decision)
    with house.store.read() as tx:
        one = _open(tx, discrepancy_id, healed=decision.action is Action.REFUND)
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
        _open(tx, discrepancy_id, lock=True, healed=decision.action is Action.REFUND)
        said = f"{decision.action}: {decision.reason}"
        telling.resolve(tx, house, one.processor, one.key, said, by=decision.by)
        if decision.actor is not None:
            deed = Deed("decided discrepancy", "discrepancy", str(one.id), decision.action)
            audit.add(tx, decision.actor, deed, house.clock())
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


def _open(tx: Tx, discrepancy_id: int, *, lock: bool = False, healed: bool = False) -> Discrepancy:
    """One that waits for a decision; with `healed` also one that has healed, as by its own refund."""
    one = discrepancies.by_id(tx, discrepancy_id, lock=lock)
    if one is None:
        raise NotFoundError("discrepancy", str(discrepancy_id))
    if one.resolved_at is not None and not (healed and one.resolved_by is None):
        raise AlreadyResolvedError(one)
    return one


def _case(tx: Tx, house: House, one: Discrepancy) -> Case:
    payment = payments.by_id(tx, one.payment_id) if one.payment_id else None
    terms, reference = (payment.terms, payment.reference) if payment else (None, None)
    if one.kind in {ReportDifference.MISSING_THERE, Difference.REFUND_DENIED}:
        told = facts.of_subject(tx, one.processor, str(one.subject))
        fact, side = missing_fact(told, one.key) or (None, None)
        is_exchange = fact is not None and fact.kind is FactKind.EXCHANGED
        return Case(
            one.kind,
            Ours(facts=tuple(told)),
            fact=fact,
            side=side if is_exchange else None,
            terms=terms,
            reference=reference,
            undone=undone_marks(facts.of_payment(tx, payment.id)) if payment else frozenset(),
        )
    if not one.key.startswith(KEY_PREFIX):
        return Case(one.kind, terms=terms, reference=reference, suspense=_suspense(tx, one.payment_id))
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
    """Ask for the refund first, by a request that can be sent again: a crash between asks for nothing twice.

    What was asked for before is found by its request, and not reckoned again: it has changed what is too much.
    """
    if one.payment_id is None:
        raise BadInputError("It is about no payment of this shop, so nothing can be refunded here.")
    wishes = _wishes(house, one, one.payment_id)
    made = wishes[-1] if wishes else []
    if one.resolved_at is not None and not (made and all(map(_has_gone, made))):
        raise AlreadyResolvedError(one)
    if not made or _is_over(made):
        # What went back of the wishes before goes back no second time.
        gone = sum(refund.amount.minor for wish in wishes for refund in wish if _has_gone(refund))
        amount = _too_much(house, one, case, gone)
        request = _request(one, len(wishes) + 1)
        wish = RefundWish(
            one.payment_id,
            amount,
            by=decision.by,
            request=request,
            actor=decision.actor,
            reason=f"to resolve discrepancy {one.id}",
        )
        made = ask_refund(house, wish)
    # Of several, one that may yet go is told first: no new wish is made while it may.
    staying = sorted((refund for refund in made if not _has_gone(refund)), key=_is_dead)
    if staying:
        raise NotGoneBackError(one, staying[0])


def _request(one: Discrepancy, number: int) -> str:
    return f"discrepancy-{one.id}" if number == 1 else f"discrepancy-{one.id}-{number}"


def _wishes(house: House, one: Discrepancy, payment_id: str) -> list[list[Refund]]:
    """The refunds of each wish that was made about it, first to last."""
    with house.store.read() as tx:
        asked = [each for each in intents.of_payment(tx, payment_id) if each.operation is Operation.REFUND]
    found: list[list[Refund]] = []
    while made := [each.attempt for each in asked if each.request == _request(one, len(found) + 1)]:
        found.append(refunds_of(house, payment_id, made))
    return found


def _has_gone(refund: Refund) -> bool:
    return refund.outcome is Outcome.DONE and refund.arrived in ON_THEIR_WAY


def _is_dead(refund: Refund) -> bool:
    """It never goes: only a new one can."""
    failed = refund.outcome is Outcome.DONE and refund.arrived in _DEAD
    return failed or refund.outcome in {Outcome.REFUSED, Outcome.WITHDRAWN}


def _is_over(made: list[Refund]) -> bool:
    """Each has gone or never goes, and not all have gone: the rest needs a new wish."""
    return all(_has_gone(one) or _is_dead(one) for one in made) and any(_is_dead(one) for one in made)


def _too_much(house: House, one: Discrepancy, case: Case, gone_minor: int) -> Money:
    """What came too much and has not gone back yet; `gone_minor` has, by this decision."""
    row = case.row
    if one.kind == ReportDifference.AMOUNT and row is not None and case.terms is not None:
        minor = row.amount_minor - case.terms.amount.minor - gone_minor
    elif one.kind in {ReportDifference.MISSING_HERE, ReportDifference.UNKNOWN_MOVEMENT} and row is not None:
        minor = row.amount_minor - gone_minor
    elif one.kind in _TOO_MUCH:
        return _more_than_nothing(one, _beyond_due(house, one))
    else:
        minor = 0
    return _more_than_nothing(one, Money(minor, row.currency) if row else None)


def _more_than_nothing(one: Discrepancy, amount: Money | None) -> Money:
    if amount is None or amount.minor <= 0:
        raise BadInputError(
            f"Nothing came too much by {one.kind!r} that is not on its way back already: there is nothing to refund."
        )
    return amount


def _beyond_due(house: House, one: Discrepancy) -> Money:
    """What the order has more than is due; all of it where it came too late."""
    with house.store.read() as tx:
        payment = payments.by_id(tx, str(one.payment_id))
        order = orders.by_id(tx, payment.order_id) if payment else None
        if payment is None or order is None:
            raise NotFoundError("payment", str(one.payment_id))
        attempts = attempts_of(tx, order.id)
    kept = {attempt.payment.id: _kept_minor(attempt) for attempt in attempts}
    own = kept[payment.id]
    if one.kind == "paid late":
        return Money(own, order.due.currency)
    return Money(min(own, sum(kept.values()) - order.due.minor), order.due.currency)


def _kept_minor(attempt: Attempt) -> int:
    """What came in and is not given back, nor on its way back, nor promised."""
    standing = attempt.standing
    going = sum(
        one.amount.minor
        for one in standing.returns
        if one.state is ReturnState.PENDING and not one.is_reversal
    )
    promised = sum(one.reserved.minor for one in lefts(attempt.payment.terms, attempt.told, attempt.asked))
    return standing.captured.minor - standing.refunded.minor - going - promised
