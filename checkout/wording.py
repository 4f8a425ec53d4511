"""How this house writes amounts and times: in the shop's language, exact, with the time zone named."""

from __future__ import annotations

from datetime import UTC, datetime

from babel import Locale
from babel.dates import format_datetime
from babel.numbers import format_currency

from checkout.domain.money import Money, exponent

LOCALE = Locale("en", "GB")


def amount_text(money: Money) -> str:
    """`€23.80`: with exactly the currency's ISO decimals, which are not always those CLDR would print."""
    decimals = exponent(money.currency)
    pattern = f"¤#,##0.{'0' * decimals}" if decimals else "¤#,##0"
    return format_currency(money.decimal(), money.currency, pattern, locale=LOCALE, currency_digits=False)


def time_text(moment: datetime) -> str:
    """`22 November 2026 at 18:25 UTC`."""
    return format_datetime(moment, "d MMMM y 'at' HH:mm 'UTC'", tzinfo=UTC, locale=LOCALE)
