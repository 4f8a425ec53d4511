"""The chain over the ledger: whatever is changed, removed or swapped is seen, and a tail that is cut off by its hash."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from checkout.domain.facts import Fact, FactKind, words
from checkout.domain.money import Money
from checkout.flows.settling import settle_account
from checkout.store import chain
from checkout.store.chain import Line
from checkout.store.engine import Store, Tx
from checkout.store.tables import ledger
from tests.scripted_processor import START
from tests.small_shop import SmallShop, open_shop

FACTS = 4
LINES = FACTS * 2
CHANGES = {
    "amount_minor": "amount_minor + 1",
    "account": "'suspense'",
    "side": "case side when 'debit' then 'credit' else 'debit' end",
    "currency": "'USD'",
    "processor": "'other'",
    "posted_at": ":moved",
    "hash": "'0'",
}
INSERTED = """
    insert into ledger (fact_id, processor, account, side, amount_minor, currency, posted_at, hash)
    select fact_id, processor, 'fees', side, 5, currency, posted_at, hash from ledger where id = 3
"""
MOVED = START + timedelta(microseconds=1)


def payout(number: int) -> Fact:
    """A movement of the account, which books two lines."""
    told = words(account="payouts", code="T0403")
    return Fact(FactKind.MOVED, f"P{number}", f"P{number}", Money(100 + number, "EUR"), words=told)


def book(shop: SmallShop, *numbers: int) -> None:
    """Book some movements, each in a transaction of its own."""
    for number in numbers:
        with shop.house.store.begin() as tx:
            settle_account(tx, shop.house, "scripted", [payout(number)], learned_from="report")


def unlock(tx: Tx) -> None:
    """What somebody does who wants to change what was booked."""
    if tx.dialect.name == "postgresql":
        for table in ("facts", "ledger"):
            tx.exec_driver_sql(f"alter table {table} disable trigger user")
        return
    for (trigger,) in tx.exec_driver_sql("select name from sqlite_master where type = 'trigger'").all():
        tx.exec_driver_sql(f'drop trigger "{trigger}"')


@pytest.fixture(scope="module")
def booked(tmp_path_factory: pytest.TempPathFactory, sqlite_with_tables: Path) -> Iterator[Store]:
    """A ledger of some lines; each test gives its changes up."""
    file = tmp_path_factory.mktemp("chain") / "shop.db"
    shutil.copy(sqlite_with_tables, file)
    shop = open_shop(f"sqlite:///{file}")
    book(shop, *range(FACTS))
    yield shop.house.store
    shop.house.store.close()


def after(store: Store, *changes: str, head: str | None = None) -> chain.Verified:
    """How the chain stands after some changes, which are then given up."""
    with store.begin() as tx:
        unlock(tx)
        for change in changes:
            query = text(change)
            wanted = query.compile().params
            tx.execute(query, {"moved": MOVED.replace(tzinfo=None)} if "moved" in wanted else {})
        verified = chain.verify(tx, head=head)
        tx.rollback()
    return verified


lines = st.integers(1, LINES)


@settings(max_examples=60)
@given(lines, st.sampled_from(sorted(CHANGES)))
def test_a_line_that_was_changed_in_any_column_is_found(booked: Store, line: int, column: str) -> None:
    found = after(booked, f"update ledger set {column} = {CHANGES[column]} where id = {line}")  # noqa: S608
    assert found.broken_at == line


@settings(max_examples=20)
@given(lines)
def test_a_line_that_was_removed_is_found_but_for_the_last_which_its_hash_shows(
    booked: Store, line: int
) -> None:
    head = after(booked).head
    found = after(booked, f"delete from ledger where id = {line}", head=head)  # noqa: S608 -- our number
    assert found.broken_at == (line + 1 if line < LINES else None)
    if found.broken_at is None:
        assert not found.head_seen


@settings(max_examples=30)
@given(lines, lines)
def test_two_lines_that_were_swapped_are_found(booked: Store, one: int, other: int) -> None:
    moves = [(one, -1), (other, one), (-1, other)]
    found = after(booked, *(f"update ledger set id = {to} where id = {id_}" for id_, to in moves))  # noqa: S608
    assert found.broken_at == (None if one == other else min(one, other))


@settings(max_examples=20)
@given(st.integers(0, LINES))
def test_a_tail_that_was_cut_off_is_found_by_the_hash_that_was_kept(booked: Store, kept: int) -> None:
    whole = after(booked)
    cut = f"delete from ledger where id > {kept}"  # noqa: S608 -- our number
    found = after(booked, cut, head=whole.head)
    assert (found.lines, found.broken_at, found.head_seen) == (kept, None, kept == LINES)
    assert after(booked, head=after(booked, cut).head or None).head_seen, "a shorter one is its beginning"


@pytest.mark.parametrize(
    "change",
    [
        "update ledger set amount_minor = 1 where id = 3",
        "update ledger set payment_id = null, account = 'fees' where id = 3",
        "delete from ledger where id = 2",
        "update facts set key = 'moved:OTHER' where id = 2",
        INSERTED,
    ],
)
def test_the_chain_breaks_on_each_database(shop: SmallShop, change: str) -> None:
    book(shop, *range(3))
    whole = after(shop.house.store)
    assert (whole.lines, whole.broken_at, len(whole.head)) == (6, None, 64)
    assert after(shop.house.store, change).broken_at is not None
    assert after(shop.house.store, head=whole.head).head_seen
    assert not after(shop.house.store, head="f" * 64).head_seen


def test_many_who_book_at_once_make_one_chain(shop: SmallShop) -> None:
    others = [shop.elsewhere() for _ in range(4)]
    with ThreadPoolExecutor(len(others)) as pool:
        booking = [pool.submit(book, other, *range(at * 3, at * 3 + 3)) for at, other in enumerate(others)]
        for one in booking:
            one.result()
    whole = after(shop.house.store)
    assert (whole.lines, whole.broken_at) == (24, None)
    assert shop.faults() == []
    for other in others:
        other.house.store.close()


def test_who_waited_for_the_chain_is_posted_behind_the_line_that_went_before(shop: SmallShop) -> None:
    shop.clock.now = START
    book(shop, 0)
    shop.clock.now = START - timedelta(seconds=5)  # began earlier, or on a machine whose clock is behind
    book(shop, 1)
    shop.clock.now = START - timedelta(hours=1)  # a clock that is wrong draws nobody along
    book(shop, 2)
    with shop.house.store.read() as tx:
        posted = tx.scalars(select(ledger.c.posted_at).order_by(ledger.c.id)).all()
    assert posted[::2] == [START, START, START - timedelta(hours=1)]
    assert after(shop.house.store).broken_at is None


LINE = Line("moved:P1", "paypal", "ORDER-1", "sales", "credit", 100, "EUR", START)


@given(
    st.sampled_from(["fact_key", "payment_id", "account", "amount_minor", "posted_at"]),
    st.text("ab|0", min_size=1, max_size=6),
)
def test_every_part_of_a_line_is_in_its_hash(part: str, other: str) -> None:
    values: dict[str, object] = {"amount_minor": 101, "posted_at": START + timedelta(microseconds=7)}
    changed = replace(LINE, **{part: values.get(part, other)})  # type: ignore[arg-type]
    assert (chain.link("", changed) == chain.link("", LINE)) is (changed == LINE)
    assert chain.link("x", LINE) != chain.link("", LINE)


def test_a_lines_hash_does_not_depend_on_the_zone_its_time_is_told_in() -> None:
    there = LINE.posted_at.astimezone(timezone(timedelta(hours=9)))
    assert chain.link("", replace(LINE, posted_at=there)) == chain.link("", LINE)
    assert LINE.posted_at == datetime(2026, 11, 22, 12, tzinfo=UTC)
