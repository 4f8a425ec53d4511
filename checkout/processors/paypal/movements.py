"""PayPal's authorizations, captures and refunds as the house's facts; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from checkout.domain.facts import Fact, FactKind, Words, words
from checkout.processors.paypal.answers import Amount, Movement, Payable, Receivable, UnreadableAnswerError
from checkout.processors.paypal.reading import account, belongs_to, clean, money, read_time, usable_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checkout.domain.money import Money

_CAPTURE_KINDS = {
    "COMPLETED": FactKind.CAPTURED,
    "PARTIALLY_REFUNDED": FactKind.CAPTURED,
    "REFUNDED": FactKind.CAPTURED,
    "PENDING": FactKind.PENDING,
    "DECLINED": FactKind.DECLINED,
    "FAILED": FactKind.DECLINED,
}
_REFUND_KINDS = {
    "COMPLETED": FactKind.REFUNDED,
    "PENDING": FactKind.REFUND_PENDING,
    "FAILED": FactKind.REFUND_FAILED,
    "CANCELLED": FactKind.REFUND_CANCELLED,
}
_AUTHORIZATION_KINDS = {
    "CREATED": FactKind.AUTHORIZED,
    "CAPTURED": FactKind.AUTHORIZED,
    "PARTIALLY_CAPTURED": FactKind.AUTHORIZED,
    "PENDING": FactKind.AUTHORIZATION_PENDING,
    "DENIED": FactKind.AUTHORIZATION_DENIED,
    "VOIDED": FactKind.AUTHORIZATION_VOIDED,
    "EXPIRED": FactKind.AUTHORIZATION_EXPIRED,
}
"""Source: Payments v2 2.5, `capture_status`, `refund_status`, `authorization_status`; EXPIRED is an older word.
A word that is in none of them is UNRECOGNISED, never success."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a movement belongs to, where it does not say so itself."""

    reference: str
    payee: str | None
    names: str | None
    reversals: frozenset[str] = frozenset()


def capture_facts(capture: Movement, context: Context) -> Iterator[Fact]:
    """What a capture says happened: the money, the fee, and the exchange, once they are known."""
    kind = _CAPTURE_KINDS.get(capture.status or "", FactKind.UNRECOGNISED)
    reason = clean(capture.status_details.reason) if capture.status_details else None
    if kind is FactKind.UNRECOGNISED:
        reason = f"CAPTURE_{clean(capture.status) or 'WITHOUT_STATUS'}"
    if kind is FactKind.CAPTURED:
        reason = None
        if capture.amount is None:
            raise UnreadableAnswerError(f"capture {clean(capture.id)} names no amount")
    authorization = _authorization(capture)
    told = words(
        invoice=clean(capture.invoice_id),
        authorization=authorization,
        final="yes" if authorization and capture.final_capture else None,
    )
    yield _fact(kind, capture, context, "a capture", reason=reason, told=told)
    if kind is FactKind.CAPTURED and capture.seller_receivable_breakdown is not None:
        yield from _received(capture, capture.seller_receivable_breakdown, context)


def refund_facts(refund: Movement, context: Context) -> Iterator[Fact]:
    """What a refund says happened. The order calls a reversal a refund too: `context` knows which are."""
    kind = _REFUND_KINDS.get(refund.status or "", FactKind.UNRECOGNISED)
    reason = clean(refund.status_details.reason) if refund.status_details else None
    if kind is FactKind.UNRECOGNISED:
        reason = f"REFUND_{clean(refund.status) or 'WITHOUT_STATUS'}"
    elif refund.amount is None:
        raise UnreadableAnswerError(f"refund {clean(refund.id)} names no amount")
    told = words(invoice=clean(refund.invoice_id), of=belongs_to(refund.links, "captures"))
    yield _fact(kind, refund, context, "a refund", reason=reason, told=told)
    if kind is not FactKind.REFUNDED:
        return
    if refund.id in context.reversals and not _is_ours(refund, context):
        yield _fact(FactKind.REVERSED, refund, context, "a refund", reason=reason, told=told)
    if refund.seller_payable_breakdown is not None:
        yield from _paid_back(refund, refund.seller_payable_breakdown, context)


def _is_ours(refund: Movement, context: Context) -> bool:
    """What we asked for ourselves bears a name of ours, and is a refund whatever a forged event calls it."""
    names = context.names or ""
    prefixes = (f"{names}-R", f"{names.replace('.', '-')}-D")
    return bool(names) and (clean(refund.invoice_id) or "").startswith(prefixes)


def authorization_facts(authorization: Movement, context: Context) -> Iterator[Fact]:
    """What a reservation says happened; one that PayPal voided after its end has expired."""
    kind = _AUTHORIZATION_KINDS.get(authorization.status or "", FactKind.UNRECOGNISED)
    reason = clean(authorization.status_details.reason) if authorization.status_details else None
    until, changed = read_time(authorization.expiration_time), read_time(authorization.update_time)
    if kind is FactKind.AUTHORIZATION_VOIDED and until and changed and changed >= until:
        kind = FactKind.AUTHORIZATION_EXPIRED
    if kind is FactKind.UNRECOGNISED:
        reason = f"AUTHORIZATION_{clean(authorization.status) or 'WITHOUT_STATUS'}"
    elif authorization.amount is None:
        raise UnreadableAnswerError(f"authorization {clean(authorization.id)} names no amount")
    told = words(until=until.isoformat() if until else None)
    yield _fact(kind, authorization, context, "an authorization", reason=reason, told=told)


def _received(capture: Movement, told: Receivable, context: Context) -> Iterator[Fact]:
    fee = told.paypal_fee or told.paypal_fee_in_receivable_currency
    if fee is not None:
        yield _about(FactKind.FEE, capture, context, money(fee))
    if told.exchange_rate is not None and told.net_amount and told.receivable_amount:
        rate, into = told.exchange_rate.value, money(told.receivable_amount)
        yield _about(FactKind.EXCHANGED, capture, context, money(told.net_amount), into=into, rate=rate)


def _paid_back(refund: Movement, told: Payable, context: Context) -> Iterator[Fact]:
    if told.paypal_fee is not None:
        yield _about(FactKind.FEE_RETURNED, refund, context, money(told.paypal_fee))
    taken, rate = _converted(told)
    if taken is None or told.net_amount is None or taken.currency_code == told.net_amount.currency_code:
        return
    into = money(told.net_amount)
    yield _about(FactKind.EXCHANGED, refund, context, money(taken), into=into, rate=rate)


def _converted(told: Payable) -> tuple[Amount | None, str | None]:
    """What left our account in its own currency, where that is not the refund's."""
    for part in told.net_amount_breakdown or ():
        if part.payable_amount is not None:
            return part.payable_amount, part.exchange_rate.value if part.exchange_rate else None
    return told.net_amount_in_receivable_currency, None


def _authorization(capture: Movement) -> str | None:
    linked = belongs_to(capture.links, "authorizations")
    related = capture.supplementary_data.related_ids if capture.supplementary_data else None
    return linked or (clean(related.authorization_id) if related else None)


def _fact(
    kind: FactKind, movement: Movement, context: Context, what: str, *, reason: str | None, told: Words
) -> Fact:
    return Fact(
        kind=kind,
        reference=context.reference,
        subject=usable_id(movement.id, what),
        amount=None if movement.amount is None else money(movement.amount),
        payee=account(movement.payee) or context.payee,
        names=clean(movement.custom_id) or context.names,
        reason=reason,
        happened_at=read_time(movement.create_time),
        words=told,
    )


def _about(
    kind: FactKind,
    movement: Movement,
    context: Context,
    amount: Money,
    *,
    into: Money | None = None,
    rate: str | None = None,
) -> Fact:
    """A fact that goes with a movement: its fee, its exchange."""
    return Fact(
        kind=kind,
        reference=context.reference,
        subject=usable_id(movement.id, "a movement"),
        amount=amount,
        payee=account(movement.payee) or context.payee,
        happened_at=read_time(movement.create_time),
        into=into,
        words=words(rate=clean(rate)),
    )
