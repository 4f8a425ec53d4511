"""What PayPal demands of the body of an order: fields, lengths, patterns, currencies and arithmetic.

Source: Orders v2 2.13 (request schemas and error issues), February 2024.
"""

import re
from collections.abc import Iterator

from checkout.processors.paypal.emulator.amount_rules import amount_findings, money_findings
from checkout.processors.paypal.emulator.records import Intent
from checkout.processors.paypal.emulator.refusals import Finding, Json, RefusedError

EMAIL = re.compile(r'^[^@\s"]+@[^@\s"]+$')
ACCOUNT_ID = re.compile(r"^[2-9A-HJ-NP-Z]{13}$")
LOCALE = re.compile(r"^[a-z]{2}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?$")
QUANTITY = re.compile(r"^[1-9][0-9]{0,9}$")
WEB_ADDRESS = re.compile(r"^https?://[^\s/?#]+[^\s]*$")

INTENTS = tuple(Intent)
UNITS_MAX = 10
UNIT_LENGTHS = {
    "reference_id": (1, 256),
    "description": (1, 127),
    "custom_id": (1, 127),
    "invoice_id": (1, 127),
    "soft_descriptor": (1, 22),
}
ITEM_LENGTHS = {"name": (1, 127), "description": (0, 127), "sku": (0, 127)}
CATEGORIES = frozenset({"DIGITAL_GOODS", "PHYSICAL_GOODS", "DONATION"})
CONTEXT_CHOICES = {
    "shipping_preference": frozenset({"GET_FROM_FILE", "NO_SHIPPING", "SET_PROVIDED_ADDRESS"}),
    "landing_page": frozenset({"LOGIN", "GUEST_CHECKOUT", "BILLING", "NO_PREFERENCE"}),
    "user_action": frozenset({"CONTINUE", "PAY_NOW"}),
    "payment_method_preference": frozenset({"UNRESTRICTED", "IMMEDIATE_PAYMENT_REQUIRED"}),
}
CARD_SOURCES = frozenset({"card", "apple_pay", "google_pay"})


def check_order(body: Json) -> None:
    """Refuse a body that PayPal would refuse; all malformed fields are named at once, then all wrong sums."""
    malformed = list(_order_shape(body))
    if malformed:
        raise RefusedError(*malformed)
    wrong = list(_order_sense(body))
    if wrong:
        raise RefusedError(*wrong)


def check_unit(unit: Json) -> None:
    """Refuse a purchase unit that a patch would leave malformed or with wrong sums."""
    malformed = list(_unit_shape(unit, "/purchase_units/0"))
    if malformed:
        raise RefusedError(*malformed)
    wrong = list(amount_findings(unit, "/purchase_units/0"))
    if wrong:
        raise RefusedError(*wrong)


def length_findings(body: Json, lengths: dict[str, tuple[int, int]], path: str) -> Iterator[Finding]:
    """Yield a finding for every text that is no text, too short or too long."""
    for name, (low, high) in lengths.items():
        value = body.get(name)
        if value is None:
            continue
        if not isinstance(value, str):
            yield Finding("INVALID_PARAMETER_SYNTAX", f"{path}/{name}", str(value))
        elif not low <= len(value) <= high:
            yield Finding("INVALID_STRING_LENGTH", f"{path}/{name}", value)


def _order_shape(body: Json) -> Iterator[Finding]:
    intent = body.get("intent")
    if intent is None:
        yield Finding("MISSING_REQUIRED_PARAMETER", "/intent")
    elif intent not in INTENTS:
        yield Finding("INVALID_PARAMETER_VALUE", "/intent", str(intent))
    units = body.get("purchase_units")
    if units is None:
        yield Finding("MISSING_REQUIRED_PARAMETER", "/purchase_units")
    elif not isinstance(units, list):
        yield Finding("INVALID_PARAMETER_SYNTAX", "/purchase_units")
    elif not units:
        yield Finding("INVALID_ARRAY_MIN_ITEMS", "/purchase_units")
    elif len(units) > UNITS_MAX:
        yield Finding("INVALID_ARRAY_MAX_ITEMS", "/purchase_units")
    else:
        for index, unit in enumerate(units):
            yield from _unit_shape(unit, f"/purchase_units/{index}")
    yield from _source_shape(body)


def _unit_shape(unit: object, path: str) -> Iterator[Finding]:
    if not isinstance(unit, dict):
        yield Finding("INVALID_PARAMETER_SYNTAX", path)
        return
    if unit.get("amount") is None:
        yield Finding("MISSING_REQUIRED_PARAMETER", f"{path}/amount")
    else:
        yield from money_findings(unit["amount"], f"{path}/amount")
        yield from _breakdown_shape(unit["amount"], f"{path}/amount/breakdown")
    yield from length_findings(unit, UNIT_LENGTHS, path)
    yield from _payee_shape(unit.get("payee"), f"{path}/payee")
    items = unit.get("items")
    if items is not None and not isinstance(items, list):
        yield Finding("INVALID_PARAMETER_SYNTAX", f"{path}/items")
    for index, item in enumerate(items if isinstance(items, list) else []):
        yield from _item_shape(item, f"{path}/items/{index}")


def _breakdown_shape(amount: object, path: str) -> Iterator[Finding]:
    breakdown = amount.get("breakdown") if isinstance(amount, dict) else None
    if breakdown is None:
        return
    if not isinstance(breakdown, dict):
        yield Finding("INVALID_PARAMETER_SYNTAX", path)
        return
    for name, part in breakdown.items():
        yield from money_findings(part, f"{path}/{name}")


def _payee_shape(payee: object, path: str) -> Iterator[Finding]:
    if payee is None:
        return
    if not isinstance(payee, dict):
        yield Finding("INVALID_PARAMETER_SYNTAX", path)
        return
    for name, pattern in (("email_address", EMAIL), ("merchant_id", ACCOUNT_ID)):
        value = payee.get(name)
        if value is not None and not (isinstance(value, str) and pattern.match(value)):
            yield Finding("INVALID_PARAMETER_SYNTAX", f"{path}/{name}", str(value))


def _item_shape(item: object, path: str) -> Iterator[Finding]:
    if not isinstance(item, dict):
        yield Finding("INVALID_PARAMETER_SYNTAX", path)
        return
    for name in ("name", "unit_amount", "quantity"):
        if item.get(name) is None:
            yield Finding("MISSING_REQUIRED_PARAMETER", f"{path}/{name}")
    yield from length_findings(item, ITEM_LENGTHS, path)
    for name in ("unit_amount", "tax"):
        if item.get(name) is not None:
            yield from money_findings(item[name], f"{path}/{name}")
    # The specification says text; the service takes whole numbers too, and clients rely on it.
    quantity = item.get("quantity")
    if quantity is not None and (isinstance(quantity, bool) or not QUANTITY.match(str(quantity))):
        yield Finding("INVALID_PARAMETER_SYNTAX", f"{path}/quantity", str(quantity))
    if item.get("category", "PHYSICAL_GOODS") not in CATEGORIES:
        yield Finding("INVALID_PARAMETER_VALUE", f"{path}/category", str(item["category"]))


def _source_shape(body: Json) -> Iterator[Finding]:
    source = body.get("payment_source")
    if source is not None and not isinstance(source, dict):
        yield Finding("INVALID_PARAMETER_SYNTAX", "/payment_source")
        return
    wallet = (source or {}).get("paypal")
    if wallet is not None and not isinstance(wallet, dict):
        yield Finding("INVALID_PARAMETER_SYNTAX", "/payment_source/paypal")
        return
    yield from _context_shape(
        (wallet or {}).get("experience_context"), "/payment_source/paypal/experience_context"
    )
    yield from _context_shape(body.get("application_context"), "/application_context")


def _context_shape(context: object, path: str) -> Iterator[Finding]:
    if context is None:
        return
    if not isinstance(context, dict):
        yield Finding("INVALID_PARAMETER_SYNTAX", path)
        return
    yield from length_findings(context, {"brand_name": (1, 127)}, path)
    for name, pattern in (("return_url", WEB_ADDRESS), ("cancel_url", WEB_ADDRESS), ("locale", LOCALE)):
        value = context.get(name)
        if value is not None and not (isinstance(value, str) and pattern.match(value)):
            yield Finding("INVALID_PARAMETER_SYNTAX", f"{path}/{name}", str(value))
    for name, choices in CONTEXT_CHOICES.items():
        if context.get(name) is not None and context[name] not in choices:
            yield Finding("INVALID_PARAMETER_VALUE", f"{path}/{name}", str(context[name]))


def _order_sense(body: Json) -> Iterator[Finding]:
    source = body.get("payment_source") or {}
    if CARD_SOURCES & source.keys():
        yield Finding("NOT_ENABLED_FOR_CARD_PROCESSING", "/payment_source")
    elif source and "paypal" not in source:
        yield Finding("PAYMENT_SOURCE_CANNOT_BE_USED", "/payment_source")
    units = body["purchase_units"]
    references = [unit.get("reference_id") for unit in units]
    if len(units) > 1 and None in references:
        yield Finding("REFERENCE_ID_REQUIRED", "/purchase_units")
    elif len(set(references)) < len(references):
        yield Finding("DUPLICATE_REFERENCE_ID", "/purchase_units")
    if len({unit["amount"]["currency_code"] for unit in units}) > 1:
        yield Finding("MULTI_CURRENCY_ORDER", "/purchase_units")
    for index, unit in enumerate(units):
        yield from amount_findings(unit, f"/purchase_units/{index}")
