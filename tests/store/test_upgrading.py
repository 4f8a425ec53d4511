"""From the first tables to the newest: every row of before is still there, the old ledger is a chain, nothing changes it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from alembic import command
from sqlalchemy import bindparam, inspect, text
from sqlalchemy.exc import DBAPIError

from checkout.domain.errors import StoreUnavailableError
from checkout.domain.facts import Fact, FactKind
from checkout.domain.intents import Operation, Outcome
from checkout.domain.money import Money
from checkout.domain.postings import postings
from checkout.store import (
    chain,
    discrepancies,
    facts,
    intents,
    ledger,
    migrating,
    notices,
    orders,
    payments,
    searching,
)
from checkout.store.engine import Store, Tx
from checkout.store.facts import Holder
from checkout.store.searching import Sieve
from checkout.store.tables import UtcTime

AT = datetime(2026, 11, 22, 12, 30, 5, 123456, tzinfo=UTC)
LATER = AT + timedelta(seconds=1)
PAYMENTS = 3

ROWS = """
    insert into orders values
        ('{o}', 'TOKEN{n}', 'FORM{n}', 2380, 'EUR', 'paid', null, null, :t, :u, :u);
    insert into order_lines values ('{o}', 0, 'tea', 'Tea', 2, 1190);
    insert into contacts values ('{o}', 'kim@example.com', 'Kim', 'Baker Street', 'London', 'NW1', 'GB');
    insert into payments values
        ('{p}', '{o}', 1, 'PAYTOKEN{n}', 'paypal', 'shop-{p}', 'OURS', 2380, 'EUR', 'REF{n}', 'https://x',
         'captured', null, :t, null, 2);
    insert into intents values ('{p}', 'capture', 1, 'KEY{n}', 2380, 'done', :t, null, :u, null, null, 'DEBUG');
    insert into inbox (processor, event_id, body_digest, event_type, transmission_id, binds_body, occurred_at,
        received_at, kept, state, attempts, due_at, reason, payment_id, finished_at)
        values ('paypal', 'EVENT{n}', 'D', 'X', 'T{n}', false, :t, :u, '{{}}', 'done', 1, :u, null, '{p}', :u);
    insert into discrepancies (payment_id, kind, explanation, opened_at, resolved_at, resolution)
        values ('{p}', 'other payee', 'Why.', :t, null, null),
               ('{p}', 'contradiction', 'Why not.', :t, :u, 'Looked.');
    insert into notices values ('receipt-{o}', 'receipt', '{o}', :t, :u)
"""
FACT = """
    insert into facts (processor, key, payment_id, kind, reference, subject, amount_minor, currency, payee, names,
        reason, happened_at, learned_at, learned_from)
        values ('paypal', '{key}', '{p}', 'captured', 'REF{n}', 'CAP{n}', 2380, 'EUR', 'OURS', 'shop-{p}',
        null, :t, :u, 'capture')
"""
LINE = """
    insert into ledger (fact_id, payment_id, processor, account, side, amount_minor, currency, posted_at)
        select id, payment_id, processor, '{account}', '{side}', 2380, 'EUR', :u from facts where key = '{key}'
"""
ALONE = """
    insert into products values ('tea', 'Tea', 'Green', 1190, 'EUR', false, true, :t);
    insert into pay_links values ('LINK', 'tea', 2, true, :t)
"""


def fill(tx: Tx) -> None:
    """A shop of the first version: each table has rows, and each payment was captured and booked."""
    _run(tx, ALONE)
    for number in range(1, PAYMENTS + 1):
        about = {"n": str(number), "o": f"ORDER{number}", "p": f"ORDER{number}-1"}
        _run(tx, ROWS, **about)
        key = f"captured:CAP{number}"
        _run(tx, FACT, **about, key=key)
        for account, side in (("processor", "debit"), ("sales", "credit")):
            _run(tx, LINE, key=key, account=account, side=side)


def _run(tx: Tx, statements: str, **values: str) -> None:
    for statement in statements.split(";"):
        query = text(statement.format(**values))
        times = {"t": AT, "u": LATER}
        wanted = query.compile().params
        tx.execute(query.bindparams(*(bindparam(name, times[name], UtcTime()) for name in wanted)))


def everything(tx: Tx, columns: dict[str, list[str]]) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of some tables, by some of their columns."""
    return {
        table: sorted(tuple(row) for row in tx.exec_driver_sql(f"select {', '.join(names)} from {table}"))  # noqa: S608
        for table, names in columns.items()
    }


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """A database at the first version, filled; PostgreSQL's own zone is not UTC, which may change nothing."""
    opened = Store(database_url)
    if not opened.is_sqlite:
        with opened.begin() as tx:
            name = tx.exec_driver_sql("select current_database()").scalar_one()
            tx.exec_driver_sql(f"alter database {name} set timezone to 'Asia/Tokyo'")
        opened.close()
        opened = Store(database_url)
    with opened.begin() as tx:
        command.upgrade(migrating.config(tx), "0001")
        fill(tx)
    yield opened
    opened.close()


def test_every_row_of_every_table_is_kept(store: Store) -> None:
    with store.read() as tx:
        tables = [name for name in inspect(tx).get_table_names() if name != "alembic_version"]
        columns = {name: [one["name"] for one in inspect(tx).get_columns(name)] for name in tables}
        columns["discrepancies"].remove("id")
        before = everything(tx, columns)
    assert len(before) == 12
    assert all(before.values())
    assert migrating.version(store) == "0001"
    assert migrating.upgrade(store)
    with store.read() as tx:
        assert everything(tx, columns) == before
        assert not [name for name in inspect(tx).get_table_names() if name.endswith("_before")]


def test_what_was_kept_is_understood_by_this_code(store: Store) -> None:
    migrating.upgrade(store)
    with store.read() as tx:
        payment = payments.by_id(tx, "ORDER1-1")
        order = orders.by_id(tx, "ORDER1")
        assert payment is not None
        assert order is not None
        assert not payment.terms.capture_later
        assert not order.capture_later
        assert order.paid_at == LATER
        (told,) = facts.of_payment(tx, payment.id)
        assert (told.happened_at, told.into, told.words) == (AT, None, ())
        (intent,) = intents.of_payment(tx, payment.id)
        assert (intent.operation, intent.outcome, intent.final) == (Operation.CAPTURE, Outcome.DONE, True)
        found = discrepancies.of_payment(tx, payment.id)
        assert [(one.processor, one.key, one.resolution) for one in found] == [
            ("paypal", "ORDER1-1:other payee", None),
            ("paypal", "ORDER1-1:contradiction", "Looked."),
        ]
        notice = notices.by_id(tx, "receipt-ORDER1")
        assert notice is not None
        assert notice.order_id == "ORDER1"
        assert list(ledger.faults(tx)) == []


def test_the_old_ledger_becomes_a_chain_that_goes_on(store: Store) -> None:
    migrating.upgrade(store)
    with store.begin() as tx:
        verified = chain.verify(tx)
        assert (verified.lines, verified.broken_at) == (PAYMENTS * 2, None)
        told = Fact(FactKind.MOVED, "PAYOUT", "PAYOUT", Money(5, "EUR"))
        holder = Holder("paypal")
        fact_id = facts.add(tx, holder, told, at=LATER, learned_from="report")
        assert fact_id is not None
        lines = postings(told, None)
        facts.post(tx, holder, (fact_id, told.key), lines, at=LATER)
        again = chain.verify(tx, head=verified.head)
    assert (again.lines, again.broken_at, again.head_seen) == (PAYMENTS * 2 + 2, None, True)


CHANGES = (
    "update facts set processor = 'other'",
    "update facts set words = '{}'",
    "update ledger set amount_minor = 1",
    "update ledger set hash = ''",
    "delete from facts",
    "delete from ledger",
    "truncate facts cascade",
    "truncate ledger",
)


def test_facts_and_ledger_still_refuse_every_change(store: Store) -> None:
    migrating.upgrade(store)
    for change in CHANGES:
        with pytest.raises((DBAPIError, StoreUnavailableError)), store.begin() as tx:
            tx.execute(text(change))
    with store.read() as tx:
        assert chain.verify(tx).lines == PAYMENTS * 2


MANY = 1_100
"""More orders than the migration reads at once."""

MORE = """
    insert into orders with recursive n(n) as (select 1 union all select n + 1 from n where n < {m})
        select 'MANY' || n, 'T' || n, 'F' || n, 100, 'EUR', 'paid', null, null, :t, :u, :u from n;
    insert into contacts with recursive n(n) as (select 1 union all select n + 1 from n where n < {m})
        select 'MANY' || n, 'many' || n || '@example.com', 'Zoë Many', '', '', '', '' from n
"""


def test_orders_of_before_are_found_by_their_words(store: Store) -> None:
    with store.begin() as tx:
        _run(tx, MORE, m=str(MANY))
    migrating.upgrade(store)
    with store.read() as tx:
        for words in (["kim@example.com"], ["nw1"], ["tea"], ["kim"]):
            found = searching.page(tx, Sieve(), limit=10, terms=[words]).orders
            assert [one.id for one in found] == ["ORDER3", "ORDER2", "ORDER1"], words
            assert {one.created_at for one in found} == {AT}
        assert searching.count_some(tx, ["zoe"], most=2 * MANY) == MANY
        (last,) = searching.page(tx, Sieve(), limit=10, terms=[[f"many{MANY}"]]).orders
        assert last.name == "Zoë Many"


def test_a_database_without_any_order_is_upgraded_too(database_url: str) -> None:
    store = Store(database_url)
    with store.begin() as tx:
        command.upgrade(migrating.config(tx), "0001")
    assert migrating.upgrade(store)
    with store.read() as tx:
        assert chain.verify(tx).lines == 0
    store.close()
