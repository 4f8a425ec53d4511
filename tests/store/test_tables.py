"""What the tables themselves refuse, and that no lookup of the house reads a whole one."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import bindparam, event, insert, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from checkout.domain.errors import BadInputError, StoreUnavailableError
from checkout.domain.facts import Fact, FactKind
from checkout.domain.money import MINOR_MAX, Money
from checkout.domain.orders import Line, OrderState
from checkout.flows.settling import settle
from checkout.store import (
    discrepancies,
    facts,
    intents,
    ledger,
    mailboxes,
    notices,
    orders,
    payments,
    products,
    tables,
)
from checkout.store.engine import Store, Tx, database_url
from checkout.store.orders import Contact, OrderRow
from tests.scripted_processor import PAYEE, START
from tests.small_shop import SmallShop

PAID_AT = datetime(2026, 11, 22, 13, tzinfo=UTC)


def paid(shop: SmallShop) -> None:
    """One payment with facts and ledger lines."""
    placed, _ = shop.approved()
    shop.come_back(placed)


@pytest.mark.parametrize("table", tables.APPEND_ONLY)
@pytest.mark.parametrize(
    "change",
    [
        "update {table} set processor = 'other'",
        "update {table} set amount_minor = 1 where id = (select max(id) from {table})",
        "delete from {table}",
        "delete from {table} where id = (select min(id) from {table})",
        "truncate {table} cascade",
    ],
)
def test_facts_and_ledger_refuse_every_change(shop: SmallShop, table: str, change: str) -> None:
    paid(shop)
    with shop.house.store.read() as tx:
        before = tx.execute(text(f"select * from {table} order by id")).all()  # noqa: S608 -- our own table
    assert before
    with pytest.raises((DBAPIError, StoreUnavailableError)), shop.house.store.begin() as tx:
        tx.execute(text(change.format(table=table)))
    with shop.house.store.read() as tx:
        assert tx.execute(text(f"select * from {table} order by id")).all() == before  # noqa: S608


def test_a_ledger_line_is_never_negative_and_has_a_side(shop: SmallShop) -> None:
    paid(shop)
    with shop.house.store.read() as tx:
        line = dict(tx.execute(tables.ledger.select()).first()._mapping)  # type: ignore[union-attr]
    del line["id"]
    for wrong in (
        {"amount_minor": 0},
        {"amount_minor": -1},
        {"side": "left"},
        {"account": "sales", "side": "credit"},
    ):
        with pytest.raises(IntegrityError), shop.house.store.begin() as tx:
            tx.execute(insert(tables.ledger).values(line | {"account": "suspense"} | wrong))


def test_a_time_without_a_zone_is_refused_and_every_time_comes_back_in_utc(shop: SmallShop) -> None:
    placed = shop.place()
    with pytest.raises(StatementError, match="without a zone"), shop.house.store.begin() as tx:
        orders.postpone_expiry(tx, placed.id, datetime(2026, 1, 1))  # noqa: DTZ001 -- the point
    berlin = timezone(timedelta(hours=1))
    with shop.house.store.begin() as tx:
        orders.postpone_expiry(tx, placed.id, datetime(2026, 1, 1, 12, 30, 1, 5, tzinfo=berlin))
    stored = shop.order(placed).expires_at
    assert stored == datetime(2026, 1, 1, 11, 30, 1, 5, tzinfo=UTC)
    assert stored.utcoffset() == timedelta(0)


@pytest.mark.parametrize("due", [Money(1, "EUR"), Money(MINOR_MAX, "EUR"), Money(1, "KWD"), Money(5, "JPY")])
def test_every_amount_comes_back_exactly(shop: SmallShop, due: Money) -> None:
    placed, reference = shop.begin()
    with shop.house.store.begin() as tx:
        payment = shop.payments(placed)[0]
        told = Fact(FactKind.CAPTURED, reference, "CAP", due, PAYEE, payment.terms.names)
        settle(tx, shop.house, payment, [told], learned_from="test")
    with shop.house.store.read() as tx:
        assert facts.of_payment(tx, payment.id)[-1] == told
        assert {amount for _, _, amount in ledger.entries_of_payment(tx, payment.id)} == {due}
        assert sum(abs(one.amount.minor) for one in ledger.balances(tx)) == due.minor * 2
        assert list(ledger.faults(tx)) == []


def test_the_books_tell_when_they_are_not_true(shop: SmallShop) -> None:
    paid(shop)
    store = shop.house.store
    with store.begin() as tx:
        placed, reference = _unbooked(tx, shop)
    assert placed
    assert reference
    assert [fault.split(":")[0] for fault in shop.faults()] == ["captured"]


def _unbooked(tx: Tx, shop: SmallShop) -> tuple[str, int | None]:
    payment = payments.open_payments(tx) or payments.of_order(tx, orders.newest(tx, limit=1)[0].id)
    fact = Fact(FactKind.CAPTURED, "REF1", "UNBOOKED", Money(5, "EUR"))
    return payment[0].id, facts.add(tx, payment[0], fact, at=shop.clock(), learned_from="test")


def test_an_address_that_is_no_database_is_refused_with_what_to_set() -> None:
    for wrong in ("", "sqlite://", "sqlite:///:memory:", "mysql://x/y", "nonsense"):
        with pytest.raises(BadInputError, match="DATABASE_URL"):
            database_url(wrong)
    assert database_url("postgresql://u@h/n").drivername == "postgresql+psycopg"


def test_a_database_that_is_not_there_is_named_and_nothing_hangs() -> None:
    store = Store("postgresql://nobody@127.0.0.1:1/nothing")
    assert not store.is_up()
    with pytest.raises(StoreUnavailableError), store.begin():
        pass
    store.close()


def test_a_transaction_that_fails_keeps_nothing(shop: SmallShop) -> None:
    placed = shop.place()
    with pytest.raises(RuntimeError):
        _mark_paid_and_fail(shop.house.store, placed.id)
    assert shop.state(placed) is OrderState.AWAITING_PAYMENT


def _mark_paid_and_fail(store: Store, order_id: str) -> None:
    with store.begin() as tx:
        orders.set_state(tx, order_id, OrderState.PAID, PAID_AT)
        raise RuntimeError


ROWS = 3000
MANY = """
    insert into contacts select 'X' || n, 'a@example.com', '', '', '', '', '' from n;
    insert into order_lines select 'X' || n, 0, 'tea', 'Tea', 1, 100 from n;
    insert into payments select 'X' || n || '-1', 'X' || n, 1, 'PTOKEN' || n, 'scripted', 'shop-X' || n, 'P', 100,
        'EUR', 'REFX' || n, null, 'captured', null, :t, case when n % 100 = 0 then :t end, 0 from n;
    insert into intents select 'X' || n || '-1', 'open', 1, 'KEY' || n, 100, 'done', :t, null, :t, null, null, null from n;
    insert into facts (processor, key, payment_id, kind, reference, subject, learned_at, learned_from)
        select 'scripted', 'approved:REFX' || n, 'X' || n || '-1', 'approved', 'REFX' || n, 'REFX' || n, :t, 'x' from n;
    insert into ledger (fact_id, payment_id, processor, account, side, amount_minor, currency, posted_at)
        select id, payment_id, processor, 'sales', 'credit', 1, 'EUR', :t from facts where payment_id like 'X%';
    insert into inbox (processor, event_id, body_digest, event_type, transmission_id, binds_body, received_at, kept,
        state, attempts, due_at, payment_id)
        select 'scripted', 'E' || n, 'D' || n, 'x', 'T' || n, false, :t, '{}',
        case when n % 100 = 0 then 'new' else 'done' end, 0, :t, 'X' || n || '-1' from n;
    insert into discrepancies (payment_id, kind, explanation, opened_at)
        select 'X' || n || '-1', 'contradiction', 'x', :t from n;
    insert into notices select 'receipt-X' || n, 'receipt', 'X' || n, :t, null from n
"""


def fill(store: Store) -> None:
    """Put some thousand rows into every table."""
    series = f"with recursive n(n) as (select 1 union all select n + 1 from n where n < {ROWS})"  # noqa: S608 -- our own number
    rows = [_order(number) for number in range(1, ROWS + 1)]
    with store.begin() as tx:
        tx.execute(insert(tables.orders), rows)
        for statement in MANY.split(";"):
            into, select_ = statement.strip().split("select", 1)
            source = f"{into} {series} select {select_}" if " from n" in statement else statement
            query = text(source)
            tx.execute(query.bindparams(bindparam("t", START, tables.UtcTime())) if ":t" in source else query)
        tx.exec_driver_sql("analyze")


def _order(number: int) -> dict[str, object]:
    waits = number % 100 == 0
    at = START + timedelta(seconds=number)
    return {
        "id": f"X{number}",
        "token": f"TOKEN{number}",
        "form_key": f"FORM{number}",
        "due_minor": 100,
        "currency": "EUR",
        "state": OrderState.AWAITING_PAYMENT if waits else OrderState.PAID,
        "created_at": at,
        "expires_at": at,
    }


HOT = {
    "an order by its number": lambda tx: orders.by_id(tx, "X7"),
    "an order by its token": lambda tx: orders.by_token(tx, "TOKEN7"),
    "an order by its form": lambda tx: orders.by_form_key(tx, "FORM7"),
    "an order, locked": lambda tx: orders.lock(tx, "X7"),
    "an order's lines": lambda tx: orders.lines(tx, "X7", "EUR"),
    "an order's contact": lambda tx: orders.contact(tx, "X7"),
    "orders past their time": lambda tx: orders.past_expiry(tx, START, 10),
    "the newest orders": lambda tx: orders.newest(tx, limit=10),
    "a payment by its id": lambda tx: payments.by_id(tx, "X7-1"),
    "a payment by its token": lambda tx: payments.by_token(tx, "PTOKEN7"),
    "a payment by its name": lambda tx: payments.by_names(tx, "scripted", "shop-X7"),
    "a payment by its reference": lambda tx: payments.by_reference(tx, "scripted", "REFX7"),
    "an order's payments": lambda tx: payments.of_order(tx, "X7"),
    "payments to ask about": lambda tx: payments.due_for_asking(tx, START, 10),
    "a payment's intents": lambda tx: intents.of_payment(tx, "X7-1"),
    "a payment's facts": lambda tx: facts.of_payment(tx, "X7-1"),
    "a known fact": lambda tx: facts.known(tx, "scripted", "approved:REFX7"),
    "a subject's payment": lambda tx: facts.payment_of_subject(tx, "scripted", "REFX7"),
    "a payment's ledger": lambda tx: ledger.entries_of_payment(tx, "X7-1"),
    "due events": lambda tx: mailboxes.claim(tx, START, START, 10),
    "a payment's events": lambda tx: mailboxes.of_payment(tx, "X7-1"),
    "a forged transmission": lambda tx: mailboxes.seen_otherwise(tx, [mailboxes.by_id(tx, 7).envelope]),  # type: ignore[union-attr]
    "an order's notices": lambda tx: notices.of_order(tx, "X7"),
    "a notice": lambda tx: notices.by_id(tx, "receipt-X7"),
    "a payment's discrepancies": lambda tx: discrepancies.of_payment(tx, "X7-1"),
}


def test_no_lookup_of_the_house_reads_a_whole_table(shop: SmallShop) -> None:
    store = shop.house.store
    fill(store)
    scans: dict[str, list[str]] = {}
    for name, look in HOT.items():
        with store.begin() as tx:
            for statement, parameters in _statements(tx, look):
                plan = _plan(tx, statement, parameters)
                if any("SCAN" in line.upper() and not _is_indexed(line) for line in plan):
                    scans.setdefault(name, []).extend(plan)
            tx.rollback()
    assert scans == {}


def _statements(tx: Tx, look: object) -> list[tuple[str, object]]:
    seen: list[tuple[str, object]] = []

    def remember(_c: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        seen.append((statement, parameters))

    event.listen(tx.engine, "before_cursor_execute", remember)
    try:
        look(tx)  # type: ignore[operator]
    finally:
        event.remove(tx.engine, "before_cursor_execute", remember)
    return seen


def _plan(tx: Tx, statement: str, parameters: object) -> list[str]:
    explain = "explain query plan " if tx.dialect.name == "sqlite" else "explain "
    rows = tx.exec_driver_sql(explain + statement, parameters).all()  # type: ignore[arg-type]
    return [str(row[-1]) for row in rows]


def _is_indexed(line: str) -> bool:
    """PostgreSQL: an index or bitmap scan. SQLite: a scan in the order of an index, which a limit ends."""
    return any(word in line for word in ("Index", "Bitmap", "USING INDEX", "USING COVERING INDEX"))


def test_discrepancies_and_notices_are_kept_once(shop: SmallShop) -> None:
    placed, _ = shop.begin()
    payment = shop.payments(placed)[0]
    notice = notices.Notice("n1", notices.NoticeKind.RECEIPT, placed.id, START)
    with shop.house.store.begin() as tx:
        assert notices.add_once(tx, notice)
        assert not notices.add_once(tx, notice)
        for _ in range(2):
            discrepancies.open_once(tx, payment.id, "contradiction", "why" * 500, at=START)
        assert len(discrepancies.of_payment(tx, payment.id)) == len(discrepancies.open_ones(tx)) == 1
        notices.mark_sent(tx, "n1", START)
        notices.mark_sent(tx, "n1", PAID_AT)
        found = notices.by_id(tx, "n1")
    assert found is not None
    assert found.sent_at == START


def test_what_was_resolved_once_is_not_resolved_otherwise(shop: SmallShop) -> None:
    from checkout.domain.errors import Reaction  # noqa: PLC0415
    from checkout.domain.standing import Outcome  # noqa: PLC0415
    from checkout.store.intents import Refusal  # noqa: PLC0415

    placed, _ = shop.begin()
    payment = shop.payments(placed)[0]
    with shop.house.store.begin() as tx:
        opening = intents.of_payment(tx, payment.id)[0]
        assert opening.outcome is Outcome.DONE
        intents.refuse(tx, payment.id, opening, Refusal("LATE", Reaction.OUR_BUG), at=START)
        intents.resolve(tx, payment.id, opening, Outcome.UNKNOWN, at=START)
        assert intents.of_payment(tx, payment.id) == [opening]


def test_orders_are_listed_a_page_at_a_time_and_none_twice(shop: SmallShop) -> None:
    placed = {shop.place().id for _ in range(5)}
    listed: list[OrderRow] = []
    with shop.house.store.read() as tx:
        while page := orders.newest(tx, limit=2, before=listed[-1] if listed else None):
            listed += page
        assert orders.newest(tx, limit=9, state=OrderState.PAID) == []
    assert [order.id for order in listed] == sorted(placed, reverse=True)


def test_an_order_comes_back_as_it_was_kept(shop: SmallShop) -> None:
    placed = shop.place()
    with shop.house.store.read() as tx:
        assert orders.lines(tx, placed.id, "EUR") == (Line("Tea", 1, Money(2380, "EUR")),)
        assert orders.contact(tx, placed.id) == Contact("a@example.com")
        assert orders.by_token(tx, placed.token) == orders.by_id(tx, placed.id)
        assert orders.by_token(tx, "x") is None
        assert products.by_id(tx, "tea") == products.all_of(tx)[0]
        assert payments.by_token(tx, "x") is None
