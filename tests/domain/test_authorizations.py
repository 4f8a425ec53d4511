"""Reservations: which stands, how much of it is left, and that an end is never undone."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings

from checkout.domain.authorizations import HONOUR, Authorization, AuthorizationState, authorizations
from checkout.domain.facts import Fact, FactKind, words
from checkout.domain.intents import Operation, Outcome
from checkout.domain.money import Money
from checkout.domain.standing import fold
from tests.domain.histories import DUE, LATER, START, UNTIL, History, fact, intent, reservations

NOTHING = Money(0, "EUR")
AUTHORIZED = fact(FactKind.AUTHORIZED, "AUTH1", words=UNTIL, happened_at=START)


def of(*told: Fact) -> Authorization:
    """The one reservation there is."""
    (found,) = authorizations(told, NOTHING)
    return found


def taken(kind: FactKind, minor: int, subject: str = "CAP1", **more: str) -> Fact:
    """A capture of the reservation."""
    told = words(authorization="AUTH1", invoice=f"shop-{subject}", **more)
    return fact(kind, subject, amount=Money(minor, "EUR"), words=told)


@settings(max_examples=50)
@given(reservations())
def test_what_is_left_and_what_was_taken_is_never_more_than_was_reserved(history: History) -> None:
    standing = fold(LATER, *history)
    for one in standing.authorizations:
        assert 0 <= one.left.minor <= one.amount.minor
        assert one.left.minor + standing.captured.minor <= one.amount.minor
        assert one.state is AuthorizationState.LIVE or one.left == NOTHING


def test_a_reservation_says_until_when() -> None:
    one = of(AUTHORIZED)
    assert (one.state, one.amount, one.left) == (AuthorizationState.LIVE, DUE, DUE)
    assert one.until == START + timedelta(days=29)
    assert one.honoured_until == START + HONOUR
    assert replace(one, authorized_at=None).honoured_until is None


def test_captures_take_from_it_until_nothing_or_the_last_one_lets_the_rest_go() -> None:
    parts = [taken(FactKind.CAPTURED, 1000), taken(FactKind.CAPTURED, 380, "CAP2")]
    assert of(AUTHORIZED, *parts).left == Money(1000, "EUR")
    assert of(AUTHORIZED, *parts, taken(FactKind.CAPTURED, 1000, "CAP3")).state is AuthorizationState.USED
    final = of(AUTHORIZED, parts[0], taken(FactKind.CAPTURED, 1, "CAP2", final="yes"))
    assert (final.state, final.left) == (AuthorizationState.USED, NOTHING)


def test_a_capture_that_is_held_takes_from_it_and_one_that_was_declined_does_not() -> None:
    assert of(AUTHORIZED, taken(FactKind.PENDING, 1000)).left == Money(1380, "EUR")
    declined = taken(FactKind.DECLINED, 1000, final="yes")
    assert of(AUTHORIZED, declined).left == DUE
    assert of(AUTHORIZED, taken(FactKind.PENDING, 1000), taken(FactKind.DECLINED, 1000)).left == DUE


def test_a_last_capture_that_was_held_has_let_the_rest_go_whatever_became_of_it() -> None:
    held = taken(FactKind.PENDING, 1000, final="yes")
    assert of(AUTHORIZED, held).state is AuthorizationState.USED
    assert of(AUTHORIZED, held, taken(FactKind.DECLINED, 1000, final="yes")).left == NOTHING


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (FactKind.AUTHORIZATION_DENIED, AuthorizationState.DENIED),
        (FactKind.AUTHORIZATION_VOIDED, AuthorizationState.VOIDED),
        (FactKind.AUTHORIZATION_EXPIRED, AuthorizationState.EXPIRED),
    ],
)
def test_an_end_stands_whenever_it_is_told(kind: FactKind, state: AuthorizationState) -> None:
    end = fact(kind, "AUTH1")
    for told in ([AUTHORIZED, end], [end, AUTHORIZED], [end, AUTHORIZED, taken(FactKind.CAPTURED, 1)]):
        assert (of(*told).state, of(*told).left) == (state, NOTHING)


def test_one_that_is_reviewed_is_not_ours_to_take_until_it_is_granted() -> None:
    pending = fact(FactKind.AUTHORIZATION_PENDING, "AUTH1", reason="PENDING_REVIEW")
    assert (of(pending).state, of(pending).left) == (AuthorizationState.PENDING, NOTHING)
    assert of(pending, AUTHORIZED).left == DUE


def test_one_that_was_made_sure_of_again_is_replaced_by_its_successor() -> None:
    newer = replace(AUTHORIZED, subject="AUTH2", happened_at=START + timedelta(days=4))
    renewed = intent(Operation.REAUTHORIZE, Outcome.DONE, subject="AUTH1")
    standing = fold(LATER, [AUTHORIZED, newer], [renewed])
    assert [one.state for one in standing.authorizations] == [
        AuthorizationState.VOIDED,
        AuthorizationState.LIVE,
    ]
    assert standing.authorized == DUE, "the customer's money is reserved once"


def test_one_in_another_currency_is_worth_nothing_to_us() -> None:
    assert of(replace(AUTHORIZED, amount=Money(2380, "USD"))).left == NOTHING
