"""Facts and the ledger they write: append-only, each fact once whoever tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select

from checkout.domain.facts import Fact, FactKind
from checkout.domain.money import Money
from checkout.store.conflicts import INSERT
from checkout.store.tables import facts as table
from checkout.store.tables import ledger, payments

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Row

    from checkout.domain.postings import Posting
    from checkout.store.engine import Tx
    from checkout.store.payments import PaymentRow


# Hot statements are built once: building one costs more than running it.
_ADD = {
    name: maker(table).on_conflict_do_nothing(index_elements=["processor", "key"]).returning(table.c.id)
    for name, maker in INSERT.items()
}
_KNOWN = select(table).where(table.c.processor == bindparam("processor"), table.c.key == bindparam("this"))
_OF_PAYMENT = select(table).where(table.c.payment_id == bindparam("this")).order_by(table.c.id)
_OF_ORDER = (
    select(table)
    .where(table.c.payment_id.in_(select(payments.c.id).where(payments.c.order_id == bindparam("this"))))
    .order_by(table.c.id)
)
_POST = insert(ledger)


def add(tx: Tx, payment: PaymentRow, fact: Fact, *, at: datetime, learned_from: str) -> int | None:
    """Keep a fact; its row's id, or None where it is known already."""
    values = {
        "processor": payment.processor,
        "key": fact.key,
        "payment_id": payment.id,
        "kind": fact.kind,
        "reference": fact.reference,
        "subject": fact.subject,
        "amount_minor": fact.amount.minor if fact.amount else None,
        "currency": fact.amount.currency if fact.amount else None,
        "payee": fact.payee,
        "names": fact.names,
        "reason": fact.reason[:120] if fact.reason else None,
        "happened_at": fact.happened_at,
        "learned_at": at,
        "learned_from": learned_from,
    }
    return tx.execute(_ADD[tx.dialect.name], values).scalar_one_or_none()


def known(tx: Tx, processor: str, key: str) -> tuple[str, Fact] | None:
    """The fact of a key and the payment it was told of, where it is known."""
    row = tx.execute(_KNOWN, {"processor": processor, "this": key}).one_or_none()
    return (row.payment_id, _fact(row)) if row else None


def of_payment(tx: Tx, payment_id: str) -> list[Fact]:
    """Everything we know of a payment, in the order we learned it."""
    return [_fact(row) for row in tx.execute(_OF_PAYMENT, {"this": payment_id})]


def of_order(tx: Tx, order_id: str) -> dict[str, list[Fact]]:
    """The same for each payment of an order, by the payment's id."""
    found: dict[str, list[Fact]] = {}
    for row in tx.execute(_OF_ORDER, {"this": order_id}):
        found.setdefault(row.payment_id, []).append(_fact(row))
    return found


def payment_of_subject(tx: Tx, processor: str, subject: str) -> str | None:
    """Our payment that a capture or refund of the processor belongs to."""
    query = (
        select(table.c.payment_id).where(table.c.processor == processor, table.c.subject == subject).limit(1)
    )
    return tx.execute(query).scalar_one_or_none()


def post(tx: Tx, payment: PaymentRow, fact_id: int, lines: Sequence[Posting], *, at: datetime) -> None:
    """Write the ledger lines of a fact."""
    if lines:
        tx.execute(
            _POST,
            [
                {
                    "fact_id": fact_id,
                    "payment_id": payment.id,
                    "processor": payment.processor,
                    "account": line.account,
                    "side": line.side,
                    "amount_minor": line.amount.minor,
                    "currency": line.amount.currency,
                    "posted_at": at,
                }
                for line in lines
            ],
        )


def _fact(row: Row[tuple[object, ...]]) -> Fact:
    found = row._mapping
    amount = None if found["amount_minor"] is None else Money(found["amount_minor"], found["currency"])
    return Fact(
        kind=FactKind(found["kind"]),
        reference=found["reference"],
        subject=found["subject"],
        amount=amount,
        payee=found["payee"],
        names=found["names"],
        reason=found["reason"],
        happened_at=found["happened_at"],
    )
