"""How this house writes amounts and times: as each language does, exact, with the time zone named."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from babel.dates import format_date, format_time
from babel.numbers import format_currency

from checkout.domain.money import Money, exponent
from checkout.wording.catalogues import LOCALE, wording_of

if TYPE_CHECKING:
    from babel import Locale

__all__ = ["LOCALE", "amount_text", "time_text"]

_DECIMALS = re.compile(r"0\.0+")


def amount_text(money: Money, locale: Locale = LOCALE) -> str:
    """`€23.80`: with exactly the currency's ISO decimals, which are not always those CLDR would print."""
    decimals = exponent(money.currency)
    usual = locale.currency_formats["standard"].pattern
    pattern = _DECIMALS.sub(f"0.{'0' * decimals}" if decimals else "0", usual)
    return format_currency(money.decimal(), money.currency, pattern, locale=locale, currency_digits=False)


def time_text(moment: datetime, locale: Locale = LOCALE) -> str:
    """`22 November 2026 at 18:25 UTC`."""
    there = moment.astimezone(UTC)
    day, time = format_date(there, "long", locale=locale), format_time(there, "HH:mm", locale=locale)
    return wording_of(str(locale)).gettext("%(day)s at %(time)s UTC") % {"day": day, "time": time}
