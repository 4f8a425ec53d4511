"""A fact's key names what happened: the same for every messenger, another for everything else."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from checkout.domain.facts import OF_A_MOMENT, Fact, FactKind, words
from checkout.domain.money import Money

WHEN = datetime(2026, 11, 22, tzinfo=UTC)
ABOUT = Fact(FactKind.CAPTURED, "REF", "SUBJECT", Money(1, "EUR"), "PAYEE", "names", "reason", WHEN)

OF_MANY_MOMENTS = OF_A_MOMENT | {FactKind.DISPUTED}
BY_MORE_THAN_ITS_SUBJECT = OF_MANY_MOMENTS | {
    *(FactKind.OPENED, FactKind.APPROVED, FactKind.VOIDED, FactKind.EXPIRED),
    *(FactKind.PENDING, FactKind.AUTHORIZATION_PENDING, FactKind.UNRECOGNISED),
}


@pytest.mark.parametrize("kind", [kind for kind in FactKind if kind not in OF_MANY_MOMENTS])
def test_when_it_happened_is_no_part_of_what_happened(kind: FactKind) -> None:
    told = replace(ABOUT, kind=kind)
    assert replace(told, happened_at=None).key == told.key


@pytest.mark.parametrize("kind", [kind for kind in FactKind if kind in OF_MANY_MOMENTS])
def test_what_has_many_moments_is_told_apart_by_them_and_by_nothing_finer_than_a_second(
    kind: FactKind,
) -> None:
    told = replace(ABOUT, kind=kind)
    assert replace(told, happened_at=WHEN + timedelta(seconds=1)).key != told.key
    assert replace(told, happened_at=WHEN + timedelta(microseconds=1)).key == told.key
    assert replace(told, happened_at=None).key != told.key


@pytest.mark.parametrize("kind", [kind for kind in FactKind if kind in OF_A_MOMENT])
def test_a_row_of_a_report_is_named_by_its_code_too(kind: FactKind) -> None:
    told = replace(ABOUT, kind=kind, words=words(code="T1110", account="held"))
    assert replace(told, words=words(code="T1503", account="held")).key != told.key
    assert replace(told, words=words(code="T1110", account="suspense")).key == told.key


@pytest.mark.parametrize("changed", ["status", "stage", "outcome", "due"])
def test_a_dispute_that_went_on_in_the_same_second_is_another_fact(changed: str) -> None:
    said = {"status": "open", "stage": "inquiry", "outcome": "none", "due": "2026-12-01", "channel": "x"}
    told = replace(ABOUT, kind=FactKind.DISPUTED, words=words(**said))
    assert replace(told, words=words(**(said | {changed: "other"}))).key != told.key
    assert replace(told, words=words(**(said | {"channel": "other"}))).key == told.key


@pytest.mark.parametrize("kind", FactKind)
def test_every_kind_has_keys_of_its_own(kind: FactKind) -> None:
    others = {replace(ABOUT, kind=other).key for other in FactKind if other is not kind}
    assert replace(ABOUT, kind=kind).key not in others


@pytest.mark.parametrize("kind", [kind for kind in FactKind if kind not in BY_MORE_THAN_ITS_SUBJECT])
def test_money_moves_once_for_each_thing_that_moved_it_whatever_is_said_of_it(kind: FactKind) -> None:
    told = replace(ABOUT, kind=kind)
    otherwise = {"into": Money(3, "USD"), "words": words(of="X", rate="2")}
    assert replace(told, amount=Money(2, "USD"), payee=None, names=None, reason=None).key == told.key
    assert replace(told, **otherwise).key == told.key  # type: ignore[arg-type]
    assert replace(told, subject="OTHER").key != told.key


@pytest.mark.parametrize(
    "other", [{"amount": Money(2, "EUR")}, {"payee": "OTHER"}, {"names": "other"}, {"reference": "OTHER"}]
)
def test_a_payment_that_is_opened_otherwise_is_another_fact(other: dict[str, object]) -> None:
    opened = replace(ABOUT, kind=FactKind.OPENED)
    assert replace(opened, **other).key != opened.key  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [FactKind.PENDING, FactKind.AUTHORIZATION_PENDING, FactKind.UNRECOGNISED])
def test_another_reason_is_another_fact(kind: FactKind) -> None:
    told = replace(ABOUT, kind=kind)
    assert replace(told, reason="OTHER").key != told.key
    assert replace(told, amount=None).key == told.key


def test_words_that_were_not_said_are_left_out_and_found_by_name() -> None:
    told = replace(ABOUT, words=words(of="CAP1", invoice=None, rate=""))
    assert told.words == (("of", "CAP1"),)
    assert told.word("of") == "CAP1"
    assert told.word("invoice") is None


def test_the_longest_key_fits_its_column() -> None:
    longest = Fact(FactKind.OPENED, "R" * 64, "S" * 64, Money(10**17 - 1, "EUR"), "P" * 64, "n" * 127)
    assert len(longest.key) <= 400
    assert len(replace(longest, kind=FactKind.UNRECOGNISED, reason="W" * 127).key) <= 400
    said = words(status="s" * 30, stage="s" * 30, outcome="o" * 30, due="2026-11-22T00:00:00+00:00")
    assert len(replace(longest, kind=FactKind.DISPUTED, words=said, happened_at=WHEN).key) <= 400
    assert all(len(kind) <= 24 for kind in FactKind), "the column of a fact's kind has 24 characters"
