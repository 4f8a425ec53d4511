"""The books: every movement once, balanced, and in suspense where it is not what was due."""

import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.domain.accounts import BOOKABLE, OURS_AT_THE_PROCESSOR, Account, Posting, Side
from checkout.domain.facts import Fact, FactKind, words
from checkout.domain.money import Money
from checkout.domain.postings import postings
from checkout.domain.standing import fold
from checkout.domain.terms import Terms
from tests.domain.histories import (
    DUE,
    LATER,
    TERMS,
    History,
    any_fact,
    fact,
    real_terms_and_histories,
)

CAPTURED = fact(FactKind.CAPTURED, "CAP1")
PAY, SUSPENSE = Account.PROCESSOR, Account.SUSPENSE

PAIRS: dict[FactKind, tuple[Account, Account]] = {
    FactKind.CAPTURED: (PAY, Account.SALES),
    FactKind.REFUNDED: (Account.REFUNDS, PAY),
    FactKind.REVERSED: (Account.REVERSALS, Account.REFUNDS),
    FactKind.RETURNED: (PAY, Account.REVERSALS),
    FactKind.FEE: (Account.FEES, PAY),
    FactKind.FEE_RETURNED: (PAY, Account.FEES),
    FactKind.DISPUTE_LOST: (Account.DISPUTES_LOST, Account.REVERSALS),
    FactKind.HELD: (Account.HELD, PAY),
    FactKind.RELEASED: (PAY, Account.HELD),
    FactKind.MOVED: (Account.PAYOUTS, PAY),
    FactKind.RESOLVED: (Account.ADJUSTMENTS, SUSPENSE),
}
"""Debit and credit of each kind that moves one amount; EXCHANGED moves two, and all others none."""

ACCOUNTS = {
    FactKind.HELD: words(account="held"),
    FactKind.RELEASED: words(account="held"),
    FactKind.MOVED: words(account="payouts"),
    FactKind.RESOLVED: words(debit="adjustments", credit="suspense"),
}


@pytest.mark.parametrize("kind", FactKind)
def test_every_kind_is_booked_as_it_moves_money_and_no_other_writes_anything(kind: FactKind) -> None:
    told = fact(kind, "SUBJECT", amount=DUE, words=ACCOUNTS.get(kind, ()))
    expected = PAIRS.get(kind)
    lines = postings(told, TERMS)
    if expected is None:
        assert lines == ()
        return
    debit, credit = expected
    assert lines == (Posting(debit, Side.DEBIT, DUE), Posting(credit, Side.CREDIT, DUE))
    assert postings(replace(told, amount=None), TERMS) == ()
    assert postings(replace(told, amount=Money(0, "EUR")), TERMS) == ()


@given(any_fact, st.sampled_from([TERMS, LATER, None]))
def test_whatever_is_told_debits_equal_credits_in_each_currency(told: Fact, terms: Terms | None) -> None:
    lines = postings(told, terms)
    assert all(line.amount.minor > 0 for line in lines)
    sums: Counter[str] = Counter()
    for line in lines:
        sums[line.amount.currency] += line.amount.minor if line.side is Side.DEBIT else -line.amount.minor
    assert not any(sums.values())
    assert {line.amount for line in lines} <= {told.amount, told.into}
    if told.kind not in {*PAIRS, FactKind.EXCHANGED}:
        assert lines == ()


def test_what_was_due_is_sold() -> None:
    assert postings(CAPTURED, TERMS) == (
        Posting(Account.PROCESSOR, Side.DEBIT, DUE),
        Posting(Account.SALES, Side.CREDIT, DUE),
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": Money(2379, "EUR")},
        {"amount": Money(2381, "EUR")},
        {"amount": Money(2380, "USD")},
        {"payee": "OTHER"},
        {"payee": None},
        {"names": "other"},
        {"names": None},
    ],
)
def test_what_was_not_due_waits_in_suspense(wrong: dict[str, object]) -> None:
    held, owed = postings(replace(CAPTURED, **wrong), TERMS)  # type: ignore[arg-type]
    assert owed.account is Account.SUSPENSE
    assert held.account is (Account.ELSEWHERE if wrong.get("payee") == "OTHER" else Account.PROCESSOR)


@pytest.mark.parametrize("minor", [1, 2379, 2380])
def test_of_a_reservation_any_part_that_is_taken_is_sold(minor: int) -> None:
    part = replace(CAPTURED, amount=Money(minor, "EUR"))
    assert postings(part, LATER)[1].account is Account.SALES
    assert postings(replace(part, names="other"), LATER)[1].account is Account.SUSPENSE


def test_money_given_back_leaves_the_processor() -> None:
    back = fact(FactKind.REFUNDED, "REFUND1")
    assert [line.account for line in postings(back, TERMS)] == [Account.REFUNDS, Account.PROCESSOR]


def test_what_moves_at_another_payee_never_touches_our_account_there() -> None:
    for kind in (FactKind.CAPTURED, FactKind.REFUNDED, FactKind.FEE, FactKind.FEE_RETURNED):
        lines = postings(fact(kind, "X", amount=DUE, payee="OTHER"), TERMS)
        assert Account.ELSEWHERE in {line.account for line in lines}
        assert Account.PROCESSOR not in {line.account for line in lines}


def test_an_exchange_gives_one_currency_for_another() -> None:
    dollars = Money(2600, "USD")
    told = fact(FactKind.EXCHANGED, "CAP1", amount=DUE, into=dollars)
    assert postings(told, TERMS) == (
        Posting(Account.EXCHANGE, Side.DEBIT, DUE),
        Posting(Account.PROCESSOR, Side.CREDIT, DUE),
        Posting(Account.PROCESSOR, Side.DEBIT, dollars),
        Posting(Account.EXCHANGE, Side.CREDIT, dollars),
    )
    assert postings(replace(told, into=None), TERMS) == ()


def test_what_came_in_by_itself_and_what_nobody_explains_waits_in_suspense() -> None:
    came = fact(FactKind.MOVED, "ROW", amount=DUE, words=words(direction="in"))
    assert [line.account for line in postings(came, None)] == [Account.PROCESSOR, Account.SUSPENSE]
    went = fact(FactKind.MOVED, "ROW", amount=DUE)
    assert [line.account for line in postings(went, None)] == [Account.SUSPENSE, Account.PROCESSOR]


def test_a_person_books_only_where_the_processor_and_other_payees_have_no_say() -> None:
    assert set(Account) - set(BOOKABLE) == {*OURS_AT_THE_PROCESSOR, Account.ELSEWHERE}


def balances(told: list[Fact], terms: Terms) -> dict[tuple[Account, str], int]:
    """What the books hold of facts, each booked once by its key as the store has it."""
    known: dict[str, Fact] = {}
    for one in told:
        known.setdefault(one.key, one)
    found: Counter[tuple[Account, str]] = Counter()
    for one in known.values():
        for line in postings(one, terms):
            signed = line.amount.minor if line.side is Side.DEBIT else -line.amount.minor
            found[line.account, line.amount.currency] += signed
    return {key: minor for key, minor in found.items() if minor}


@given(real_terms_and_histories, st.randoms(use_true_random=False), st.integers(1, 3))
def test_no_order_and_no_repetition_changes_the_books(
    story: tuple[Terms, History], chance: random.Random, times: int
) -> None:
    terms, (facts, _) = story
    shuffled = facts * times
    chance.shuffle(shuffled)
    assert balances(shuffled, terms) == balances(facts, terms)


@given(real_terms_and_histories)
def test_the_books_and_the_standing_say_the_same_of_the_same_money(story: tuple[Terms, History]) -> None:
    terms, (facts, intents) = story
    standing, book = fold(terms, facts, intents), Counter(balances(facts, terms))
    assert -book[Account.SALES, "EUR"] == standing.captured.minor
    assert book[Account.REFUNDS, "EUR"] == standing.refunded.minor
    lost = book[Account.DISPUTES_LOST, "EUR"]
    assert book[Account.REVERSALS, "EUR"] + lost == standing.reversed_minor
    assert book[Account.SUSPENSE, "EUR"] == 0
