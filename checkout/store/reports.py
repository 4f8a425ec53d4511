"""Report runs and the rows they read: how far each has come is kept in the transaction that keeps its rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import and_, case, exists, func, insert, or_, select, tuple_, update

from checkout.domain.accounts import OURS_AT_THE_PROCESSOR, Side
from checkout.domain.facts import FactKind
from checkout.domain.reports import HAPPENED, ReportRow, RowKind, RowStatus
from checkout.store.conflicts import INSERT
from checkout.store.paging import PAGE_ROWS, Page, number_of, place
from checkout.store.paging import page as page_with_mark
from checkout.store.tables import discrepancies, facts, ledger
from checkout.store.tables import report_rows as rows_table
from checkout.store.tables import report_runs as table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement, Row

    from checkout.store.engine import Tx

SAID_MAX = 400


class RunState(StrEnum):
    """How far a run has come."""

    READING = "reading"
    COMPARING = "comparing"
    DONE = "done"
    PARTLY = "partly"
    """At its end, but some payments could not be asked about: the next run begins where this one did."""
    GIVEN_UP = "given up"
    """Somebody asked for another span before it came to its end."""


OPEN_STATES = (RunState.READING, RunState.COMPARING)


@dataclass(frozen=True, slots=True)
class Run:
    """One reading of a span of the report, and its comparison with the facts.

    All rows before `read_to` are kept; `page` counts those of the span after it. `compared_to` is where the
    comparison goes on; `found` counts what it found different.
    """

    id: int
    processor: str
    start_at: datetime
    end_at: datetime
    state: RunState
    read_to: datetime
    page: int
    compared_to: str | None
    rows: int
    found: int
    begun_at: datetime
    touched_at: datetime
    ended_at: datetime | None
    said: str | None


_KEY = (rows_table.c.processor, rows_table.c.subject, rows_table.c.code, rows_table.c.at)
_READ_AGAIN = {
    name: rows_table.c[name]
    for name in (
        "kind",
        "amount_minor",
        "currency",
        "fee_minor",
        "status",
        "of",
        "names",
        "invoice",
        "balance_minor",
    )
}


def begin(tx: Tx, processor: str, start: datetime, end: datetime, at: datetime) -> Run:
    """A new run; what another left open is given up."""
    left = (table.c.processor == processor) & table.c.state.in_(OPEN_STATES)
    tx.execute(update(table).where(left).values(state=RunState.GIVEN_UP, ended_at=at))
    values = {
        "processor": processor,
        "start_at": start,
        "end_at": end,
        "state": RunState.READING,
        "read_to": start,
        "page": 0,
        "rows": 0,
        "found": 0,
        "begun_at": at,
        "touched_at": at,
    }
    row = tx.execute(insert(table).values(**values).returning(*table.c)).one()
    return _run(row)


def unfinished(tx: Tx, processor: str) -> Run | None:
    """The run that was interrupted, where there is one."""
    this = (table.c.processor == processor) & table.c.state.in_(OPEN_STATES)
    return _newest(tx, this)


def newest(tx: Tx, processor: str) -> Run | None:
    """The run that was begun last."""
    return _newest(tx, table.c.processor == processor)


def newest_done(tx: Tx, processor: str) -> Run | None:
    """The run, of those that came to their end, that reaches furthest."""
    this = (table.c.processor == processor) & (table.c.state == RunState.DONE)
    row = tx.execute(select(table).where(this).order_by(table.c.end_at.desc()).limit(1)).one_or_none()
    return _run(row) if row else None


def runs(tx: Tx, *, before: str = "", limit: int = PAGE_ROWS) -> Page[Run]:
    """A page of runs, the one that was begun last first."""
    query = select(table).order_by(table.c.id.desc()).limit(limit + 1)
    rows = tx.execute(query.where(table.c.id < number_of(before)) if before else query)
    return page_with_mark([_run(row) for row in rows], lambda one: str(one.id), limit=limit)


def run_by_id(tx: Tx, run_id: int) -> Run | None:
    """One run."""
    return _newest(tx, table.c.id == run_id)


def covered_since(tx: Tx, processor: str) -> datetime | None:
    """Since when the report has been read."""
    return tx.execute(
        select(func.min(table.c.start_at)).where(table.c.processor == processor)
    ).scalar_one_or_none()


def step(tx: Tx, run: Run, at: datetime, **values: object) -> Run | None:
    """Keep how far a run has come; None where another process has taken it over, or it was given up."""
    this = and_(table.c.id == run.id, table.c.touched_at == run.touched_at, table.c.state.in_(OPEN_STATES))
    # Each step has a time of its own, however close the clock's are: by it a process knows its run again.
    touched = max(at, run.touched_at + timedelta(microseconds=1))
    row = tx.execute(
        update(table).where(this).values(touched_at=touched, **values).returning(*table.c)
    ).one_or_none()
    return _run(row) if row else None


def leave(tx: Tx, run: Run, at: datetime) -> None:
    """Nobody is at a run that was just begun: whoever looks next may go on with it at once."""
    tx.execute(update(table).where(table.c.id == run.id).values(touched_at=at))


def forget_span(tx: Tx, run: Run, start: datetime, end: datetime) -> None:
    """The span is read anew from its first page: what this run has seen of it counts no more."""
    this = and_(
        rows_table.c.processor == run.processor,
        rows_table.c.run_id == run.id,
        rows_table.c.at.between(start, end),
    )
    tx.execute(update(rows_table).where(this).values(copies=0))


def keep_rows(tx: Tx, run: Run, rows: Sequence[ReportRow]) -> None:
    """Keep one page's rows; a row that this run has seen before is one copy more."""
    counted: dict[tuple[str, str, datetime], tuple[ReportRow, int]] = {}
    for row in rows:
        key = (row.subject, row.code, row.at)
        counted[key] = (row, counted.get(key, (row, 0))[1] + 1)
    if not counted:
        return
    # One order for all writers: two runs never wait for each other.
    values = [
        _values(run, row, copies) for _, (row, copies) in sorted(counted.items(), key=lambda one: one[0])
    ]
    statement = INSERT[tx.dialect.name](rows_table)
    new = statement.excluded
    again = case((rows_table.c.run_id == run.id, rows_table.c.copies + new.copies), else_=new.copies)
    set_ = {name: new[name] for name in _READ_AGAIN} | {"copies": again, "run_id": run.id}
    tx.execute(
        statement.on_conflict_do_update(index_elements=[column.name for column in _KEY], set_=set_), values
    )


def page_of(tx: Tx, run: Run, after: tuple[datetime, str, str] | None, limit: int) -> list[ReportRow]:
    """The rows that a run has seen, in the order of time, id and code, beyond one of them."""
    order = (rows_table.c.at, rows_table.c.subject, rows_table.c.code)
    wanted = and_(
        rows_table.c.processor == run.processor,
        rows_table.c.at.between(run.start_at, run.end_at),
        rows_table.c.run_id == run.id,
        rows_table.c.copies > 0,
    )
    if after is not None:
        at, subject, code = after
        wanted = and_(wanted, rows_table.c.at >= at, tuple_(*order) > place(at, subject, code))
    return [_row(row) for row in tx.execute(select(rows_table).where(wanted).order_by(*order).limit(limit))]


def of_subjects(tx: Tx, processor: str, subjects: Iterable[str]) -> dict[str, list[ReportRow]]:
    """Every row kept of some ids that the report, read last, still has."""
    found: dict[str, list[ReportRow]] = {}
    this = and_(
        rows_table.c.processor == processor,
        rows_table.c.subject.in_(sorted(set(subjects))),
        rows_table.c.copies > 0,
    )
    for row in tx.execute(select(rows_table).where(this)):
        found.setdefault(row.subject, []).append(_row(row))
    return found


def seen_codes(tx: Tx, run: Run, subjects: Iterable[str]) -> dict[str, set[str]]:
    """Under which codes the report has some ids: as this run saw it, and outside its span as others did."""
    this = and_(rows_table.c.subject.in_(sorted(set(subjects))), _as_seen(run))
    found: dict[str, set[str]] = {}
    for row in tx.execute(select(rows_table.c.subject, rows_table.c.code).where(this)):
        found.setdefault(row.subject, set()).add(row.code)
    return found


def seen_exchanged(tx: Tx, run: Run, subjects: Iterable[str]) -> set[tuple[str, str]]:
    """For which of some ids the report, seen by the same eyes, has exchanges that happened; each with a currency."""
    this = and_(
        rows_table.c.of.in_(sorted(set(subjects))),
        rows_table.c.kind == RowKind.EXCHANGE,
        rows_table.c.status.in_(sorted(HAPPENED)),
        _as_seen(run),
    )
    found = tx.execute(select(rows_table.c.of, rows_table.c.currency).where(this).distinct())
    return {(row.of, row.currency) for row in found}


def _as_seen(run: Run) -> ColumnElement[bool]:
    return and_(
        rows_table.c.processor == run.processor,
        rows_table.c.copies > 0,
        or_(rows_table.c.run_id == run.id, ~rows_table.c.at.between(run.start_at, run.end_at)),
    )


def keyed(tx: Tx, processor: str, subject: str) -> list[tuple[ReportRow, int]]:
    """Every row that was ever kept of an id, each with the run that saw it last."""
    this = and_(rows_table.c.processor == processor, rows_table.c.subject == subject)
    return [(_row(row), row.run_id) for row in tx.execute(select(rows_table).where(this))]


def held_minor(tx: Tx, processor: str, at: datetime) -> dict[str, int]:
    """What our books say the processor held for us at a time, by currency.

    What was learned by then had happened by then; what was learned later counts where the report has it by then,
    and a person's decision where it is about something of then.
    """
    told = facts.c
    in_report = exists().where(
        rows_table.c.processor == told.processor, rows_table.c.subject == told.subject, rows_table.c.at <= at
    )
    counts = or_(
        told.learned_at <= at,
        and_(told.kind == FactKind.RESOLVED, told.happened_at <= at),
        and_(told.happened_at <= at, in_report),
    )
    signed = func.sum(
        case((ledger.c.side == Side.DEBIT, ledger.c.amount_minor), else_=-ledger.c.amount_minor)
    )
    query = (
        select(ledger.c.currency, signed.label("minor"))
        .join(facts, facts.c.id == ledger.c.fact_id)
        .where(ledger.c.processor == processor, ledger.c.account.in_(OURS_AT_THE_PROCESSOR), counts)
        .group_by(ledger.c.currency)
    )
    return {row.currency: int(row.minor) for row in tx.execute(query)}


def unbooked_minor(tx: Tx, processor: str, kinds: Iterable[str]) -> dict[str, int]:
    """What rows moved that are booked nowhere, by currency: their discrepancies are open, or were let be."""
    wanted = and_(
        discrepancies.c.processor == processor,
        discrepancies.c.kind.in_(sorted(kinds)),
        or_(discrepancies.c.resolved_at.is_(None), discrepancies.c.resolution.like("ignore:%")),
    )
    subjects = select(discrepancies.c.subject).where(wanted)
    is_known = exists().where(
        facts.c.processor == rows_table.c.processor, facts.c.subject == rows_table.c.subject
    )
    net = func.sum(rows_table.c.amount_minor + func.coalesce(rows_table.c.fee_minor, 0))
    query = (
        select(rows_table.c.currency, net.label("minor"))
        .where(
            rows_table.c.processor == processor,
            rows_table.c.subject.in_(subjects),
            rows_table.c.copies > 0,
            rows_table.c.status.in_(sorted(HAPPENED)),
            ~is_known,
        )
        .group_by(rows_table.c.currency)
    )
    return {row.currency: int(row.minor) for row in tx.execute(query)}


def _newest(tx: Tx, condition: ColumnElement[bool]) -> Run | None:
    row = tx.execute(select(table).where(condition).order_by(table.c.id.desc()).limit(1)).one_or_none()
    return _run(row) if row else None


def _values(run: Run, row: ReportRow, copies: int) -> dict[str, object]:
    return {
        "processor": run.processor,
        "subject": row.subject,
        "code": row.code,
        "at": row.at,
        "run_id": run.id,
        "copies": copies,
    } | {name: getattr(row, name) for name in _READ_AGAIN}


def _run(row: Row[tuple[object, ...]]) -> Run:
    found = dict(row._mapping)
    return Run(**(found | {"state": RunState(found["state"])}))


def _row(row: Row[tuple[object, ...]]) -> ReportRow:
    found = row._mapping
    return ReportRow(
        subject=found["subject"],
        code=found["code"],
        at=found["at"],
        kind=RowKind(found["kind"]),
        amount_minor=found["amount_minor"],
        currency=found["currency"],
        status=RowStatus(found["status"]),
        fee_minor=found["fee_minor"],
        of=found["of"],
        names=found["names"],
        invoice=found["invoice"],
        balance_minor=found["balance_minor"],
        copies=found["copies"],
    )
