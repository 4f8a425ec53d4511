"""No lookup of the house reads a whole table, on either database."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from sqlalchemy import bindparam, event, insert, text

from checkout.domain.facts import Fact, FactKind
from checkout.domain.money import Money
from checkout.domain.orders import OrderState
from checkout.domain.quotes import quote_of
from checkout.store import (
    discrepancies,
    disputes,
    facts,
    halts,
    intents,
    ledger,
    mailboxes,
    notices,
    orders,
    payments,
    quoted,
    searching,
    tables,
    watermarks,
)
from checkout.store.engine import Store, Tx
from checkout.store.mailboxes import CameBy
from checkout.store.searching import Place, Sieve
from tests.scripted_processor import START
from tests.small_shop import SmallShop

ROWS = 6000
"""Of so few a database might rather read all: it would find three thousand without an index as quickly as with one."""
MANY = """
    insert into contacts select 'X' || n, 'a@example.com', '', '', '', '', '' from n;
    insert into order_lines select 'X' || n, 0, 'tea', 'Tea', 1, 100 from n;
    insert into payments select 'X' || n || '-1', 'X' || n, 1, 'PTOKEN' || n, 'scripted', 'shop-X' || n, 'P', 100,
        'EUR', 'REFX' || n, null, 'captured', null, :t, case when n % 100 = 0 then :t end, 0, false, null,
        case when n % 100 = 0 then :t end from n;
    insert into intents (payment_id, operation, attempt, key, amount_minor, outcome, asked_at, invoice)
        select 'X' || n || '-1', 'refund', 1, 'KEY' || n, 100,
        case when n % 100 = 0 then 'to approve' else 'done' end, :t, 'INVOICE' || n from n;
    insert into facts (processor, key, payment_id, kind, reference, subject, learned_at, learned_from)
        select 'scripted', 'approved:REFX' || n, 'X' || n || '-1', 'approved', 'REFX' || n, 'REFX' || n, :t, 'x' from n;
    insert into ledger (fact_id, payment_id, processor, account, side, amount_minor, currency, posted_at, hash)
        select id, payment_id, processor, 'sales', 'credit', 1, 'EUR', :t, 'H' || id from facts where payment_id like 'X%';
    insert into inbox (processor, event_id, body_digest, event_type, transmission_id, binds_body, received_at, kept,
        state, attempts, due_at, payment_id)
        select 'scripted', 'E' || n, 'D' || n, 'x', 'T' || n, false, :t, '{}',
        case when n % 100 = 0 then 'new' else 'done' end, 0, :t, 'X' || n || '-1' from n;
    insert into discrepancies (processor, key, payment_id, kind, explanation, opened_at, resolved_at)
        select 'scripted', 'KEY' || n, 'X' || n || '-1', 'contradiction', 'x', :t,
        case when n % 100 = 0 then null else :t end from n;
    insert into disputes (processor, id, payment_id, status, stage, outcome, reason, channel, allows, due_at)
        select 'scripted', 'PP-D-' || n, 'X' || n || '-1', case when n % 100 = 0 then 'open' else 'resolved' end,
        'inquiry', 'none', '', '', '', :t from n;
    insert into halts (processor, stops, cause, said, since, ended_at)
        select 'scripted', 'payments', 'x', 'x', created_at, case when id like '%000' then null else created_at end
        from orders where id like 'X%';
    insert into order_words (word, created_at, order_id) select 'common', created_at, id from orders where id like 'X%';
    insert into order_words (word, created_at, order_id) select 'rare', created_at, id from orders where id like '%00';
    insert into watermarks select 'mark' || n, :t, null from n;
    insert into notices (id, kind, order_id, created_at) select 'receipt-X' || n, 'receipt', 'X' || n, :t from n
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


PAID = Sieve(state=OrderState.PAID)
BEFORE = Place(START + timedelta(seconds=ROWS - 9), f"X{ROWS - 9}")
OWN_STEPS = (
    "CTE Scan",
    "WorkTable Scan",
    "Subquery Scan",
    "SCAN walked",
    "SCAN steps",
    "SCAN needing",
    "SCAN anon_",
)
"""What a search makes for itself, of so many rows at most; how those are found is on a line of its own."""

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
    "an open discrepancy": lambda tx: discrepancies.resolve(tx, "scripted", "KEY100", "x", at=START),
    "what waits for a person": lambda tx: discrepancies.open_ones(tx, limit=10),
    "an operation by its invoice": lambda tx: intents.by_invoice(tx, "INVOICE7"),
    "what is told of a subject": lambda tx: facts.of_subject(tx, "scripted", "REFX7"),
    "a payment's disputes": lambda tx: disputes.of_payment(tx, "X7-1"),
    "a dispute": lambda tx: disputes.by_id(tx, "PP-D-7"),
    "what stands still": lambda tx: halts.open_ones(tx, "scripted"),
    "a watermark": lambda tx: watermarks.at(tx, "mark7"),
    "an account's balance at a time": lambda tx: ledger.balances(tx, at=START - timedelta(days=1)),
    "reservations that run out": payments.reserved_payments,
    "orders by any name": lambda tx: quoted.orders_of(tx, quote_of("x7"), {"scripted"}),
    "words that begin so": lambda tx: searching.words_beginning(tx, "com"),
    "how many have a word": lambda tx: searching.count_some(tx, ["rare"]),
    "each currency": searching.currencies,
    "orders with two words": lambda tx: searching.page(tx, Sieve(), limit=10, terms=[["rare"], ["common"]]),
    "orders with one word in a state": lambda tx: searching.page(tx, PAID, limit=10, terms=[["common"]]),
    "orders with a word": lambda tx: searching.page(tx, Sieve(), limit=10, terms=[["common"]], before=BEFORE),
    "orders": lambda tx: searching.page(tx, Sieve(), limit=10, before=BEFORE),
    "orders in a state": lambda tx: searching.page(tx, PAID, limit=10, before=BEFORE),
    "orders of an amount": lambda tx: searching.page(tx, Sieve(), limit=10, amounts=[Money(100, "EUR")]),
}


APPROVED = Fact(FactKind.APPROVED, "REFX7", "REFX7")
PAGES = {
    "what was learned": lambda tx: facts.learned_between(
        tx,
        "scripted",
        [FactKind.APPROVED],
        (START - timedelta(days=1), START + timedelta(days=1)),
        after=facts.Learned(START, 7, None, APPROVED),
        limit=10,
    ),
    "the first that was learned": lambda tx: facts.oldest(tx, "scripted"),
}
"""Pages of a long list: each begins where the last one ended, and sorts nothing."""


def test_no_page_of_a_long_list_sorts_the_list(shop: SmallShop) -> None:
    assert plans_with(shop.house.store, PAGES, sorts) == {}


def test_no_lookup_of_the_house_reads_a_whole_table(shop: SmallShop) -> None:
    assert plans_with(shop.house.store, HOT, scans) == {}


def test_the_last_event_of_one_way_is_found_however_many_came_another(shop: SmallShop) -> None:
    way = {"the last one": lambda tx: mailboxes.last_received(tx, "scripted", CameBy.PULL)}
    assert plans_with(shop.house.store, way, lambda line: "ix_inbox_processor_came_by_id" in line) != {}


def plans_with(
    store: Store, lookups: Mapping[str, object], is_bad: Callable[[str], bool]
) -> dict[str, list[str]]:
    """How each lookup that has a bad line in its plan is carried out, over some thousand rows."""
    fill(store)
    found: dict[str, list[str]] = {}
    for name, look in lookups.items():
        with store.begin() as tx:
            for statement, parameters in statements_of(tx, look):
                lines = plan(tx, statement, parameters)
                if any(map(is_bad, lines)):
                    found.setdefault(name, []).extend(lines)
            tx.rollback()
    return found


def sorts(line: str) -> bool:
    """The line of a plan puts rows in order that no index has in order."""
    return "B-TREE" in line.upper() or line.strip().startswith("Sort")


def scans(line: str) -> bool:
    """The line of a plan reads a whole table."""
    is_own = any(step in line for step in OWN_STEPS)
    return "SCAN" in line.upper() and not is_own and not _is_indexed(line)


def statements_of(tx: Tx, look: object) -> list[tuple[str, object]]:
    """What a lookup asks the database, with its parameters."""
    seen: list[tuple[str, object]] = []

    def remember(_c: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        seen.append((statement, parameters))

    event.listen(tx.engine, "before_cursor_execute", remember)
    try:
        look(tx)  # type: ignore[operator]
    finally:
        event.remove(tx.engine, "before_cursor_execute", remember)
    return seen


def plan(tx: Tx, statement: str, parameters: object) -> list[str]:
    """How the database answers a question."""
    explain = "explain query plan " if tx.dialect.name == "sqlite" else "explain "
    rows = tx.exec_driver_sql(explain + statement, parameters).all()  # type: ignore[arg-type]
    return [str(row[-1]) for row in rows]


def _is_indexed(line: str) -> bool:
    """PostgreSQL: an index or bitmap scan. SQLite: a scan in the order of an index, which a limit ends."""
    return any(word in line for word in ("Index", "Bitmap", "USING INDEX", "USING COVERING INDEX"))
