"""One question to the processor about one payment, asked with all that we know it by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from checkout.domain.disputes import disputes
from checkout.domain.facts import Fact, FactKind
from checkout.domain.processor import Answer, Question
from checkout.domain.sent_back import ReturnState, returns
from checkout.store import facts

if TYPE_CHECKING:
    from checkout.flows.house import House
    from checkout.store.payments import PaymentRow


@dataclass(frozen=True, slots=True)
class Hints:
    """What an event or a report names that is to be asked about too, by the processor's ids."""

    disputes: frozenset[str] = frozenset()
    reversals: frozenset[str] = frozenset()
    refunds: frozenset[str] = frozenset()
    captures: frozenset[str] = frozenset()


NO_HINTS = Hints()


def inquire(house: House, payment: PaymentRow, hints: Hints = NO_HINTS) -> Answer:
    """One question to the processor, outside any transaction. Raises ProcessorError."""
    return house.processor(payment.processor).inquire(_question(house, payment, hints))


def is_whole(answer: Answer) -> bool:
    """True where the processor showed the payment itself, and so all that belongs to it."""
    return any(fact.kind is FactKind.OPENED for fact in answer.facts)


def _question(house: House, payment: PaymentRow, hints: Hints) -> Question:
    with house.store.read() as tx:
        told = facts.of_payment(tx, payment.id)
    went = returns(told, payment.terms.amount.currency)
    open_disputes = {one.id for one in disputes(told) if one.is_open}
    return Question(
        names=payment.terms.names,
        reference=str(payment.reference),
        amount=payment.terms.amount,
        captures=tuple(sorted({fact.subject for fact in told if fact.kind in _TAKEN} | hints.captures)),
        authorizations=tuple(sorted({fact.subject for fact in told if fact.kind in _RESERVED})),
        refunds=tuple(
            sorted({one.subject for one in went if one.state is ReturnState.PENDING} | hints.refunds)
        ),
        disputes=frozenset(open_disputes | hints.disputes),
        reversals=hints.reversals - _refunds_of_ours(payment, told),
    )


def _refunds_of_ours(payment: PaymentRow, told: list[Fact]) -> set[str]:
    """What we sent back ourselves is a refund, whatever a forged event calls it."""
    prefixes = (f"{payment.terms.names}-R", claim_invoice(payment.terms.names, ""))
    return {fact.subject for fact in told if (fact.word("invoice") or "").startswith(prefixes)}


def claim_invoice(names: str, attempt: int | str) -> str:
    """Our name of what goes back by an accepted claim; where disputes are answered, PayPal takes no dots."""
    return f"{names.replace('.', '-')}-D{attempt}"


_TAKEN = frozenset({FactKind.CAPTURED, FactKind.PENDING})
_RESERVED = frozenset({FactKind.AUTHORIZED, FactKind.AUTHORIZATION_PENDING})
