"""The first answer to each Idempotency-Key of the API, for as long as it is given again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, select, update

from checkout.store.conflicts import INSERT
from checkout.store.tables import api_answers as table

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row

    from checkout.store.engine import Tx


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asked under a key of theirs. `asked` names door and method, `body_digest` all the rest."""

    family: str
    request_key: str
    asked: str
    body_digest: str


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """A request as it is kept, with its answer; without a status while it is in flight."""

    request: Request
    asked_at: datetime
    forget_at: datetime
    status: int | None
    headers: str | None
    body: str | None


_ADD = {
    name: maker(table)
    .on_conflict_do_nothing(index_elements=["family", "request_key"])
    .returning(table.c.request_key)
    for name, maker in INSERT.items()
}
_HERE = (table.c.family == bindparam("its_family"), table.c.request_key == bindparam("its_key"))
_BY_KEY = select(table).where(*_HERE)
_STILL_OURS = (*_HERE, table.c.asked_at == bindparam("since"), table.c.status.is_(None))


def add(tx: Tx, request: Request, at: datetime, forget_at: datetime) -> bool:
    """Keep that a request is in flight; False where its key is known."""
    values = {
        "family": request.family,
        "request_key": request.request_key,
        "asked": request.asked,
        "body_digest": request.body_digest,
        "asked_at": at,
        "forget_at": forget_at,
    }
    return tx.execute(_ADD[tx.dialect.name], values).scalar_one_or_none() is not None


def lock(tx: Tx, request: Request) -> AnswerRow | None:
    """What is kept under a request's key, held against everyone else who asks by it."""
    row = tx.execute(_BY_KEY.with_for_update(), _key(request)).one_or_none()
    return _answer(row) if row else None


def take_over(tx: Tx, request: Request, at: datetime, forget_at: datetime) -> None:
    """The key is this request's from now on, and in flight; the caller holds its row."""
    anew = {
        "asked": request.asked,
        "body_digest": request.body_digest,
        "asked_at": at,
        "forget_at": forget_at,
        "status": None,
        "headers": None,
        "body": None,
    }
    tx.execute(update(table).where(*_HERE).values(anew), _key(request))


def keep(tx: Tx, request: Request, since: datetime, *, status: int, headers: str, body: str) -> None:
    """Keep the answer, unless somebody else has taken the key over meanwhile."""
    statement = update(table).where(*_STILL_OURS).values(status=status, headers=headers, body=body)
    tx.execute(statement, {**_key(request), "since": since})


def release(tx: Tx, request: Request, since: datetime) -> None:
    """Forget a request that came to no answer, so that it can be asked again."""
    tx.execute(delete(table).where(*_STILL_OURS), {**_key(request), "since": since})


def forget_old(tx: Tx, now: datetime) -> int:
    """Forget what is not given again any more; how many there were."""
    return tx.execute(delete(table).where(table.c.forget_at <= now)).rowcount


def _key(request: Request) -> dict[str, str]:
    return {"its_family": request.family, "its_key": request.request_key}


def _answer(row: Row[tuple[object, ...]]) -> AnswerRow:
    found = row._mapping
    request = Request(found["family"], found["request_key"], found["asked"], found["body_digest"])
    return AnswerRow(
        request, found["asked_at"], found["forget_at"], found["status"], found["headers"], found["body"]
    )
