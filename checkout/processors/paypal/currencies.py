"""The currencies PayPal takes and the decimals it wants for each, which are not always ISO 4217's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checkout.domain.errors import AmountDoesNotFitError, CheckoutError, CurrencyNotTakenError
from checkout.domain.money import Money

if TYPE_CHECKING:
    from collections.abc import Mapping

_TWO_DECIMALS = """
    AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD ILS MXN MYR NOK NZD PHP PLN RUB SEK SGD THB USD
"""
DECIMALS: Mapping[str, int] = dict.fromkeys(_TWO_DECIMALS.split(), 2) | {"HUF": 0, "JPY": 0, "TWD": 0}
"""BRL and MYR only for accounts of that country, CNY only for some.

Source: developer.paypal.com /api/rest/reference/currency-codes, read 2026-11.
"""

WHOLE_MAX = 999_999_999_999_999
"""The largest amount is 999999999999999.99. Source: PayPal Orders v2 2.13, `money`."""


class AmountOutOfRangeError(AmountDoesNotFitError):
    """An amount that is not above nothing, or larger than PayPal can write."""

    def __init__(self, money: Money) -> None:
        CheckoutError.__init__(
            self,
            f"{money} cannot be asked for through PayPal: amounts are above 0 and at most {WHOLE_MAX}.99.",
        )


def value_text(amount: Money) -> str:
    """The amount as PayPal wants it written: `23.80` EUR, `3705` HUF.

    Raises CurrencyNotTakenError, AmountOutOfRangeError or AmountDoesNotFitError; never rounds.
    """
    decimals = DECIMALS.get(amount.currency)
    if decimals is None:
        raise CurrencyNotTakenError("PayPal", amount.currency)
    text = amount.with_decimals(decimals, "PayPal")
    if amount.minor <= 0 or int(text.partition(".")[0]) > WHOLE_MAX:
        raise AmountOutOfRangeError(amount)
    return text


def read_amount(value: str, currency: str) -> Money:
    """PayPal's words as exact Money: `3705.00` HUF, `100` JPY, `.50` EUR.

    Raises NotAnAmountError or UnknownCurrencyError.
    """
    return Money.parse(f"0{value}" if value.startswith(".") else value, currency)
