"""Lists of the back office: every row once, page after page, by every filter, and never by reading a whole table."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TypeVar

from checkout.domain.accounts import Account
from checkout.domain.disputes import DisputeStatus
from checkout.store import discrepancies, disputes, inbox_lists, notices, statements
from checkout.store.engine import Store, Tx
from checkout.store.inbox_lists import Wanted
from checkout.store.mailboxes import Message, MessageState
from checkout.store.notices import NoticeKind
from checkout.store.paging import Page
from checkout.store.statements import Span
from tests.scripted_processor import NAME, START
from tests.small_shop import SmallShop
from tests.store.test_lookups import ROWS, fill, plan, plans_with, scans, sorts, statements_of

SOME = ROWS // 100
"""As many of the rows that wait for somebody."""

Row = TypeVar("Row")
OPEN = frozenset(DisputeStatus) - {DisputeStatus.RESOLVED}
SPAN = Span(START - timedelta(days=1), START + timedelta(days=1), account=Account.SALES, currency="EUR")


def walk(store: Store, read: Callable[[Tx, str], Page[Row]]) -> list[Row]:
    """Every row of a list, page after page."""
    found: list[Row] = []
    after: str | None = ""
    while after is not None:
        with store.read() as tx:
            page = read(tx, after)
        found += page.rows
        after = page.after
    return found


def _events(wanted: Wanted, tx: Tx, after: str) -> Page[Message]:
    return inbox_lists.events(tx, wanted, [NAME], before=after, limit=999)


def test_every_list_shows_each_row_once_in_its_order(shop: SmallShop) -> None:
    store = shop.house.store
    fill(store)
    for state, kind in [
        (None, ""),
        (None, "x"),
        (MessageState.NEW, ""),
        (MessageState.NEW, "x"),
        (MessageState.PARKED, ""),
        (None, "y"),
    ]:
        wanted = Wanted(state, kind)
        events = walk(store, partial(_events, wanted))
        numbers = [one.id for one in events]
        assert numbers == sorted(set(numbers), reverse=True)
        expected = (
            {None: ROWS, MessageState.NEW: ROWS // 100, MessageState.DONE: ROWS - ROWS // 100}.get(state, 0)
            if kind != "y"
            else 0
        )
        assert len(numbers) == expected, wanted
    due = walk(store, lambda tx, after: disputes.by_deadline(tx, OPEN, after=after, limit=7))
    assert len({one.id for one in due}) == len(due) == SOME
    sent = walk(
        store,
        lambda tx, after: notices.listed(tx, kind=NoticeKind.RECEIPT, sent=False, after=after, limit=999),
    )
    assert len({one.id for one in sent}) == len(sent) == ROWS
    open_ones = walk(store, lambda tx, after: discrepancies.listed(tx, is_open=True, after=after, limit=7))
    assert [one.id for one in open_ones] == sorted({one.id for one in open_ones})
    assert len(open_ones) == SOME
    over = walk(
        store,
        lambda tx, after: discrepancies.listed(
            tx, is_open=False, kind="contradiction", after=after, limit=999
        ),
    )
    assert len({one.id for one in over}) == ROWS - SOME
    lines = walk(store, lambda tx, after: statements.lines(tx, SPAN, after=after, limit=999))
    assert len({one.id for one in lines}) == len(lines) == ROWS


def test_an_event_is_found_by_its_id_and_by_its_payment(shop: SmallShop) -> None:
    fill(shop.house.store)
    with shop.house.store.read() as tx:
        for wanted in (
            Wanted(event_id="E17"),
            Wanted(payment_id="X17-1"),
            Wanted(MessageState.DONE, "x", "E17"),
        ):
            assert [one.envelope.event_id for one in inbox_lists.events(tx, wanted, [NAME]).rows] == ["E17"]
        assert inbox_lists.events(tx, Wanted(event_id="E17"), ["another"]).rows == []
        assert inbox_lists.events(tx, Wanted(MessageState.PARKED, event_id="E17"), [NAME]).rows == []


def scans_a_table(line: str) -> bool:
    """The same, but for what SQLite calls a scan of the few rows that an inner query has found."""
    return scans(line) and not re.search(r"SCAN (anon_|\(subquery)", line)


def test_no_list_reads_or_sorts_a_whole_table(shop: SmallShop) -> None:
    after = f"{START.isoformat()}~1500"
    lists = {
        "events": lambda tx: inbox_lists.events(tx, Wanted(), [NAME], before="1500"),
        "events by state": lambda tx: inbox_lists.events(tx, Wanted(MessageState.NEW), [NAME], before="1500"),
        "events by type": lambda tx: inbox_lists.events(tx, Wanted(event_type="y"), [NAME], before=after),
        "event by id": lambda tx: inbox_lists.events(tx, Wanted(event_id="E17"), [NAME]),
        "events of a payment": lambda tx: inbox_lists.events(tx, Wanted(payment_id="X17-1"), [NAME]),
        "disputes that wait": lambda tx: disputes.by_deadline(tx, OPEN),
        "notices": lambda tx: notices.listed(tx, after=after),
        "notices of a kind": lambda tx: notices.listed(tx, kind=NoticeKind.ALARM, after=after),
        "open discrepancies": lambda tx: discrepancies.listed(tx, is_open=True),
        "discrepancies of a kind": lambda tx: discrepancies.listed(
            tx, is_open=False, kind="other", after="1500"
        ),
        "lines of an account": lambda tx: statements.lines(tx, SPAN, after=after),
        "lines of a span": lambda tx: statements.lines(tx, Span(SPAN.start, SPAN.end), after=after),
    }
    assert plans_with(shop.house.store, lists, scans_a_table) == {}
    quick = {name: look for name, look in lists.items() if name in {"events", "notices", "notices of a kind"}}
    with shop.house.store.begin() as tx:
        plans = [
            line for look in quick.values() for one in statements_of(tx, look) for line in plan(tx, *one)
        ]
    assert not any(map(sorts, plans))
