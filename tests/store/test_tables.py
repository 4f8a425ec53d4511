"""What the tables themselves refuse, and what comes back of what they keep."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from checkout.domain.accounts import Account, pair
from checkout.domain.errors import BadInputError, StoreUnavailableError
from checkout.domain.facts import Fact, FactKind, words
from checkout.domain.money import MINOR_MAX, Money
from checkout.domain.orders import Line, OrderState
from checkout.flows.settling import settle, settle_account
from checkout.store import (
    discrepancies,
    facts,
    intents,
    ledger,
    notices,
    orders,
    payments,
    products,
    statements,
    tables,
)
from checkout.store.discrepancies import of_payment_found
from checkout.store.engine import Store, Tx, database_url
from checkout.store.facts import Holder
from checkout.store.orders import Contact, OrderRow
from checkout.store.statements import Span
from tests.scripted_processor import PAYEE, START
from tests.small_shop import SmallShop

PAID_AT = datetime(2026, 11, 22, 13, tzinfo=UTC)


def paid(shop: SmallShop) -> None:
    """One payment with facts and ledger lines."""
    placed, _ = shop.approved()
    shop.come_back(placed)


@pytest.mark.parametrize("table", ["facts", "ledger"])
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
    (fault,) = shop.faults()
    assert fault.startswith("captured:UNBOOKED: debit processor EUR 0.05, credit suspense EUR 0.05 should be")
    assert fault.endswith("nothing is")


def _unbooked(tx: Tx, shop: SmallShop) -> tuple[str, int | None]:
    (payment,) = payments.of_order(tx, orders.newest(tx, limit=1)[0].id)
    fact = Fact(FactKind.CAPTURED, "REF1", "UNBOOKED", Money(5, "EUR"))
    holder = Holder(payment.processor, payment.id)
    return payment.id, facts.add(tx, holder, fact, at=shop.clock(), learned_from="test")


def test_lines_of_a_fact_that_are_too_many_or_others_than_it_means_are_told(shop: SmallShop) -> None:
    paid(shop)
    with shop.house.store.begin() as tx:
        payment_id, fact_id = _unbooked(tx, shop)
        assert fact_id is not None
        holder, key = Holder("scripted", payment_id), (fact_id, "captured:UNBOOKED")
        wrong = pair(Account.PROCESSOR, Account.SALES, Money(5, "EUR"))
        facts.post(tx, holder, key, wrong, at=shop.clock())
    (fault,) = shop.faults()
    assert fault.endswith("debit processor EUR 0.05, credit sales EUR 0.05 is")
    with shop.house.store.begin() as tx:
        opening = facts.of_payment(tx, payment_id)[0]
        row = tx.execute(text("select id from facts where key = :key"), {"key": opening.key}).scalar_one()
        facts.post(tx, holder, (row, opening.key), wrong, at=shop.clock())
    assert [fault.split(" should be booked, ")[0].split(": ")[-1] for fault in shop.faults()] == [
        "nothing",
        "debit processor EUR 0.05, credit suspense EUR 0.05",
    ]


def test_facts_of_the_account_itself_are_booked_and_told_without_a_payment(shop: SmallShop) -> None:
    told = [
        account_fact(FactKind.MOVED, "PAYOUT1", account="payouts", code="T0403"),
        account_fact(FactKind.HELD, "HOLD1", account="held", code="T1503"),
        account_fact(FactKind.RELEASED, "HOLD1", account="held", code="T1503"),
    ]
    with shop.house.store.begin() as tx:
        assert settle_account(tx, shop.house, "scripted", told, learned_from="report") == told
        assert settle_account(tx, shop.house, "scripted", told, learned_from="report") == []
        booked = {one.account: one.amount.minor for one in ledger.balances(tx)}
        assert booked == {"payouts": 500, "held": 0, "processor": -500}
        assert facts.known(tx, "scripted", told[0].key) == (None, told[0])
        assert [one.payment_id for one in statements.lines(tx, Span()).rows] == [None] * 6
    assert shop.faults() == []


def account_fact(kind: FactKind, subject: str, **said: str) -> Fact:
    """A row of the processor's report, about our account and no payment."""
    return Fact(kind, subject, subject, Money(500, "EUR"), happened_at=START, words=words(**said))


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


def test_discrepancies_and_notices_are_kept_once(shop: SmallShop) -> None:
    placed, _ = shop.begin()
    payment = shop.payments(placed)[0]
    notice = notices.Notice("n1", notices.NoticeKind.RECEIPT, placed.id, START)
    with shop.house.store.begin() as tx:
        assert notices.add_once(tx, notice)
        assert not notices.add_once(tx, notice)
        contradiction = of_payment_found("scripted", payment.id, "contradiction", "why" * 500)
        assert discrepancies.open_once(tx, contradiction, at=START)
        assert not discrepancies.open_once(tx, contradiction, at=START)
        assert len(discrepancies.of_payment(tx, payment.id)) == len(discrepancies.open_ones(tx)) == 1
        notices.mark_sent(tx, "n1", START)
        notices.mark_sent(tx, "n1", PAID_AT)
        found = notices.by_id(tx, "n1")
    assert found is not None
    assert found.sent_at == START


def test_a_discrepancy_is_opened_again_only_where_that_is_asked_for(shop: SmallShop) -> None:
    placed, _ = shop.begin()
    found = of_payment_found("scripted", shop.payments(placed)[0].id, "unknown too long", "Why.")
    with shop.house.store.begin() as tx:
        discrepancies.open_once(tx, found, at=START)
        assert discrepancies.resolve(tx, "scripted", found.key, "Told.", at=PAID_AT, by="kim")
        assert not discrepancies.resolve(tx, "scripted", found.key, "Told.", at=PAID_AT)
        assert not discrepancies.open_once(tx, found, at=PAID_AT)
        assert discrepancies.open_ones(tx) == []
        assert discrepancies.open_once(tx, found, at=PAID_AT, again=True)
        (one,) = discrepancies.open_ones(tx)
        assert (one.opened_at, one.resolution, one.resolved_by) == (PAID_AT, None, None)
        assert discrepancies.count_open(tx) == {"unknown too long": 1}


def test_what_was_resolved_once_is_not_resolved_otherwise(shop: SmallShop) -> None:
    from checkout.domain.errors import Reaction  # noqa: PLC0415
    from checkout.domain.intents import Outcome  # noqa: PLC0415
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
