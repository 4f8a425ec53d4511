"""Facts and the ledger they write: append-only, each fact once whoever tells it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, insert, select, tuple_

from checkout.domain.facts import Fact, FactKind
from checkout.domain.money import Money
from checkout.store import chain
from checkout.store.conflicts import INSERT
from checkout.store.paging import place
from checkout.store.tables import facts as table
from checkout.store.tables import ledger, payments

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Row

    from checkout.domain.accounts import Posting
    from checkout.store.engine import Tx


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
_OF_SUBJECT = (
    select(table.c.payment_id)
    .where(
        table.c.processor == bindparam("processor"),
        table.c.subject == bindparam("this"),
        table.c.payment_id.is_not(None),
    )
    .limit(1)
)
_NEWEST_ID = select(func.max(table.c.id)).where(table.c.payment_id == bindparam("this"))
_POST = insert(ledger)


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a fact is about: a payment of ours, or our account at a processor where it is none."""

    processor: str
    payment_id: str | None = None


def add(tx: Tx, holder: Holder, fact: Fact, *, at: datetime, learned_from: str) -> int | None:
    """Keep a fact; its row's id, or None where it is known already."""
    values = values_of(holder, fact, at=at, learned_from=learned_from)
    return tx.execute(_ADD[tx.dialect.name], values).scalar_one_or_none()


def values_of(holder: Holder, fact: Fact, *, at: datetime, learned_from: str) -> dict[str, object]:
    """A fact as the columns of its row."""
    return {
        "processor": holder.processor,
        "key": fact.key,
        "payment_id": holder.payment_id,
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
        "into_minor": fact.into.minor if fact.into else None,
        "into_currency": fact.into.currency if fact.into else None,
        "words": json.dumps(dict(fact.words)) if fact.words else None,
    }


def known(tx: Tx, processor: str, key: str) -> tuple[str | None, Fact] | None:
    """The fact of a key and the payment it was told of, where it is known."""
    row = tx.execute(_KNOWN, {"processor": processor, "this": key}).one_or_none()
    return (row.payment_id, fact_of(row)) if row else None


def of_payment(tx: Tx, payment_id: str, *, up_to: int | None = None) -> list[Fact]:
    """Everything we know of a payment, in the order we learned it; or knew, when one of its facts was the last."""
    rows = tx.execute(_OF_PAYMENT, {"this": payment_id})
    return [fact_of(row) for row in rows if up_to is None or row.id <= up_to]


def newest_id(tx: Tx, payment_id: str) -> int:
    """The row of the fact of a payment that was learned last; nothing where none was."""
    return tx.execute(_NEWEST_ID, {"this": payment_id}).scalar_one() or 0


def of_order(tx: Tx, order_id: str) -> dict[str, list[Fact]]:
    """The same for each payment of an order, by the payment's id."""
    found: dict[str, list[Fact]] = {}
    for row in tx.execute(_OF_ORDER, {"this": order_id}):
        found.setdefault(row.payment_id, []).append(fact_of(row))
    return found


def of_payments(tx: Tx, payment_ids: Iterable[str]) -> dict[str, list[Fact]]:
    """The same for some payments at once."""
    found: dict[str, list[Fact]] = {}
    these = table.c.payment_id.in_(sorted(set(payment_ids)))
    for row in tx.execute(select(table).where(these).order_by(table.c.id)):
        found.setdefault(row.payment_id, []).append(fact_of(row))
    return found


def payment_of_subject(tx: Tx, processor: str, subject: str) -> str | None:
    """Our payment that a capture, refund or dispute of the processor belongs to."""
    return tx.execute(_OF_SUBJECT, {"processor": processor, "this": subject}).scalar_one_or_none()


def of_subject(tx: Tx, processor: str, subject: str) -> list[Fact]:
    """Everything that was told of one thing at the processor."""
    query = select(table).where(table.c.processor == processor, table.c.subject == subject)
    return [fact_of(row) for row in tx.execute(query.order_by(table.c.id))]


def of_subjects(tx: Tx, processor: str, subjects: Iterable[str]) -> dict[str, list[tuple[str | None, Fact]]]:
    """Everything that was told of some things at the processor, by their ids, each with its payment."""
    found: dict[str, list[tuple[str | None, Fact]]] = {}
    this = (table.c.processor == processor) & table.c.subject.in_(sorted(set(subjects)))
    for row in tx.execute(select(table).where(this).order_by(table.c.id)):
        found.setdefault(row.subject, []).append((row.payment_id, fact_of(row)))
    return found


def oldest(tx: Tx, processor: str) -> datetime | None:
    """When the first fact of a processor happened, or where that is not told, when we learned it."""
    query = select(table.c.happened_at, table.c.learned_at).where(table.c.processor == processor)
    row = tx.execute(query.order_by(table.c.learned_at, table.c.id).limit(1)).one_or_none()
    return (row.happened_at or row.learned_at) if row else None


@dataclass(frozen=True, slots=True)
class Learned:
    """A fact with when we learned it and of which payment; `at` and `id` together are its place in that order."""

    at: datetime
    id: int
    payment_id: str | None
    fact: Fact


def learned_between(
    tx: Tx,
    processor: str,
    kinds: Iterable[FactKind],
    span: tuple[datetime, datetime],
    *,
    after: Learned | None,
    limit: int,
) -> list[Learned]:
    """Facts of some kinds, in the order in which we learned them, beyond one of them."""
    since, until = span
    this = (table.c.processor == processor) & table.c.kind.in_(sorted(kinds))
    if after is not None:
        since = after.at
        this &= tuple_(table.c.learned_at, table.c.id) > place(after.at, after.id)
    query = select(table).where(this, table.c.learned_at.between(since, until))
    found = tx.execute(query.order_by(table.c.learned_at, table.c.id).limit(limit))
    return [Learned(row.learned_at, row.id, row.payment_id, fact_of(row)) for row in found]


def count_learned(tx: Tx, processor: str, kind: FactKind, span: tuple[datetime, datetime]) -> int:
    """How many facts of a kind we learned in a span of time."""
    this = (table.c.processor == processor) & (table.c.kind == kind) & table.c.learned_at.between(*span)
    return tx.execute(select(func.count()).select_from(table).where(this)).scalar_one()


def post(tx: Tx, holder: Holder, fact: tuple[int, str], lines: Sequence[Posting], *, at: datetime) -> None:
    """Write the ledger lines of a fact, given by its row's id and its key, at the end of the chain."""
    if not lines:
        return
    end = chain.end(tx)
    for row in lines_of(end.hash, holder, fact, lines, at=end.following(at)):
        # One by one: the order of the lines is the order of the chain.
        tx.execute(_POST, row)


def lines_of(
    before: str, holder: Holder, fact: tuple[int, str], lines: Sequence[Posting], *, at: datetime
) -> list[dict[str, object]]:
    """The ledger lines of a fact as the columns of their rows, each following the one before in the chain."""
    fact_id, fact_key = fact
    rows: list[dict[str, object]] = []
    for line in lines:
        covered = chain.Line(
            fact_key,
            holder.processor,
            holder.payment_id,
            line.account,
            line.side,
            line.amount.minor,
            line.amount.currency,
            at,
        )
        before = chain.link(before, covered)
        rows.append(
            {
                "fact_id": fact_id,
                "payment_id": holder.payment_id,
                "processor": holder.processor,
                "account": line.account,
                "side": line.side,
                "amount_minor": line.amount.minor,
                "currency": line.amount.currency,
                "posted_at": at,
                "hash": before,
            }
        )
    return rows


def fact_of(row: Row[tuple[object, ...]]) -> Fact:
    """The fact that a row of the table keeps."""
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
        into=None if found["into_minor"] is None else Money(found["into_minor"], found["into_currency"]),
        words=tuple(sorted(json.loads(found["words"]).items())) if found["words"] else (),
    )
