"""Amounts, times and countries as the pages write them."""

from datetime import datetime, timedelta, timezone

import pytest

from checkout.domain.money import MINOR_MAX, Money
from checkout.web.wording import countries, country_name, support_text
from checkout.wording import amount_text, time_text


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(2380, "EUR"), "€23.80"),
        (Money(1, "GBP"), "£0.01"),
        (Money(123456, "USD"), "US$1,234.56"),
        (Money(1000, "JPY"), "JP¥1,000"),
        (Money(370500, "HUF"), "HUF3,705.00"),
        (Money(1234, "KWD"), "KWD1.234"),
        (Money(MINOR_MAX, "EUR"), "€999,999,999,999,999.99"),
        (Money(0, "EUR"), "€0.00"),
    ],
)
def test_an_amount_is_written_exactly(money: Money, text: str) -> None:
    assert amount_text(money).replace("\u00a0", "") == text


def test_a_time_is_utc_and_says_so() -> None:
    there = datetime(2026, 11, 22, 23, 30, tzinfo=timezone(timedelta(hours=-8)))
    assert time_text(there) == "23 November 2026 at 07:30 UTC"


def test_every_country_is_a_two_letter_code_in_the_order_of_its_name() -> None:
    names = [name for _, name in countries()]
    assert 245 <= len(names) <= 252
    assert names.index("Åland Islands") < names.index("Albania") < names.index("Zimbabwe")
    assert {"GB", "DE", "US", "CI"} <= dict(countries()).keys()
    assert not {"EU", "UN", "ZZ", "001"} & dict(countries()).keys()


def test_an_unknown_country_is_written_as_it_is() -> None:
    assert (country_name("AT"), country_name("??")) == ("Austria", "??")


def test_a_support_address_is_a_link_and_anything_else_is_text() -> None:
    assert str(support_text("help@example.com")) == '<a href="mailto:help@example.com">help@example.com</a>'
    assert str(support_text("call <b>12 34</b>")) == "call &lt;b&gt;12 34&lt;/b&gt;"
    assert "<b" not in str(support_text("<b>@evil"))
    assert not support_text("")
