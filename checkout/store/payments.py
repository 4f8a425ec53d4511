"""Payments: one attempt to pay one order, and when to ask the processor about it next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, insert, or_, select, update

from checkout.domain.authorizations import Authorization, AuthorizationState
from checkout.domain.money import Money
from checkout.domain.standing import PaymentState, Standing
from checkout.domain.terms import Terms
from checkout.store.tables import UtcTime
from checkout.store.tables import payments as table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Row, Select

    from checkout.store.engine import Tx


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment as it is stored. `state` is what the fold said last; `ask_at` is None once nothing is open."""

    id: str
    order_id: str
    attempt: int
    token: str
    processor: str
    terms: Terms
    created_at: datetime
    state: PaymentState = PaymentState.CREATED
    reference: str | None = None
    hand_over_url: str | None = None
    reason: str | None = None
    ask_at: datetime | None = None
    asks: int = 0
    honoured_until: datetime | None = None
    authorized_until: datetime | None = None


_OF_THE_STANDING = (
    "state",
    "reason",
    "reference",
    "ask_at",
    "asks",
    "honoured_until",
    "authorized_until",
)

# Hot statements are built once: building one costs more than running it.
_ADD = insert(table)
_BY_ID = select(table).where(table.c.id == bindparam("this"))
_BY_TOKEN = select(table).where(table.c.token == bindparam("this"))
_OF_PROCESSOR = select(table).where(table.c.processor == bindparam("processor"))
_BY_NAMES = _OF_PROCESSOR.where(table.c.names == bindparam("this"))
_BY_REFERENCE = _OF_PROCESSOR.where(table.c.reference == bindparam("this"))
_OF_ORDER = select(table).where(table.c.order_id == bindparam("this")).order_by(table.c.attempt)
_KEEP_STANDING = (
    update(table)
    .where(table.c.id == bindparam("this"))
    .values({name: bindparam(f"new_{name}") for name in _OF_THE_STANDING})
)
_KEEP_HAND_OVER = (
    update(table).where(table.c.id == bindparam("this")).values(hand_over_url=bindparam("new_url"))
)


def add(tx: Tx, payment: PaymentRow) -> None:
    """Keep a new payment, before the processor hears of it."""
    tx.execute(
        _ADD,
        {
            "id": payment.id,
            "order_id": payment.order_id,
            "attempt": payment.attempt,
            "token": payment.token,
            "processor": payment.processor,
            "names": payment.terms.names,
            "payee": payment.terms.payee,
            "amount_minor": payment.terms.amount.minor,
            "currency": payment.terms.amount.currency,
            "reference": payment.reference,
            "hand_over_url": payment.hand_over_url,
            "state": payment.state,
            "created_at": payment.created_at,
            "ask_at": payment.ask_at,
            "asks": payment.asks,
            "capture_later": payment.terms.capture_later,
        },
    )


def by_id(tx: Tx, payment_id: str) -> PaymentRow | None:
    """One payment by our own id."""
    return _one(tx, _BY_ID, this=payment_id)


def by_ids(tx: Tx, payment_ids: Iterable[str]) -> dict[str, PaymentRow]:
    """Some payments at once, by our own ids."""
    rows = tx.execute(select(table).where(table.c.id.in_(sorted(set(payment_ids)))))
    return {found.id: found for found in map(_payment, rows)}


def by_token(tx: Tx, token: str) -> PaymentRow | None:
    """One payment by the unguessable token of its return address."""
    return _one(tx, _BY_TOKEN, this=token)


def by_names(tx: Tx, processor: str, names: str) -> PaymentRow | None:
    """One payment by the name it goes by at the processor."""
    return _one(tx, _BY_NAMES, processor=processor, this=names)


def by_reference(tx: Tx, processor: str, reference: str) -> PaymentRow | None:
    """One payment by the processor's own id of it."""
    return _one(tx, _BY_REFERENCE, processor=processor, this=reference)


def of_order(tx: Tx, order_id: str) -> list[PaymentRow]:
    """Every attempt to pay an order, first to last."""
    return [_payment(row) for row in tx.execute(_OF_ORDER, {"this": order_id})]


def of_orders(tx: Tx, order_ids: Iterable[str]) -> list[PaymentRow]:
    """Every attempt to pay some orders, each order's first to last."""
    these = select(table).where(table.c.order_id.in_(sorted(set(order_ids))))
    return [_payment(row) for row in tx.execute(these.order_by(table.c.order_id, table.c.attempt))]


def keep_standing(tx: Tx, payment_id: str, standing: Standing, *, ask_at: datetime | None, asks: int) -> None:
    """Keep what the fold says, when to ask next (None: nothing is open), and how often it was asked."""
    tx.execute(
        _KEEP_STANDING,
        {
            "this": payment_id,
            "new_state": standing.state,
            "new_reason": standing.reason,
            "new_reference": standing.reference,
            "new_ask_at": ask_at,
            "new_asks": asks,
            "new_honoured_until": _earliest(one.honoured_until for one in _live(standing)),
            "new_authorized_until": _earliest(one.until for one in _live(standing)),
        },
    )


def _live(standing: Standing) -> list[Authorization]:
    return [one for one in standing.authorizations if one.state is AuthorizationState.LIVE]


def _earliest(times: Iterable[datetime | None]) -> datetime | None:
    return min((time for time in times if time is not None), default=None)


def keep_hand_over(tx: Tx, payment_id: str, url: str) -> None:
    """Keep where the customer is sent to pay."""
    tx.execute(_KEEP_HAND_OVER, {"this": payment_id, "new_url": url})


def due_for_asking(tx: Tx, now: datetime, limit: int) -> list[PaymentRow]:
    """Payments whose time to be asked about has come, most overdue first; other workers skip them."""
    query = (
        select(table)
        .where(table.c.ask_at <= now)
        .order_by(table.c.ask_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [_payment(row) for row in tx.execute(query)]


def count_ask(tx: Tx, payment_id: str, ask_at: datetime) -> None:
    """One more time of asking begins; if it comes to nothing, `ask_at` is the next."""
    tx.execute(update(table).where(table.c.id == payment_id).values(ask_at=ask_at, asks=table.c.asks + 1))


def ask_by(tx: Tx, payment_id: str, at: datetime) -> None:
    """Ask at this time at the latest."""
    later = or_(table.c.ask_at.is_(None), table.c.ask_at > at)
    tx.execute(update(table).where(table.c.id == payment_id, later).values(ask_at=at))


def open_payments(tx: Tx) -> list[PaymentRow]:
    """Every payment about which something is still open, oldest first."""
    query = select(table).where(table.c.ask_at.is_not(None)).order_by(table.c.created_at, table.c.id)
    return [_payment(row) for row in tx.execute(query)]


def reserved_payments(tx: Tx) -> list[PaymentRow]:
    """Payments with a live reservation, the one that ends first before the others."""
    query = select(table).where(table.c.authorized_until.is_not(None)).order_by(table.c.authorized_until)
    return [_payment(row) for row in tx.execute(query)]


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many payments are asked about again, and when the next of them is."""

    count: int
    next_at: datetime | None


def waiting(tx: Tx, processor: str) -> Waiting:
    """The payments of a processor about which something is open."""
    query = select(func.count(), func.min(table.c.ask_at, type_=UtcTime())).where(
        table.c.processor == processor, table.c.ask_at.is_not(None)
    )
    count, next_at = tx.execute(query).one()
    return Waiting(count, next_at)


def processors(tx: Tx) -> list[str]:
    """Every processor that a payment was ever begun with; each step of the index finds the next name."""
    found: list[str] = []
    query = select(table.c.processor).order_by(table.c.processor).limit(1)
    while (name := tx.execute(query).scalar_one_or_none()) is not None:
        found.append(name)
        query = query.where(table.c.processor > name)
    return found


def _one(tx: Tx, query: Select[tuple[object, ...]], **values: str) -> PaymentRow | None:
    row = tx.execute(query, values).one_or_none()
    return _payment(row) if row else None


def _payment(row: Row[tuple[object, ...]]) -> PaymentRow:
    found = row._mapping
    return PaymentRow(
        id=found["id"],
        order_id=found["order_id"],
        attempt=found["attempt"],
        token=found["token"],
        processor=found["processor"],
        terms=Terms(
            found["names"],
            Money(found["amount_minor"], found["currency"]),
            found["payee"],
            found["capture_later"],
        ),
        created_at=found["created_at"],
        state=PaymentState(found["state"]),
        reference=found["reference"],
        hand_over_url=found["hand_over_url"],
        reason=found["reason"],
        ask_at=found["ask_at"],
        asks=found["asks"],
        honoured_until=found["honoured_until"],
        authorized_until=found["authorized_until"],
    )
