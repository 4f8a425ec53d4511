"""Discrepancies: one open difference between us and the processor, until a person resolves it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update

from checkout.store.paging import ID_MAX, PAGE_ROWS, Page, number_of, page
from checkout.store.tables import discrepancies as table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row, Select

    from checkout.store.engine import Tx

EXPLANATION_MAX = 400
SIDE_MAX = 200


@dataclass(frozen=True, slots=True)
class Found:
    """A difference as it was found. `key` makes it the same one when it is found again.

    `ours` and `theirs` are what each side says, for a person to compare; `subject` is the processor's id of
    what they say it of.
    """

    processor: str
    key: str
    kind: str
    explanation: str
    payment_id: str | None = None
    subject: str | None = None
    ours: str | None = None
    theirs: str | None = None


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A difference that a person must see, and how it was resolved."""

    id: int
    processor: str
    key: str
    payment_id: str | None
    kind: str
    subject: str | None
    explanation: str
    ours: str | None
    theirs: str | None
    opened_at: datetime
    resolved_at: datetime | None = None
    resolution: str | None = None
    resolved_by: str | None = None


def of_payment_found(
    processor: str,
    payment_id: str,
    kind: str,
    explanation: str,
    *,
    occasion: str = "",
    subject: str | None = None,
) -> Found:
    """What a payment's own standing shows: one of each kind for a payment, or for each `occasion` of it."""
    key = f"{payment_id}:{kind}:{occasion}" if occasion else f"{payment_id}:{kind}"
    return Found(processor, key, kind, explanation, payment_id, subject)


def open_once(
    tx: Tx, found: Found, *, at: datetime, again: bool = False, unless_decided: bool = False
) -> bool:
    """Open a discrepancy unless it was found before; True where it is newly open.

    `again` opens one that was resolved before, `unless_decided` only one that had healed by itself: what a
    person resolved for good is left alone. The caller holds a lock that keeps two from finding the same at once.
    """
    this = (table.c.processor == found.processor) & (table.c.key == found.key[:SIDE_MAX])
    columns = (table.c.id, table.c.resolved_at, table.c.resolved_by)
    known = tx.execute(select(*columns).where(this)).one_or_none()
    values = {
        "explanation": found.explanation[:EXPLANATION_MAX],
        "ours": _short(found.ours),
        "theirs": _short(found.theirs),
        "opened_at": at,
    }
    if known is None:
        fixed = {
            "processor": found.processor,
            "key": found.key[:SIDE_MAX],
            "payment_id": found.payment_id,
            "kind": found.kind,
            "subject": found.subject,
        }
        tx.execute(insert(table).values(**fixed, **values))
        return True
    reopens = again or (unless_decided and known.resolved_by is None)
    if reopens and known.resolved_at is not None:
        reopened = {**values, "resolved_at": None, "resolution": None, "resolved_by": None}
        tx.execute(update(table).where(table.c.id == known.id).values(**reopened))
        return True
    return False


def resolve(
    tx: Tx, processor: str, key: str, resolution: str, *, at: datetime, by: str | None = None
) -> bool:
    """Close a discrepancy that has come to its end; False where none of this key is open.

    A person's decision (`by`) also takes the place of a healing, which it may itself have brought about.
    """
    undecided = table.c.resolved_at.is_(None) if by is None else table.c.resolved_by.is_(None)
    this = (table.c.processor == processor) & (table.c.key == key[:SIDE_MAX]) & undecided
    values = {"resolved_at": at, "resolution": resolution[:EXPLANATION_MAX], "resolved_by": by}
    return tx.execute(update(table).where(this).values(**values)).rowcount == 1


def heal_gone(
    tx: Tx, payment_ids: Iterable[str], kinds: Collection[str], still: Collection[str], *, at: datetime
) -> list[Discrepancy]:
    """Close the payments' open discrepancies of some kinds, but for the keys that are still found; returns them."""
    healed = []
    for payment_id in payment_ids:
        for one in of_payment(tx, payment_id):
            if one.kind in kinds and one.resolved_at is None and one.key not in still:
                why = f"No longer so, or another sum, since {at:%Y-%m-%d %H:%M} UTC."
                if resolve(tx, one.processor, one.key, why, at=at):
                    healed.append(one)
    return healed


def decided(tx: Tx, processor: str, key_prefix: str) -> list[Discrepancy]:
    """What a person has decided and is not over, by how its key begins."""
    this = (table.c.processor == processor) & table.c.key.startswith(key_prefix, autoescape=True)
    return _all(tx, this & table.c.resolved_by.is_not(None))


def retire(tx: Tx, one: Discrepancy) -> None:
    """A decided difference is over: its key is free, so that one that comes anew is a new discrepancy.

    It is not opened again, for the facts of its decision bear its id, and would be taken for known.
    """
    over = f"over:{one.id}:{one.key}"[:SIDE_MAX]
    tx.execute(update(table).where(table.c.id == one.id).values(key=over))


def by_id(tx: Tx, discrepancy_id: int, *, lock: bool = False) -> Discrepancy | None:
    """One discrepancy, held against everyone else's decision with `lock`."""
    query = select(table).where(table.c.id == discrepancy_id)
    row = tx.execute(query.with_for_update() if lock else query).one_or_none()
    return _discrepancy(row) if row else None


def by_key(tx: Tx, processor: str, key: str) -> Discrepancy | None:
    """One discrepancy by what makes it the same one."""
    this = (table.c.processor == processor) & (table.c.key == key[:SIDE_MAX])
    return next(iter(_all(tx, this)), None)


def of_payment(tx: Tx, payment_id: str) -> list[Discrepancy]:
    """Every discrepancy of a payment, open or resolved."""
    return _all(tx, table.c.payment_id == payment_id)


def open_ones(
    tx: Tx, *, kind: str | None = None, limit: int | None = None, after: int = 0
) -> list[Discrepancy]:
    """Everything that waits for a person, oldest first."""
    condition = table.c.resolved_at.is_(None) & (table.c.id > after)
    return _all(tx, condition if kind is None else condition & (table.c.kind == kind), limit)


def listed(
    tx: Tx, *, is_open: bool | None = None, kind: str = "", after: str = "", limit: int = PAGE_ROWS
) -> Page[Discrepancy]:
    """A page of what is open, oldest first, or of what is resolved, newest first; of both where neither is asked for."""
    conditions: list[ColumnElement[bool]] = []
    if is_open is not None:
        conditions.append(table.c.resolved_at.is_(None) if is_open else table.c.resolved_at.is_not(None))
    if kind:
        conditions.append(table.c.kind == kind)
    beyond = number_of(after) if after else 0 if is_open else ID_MAX
    conditions.append(table.c.id > beyond if is_open else table.c.id < beyond)
    order = table.c.id if is_open else table.c.id.desc()
    rows = tx.execute(select(table).where(*conditions).order_by(order).limit(limit + 1))
    found = [_discrepancy(row) for row in rows]
    return page(found, lambda one: str(one.id), limit=limit)


def count_open(tx: Tx) -> dict[str, int]:
    """How many of each kind are open."""
    query = (
        select(table.c.kind, func.count().label("found"))
        .where(table.c.resolved_at.is_(None))
        .group_by(table.c.kind)
    )
    return {row.kind: row.found for row in tx.execute(query)}


def read(tx: Tx, query: Select[Any]) -> list[Discrepancy]:
    """The discrepancies of a question."""
    return [_discrepancy(row) for row in tx.execute(query)]


def _short(text: str | None) -> str | None:
    return text[:SIDE_MAX] if text else None


def _all(tx: Tx, condition: ColumnElement[bool], limit: int | None = None) -> list[Discrepancy]:
    query = select(table).where(condition).order_by(table.c.id).limit(limit)
    return [_discrepancy(row) for row in tx.execute(query)]


def _discrepancy(row: Row[tuple[object, ...]]) -> Discrepancy:
    return Discrepancy(**row._mapping)
