"""PayPal's order as the house's facts; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checkout.domain.facts import Fact, FactKind
from checkout.domain.money import Money
from checkout.processors.paypal.answers import Order, PurchaseUnit
from checkout.processors.paypal.movements import Context, authorization_facts, capture_facts, refund_facts
from checkout.processors.paypal.reading import ID_MAX, TEXT_MAX, account, clean, money, read_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_OPEN = frozenset({"CREATED", "SAVED", "PAYER_ACTION_REQUIRED"})
"""The customer has not agreed yet; the link may be followed. Source: Orders v2 2.13, `order_status`."""


def facts_of(order: Order, reversals: frozenset[str] = frozenset()) -> tuple[Fact, ...]:
    """Everything an order says happened. Money moves only by a capture's own status.

    An order that is COMPLETED is not thereby paid: its capture may be PENDING or DECLINED. `reversals` are
    ids of what went back that PayPal calls reversed elsewhere, as the order itself does not tell. Raises
    UnreadableAnswerError where an amount, which all else depends on, cannot be read exactly.
    """
    return (*_opened(order), *_agreed(order), *_moved(order, reversals), *_strange(order))


def forgotten(reference: str) -> tuple[Fact, ...]:
    """What it means that PayPal knows no order of this reference any more."""
    return (Fact(kind=FactKind.EXPIRED, reference=reference, subject=reference),)


def _opened(order: Order) -> Iterator[Fact]:
    """What was opened, as PayPal repeats it; a minimal answer repeats nothing and so says nothing."""
    amounts = [unit.amount for unit in order.units]
    if not amounts or not all(amounts):
        return
    yield Fact(
        kind=FactKind.OPENED,
        reference=order.id,
        subject=order.id,
        amount=_total([money(amount) for amount in amounts if amount is not None]),
        payee=(_together(_payee(unit) for unit in order.units) or "")[:ID_MAX] or None,
        names=_together(clean(unit.custom_id) for unit in order.units),
        happened_at=read_time(order.create_time),
    )


def _agreed(order: Order) -> Iterator[Fact]:
    if order.status in {"APPROVED", "COMPLETED"} or order.captures:
        at = order.update_time if order.status == "APPROVED" else None
        yield Fact(kind=FactKind.APPROVED, reference=order.id, subject=order.id, happened_at=read_time(at))
    if order.status == "VOIDED":
        yield Fact(
            kind=FactKind.VOIDED,
            reference=order.id,
            subject=order.id,
            happened_at=read_time(order.update_time),
        )


def _moved(order: Order, reversals: frozenset[str]) -> Iterator[Fact]:
    for unit in order.units:
        if unit.payments is None:
            continue
        context = Context(order.id, _payee(unit), clean(unit.custom_id), reversals)
        for authorization in unit.payments.authorizations or ():
            yield from authorization_facts(authorization, context)
        for capture in unit.payments.captures or ():
            yield from capture_facts(capture, context)
        for refund in unit.payments.refunds or ():
            yield from refund_facts(refund, context)


def _strange(order: Order) -> Iterator[Fact]:
    """What we never ask for and do not understand: a person must see it."""
    known = _OPEN | {"APPROVED", "COMPLETED", "VOIDED"}
    if order.status not in known:
        reason = f"ORDER_{clean(order.status) or 'WITHOUT_STATUS'}"
        yield Fact(kind=FactKind.UNRECOGNISED, reference=order.id, subject=order.id, reason=reason)


def _total(amounts: list[Money]) -> Money | None:
    """One amount for all units; None where they are of several currencies, which is never what we asked."""
    if len({amount.currency for amount in amounts}) != 1:
        return None
    return Money(sum(amount.minor for amount in amounts), amounts[0].currency)


def _together(texts: Iterable[str | None]) -> str | None:
    """What all units say; where they differ, all of it, so that it cannot be taken for ours."""
    return ",".join(sorted({text or "" for text in texts}))[:TEXT_MAX] or None


def _payee(unit: PurchaseUnit) -> str | None:
    return account(unit.payee)
