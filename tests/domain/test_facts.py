"""A fact's key names what happened: the same for every messenger, another for everything else."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from checkout.domain.facts import Fact, FactKind
from checkout.domain.money import Money

WHEN = datetime(2026, 11, 22, tzinfo=UTC)
ABOUT = Fact(FactKind.CAPTURED, "REF", "SUBJECT", Money(1, "EUR"), "PAYEE", "names", "reason", WHEN)


@pytest.mark.parametrize("kind", FactKind)
def test_when_it_happened_is_no_part_of_what_happened(kind: FactKind) -> None:
    told = replace(ABOUT, kind=kind)
    assert replace(told, happened_at=None).key == told.key


@pytest.mark.parametrize("kind", FactKind)
def test_every_kind_has_keys_of_its_own(kind: FactKind) -> None:
    others = {replace(ABOUT, kind=other).key for other in FactKind if other is not kind}
    assert replace(ABOUT, kind=kind).key not in others


@pytest.mark.parametrize("kind", [FactKind.CAPTURED, FactKind.DECLINED, FactKind.REFUNDED])
def test_money_moves_once_for_each_thing_that_moved_it_whatever_is_said_of_it(kind: FactKind) -> None:
    told = replace(ABOUT, kind=kind)
    assert replace(told, amount=Money(2, "USD"), payee=None, names=None, reason=None).key == told.key
    assert replace(told, subject="OTHER").key != told.key


@pytest.mark.parametrize(
    "other", [{"amount": Money(2, "EUR")}, {"payee": "OTHER"}, {"names": "other"}, {"reference": "OTHER"}]
)
def test_a_payment_that_is_opened_otherwise_is_another_fact(other: dict[str, object]) -> None:
    opened = replace(ABOUT, kind=FactKind.OPENED)
    assert replace(opened, **other).key != opened.key  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [FactKind.PENDING, FactKind.UNRECOGNISED])
def test_another_reason_is_another_fact(kind: FactKind) -> None:
    told = replace(ABOUT, kind=kind)
    assert replace(told, reason="OTHER").key != told.key
    assert replace(told, amount=None).key == told.key


@pytest.mark.parametrize("kind", FactKind)
def test_only_captures_and_refunds_move_money(kind: FactKind) -> None:
    assert replace(ABOUT, kind=kind).moves_money is (kind in {FactKind.CAPTURED, FactKind.REFUNDED})


def test_the_longest_key_fits_its_column() -> None:
    longest = Fact(FactKind.OPENED, "R" * 64, "S" * 64, Money(10**17 - 1, "EUR"), "P" * 64, "n" * 127)
    assert len(longest.key) <= 400
    assert len(replace(longest, kind=FactKind.UNRECOGNISED, reason="W" * 127).key) <= 400
