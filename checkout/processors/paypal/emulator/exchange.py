"""Which currencies the merchant holds, and at what rate PayPal turns one into another.

The rates are made up, fixed, and near those of 2024, so that a test can foretell every cent.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from checkout.processors.paypal.emulator.money import CURRENCIES, Money, smallest_unit
from checkout.processors.paypal.emulator.records import Conversion
from checkout.processors.paypal.emulator.refusals import Json

PRIMARY = "EUR"
# What one euro is worth.
PER_EURO = {
    "AUD": "1.64",
    "BRL": "5.82",
    "CAD": "1.48",
    "CHF": "0.95",
    "CNY": "7.79",
    "CZK": "25.12",
    "DKK": "7.46",
    "EUR": "1",
    "GBP": "0.85",
    "HKD": "8.45",
    "HUF": "395.3",
    "ILS": "4.00",
    "JPY": "163.9",
    "MXN": "19.8",
    "MYR": "4.95",
    "NOK": "11.63",
    "NZD": "1.79",
    "PHP": "61.9",
    "PLN": "4.31",
    "RUB": "100.3",
    "SEK": "11.43",
    "SGD": "1.45",
    "THB": "38.2",
    "TWD": "34.7",
    "USD": "1.08",
}
# PayPal keeps a few percent, and not the same on the way in and on the way out.
SPREAD_IN = Decimal("0.03")
SPREAD_OUT = Decimal("0.04")
RATE_UNIT = Decimal("0.000000000001")
"""Twelve decimals; the specification allows fifteen."""


class UnknownCurrencyError(ValueError):
    """A setting names a currency that PayPal does not have."""

    def __init__(self, name: object) -> None:
        """Say which currencies there are."""
        super().__init__(f"There is no currency {name!r}. There are: {', '.join(sorted(CURRENCIES))}.")


class Exchange:
    """What the merchants hold, and conversions from and into it; `held` is None while that is everything."""

    def __init__(self) -> None:
        """Hold every currency, so that nothing is converted."""
        self.held: frozenset[str] | None = None
        self.primary = PRIMARY

    def hold(self, currencies: Sequence[object] | None, primary: object) -> None:
        """Hold these currencies (None for all), and convert the others into `primary`, which is always held.

        Raises `UnknownCurrencyError`.
        """
        for name in (*(currencies or ()), primary):
            if name not in CURRENCIES:
                raise UnknownCurrencyError(name)
        self.primary = str(primary)
        self.held = None if currencies is None else frozenset(map(str, currencies)) | {self.primary}

    def settings(self) -> Json:
        """Build the JSON object of what is held."""
        held = None if self.held is None else sorted(self.held)
        return {"held_currencies": held, "primary_currency": self.primary}

    def converts(self, currency: str) -> bool:
        """Return whether money in this currency is not kept as it is."""
        return self.held is not None and currency not in self.held

    def received(self, net: Money, primary: str | None = None) -> Conversion:
        """Turn what came in into the primary currency; of something at least the smallest unit arrives."""
        target = primary or self.primary
        rate = _rate(net.currency, target, SPREAD_IN)
        arrived = _at_least_a_unit(target, net.value * rate) if net.value else Money(target, Decimal(0))
        return Conversion(net, arrived, rate)

    def paid_back(self, net: Money, primary: str) -> Conversion:
        """Find what `primary` must give so that `net` can go back; nothing, where that rounds to nothing."""
        rate = _rate(primary, net.currency, SPREAD_OUT)
        return Conversion(Money(primary, _rounded(primary, net.value / rate)), net, rate)

    def taken_back(self, amount: Money, primary: str) -> Conversion:
        """Find what `primary` must give for a reversal, which always takes at least the smallest unit."""
        exact = self.paid_back(amount, primary)
        return Conversion(_at_least_a_unit(primary, exact.paid.value), amount, exact.rate)

    def clear(self) -> None:
        """Hold every currency again."""
        self.hold(None, PRIMARY)


def worth(amount: Money, currency: str) -> Money:
    """Return what an amount is worth in another currency, without a spread."""
    return Money(currency, _rounded(currency, amount.value * _rate(amount.currency, currency, Decimal(0))))


def _rate(source: str, target: str, spread: Decimal) -> Decimal:
    fair = Decimal(PER_EURO[target]) / Decimal(PER_EURO[source])
    return (fair * (1 - spread)).quantize(RATE_UNIT)


def _rounded(currency: str, value: Decimal) -> Decimal:
    return value.quantize(smallest_unit(currency), ROUND_HALF_UP)


def _at_least_a_unit(currency: str, value: Decimal) -> Money:
    return Money(currency, max(smallest_unit(currency), _rounded(currency, value)))
