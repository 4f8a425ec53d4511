"""The arithmetic PayPal checks: currencies, decimals, limits, and that parts add up to totals."""

import re
from collections.abc import Iterator
from decimal import Decimal

from checkout.processors.paypal.emulator.money import CURRENCIES, VALUE_MAX, WITHOUT_DECIMALS
from checkout.processors.paypal.emulator.refusals import Finding, Json

VALUE = re.compile(r"^((-?[0-9]+)|(-?([0-9]+)?[.][0-9]+))$", re.ASCII)
VALUE_LENGTH_MAX = 32
CURRENCY_LENGTH = 3
DECIMALS_MAX = 2
ADDED = ("item_total", "tax_total", "shipping", "handling", "insurance")
DEDUCTED = ("shipping_discount", "discount")


def money_findings(body: object, path: str) -> Iterator[Finding]:
    """Yield what is malformed about one amount; whether its value makes sense is asked later."""
    if not isinstance(body, dict):
        yield Finding("INVALID_PARAMETER_SYNTAX", path)
        return
    for name in ("currency_code", "value"):
        if body.get(name) is None:
            yield Finding("MISSING_REQUIRED_PARAMETER", f"{path}/{name}")
    currency, value = body.get("currency_code"), body.get("value")
    if currency is not None and not isinstance(currency, str):
        yield Finding("INVALID_PARAMETER_SYNTAX", f"{path}/currency_code", str(currency))
    elif currency is not None and len(currency) != CURRENCY_LENGTH:
        yield Finding("INVALID_STRING_LENGTH", f"{path}/currency_code", currency)
    if value is not None and not (isinstance(value, str) and VALUE.fullmatch(value)):
        yield Finding("INVALID_PARAMETER_SYNTAX", f"{path}/value", str(value)[:VALUE_LENGTH_MAX])
    elif value is not None and len(value) > VALUE_LENGTH_MAX:
        yield Finding("INVALID_STRING_LENGTH", f"{path}/value", value)


def value_findings(body: Json, path: str, *, zero_allowed: bool) -> Iterator[Finding]:
    """Yield what makes no sense about one well-formed amount; at most one finding."""
    currency, text = body["currency_code"], body["value"]
    value = Decimal(text)
    decimals = len(text.partition(".")[2])
    if currency not in CURRENCIES:
        yield Finding("INVALID_CURRENCY_CODE", f"{path}/currency_code", currency)
    elif value < 0 and zero_allowed:
        yield Finding("CANNOT_BE_NEGATIVE", f"{path}/value", text)
    elif value <= 0 and not zero_allowed:
        yield Finding("CANNOT_BE_ZERO_OR_NEGATIVE", f"{path}/value", text)
    elif "." in text and currency in WITHOUT_DECIMALS:
        yield Finding("DECIMALS_NOT_SUPPORTED", f"{path}/value", text)
    elif decimals > DECIMALS_MAX:
        yield Finding("DECIMAL_PRECISION", f"{path}/value", text)
    elif value > VALUE_MAX:
        yield Finding("MAX_VALUE_EXCEEDED", f"{path}/value", text)


def payment_findings(body: Json, path: str) -> Iterator[Finding]:
    """Yield what makes no sense about an amount to capture or refund; at most one finding.

    Payments v2 has no issue for an amount beyond PayPal's largest, which is too much of any payment anyway.
    """
    for finding in value_findings(body, path, zero_allowed=False):
        if finding.issue != "MAX_VALUE_EXCEEDED":
            yield finding


def amount_findings(unit: Json, path: str) -> Iterator[Finding]:
    """Yield what makes no sense about a unit's amounts; sums are checked only where each part is good."""
    parts = list(_amounts(unit, path))
    bad = [
        finding for where, body, zero in parts for finding in value_findings(body, where, zero_allowed=zero)
    ]
    if bad:
        yield from bad
        return
    if len({body["currency_code"] for _, body, _ in parts}) > 1:
        yield Finding("MULTI_CURRENCY_ORDER", f"{path}/amount/currency_code")
        return
    yield from _item_sums(unit, path)
    yield from _total(unit, path)


def _amounts(unit: Json, path: str) -> Iterator[tuple[str, Json, bool]]:
    amount = unit["amount"]
    yield f"{path}/amount", amount, False
    for name, part in (amount.get("breakdown") or {}).items():
        yield f"{path}/amount/breakdown/{name}", part, True
    for index, item in enumerate(unit.get("items") or []):
        yield f"{path}/items/{index}/unit_amount", item["unit_amount"], True
        if item.get("tax") is not None:
            yield f"{path}/items/{index}/tax", item["tax"], True


def _item_sums(unit: Json, path: str) -> Iterator[Finding]:
    items = unit.get("items") or []
    if not items:
        return
    breakdown = unit["amount"].get("breakdown") or {}
    taxed = [item for item in items if item.get("tax") is not None]
    for name, field, chosen in (("item_total", "unit_amount", items), ("tax_total", "tax", taxed)):
        if not chosen:
            continue
        where = f"{path}/amount/breakdown/{name}"
        if name not in breakdown:
            yield Finding("ITEM_TOTAL_REQUIRED" if name == "item_total" else "TAX_TOTAL_REQUIRED", where)
            continue
        due = sum((Decimal(item[field]["value"]) * int(item["quantity"]) for item in chosen), Decimal(0))
        if due != Decimal(breakdown[name]["value"]):
            issue = "ITEM_TOTAL_MISMATCH" if name == "item_total" else "TAX_TOTAL_MISMATCH"
            yield Finding(issue, where, breakdown[name]["value"])


def _total(unit: Json, path: str) -> Iterator[Finding]:
    breakdown = unit["amount"].get("breakdown")
    if not breakdown:
        return

    def total(names: tuple[str, ...]) -> Decimal:
        return sum((Decimal(breakdown[name]["value"]) for name in names if name in breakdown), Decimal(0))

    if total(ADDED) - total(DEDUCTED) != Decimal(unit["amount"]["value"]):
        yield Finding("AMOUNT_MISMATCH", f"{path}/amount/value", unit["amount"]["value"])
