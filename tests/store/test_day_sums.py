"""Sums of the ledger's days: made once, never otherwise than the lines, from whatever time to whatever time."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import text

from checkout.domain.accounts import Account
from checkout.domain.facts import Fact, FactKind
from checkout.domain.money import Money
from checkout.domain.postings import postings
from checkout.flows.summing import sum_up_days
from checkout.store import day_sums, facts, ledger
from checkout.store.facts import Holder
from tests.scripted_processor import NAME
from tests.small_shop import SmallShop

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 12


def book(shop: SmallShop, at: datetime, minor: int, currency: str = "EUR") -> None:
    """One movement is booked."""
    name = f"{at:%d%H%M%S}-{minor}-{currency}"
    words = {"account": Account.PAYOUTS, "direction": "out"}
    fact = Fact(
        FactKind.MOVED, name, name, Money(minor, currency), happened_at=at, words=tuple(words.items())
    )
    with shop.house.store.begin() as tx:
        fact_id = facts.add(tx, Holder(NAME), fact, at=at, learned_from="test")
        assert fact_id is not None
        facts.post(tx, Holder(NAME), (fact_id, fact.key), postings(fact, None), at=at)


@pytest.fixture
def booked(shop: SmallShop) -> SmallShop:
    """A shop with some movements on most of twelve days, one of them at midnight."""
    chance = random.Random(3)
    book(shop, FIRST + timedelta(days=4), 777)
    for number in range(40):
        at = FIRST + timedelta(days=chance.randrange(DAYS), seconds=chance.randrange(86_400))
        book(shop, at, 100 + number, chance.choice(["EUR", "JPY"]))
    shop.clock.now = FIRST + timedelta(days=DAYS - 3, minutes=30)
    return shop


def test_sums_of_days_are_what_the_lines_add_up_to_from_any_time_to_any_time(booked: SmallShop) -> None:
    while sum_up_days(booked.house):
        pass
    chance = random.Random(4)
    moments = [FIRST + timedelta(hours=chance.randrange(-5, 24 * (DAYS + 1))) for _ in range(24)]
    moments += [FIRST + timedelta(days=day) for day in range(DAYS + 1)]
    with booked.house.store.read() as tx:
        assert day_sums.balances(tx) == ledger.balances(tx)
        for at in moments:
            assert day_sums.balances(tx, at=at) == ledger.balances(tx, at=at)
        for start, end in pairwise(moments):
            first, last = sorted((start, end))
            assert day_sums.periods(tx, first, last) == ledger.periods(tx, first, last)
        assert list(day_sums.faults(tx)) == []


def test_a_day_is_summed_up_once_it_is_over_and_not_before(booked: SmallShop) -> None:
    while sum_up_days(booked.house):
        pass
    with booked.house.store.read() as tx:
        assert day_sums.summed_to(tx) == FIRST + timedelta(days=DAYS - 4)
    assert sum_up_days(booked.house) == 0
    booked.clock.move(minutes=40)
    assert sum_up_days(booked.house) == 1
    with booked.house.store.read() as tx:
        assert day_sums.summed_to(tx) == FIRST + timedelta(days=DAYS - 3)


def test_without_any_sum_the_lines_themselves_are_added_up(booked: SmallShop) -> None:
    with booked.house.store.read() as tx:
        assert day_sums.summed_to(tx) is None
        assert day_sums.balances(tx) == ledger.balances(tx)


def test_a_sum_that_somebody_changed_is_a_fault_of_the_books(booked: SmallShop) -> None:
    while sum_up_days(booked.house):
        pass
    with booked.house.store.begin() as tx:
        tx.execute(text("update ledger_days set debits_minor = debits_minor + 1 where currency = 'JPY'"))
    with booked.house.store.read() as tx:
        found = list(day_sums.faults(tx))
    assert found
    assert all("JPY" in one for one in found)
