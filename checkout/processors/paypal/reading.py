"""Reads PayPal's single words: amounts exactly, times with their zone, ids and texts of bounded length; pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from checkout.domain.errors import NotAnAmountError, UnknownCurrencyError
from checkout.processors.paypal.answers import Amount, Link, Payee, UnreadableAnswerError
from checkout.processors.paypal.currencies import read_amount

if TYPE_CHECKING:
    from collections.abc import Iterable

    from checkout.domain.money import Money

TEXT_MAX = 127
ID_MAX = 64
"""Of accounts, captures and refunds; PayPal's own have 13 and 17 characters."""
_TIME_MAX = 40
_ODD = re.compile(r"[^\x20-\x7e]")
_PRECISION = re.compile(r"(\.\d{1,6})\d*")
_UP = re.compile(
    r"https?://[^/?#]+(?:/[^/?#]+)*/(orders|captures|authorizations)/([A-Za-z0-9_-]{1,64})", re.ASCII
)


def read_time(text: str | None, *, zone: bool = True) -> datetime | None:
    """An aware UTC time from `2024-05-05T09:52:00Z` or `…-07:00`; None for what is no such time.

    PayPal's disputes have times without a zone, which are UTC: those are read with `zone` False.
    """
    if not isinstance(text, str) or len(text) > _TIME_MAX:
        return None
    try:
        found = datetime.fromisoformat(_PRECISION.sub(r"\1", text))
        if found.tzinfo is None:
            return None if zone else found.replace(tzinfo=UTC)
        return found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def money(amount: Amount) -> Money:
    """An exact amount that is not below nothing; raises UnreadableAnswerError."""
    found = signed_money(amount.value, amount.currency_code)
    if found.minor < 0:
        raise UnreadableAnswerError(f"an amount below nothing, {found}")
    return found


def signed_money(value: str, currency: str) -> Money:
    """An exact amount that may be below nothing, as reports have them; raises UnreadableAnswerError."""
    try:
        return read_amount(value, currency)
    except (NotAnAmountError, UnknownCurrencyError) as wrong:
        raise UnreadableAnswerError(str(wrong)) from wrong


def usable_id(text: str | None, what: str) -> str:
    """An id that can be kept; raises UnreadableAnswerError where it is none."""
    found = clean(text)
    if not found or len(found) > ID_MAX:
        raise UnreadableAnswerError(f"{what} has no usable id")
    return found


def clean(text: str | None) -> str | None:
    """Printable ASCII of bounded length: what is not becomes `?`, is kept, and equals nothing of ours."""
    return _ODD.sub("?", text)[:TEXT_MAX] if text else None


def account(payee: Payee | None) -> str | None:
    """Whom the money goes to, by the id of the account."""
    named = clean(payee.merchant_id) if payee else None
    return named[:ID_MAX] if named else None


def belongs_to(links: Iterable[Link] | None, kind: str) -> str | None:
    """The id in the link `up` to something of a kind: `captures`, `authorizations` or `orders`."""
    for link in links or ():
        found = _UP.fullmatch(link.href) if link.rel == "up" and link.href else None
        if found and found[1] == kind:
            return found[2]
    return None
