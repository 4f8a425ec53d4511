"""Single words of PayPal: amounts exactly, times with a zone, ids that can be kept; or nothing at all."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.domain.money import Money
from checkout.processors.paypal.answers import Amount, Link, UnreadableAnswerError
from checkout.processors.paypal.reading import (
    ID_MAX,
    TEXT_MAX,
    belongs_to,
    clean,
    money,
    read_time,
    signed_money,
    usable_id,
)


def test_a_time_without_a_zone_is_utc_only_where_that_is_paypals_custom() -> None:
    bare = "2026-11-01T10:00:00"
    assert read_time(bare) is None
    assert read_time(bare, zone=False) == datetime(2026, 11, 1, 10, tzinfo=UTC)
    assert read_time("2026-11-01T10:00:00+02:00", zone=False) == datetime(2026, 11, 1, 8, tzinfo=UTC)
    assert read_time("0001-01-01T00:00:00+14:00") is None


@given(st.text(max_size=50) | st.none(), st.booleans())
def test_any_text_is_a_time_in_utc_or_none(text: str | None, zone: bool) -> None:  # noqa: FBT001
    found = read_time(text, zone=zone)
    assert found is None or found.tzinfo is UTC


def test_amounts_below_nothing_are_for_reports_alone() -> None:
    assert signed_money("-1.00", "EUR") == Money(-100, "EUR")
    with pytest.raises(UnreadableAnswerError, match="below nothing"):
        money(Amount(value="-1.00", currency_code="EUR"))


@pytest.mark.parametrize("text", [None, "", "X" * (ID_MAX + 1)])
def test_what_cannot_be_kept_is_no_id(text: str | None) -> None:
    with pytest.raises(UnreadableAnswerError, match="a thing has no usable id"):
        usable_id(text, "a thing")


@given(st.text(max_size=300))
def test_whatever_somebody_writes_becomes_short_printable_ascii(text: str) -> None:
    found = clean(text)
    assert found is None or (found.isascii() and found.isprintable() and len(found) <= TEXT_MAX)
    assert (found is None) is (text == "")


def test_what_something_belongs_to_is_named_by_the_link_up_alone() -> None:
    base = "https://api-m.paypal.com/v2/payments"
    links = [
        Link(rel="self", href=f"{base}/captures/WRONG1"),
        Link(rel="up", href=None),
        Link(rel="up", href=f"{base}/captures/CAP1/more"),
        Link(rel="up", href=f"{base}/captures/CAP1"),
        Link(rel="up", href=f"{base}/authorizations/AUTH1"),
    ]
    assert belongs_to(links, "captures") == "CAP1"
    assert belongs_to(links, "authorizations") == "AUTH1"
    assert belongs_to(links, "orders") is None
    assert belongs_to(None, "captures") is None
