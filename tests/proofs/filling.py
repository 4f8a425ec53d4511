"""Fills a shop's books with payments that PayPal's report has, faster than any flow could: straight into the tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select, text

from checkout.domain.accounts import Account, Side
from checkout.domain.processor import Reports
from checkout.domain.reports import SPAN_MAX, ReportRow, TooManyRowsError
from checkout.store import chain
from checkout.store.engine import Store, Tx
from checkout.store.tables import facts, ledger, orders, payments

AT_ONCE = 2_000


def report_rows(processor: Reports, start: datetime, end: datetime) -> Iterator[ReportRow]:
    """Every row of a span, page by page."""
    length = min(SPAN_MAX, end - start)
    while start <= end:
        until = min(start + length, end)
        try:
            first = processor.report_page(start, until, 1)
        except TooManyRowsError:
            length /= 2
            continue
        yield from first.rows
        for page in range(2, first.pages + 1):
            yield from processor.report_page(start, until, page).rows
        start = until + timedelta(seconds=1)


def fill(store: Store, rows: Iterable[ReportRow], payee: str) -> int:
    """One paid order for each row, with its facts and ledger lines as the flows would have written them."""
    count, batch = 0, list[ReportRow]()
    for row in rows:
        batch.append(row)
        if len(batch) == AT_ONCE:
            count += _keep(store, batch, payee)
            batch = []
    return count + (_keep(store, batch, payee) if batch else 0)


def _keep(store: Store, rows: list[ReportRow], payee: str) -> int:
    with store.begin() as tx:
        tx.execute(insert(orders), [_order(row) for row in rows])
        tx.execute(insert(payments), [_payment(row, payee) for row in rows])
        first = (tx.execute(select(func.max(facts.c.id))).scalar_one() or 0) + 1
        told = [fact for row in rows for fact in _facts(row, payee)]
        for number, fact in enumerate(told, start=first):
            fact["id"] = number
        tx.execute(insert(facts), told)
        tx.execute(insert(ledger), _lines(tx, told))
        if not store.is_sqlite:
            tx.execute(
                text("select setval(pg_get_serial_sequence('facts', 'id'), (select max(id) from facts))")
            )
    return len(rows)


def _order(row: ReportRow) -> dict[str, object]:
    name = str(row.names)
    return {
        "id": f"O-{row.subject}", "token": f"o-{name}"[:40], "form_key": f"f-{name}", "due_minor": row.amount_minor,
        "currency": row.currency, "state": "paid", "created_at": row.at, "expires_at": row.at, "paid_at": row.at,
    }  # fmt: skip


def _payment(row: ReportRow, payee: str) -> dict[str, object]:
    return {
        "id": f"O-{row.subject}-1", "order_id": f"O-{row.subject}", "attempt": 1, "token": f"p-{row.names}"[:40],
        "processor": "paypal", "names": row.names, "payee": payee, "amount_minor": row.amount_minor,
        "currency": row.currency, "reference": f"R{row.subject}", "state": "captured", "created_at": row.at, "asks": 0,
    }  # fmt: skip


def _facts(row: ReportRow, payee: str) -> Iterator[dict[str, object]]:
    common = {
        "processor": "paypal", "payment_id": f"O-{row.subject}-1", "reference": f"R{row.subject}",
        "subject": row.subject, "currency": row.currency, "payee": payee, "happened_at": row.at, "learned_at": row.at,
        "learned_from": "capture",
    }  # fmt: skip
    captured = {"kind": "captured", "key": f"captured:{row.subject}", "amount_minor": row.amount_minor}
    yield common | captured | {"names": row.names}
    if row.fee_minor:
        yield common | {
            "kind": "fee",
            "key": f"fee:{row.subject}",
            "amount_minor": -row.fee_minor,
            "names": None,
        }


def _lines(tx: Tx, told: list[dict[str, object]]) -> list[dict[str, object]]:
    before, lines = chain.end(tx).hash, list[dict[str, object]]()
    for fact in told:
        fee = fact["kind"] == "fee"
        debit, credit = (Account.FEES, Account.PROCESSOR) if fee else (Account.PROCESSOR, Account.SALES)
        for account, side in ((debit, Side.DEBIT), (credit, Side.CREDIT)):
            line = {
                "payment_id": fact["payment_id"], "processor": "paypal", "account": account, "side": side,
                "amount_minor": fact["amount_minor"], "currency": fact["currency"],
            }  # fmt: skip
            at = fact["learned_at"]
            before = chain.link(before, chain.Line(str(fact["key"]), posted_at=at, **line))  # type: ignore[arg-type]
            lines.append(line | {"fact_id": fact["id"], "posted_at": at, "hash": before})
    return lines
