"""The books on the command line: as they were, a period's sums, an order's lines, everything as CSV, and the proof."""

import csv
import io
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from checkout.domain.accounts import Account
from checkout.domain.actors import Actor, Way
from checkout.flows.exporting import COLUMNS
from checkout.store import audit
from tests.commands.conftest import Terminal

BEFORE, SOON = "2020-01-01", (datetime.now(UTC) + timedelta(days=400)).strftime("%Y-%m-%d")


@pytest.fixture(scope="module")
def kept_books(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the first test of these made: its database and what it holds, for the others to copy."""
    return {"folder": tmp_path_factory.mktemp("books")}


@pytest.fixture
def books(terminal: Terminal, kept_books: dict[str, Any]) -> tuple[Terminal, list[str]]:
    """A terminal with three orders: one paid, one partly refunded, one reserved and partly taken."""
    database: Path = kept_books["folder"] / "shop.db"
    if not database.exists():
        kept_books["orders"] = _trade(terminal)
        _copy(Path("shop.db"), database)
    _copy(database, Path("shop.db"))
    return terminal, kept_books["orders"]


def _trade(terminal: Terminal) -> list[str]:
    terminal.says("products", "add", "Chair", "100.00", "EUR", "--id", "chair", "--capture-later")
    orders = [terminal.order(approve="balance"), terminal.order(approve="balance")]
    terminal.says("refunds", "give", orders[1], "--amount", "5.00")
    orders.append(terminal.order("chair", approve="balance"))
    terminal.says("reservations", "capture", orders[2], "--amount", "30.00", "--more-later")
    return orders


def _copy(source: Path, target: Path) -> None:
    """A database with all that its log still holds."""
    with closing(sqlite3.connect(source)) as held, closing(sqlite3.connect(target)) as copied:
        held.backup(copied)


def balances(terminal: Terminal, *more: str) -> dict[str, int]:
    """The ledger's balances by account."""
    return {one["account"]: one["balance"]["minor"] for one in terminal.reads("ledger", "balance", *more)}


def rows(terminal: Terminal, *more: str) -> list[dict[str, str]]:
    """What is exported, a line each."""
    return list(csv.DictReader(io.StringIO(terminal.says("ledger", "export", *more))))


def booked_at(terminal: Terminal) -> list[str]:
    """The times of all lines, to the microsecond."""
    house = terminal.house()
    with house.store.engine.connect() as connection:
        found = connection.exec_driver_sql("select posted_at from ledger order by id").scalars().all()
    house.store.close()
    return [str(one).replace(" ", "T") for one in found]


def test_balances_are_told_as_they_were(books: tuple[Terminal, list[str]]) -> None:
    terminal, _ = books
    assert balances(terminal)["sales"] == -(2380 + 2380 + 3000)
    assert balances(terminal, "--at", SOON) == balances(terminal)
    assert balances(terminal, "--at", BEFORE) == {}
    times = booked_at(terminal)
    second = next(at for at in times if at > times[0])
    assert balances(terminal, "--at", second)["sales"] == -2380
    assert balances(terminal, "--at", times[0]) == {}
    assert "write it as 2026-11-30" in terminal.fails("ledger", "balance", "--at", "yesterday", code=2)


def test_a_period_opens_moves_and_closes(books: tuple[Terminal, list[str]]) -> None:
    terminal, _ = books
    middle = sorted(set(booked_at(terminal)))[2]
    first = terminal.reads("ledger", "period", "--from", BEFORE, "--to", middle)
    rest = terminal.reads("ledger", "period", "--from", middle)
    for one in [*first, *rest]:
        opening, debits, credits_, closing = (
            one[name]["minor"] for name in ("opening", "debits", "credits", "closing")
        )
        assert opening + debits - credits_ == closing
    assert all(one["opening"]["minor"] == 0 for one in first)
    opened = {one["account"]: one["opening"]["minor"] for one in rest}
    assert {one["account"]: one["closing"]["minor"] for one in first} == {
        name: minor for name, minor in opened.items() if name in {one["account"] for one in first}
    }
    assert {one["account"]: one["closing"]["minor"] for one in rest} == balances(terminal)
    for period in (first, rest):
        moved = [(one["debits"]["minor"], one["credits"]["minor"]) for one in period]
        assert sum(debits for debits, _ in moved) == sum(credits_ for _, credits_ in moved)
    assert terminal.reads("ledger", "period", "--from", SOON, "--to", SOON)
    said = terminal.says("ledger", "period", "--from", BEFORE, "--to", BEFORE)
    assert said == "No money has moved until then.\n"
    assert "Missing option '--from'" in terminal.fails("ledger", "period", code=2)


def test_a_statement_is_an_orders_own_lines(books: tuple[Terminal, list[str]]) -> None:
    terminal, orders = books
    found = [terminal.reads("ledger", "statement", order) for order in orders]
    assert [[line["fact"] for line in lines] for lines in found] == [
        ["captured", "captured", "fee", "fee"],
        ["captured", "captured", "fee", "fee", "refunded", "refunded", "fee_returned", "fee_returned"],
        ["captured", "captured", "fee", "fee"],
    ]
    assert {line["order_id"] for line in found[1]} == {orders[1]}
    assert "refunds" in terminal.says("ledger", "statement", orders[1])
    assert "Nothing was booked" in terminal.says("ledger", "statement", terminal.order())
    assert "There is no order" in terminal.fails("ledger", "statement", "AAAA-BBBB-CCCC")


def test_the_export_is_read_by_any_program_and_sums_to_the_balances(
    books: tuple[Terminal, list[str]],
) -> None:
    terminal, orders = books
    found = rows(terminal)
    assert tuple(found[0]) == COLUMNS
    sums: Counter[str] = Counter()
    for row in found:
        assert bool(row["debit"]) != bool(row["credit"])
        assert row["booked_at_utc"].endswith("Z")
        amount = Decimal(row["debit"] or "0") - Decimal(row["credit"] or "0")
        sums[row["account"]] += int(amount * 100)
    assert {name: minor for name, minor in sums.items() if minor} == balances(terminal)
    assert [row["line"] for row in found] == sorted((row["line"] for row in found), key=int)
    assert {row["order"] for row in found} == set(orders)
    fees = rows(terminal, "--account", "fees")
    assert {row["account"] for row in fees} == {Account.FEES}
    assert rows(terminal, "--to", BEFORE) == rows(terminal, "--from", SOON) == []
    assert rows(terminal, "--from", BEFORE, "--to", SOON) == found
    assert "Invalid value" in terminal.fails("ledger", "export", "--account", "pockets", code=2)


def test_that_somebody_took_an_export_is_kept(books: tuple[Terminal, list[str]]) -> None:
    terminal, _ = books
    terminal.says("ledger", "export", "--from", "2026-11-01", "--account", "fees", "--by", "ann")
    house = terminal.house()
    with house.store.read() as tx:
        (kept,) = audit.newest(tx, limit=1)
    house.store.close()
    assert (kept.actor, kept.deed.said) == (Actor("ann", Way.COMMAND), "2026-11-01 to … fees")


def test_a_changed_line_and_a_tail_that_was_cut_off_are_found(books: tuple[Terminal, list[str]]) -> None:
    terminal, _ = books
    head = terminal.reads("ledger", "verify")["head"]
    assert terminal.reads("ledger", "verify", "--head", head)["true"]
    house = terminal.house()
    with house.store.engine.begin() as tx:
        tx.exec_driver_sql("drop trigger ledger_no_update")
        # An amount and its counterpart: debits still equal credits, and only the facts and the chain tell.
        tx.exec_driver_sql(
            "update ledger set amount_minor = 1 where fact_id = (select min(fact_id) from ledger)"
        )
    said = terminal.fails("ledger", "verify")
    assert "ledger line 1 does not follow the line before it" in said
    assert "debit processor EUR 0.01" in said
    with house.store.engine.begin() as tx:
        tx.exec_driver_sql("update ledger set amount_minor = 2380 where amount_minor = 1")
        tx.exec_driver_sql("drop trigger ledger_no_delete")
        tx.exec_driver_sql("drop trigger facts_no_delete")
        tx.exec_driver_sql("delete from ledger where fact_id = (select max(fact_id) from ledger)")
        tx.exec_driver_sql("delete from facts where id > (select max(fact_id) from ledger)")
    house.store.close()
    assert terminal.reads("ledger", "verify")["true"], "nothing here knows that there was more"
    cut = terminal.fails("ledger", "verify", "--head", head)
    assert f"no line has the hash {head}: lines were cut off or written anew" in cut
