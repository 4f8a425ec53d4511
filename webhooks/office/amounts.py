"""Amounts as operators type them into forms."""

from __future__ import annotations

from checkout.domain.errors import BadInputError, CheckoutError
from checkout.domain.money import Money

_TYPED_MAX = 40


def typed_amount(text: str, currency: str) -> Money:
    """What `Money.typed` reads. Raises BadInputError for anything else."""
    try:
        return Money.typed(text, currency)
    except CheckoutError as wrong:
        raise BadInputError(str(wrong)) from wrong


def shown_text(money: Money) -> str:
    """What was left, as a form carries it unseen. With letters: beside other digits it is no card's number."""
    return f"{money.currency}{money.minor}"


def shown_amount(text: str, currency: str) -> Money:
    """What a form says was left when it was shown. Raises BadInputError."""
    digits = text[:_TYPED_MAX].removeprefix(currency)
    if digits == text or not digits.isascii() or not digits.isdecimal():
        message = "This form does not say what was left when it was shown. Load the page again."
        raise BadInputError(message)
    return Money(int(digits), currency)
