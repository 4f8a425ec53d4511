"""What somebody quotes to find an order by, understood: words, an amount of money, a number or id."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checkout.domain.errors import CheckoutError
from checkout.domain.money import MINOR_MAX, Money
from checkout.domain.words import typed

if TYPE_CHECKING:
    from collections.abc import Iterable

QUOTE_MAX = 200
"""Characters that are looked at; nobody quotes more."""

WORDS_MAX = 6
"""Words that must all be there; of a longer text the first ones find it too."""

_SIGNS = {"€": "EUR", "£": "GBP"}
_OF_SEVERAL = ("$", "¥")
"""Signs that mean one currency. A dollar or yen is one of several: their sign says only that it is money."""

_AMOUNT = re.compile(
    r"(?P<before>[A-Za-z]{3}|[€£$¥])?(?P<number>\d{1,15}(?:[.,'’]\d{3}){0,4}(?:[.,]\d{1,3})?)"  # noqa: RUF001 -- as typed
    r"(?P<after>[A-Za-z]{3}|[€£$¥])?",
    re.ASCII,
)
_CENTS = re.compile(r"[.,]\d{2}$", re.ASCII)
_OF_THOUSANDS = 3
"""Digits behind a sign of thousands."""
_ORDER_NUMBER_LENGTH = 12
_NOT_OF_A_NUMBER = re.compile(r"[\s\-‐‑‒–—._/]+")  # noqa: RUF001 -- every dash that a program makes of ours
_PAGE = re.compile(r"/orders/([A-Za-z0-9_-]{8,40})")


@dataclass(frozen=True, slots=True)
class QuotedAmount:
    """An amount as it was typed: what it may mean, in whole units, and the currency where one was named."""

    decimals: tuple[str, ...]
    currency: str | None = None

    def meant(self, currencies: Iterable[str]) -> list[Money]:
        """Each amount it can be in some currencies; none where it fits none exactly."""
        found = []
        for currency in [self.currency] if self.currency else sorted(currencies):
            for decimal in self.decimals:
                try:
                    money = Money.parse(decimal, currency)
                except CheckoutError:
                    continue
                if 0 < money.minor <= MINOR_MAX and money not in found:
                    found.append(money)
        return found


@dataclass(frozen=True, slots=True)
class Quote:
    """What was typed: the text without blanks around it, the amount in it, and its other words."""

    text: str
    words: tuple[str, ...]
    amount: QuotedAmount | None = None

    @property
    def order_number(self) -> str | None:
        """As an order's number is written, however its dashes and capitals were typed."""
        plain = _NOT_OF_A_NUMBER.sub("", self.text).upper()
        if len(plain) != _ORDER_NUMBER_LENGTH or not plain.isalnum():
            return None
        return "-".join(plain[start : start + 4] for start in range(0, _ORDER_NUMBER_LENGTH, 4))

    @property
    def page_token(self) -> str | None:
        """The token of an order's page, where its address was pasted."""
        found = _PAGE.search(self.text)
        return found[1] if found else None

    @property
    def name(self) -> str | None:
        """The text where it can be an id or a name that we or a processor gave: one word."""
        return self.text if self.text and not any(sign.isspace() for sign in self.text) else None


def quote_of(text: str) -> Quote:
    """Understand what was typed. Never refuses: what means nothing finds nothing."""
    plain = "".join(sign for sign in text[:QUOTE_MAX] if sign.isprintable() or sign.isspace()).strip()
    parts = [part.strip(",;") for part in plain.split()]
    amount = None
    for place, part in enumerate(parts):
        amount, taken = _amount_at(parts, place, part)
        if amount is not None:
            parts = [one for at, one in enumerate(parts) if at not in taken]
            break
    words = tuple(dict.fromkeys(typed(" ".join(parts))))[:WORDS_MAX]
    return Quote(plain, words, amount)


def _amount_at(parts: list[str], place: int, part: str) -> tuple[QuotedAmount | None, set[int]]:
    """The amount that begins or ends in a part, with the parts it takes up.

    A number is an amount where it has a currency or cents; a bare one is as likely a postcode.
    """
    found = _AMOUNT.fullmatch(part)
    if found is None:
        return None, set()
    named = [(word, place) for word in (found["before"], found["after"]) if word]
    if not named:
        named = [(parts[at], at) for at in (place + 1, place - 1) if 0 <= at < len(parts)]
    for word, at in named:
        if _is_money(word):
            return QuotedAmount(_decimals(found["number"]), _currency(word)), {place, at}
    if found.group() == found["number"] and _CENTS.search(part):
        return QuotedAmount(_decimals(found["number"])), {place}
    return None, set()


def _is_money(word: str) -> bool:
    if word in _SIGNS or word in _OF_SEVERAL:
        return True
    try:
        Money.zero(word.upper())
    except CheckoutError:
        return False
    return True


def _currency(word: str) -> str | None:
    return None if word in _OF_SEVERAL else _SIGNS.get(word) or word.upper()


def _decimals(number: str) -> tuple[str, ...]:
    """`1.234,50` is 1234.50; `1.234` may be one and a bit, or more than a thousand."""
    last = max(number.rfind("."), number.rfind(","))
    whole, rest = (number, "") if last < 0 else (number[:last], number[last + 1 :])
    digits = "".join(sign for sign in whole if sign.isdigit())
    if not rest:
        return (digits,)
    with_cents = f"{digits}.{rest}"
    return (with_cents, digits + rest) if len(rest) == _OF_THOUSANDS else (with_cents,)
