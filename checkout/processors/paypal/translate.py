"""PayPal's order as the house's facts; pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from checkout.domain.errors import NotAnAmountError, UnknownCurrencyError
from checkout.domain.facts import Fact, FactKind
from checkout.domain.money import Money
from checkout.processors.paypal.answers import (
    Amount,
    Movement,
    Order,
    Payee,
    PurchaseUnit,
    UnreadableAnswerError,
)
from checkout.processors.paypal.currencies import read_amount

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_OPEN = frozenset({"CREATED", "SAVED", "PAYER_ACTION_REQUIRED"})
"""The customer has not agreed yet; the link may be followed. Source: Orders v2 2.13, `order_status`."""

_CAPTURE_KINDS = {
    "COMPLETED": FactKind.CAPTURED,
    "PARTIALLY_REFUNDED": FactKind.CAPTURED,
    "REFUNDED": FactKind.CAPTURED,
    "PENDING": FactKind.PENDING,
    "DECLINED": FactKind.DECLINED,
    "FAILED": FactKind.DECLINED,
}
"""Source: Payments v2 2.5, `capture_status`. A word not in it is UNRECOGNISED, never success."""

_REFUND_IS_NO_FACT_YET = frozenset({"PENDING", "CANCELLED", "FAILED"})
_ODD = re.compile(r"[^\x20-\x7e]")
_TEXT_MAX = 127
_ID_MAX = 64
"""Of accounts, captures and refunds; PayPal's own have 13 and 17 characters."""
_TIME_MAX = 40
_PRECISION = re.compile(r"(\.\d{1,6})\d*")


def facts_of(order: Order) -> tuple[Fact, ...]:
    """Everything an order says happened. Money moves only by a capture's own status.

    An order that is COMPLETED is not thereby paid: its capture may be PENDING or DECLINED. Raises
    UnreadableAnswerError where an amount, which all else depends on, cannot be read exactly.
    """
    return (*_opened(order), *_agreed(order), *_captured(order), *_refunded(order), *_strange(order))


def forgotten(reference: str) -> tuple[Fact, ...]:
    """What it means that PayPal knows no order of this reference any more."""
    return (Fact(kind=FactKind.EXPIRED, reference=reference, subject=reference),)


def read_time(text: str | None) -> datetime | None:
    """An aware UTC time from `2024-05-05T09:52:00Z` or `…-07:00`; None for what is no such time."""
    if not isinstance(text, str) or len(text) > _TIME_MAX:
        return None
    try:
        found = datetime.fromisoformat(_PRECISION.sub(r"\1", text))
        return found.astimezone(UTC) if found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _opened(order: Order) -> Iterator[Fact]:
    """What was opened, as PayPal repeats it; a minimal answer repeats nothing and so says nothing."""
    amounts = [unit.amount for unit in order.units]
    if not amounts or not all(amounts):
        return
    yield Fact(
        kind=FactKind.OPENED,
        reference=order.id,
        subject=order.id,
        amount=_total([_money(amount) for amount in amounts if amount is not None]),
        payee=(_together(_payee(unit) for unit in order.units) or "")[:_ID_MAX] or None,
        names=_together(_clean(unit.custom_id) for unit in order.units),
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


def _captured(order: Order) -> Iterator[Fact]:
    for unit, capture in order.captures:
        kind = _CAPTURE_KINDS.get(capture.status or "", FactKind.UNRECOGNISED)
        reason = _reason(capture)
        if kind is FactKind.UNRECOGNISED:
            reason = f"CAPTURE_{_clean(capture.status) or 'WITHOUT_STATUS'}"
        if kind is FactKind.CAPTURED:
            reason = None
            if capture.amount is None:
                raise UnreadableAnswerError(f"capture {_clean(capture.id)} names no amount")
        yield Fact(
            kind=kind,
            reference=order.id,
            subject=_id(capture),
            amount=None if capture.amount is None else _money(capture.amount),
            payee=_account(capture.payee) or _payee(unit),
            names=_clean(capture.custom_id) or _clean(unit.custom_id),
            reason=reason,
            happened_at=read_time(capture.create_time),
        )


def _refunded(order: Order) -> Iterator[Fact]:
    for unit in order.units:
        for refund in (unit.payments.refunds if unit.payments else None) or ():
            if refund.status in _REFUND_IS_NO_FACT_YET:
                continue
            completed = refund.status == "COMPLETED"
            if completed and refund.amount is None:
                raise UnreadableAnswerError(f"refund {_clean(refund.id)} names no amount")
            yield Fact(
                kind=FactKind.REFUNDED if completed else FactKind.UNRECOGNISED,
                reference=order.id,
                subject=_id(refund),
                amount=None if refund.amount is None else _money(refund.amount),
                payee=_payee(unit),
                names=_clean(refund.custom_id) or _clean(unit.custom_id),
                reason=None if completed else f"REFUND_{_clean(refund.status) or 'WITHOUT_STATUS'}",
                happened_at=read_time(refund.create_time),
            )


def _strange(order: Order) -> Iterator[Fact]:
    """What we never ask for and do not understand: a person must see it."""
    known = _OPEN | {"APPROVED", "COMPLETED", "VOIDED"}
    if order.status not in known:
        yield _unrecognised(order, order.id, f"ORDER_{_clean(order.status) or 'WITHOUT_STATUS'}")
    for unit in order.units:
        for authorization in (unit.payments.authorizations if unit.payments else None) or ():
            status = _clean(authorization.status) or "WITHOUT_STATUS"
            yield _unrecognised(order, _id(authorization), f"AUTHORIZATION_{status}")


def _unrecognised(order: Order, subject: str, reason: str) -> Fact:
    return Fact(kind=FactKind.UNRECOGNISED, reference=order.id, subject=subject, reason=reason)


def _money(amount: Amount) -> Money:
    try:
        found = read_amount(amount.value, amount.currency_code)
    except (NotAnAmountError, UnknownCurrencyError) as wrong:
        raise UnreadableAnswerError(str(wrong)) from wrong
    if found.minor < 0:
        raise UnreadableAnswerError(f"an amount below nothing, {found}")
    return found


def _total(amounts: list[Money]) -> Money | None:
    """One amount for all units; None where they are of several currencies, which is never what we asked."""
    if len({amount.currency for amount in amounts}) != 1:
        return None
    return Money(sum(amount.minor for amount in amounts), amounts[0].currency)


def _together(texts: Iterable[str | None]) -> str | None:
    """What all units say; where they differ, all of it, so that it cannot be taken for ours."""
    return ",".join(sorted({text or "" for text in texts}))[:_TEXT_MAX] or None


def _payee(unit: PurchaseUnit) -> str | None:
    return _account(unit.payee)


def _account(payee: Payee | None) -> str | None:
    named = _clean(payee.merchant_id) if payee else None
    return named[:_ID_MAX] if named else None


def _reason(capture: Movement) -> str | None:
    return _clean(capture.status_details.reason) if capture.status_details else None


def _id(movement: Movement) -> str:
    found = _clean(movement.id)
    if not found or len(found) > _ID_MAX:
        raise UnreadableAnswerError("a capture, refund or authorization has no usable id")
    return found


def _clean(text: str | None) -> str | None:
    """Printable ASCII of bounded length: what is not becomes `?`, is kept, and equals nothing of ours."""
    return _ODD.sub("?", text)[:_TEXT_MAX] if text else None
