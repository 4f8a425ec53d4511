"""The books: every movement once, balanced, and in suspense where it is not what was due."""

from dataclasses import replace

import pytest
from hypothesis import given

from checkout.domain.facts import Fact, FactKind
from checkout.domain.money import Money
from checkout.domain.postings import Account, Posting, Side, postings
from tests.domain.histories import DUE, TERMS, any_fact, fact

CAPTURED = fact(FactKind.CAPTURED, "CAP1")


@given(any_fact)
def test_a_fact_that_moves_money_writes_it_exactly_and_balanced_and_no_other_writes_anything(
    told: Fact,
) -> None:
    lines = postings(told, TERMS)
    moves = told.moves_money and told.amount is not None and told.amount.minor > 0
    assert bool(lines) is moves
    if lines:
        assert {line.amount for line in lines} == {told.amount}
        assert [line.side for line in lines] == [Side.DEBIT, Side.CREDIT]
        assert len({line.account for line in lines}) == 2


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


def test_money_given_back_leaves_the_processor() -> None:
    back = fact(FactKind.REFUNDED, "REFUND1")
    assert [line.account for line in postings(back, TERMS)] == [Account.REFUNDS, Account.PROCESSOR]
