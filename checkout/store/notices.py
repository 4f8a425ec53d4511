"""Notices: what must be told to somebody once, under one id."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import select, tuple_, update

from checkout.domain.texts import in_letters
from checkout.store.conflicts import INSERT
from checkout.store.paging import PAGE_ROWS, Page, moment_mark, moment_of, page, place
from checkout.store.tables import notices as table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Row

    from checkout.store.engine import Tx


class NoticeKind(StrEnum):
    """What a notice tells."""

    RECEIPT = "receipt"
    PAYMENT_FAILED = "payment failed"
    """To the customer: what they began came to nothing, and nothing else is under way."""
    REFUND_SENT = "refund sent"
    REFUND_FAILED = "refund failed"
    """To the customer: a refund that was on its way came to nothing."""
    DISPUTE_REMINDER = "dispute reminder"
    """To the operator: an answer is due soon."""
    ALARM = "alarm"
    """To the operator: something stands still until a person looks."""


TO_CUSTOMERS = (
    NoticeKind.RECEIPT,
    NoticeKind.PAYMENT_FAILED,
    NoticeKind.REFUND_SENT,
    NoticeKind.REFUND_FAILED,
)


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to be told: about an order, or `about` something else by its name."""

    id: str
    kind: NoticeKind
    order_id: str | None
    created_at: datetime
    sent_at: datetime | None = None
    about: str | None = None

    @property
    def is_copy(self) -> bool:
        """Whether an operator sent it again."""
        return _COPY in self.id


_COPY = "-copy-"
_COPIED_MAX = 90
"""An id has 120 characters at most, and its copy's has the press behind it."""


def copy_id(notice_id: str, press: str) -> str:
    """The name of a notice's copy: one for each press of the button, also where it is a copy that is copied."""
    first = notice_id.partition(_COPY)[0]
    kept = first if len(first) <= _COPIED_MAX else f"{first[: _COPIED_MAX - 33]}-{in_letters(first)}"
    return f"{kept}{_COPY}{press}"


_ADD = {
    name: maker(table).on_conflict_do_nothing(index_elements=["id"]).returning(table.c.id)
    for name, maker in INSERT.items()
}


def add_once(tx: Tx, notice: Notice) -> bool:
    """Keep a notice; False where one of its id exists and nothing more is to be told."""
    values = {
        "id": notice.id,
        "kind": notice.kind,
        "order_id": notice.order_id,
        "created_at": notice.created_at,
        "about": notice.about,
    }
    return tx.execute(_ADD[tx.dialect.name], values).scalar_one_or_none() is not None


def by_id(tx: Tx, notice_id: str) -> Notice | None:
    """One notice."""
    row = tx.execute(select(table).where(table.c.id == notice_id)).one_or_none()
    return _notice(row) if row else None


def of_order(tx: Tx, order_id: str) -> list[Notice]:
    """What was told about an order."""
    query = select(table).where(table.c.order_id == order_id).order_by(table.c.created_at, table.c.id)
    return [_notice(row) for row in tx.execute(query)]


def any_about(tx: Tx, kind: NoticeKind, about: str) -> bool:
    """True where something of a kind was told about it."""
    query = select(table.c.id).where(table.c.kind == kind, table.c.about == about).limit(1)
    return tx.execute(query).first() is not None


def unsent_since(tx: Tx, before: datetime, *, limit: int) -> list[Notice]:
    """Notices that were to be sent before a time and are not, oldest first."""
    query = select(table).where(table.c.sent_at.is_(None), table.c.created_at < before)
    return [_notice(row) for row in tx.execute(query.order_by(table.c.created_at).limit(limit))]


def unsent(tx: Tx, kinds: Sequence[NoticeKind], *, before: datetime) -> list[Notice]:
    """Notices of some kinds that were to be sent before a time and were not, oldest first."""
    waiting = table.c.kind.in_(kinds) & table.c.sent_at.is_(None) & (table.c.created_at < before)
    query = select(table).where(waiting).order_by(table.c.created_at, table.c.id)
    return [_notice(row) for row in tx.execute(query)]


def listed(
    tx: Tx,
    *,
    kind: NoticeKind | None = None,
    sent: bool | None = None,
    after: str = "",
    limit: int = PAGE_ROWS,
) -> Page[Notice]:
    """A page of notices, newest first: of a kind, and sent or not."""
    at, name = table.c.created_at, table.c.id
    query = select(table)
    if kind is not None:
        query = query.where(table.c.kind == kind)
    if sent is not None:
        query = query.where(table.c.sent_at.is_not(None) if sent else table.c.sent_at.is_(None))
    if after:
        since, last = moment_of(after)
        query = query.where(at <= since, tuple_(at, name) < place(since, last))
    rows = tx.execute(query.order_by(at.desc(), name.desc()).limit(limit + 1))
    return page([_notice(row) for row in rows], lambda one: moment_mark(one.created_at, one.id), limit=limit)


def mark_sent(tx: Tx, notice_id: str, at: datetime) -> None:
    """The notice was handed over to whoever delivers it."""
    tx.execute(update(table).where(table.c.id == notice_id, table.c.sent_at.is_(None)).values(sent_at=at))


def _notice(row: Row[tuple[object, ...]]) -> Notice:
    found = row._mapping
    return Notice(
        found["id"],
        NoticeKind(found["kind"]),
        found["order_id"],
        found["created_at"],
        found["sent_at"],
        found["about"],
    )
