"""Lives the lives: customers, operators, PayPal and banks act in turns, while both clocks move on together."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

from checkout.domain.errors import CheckoutError
from checkout.domain.money import Money
from checkout.domain.processor import Question
from checkout.flows import ordering, reserving
from checkout.processors.paypal.emulator.control_client import ControlFailedError
from tests.paid_shop import Paid, PaidShop
from tests.proofs.lives.plans import RESERVED, STAGES, Kind, Life

THREADS = 8
_Given = TypeVar("_Given")
_Made = TypeVar("_Made")


@dataclass
class Lived:
    """A life and what it left behind. `dispute` is PayPal's id of it, where there was one."""

    life: Life
    paid: Paid
    dispute: str = ""
    troubles: list[str] = field(default_factory=list)


def begin(shop: PaidShop, plans: Iterable[Life]) -> list[Lived]:
    """Every customer orders and does what is theirs."""
    return _all(lambda life: _pay(shop, life), plans)


def act(shop: PaidShop, lived: Iterable[Lived]) -> None:
    """What happens within the first day."""
    _all(lambda one: _told(one, lambda: _FIRST.get(one.life.kind, _nothing)(shop, one)), lived)


def act_later(shop: PaidShop, lived: Iterable[Lived]) -> None:
    """What happens some days later."""
    _all(lambda one: _told(one, lambda: _LATER.get(one.life.kind, _nothing)(shop, one)), lived)


def _all(do: Callable[[_Given], _Made], given: Iterable[_Given]) -> list[_Made]:
    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(do, given))


def _told(one: Lived, do: Callable[[], object]) -> None:
    """What the shop or PayPal refuses is a part of life; what it was is kept."""
    try:
        do()
    except (CheckoutError, ControlFailedError) as refused:
        one.troubles.append(str(refused))


def _nothing(_shop: PaidShop, _one: Lived) -> None:
    """Nothing more happens."""


def _pay(shop: PaidShop, life: Life) -> Lived:
    instrument = {
        Kind.REVIEWED: "pending:PENDING_REVIEW",
        Kind.BOUNCED: "pending:ECHECK",
        Kind.DECLINED: "declined_card",
    }.get(life.kind, "balance")
    if life.kind in {Kind.ABANDONED, Kind.LATE}:
        return Lived(life, _leave(shop, life))
    faults = {
        Kind.LESS: ("wrong_amount", {"less": _value(life.part(100))}),
        Kind.MORE: ("wrong_amount", {"more": _value(life.part(100))}),
        Kind.LOST_ANSWER: ("lost_answer", {}),
    }
    paid = shop.opens(life.amount, capture_later=life.kind in RESERVED)
    if life.kind in faults:
        kind, more = faults[life.kind]
        shop.emulator.order_fault(kind, "capture", match={"order_id": paid.reference}, **more)
    return Lived(life, shop.finishes(paid, instrument))


def _leave(shop: PaidShop, life: Life) -> Paid:
    """Ordered, and never agreed; the order is cancelled."""
    paid = shop.opens(life.amount)
    ordering.cancel(shop.house, paid.order.token)
    return paid


def _value(amount: Money) -> str:
    return str(Decimal(amount.decimal_text()))


def _late(shop: PaidShop, one: Lived) -> None:
    """After the order was cancelled its customer agrees all the same, and somebody else's program captures."""
    shop.emulator.approve(one.paid.reference)
    payment = shop.payment(one.paid.order)
    terms = payment.terms
    question = Question(terms.names, one.paid.reference, terms.amount, f"elsewhere-{payment.id}")
    shop.house.processor("paypal").capture(question)


def _refund(shop: PaidShop, one: Lived) -> None:
    for part in one.life.parts:
        shop.refunds(one.paid, one.life.part(part))
    if one.life.end == "complete":
        shop.refunds(one.paid)


def _refund_slowly(shop: PaidShop, one: Lived) -> None:
    match = {"capture_id": one.paid.capture}
    shop.emulator.order_fault("refund_pending", "refund", match=match)
    shop.refunds(one.paid, one.life.part(one.life.parts[0]))


def _end_refund(shop: PaidShop, one: Lived) -> None:
    end = getattr(shop.emulator, f"{one.life.end}_refund")
    for refund in shop.emulator.refunds(capture_id=one.paid.capture, status="PENDING"):
        end(refund["id"])


def _refund_at_paypal(shop: PaidShop, one: Lived) -> None:
    for part in one.life.parts:
        amount = one.life.part(part)
        shop.emulator.refund(
            one.paid.capture, {"currency_code": amount.currency, "value": _at_paypal(amount)}
        )


def _at_paypal(amount: Money) -> str:
    whole = amount.currency in {"JPY", "HUF"}
    return f"{amount.decimal():.0f}" if whole else amount.decimal_text()


def _reverse(shop: PaidShop, one: Lived) -> None:
    part = _at_paypal(one.life.part(one.life.parts[0])) if len(one.life.parts) > 1 else None
    shop.emulator.reverse(one.paid.capture, part, chargeback=one.life.external)


def _cancel_reversal(shop: PaidShop, one: Lived) -> None:
    shop.emulator.cancel_reversal(one.paid.capture)


def _lose_refund(shop: PaidShop, one: Lived) -> None:
    shop.emulator.order_fault("lost_answer", "refund", match={"capture_id": one.paid.capture})
    shop.refunds(one.paid, one.life.part(one.life.parts[0]))


def _dispute(shop: PaidShop, one: Lived) -> None:
    wish: dict[str, object] = {"reason": "MERCHANDISE_OR_SERVICE_NOT_RECEIVED"}
    if len(one.life.parts) > 1:
        wish["value"] = _at_paypal(one.life.part(one.life.parts[0]))
    if one.life.external:
        wish |= {"channel": "EXTERNAL", "reason": "UNAUTHORISED"}
    one.dispute = shop.emulator.open_dispute(one.paid.capture, **wish)["dispute_id"]


def _dispute_on(shop: PaidShop, one: Lived) -> None:
    """It is escalated as far as the life has it, and comes to its end."""
    with contextlib.suppress(ControlFailedError):
        for _ in range(STAGES.index(one.life.stage)):
            shop.emulator.escalate_dispute(one.dispute)
    if one.life.end == "CANCELED_BY_BUYER":
        shop.emulator.cancel_dispute(one.dispute)
    elif one.life.end != "open":
        shop.emulator.resolve_dispute(one.dispute, one.life.end)


def _clear(shop: PaidShop, one: Lived) -> None:
    shop.emulator.complete(one.paid.capture)


def _bounce(shop: PaidShop, one: Lived) -> None:
    shop.emulator.decline(one.paid.capture)


def _take(shop: PaidShop, one: Lived) -> None:
    reserving.capture(shop.house, one.paid.payment_id, by="ann")


def _take_parts(shop: PaidShop, one: Lived) -> None:
    first = one.life.part(one.life.parts[0])
    reserving.capture(shop.house, one.paid.payment_id, by="ann", amount=first, final=False)
    if one.life.end == "complete":
        reserving.capture(shop.house, one.paid.payment_id, by="ann")


def _renew(shop: PaidShop, one: Lived) -> None:
    reserving.reauthorize(shop.house, one.paid.payment_id, by="ann")
    reserving.capture(shop.house, one.paid.payment_id, by="ann")


def _let_go(shop: PaidShop, one: Lived) -> None:
    reserving.void(shop.house, one.paid.payment_id, by="ann")


_FIRST: dict[Kind, Callable[[PaidShop, Lived], None]] = {
    Kind.LATE: _late,
    Kind.REFUNDED: _refund,
    Kind.REFUND_ENDS_BADLY: _refund_slowly,
    Kind.REFUNDED_AT_PAYPAL: _refund_at_paypal,
    Kind.REVERSED: _reverse,
    Kind.REVERSAL_CANCELLED: _reverse,
    Kind.LOST_REFUND: _lose_refund,
    Kind.DISPUTED: _dispute,
    Kind.TAKEN_LATER: _take,
    Kind.TAKEN_IN_PARTS: _take_parts,
    Kind.LET_GO: _let_go,
}
_LATER: dict[Kind, Callable[[PaidShop, Lived], None]] = {
    Kind.REFUND_ENDS_BADLY: _end_refund,
    Kind.REVERSAL_CANCELLED: _cancel_reversal,
    Kind.DISPUTED: _dispute_on,
    Kind.REVIEWED: _clear,
    Kind.BOUNCED: _bounce,
    Kind.RENEWED: _renew,
}


def move_the_account(shop: PaidShop) -> None:
    """What concerns no payment: payouts, money from the bank, fees, corrections, conversions, reserves."""
    emulator = shop.emulator
    emulator.payout("EUR", "100.00")
    emulator.deposit("USD", "250.00")
    emulator.charge_fee("EUR", "1.23")
    emulator.adjust("GBP", "-0.77")
    emulator.adjust("USD", "2.50")
    emulator.convert("USD", "50.00", "EUR", "0.91")
    emulator.hold("EUR", "20.00")
    emulator.payout("GBP")
