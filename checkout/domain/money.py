"""Money as an integer of minor units and a currency; exact, or refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from iso4217 import Currency

from checkout.domain.errors import (
    AmountDoesNotFitError,
    NotAnAmountError,
    UnknownCurrencyError,
)

MINOR_MAX = 10**17 - 1
"""The largest amount of one payment: 999,999,999,999,999.99. Source: PayPal Orders v2, `money`, read 2026-11."""

_TYPED = re.compile(r"\d{1,18}(?:(?P<sign>[.,])(?P<decimals>\d{1,8}))?", re.ASCII)
_OF_THOUSANDS = 3
"""Digits behind a sign that parts thousands."""
_DECIMAL = re.compile(r"-?\d{1,18}(?:\.\d{1,8})?", re.ASCII)


@cache
def exponent(currency: str) -> int:
    """Decimals of a currency by ISO 4217 (EUR 2, JPY 0, KWD 3, HUF 2). A processor may use others."""
    try:
        found = Currency(currency).exponent
    except ValueError:
        found = None
    if found is None:
        raise UnknownCurrencyError(currency)
    return found


@dataclass(frozen=True, slots=True)
class Money:
    """An amount: `minor` counts the currency's smallest ISO 4217 unit (cents of EUR, whole JPY)."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        exponent(self.currency)

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Nothing, in a currency."""
        return cls(0, currency)

    @classmethod
    def parse(cls, text: str, currency: str) -> Money:
        """Read a decimal string exactly: `23.80` EUR is 2380. Trailing zeros are allowed, rounding is not.

        Raises NotAnAmountError for anything that is not exactly a number of minor units within MINOR_MAX.
        """
        digits = exponent(currency)
        if not _DECIMAL.fullmatch(text):
            raise NotAnAmountError(text, "write it as digits with a decimal point, such as 23.80")
        scaled = Decimal(text).scaleb(digits)
        if scaled != scaled.to_integral_value():
            raise NotAnAmountError(text, f"{currency} has {digits} decimals")
        if abs(scaled) > MINOR_MAX:
            raise NotAnAmountError(text, f"the largest amount is {cls(MINOR_MAX, 'EUR').decimal_text()}")
        return cls(int(scaled), currency)

    @classmethod
    def typed(cls, text: str, currency: str) -> Money:
        """Read an amount as a person types it: `12.50` or `12,50`, with or without the currency's code.

        `1,000` is one euro to some and a thousand to others, so more decimals than the currency has are refused
        even where all are zeros, and so are three behind a comma. Raises NotAnAmountError.
        """
        digits = exponent(currency)
        plain = text.strip().removeprefix(currency).removesuffix(currency).strip()
        found = _TYPED.fullmatch(plain)
        example = cls(125 * 10**digits // 10, currency).decimal_text()
        if found is None:
            raise NotAnAmountError(text, f"write it as digits, such as {example}")
        decimals = found["decimals"] or ""
        if len(decimals) > digits or (found["sign"] == "," and len(decimals) == _OF_THOUSANDS):
            why = f"{currency} has {digits} decimals, and no sign goes between thousands: write it such as {example}"
            raise NotAnAmountError(text, why)
        return cls.parse(plain.replace(",", "."), currency)

    def decimal(self) -> Decimal:
        """The amount in whole units of the currency, exact."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def decimal_text(self) -> str:
        """`23.80`: with exactly the currency's ISO decimals."""
        return f"{self.decimal():f}"

    def with_decimals(self, decimals: int, where: str) -> str:
        """The amount with a processor's own number of decimals, or AmountDoesNotFitError; never rounded."""
        value = self.decimal()
        fitted = round(value, decimals)
        if fitted != value:
            raise AmountDoesNotFitError(self, decimals, where)
        return f"{fitted:.{decimals}f}"

    def __str__(self) -> str:
        return f"{self.currency} {self.decimal_text()}"

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other).minor, self.currency)

    def __mul__(self, times: int) -> Money:
        return Money(self.minor * times, self.currency)

    def _same(self, other: Money) -> Money:
        if other.currency != self.currency:
            message = f"{self} and {other} are different currencies and cannot be counted together"
            raise ValueError(message)
        return other
