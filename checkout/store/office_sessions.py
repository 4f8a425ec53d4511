"""Sessions of the back office: one row for each sign-in, found by the digest of what the browser holds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, or_, select, update

from checkout.store.tables import office_sessions as table

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row

    from checkout.store.engine import Tx


@dataclass(frozen=True, slots=True)
class OfficeSession:
    """One browser that an operator has signed in with. `device` says in words which."""

    id: str
    digest: str
    operator_id: str
    device: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    stepped_up_at: datetime | None = None
    wrong_codes: int = 0
    ended_at: datetime | None = None
    ended_by: str | None = None


_BY_DIGEST = select(table).where(table.c.digest == bindparam("this"))
_OPEN = table.c.ended_at.is_(None)


def add(tx: Tx, session: OfficeSession) -> None:
    """Keep a new session."""
    tx.execute(insert(table).values(asdict(session)))


def by_digest(tx: Tx, digest: str) -> OfficeSession | None:
    """One session, ended or not."""
    row = tx.execute(_BY_DIGEST, {"this": digest}).one_or_none()
    return _session(row) if row else None


def see(tx: Tx, session_id: str, at: datetime) -> None:
    """Keep that it was used; an ended one stays as it was."""
    tx.execute(update(table).where(table.c.id == session_id, _OPEN).values(seen_at=at))


def step_up(tx: Tx, session_id: str, at: datetime) -> None:
    """Keep that who works in it has just proved again who they are."""
    tx.execute(update(table).where(table.c.id == session_id, _OPEN).values(stepped_up_at=at, wrong_codes=0))


def count_wrong_code(tx: Tx, session_id: str) -> int:
    """Count a code that did not fit, and say how many there were since one did; 0 for a session that is over."""
    this = update(table).where(table.c.id == session_id, _OPEN).values(wrong_codes=table.c.wrong_codes + 1)
    return tx.execute(this.returning(table.c.wrong_codes)).scalar() or 0


def end(tx: Tx, session_id: str, *, operator_id: str | None, at: datetime, by: str) -> bool:
    """End one session, only of this operator where one is given; False where there is none that lasts."""
    this = update(table).where(table.c.id == session_id, _OPEN)
    if operator_id is not None:
        this = this.where(table.c.operator_id == operator_id)
    return tx.execute(this.values(ended_at=at, ended_by=by[:60])).rowcount == 1


def end_all(tx: Tx, operator_id: str, *, at: datetime, by: str, but: str = "") -> int:
    """End every session of an operator but one; returns how many."""
    these = update(table).where(table.c.operator_id == operator_id, _OPEN, table.c.id != but)
    return tx.execute(these.values(ended_at=at, ended_by=by[:60])).rowcount


def lasting(tx: Tx, operator_id: str, *, seen_after: datetime, now: datetime) -> list[OfficeSession]:
    """An operator's sessions that may still be used, the last used first."""
    these = table.c.operator_id == operator_id, _OPEN, table.c.seen_at > seen_after, table.c.expires_at > now
    return [_session(row) for row in tx.execute(select(table).where(*these).order_by(table.c.seen_at.desc()))]


def forget(tx: Tx, before: datetime) -> int:
    """Forget those that ended or expired before a time; returns how many."""
    over = or_(table.c.ended_at < before, table.c.expires_at < before)
    return tx.execute(delete(table).where(over)).rowcount


def _session(row: Row[tuple[object, ...]]) -> OfficeSession:
    return OfficeSession(**dict(row._mapping))
