"""Amounts as PayPal writes, accepts and charges for them."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from checkout.processors.paypal.emulator.refusals import Json

# Source: PayPal's currency codes page (/api/rest/reference/currency-codes): 25 currencies, three of them
# without decimals. HUF and TWD have decimals in ISO 4217; at PayPal they have none.
WITHOUT_DECIMALS = frozenset({"HUF", "JPY", "TWD"})
WITH_DECIMALS = "AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD ILS MXN MYR NOK NZD PHP PLN RUB SEK SGD THB USD"
CURRENCIES = WITHOUT_DECIMALS | frozenset(WITH_DECIMALS.split())
VALUE_MAX = Decimal("999999999999999.99")

# The emulator's own price list, near PayPal's: 1.9 % plus a fixed part. Refunds give back the 1.9 % only.
FEE_RATE = Decimal("0.019")
FEE_FIXED = {"EUR": Decimal("0.35"), "GBP": Decimal("0.30"), "HUF": Decimal(100), "JPY": Decimal(40)}
FEE_FIXED_ELSEWHERE = Decimal("0.35")


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount in one currency."""

    currency: str
    value: Decimal

    def text(self) -> str:
        """Write the value as PayPal answers it: `23.80`, `3705.00` for HUF and TWD, `100` for JPY."""
        return f"{self.value:.0f}" if self.currency == "JPY" else f"{self.value:.2f}"

    def body(self) -> Json:
        """Build the JSON object for this amount."""
        return {"currency_code": self.currency, "value": self.text()}

    def with_value(self, value: Decimal) -> "Money":
        """Return another amount in the same currency."""
        return Money(self.currency, value)


def smallest_unit(currency: str) -> Decimal:
    """Return the smallest amount a caller may name in `currency`."""
    return Decimal(1) if currency in WITHOUT_DECIMALS else Decimal("0.01")


def share_of(amount: Money) -> Decimal:
    """Return the proportional part of the fee on `amount`, rounded to the currency's unit."""
    return (amount.value * FEE_RATE).quantize(smallest_unit(amount.currency), ROUND_HALF_UP)


def fee_on(amount: Money) -> Money:
    """Return PayPal's fee for receiving `amount`; never more than the amount itself."""
    fixed = FEE_FIXED.get(amount.currency, FEE_FIXED_ELSEWHERE).quantize(smallest_unit(amount.currency))
    return amount.with_value(min(amount.value, share_of(amount) + fixed))


def money_from(body: Json) -> Money:
    """Read an amount that has already been checked."""
    return Money(body["currency_code"], Decimal(body["value"]))
