"""What we ask PayPal for when a payment is opened, and which of its links a customer may be sent to; pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from checkout.domain.errors import AmountDoesNotFitError, CurrencyNotTakenError
from checkout.domain.money import Money
from checkout.processors.paypal.currencies import value_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checkout.domain.orders import Line
    from checkout.domain.processor import Opening
    from checkout.processors.paypal.answers import Order
    from checkout.processors.paypal.documents import Json, Object
    from checkout.processors.paypal.settings import PayPalSettings

TEXT_MAX = 127
"""Of custom_id, invoice_id, brand_name and an item's name. Source: Orders v2 2.13."""
KEY_MAX = 108
ITEMS_MAX = 100
URL_MAX = 2048

_LOCALE = re.compile(r"[a-z]{2}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?", re.ASCII)
_OURS = re.compile(r"[A-Za-z0-9._,-]{1,127}", re.ASCII)
"""Of what PayPal repeats in captures and refunds. Source: Payments v2 2.5, `custom_id`."""


class UnusableOpeningError(ValueError):
    """Our own mistake: a name, an invoice or a key that PayPal would refuse or cut."""


def order_request(opening: Opening) -> Object:
    """The body of POST /v2/checkout/orders: redirect flow, captured by us, no shipping, no card field.

    Raises CurrencyNotTakenError, AmountDoesNotFitError or UnusableOpeningError.
    """
    if not _OURS.fullmatch(opening.names) or not _OURS.fullmatch(opening.invoice):
        raise UnusableOpeningError("names and invoice are 1 to 127 letters, digits and -_.,")
    if not 1 <= len(opening.key) <= KEY_MAX or not opening.key.isascii() or not opening.key.isprintable():
        raise UnusableOpeningError(f"the key is 1 to {KEY_MAX} printable characters")
    unit: Object = {"custom_id": opening.names, "invoice_id": opening.invoice, **_amount(opening)}
    context: Object = {
        "user_action": "PAY_NOW",
        "shipping_preference": "NO_SHIPPING",
        "payment_method_preference": "IMMEDIATE_PAYMENT_REQUIRED",
        "return_url": opening.return_url,
        "cancel_url": opening.cancel_url,
    }
    if brand := _cut(opening.shop_name):
        context["brand_name"] = brand
    if _LOCALE.fullmatch(opening.language):
        context["locale"] = opening.language
    return {
        "intent": "AUTHORIZE" if opening.capture_later else "CAPTURE",
        "purchase_units": [unit],
        "payment_source": {"paypal": {"experience_context": context}},
    }


def hand_over_link(order: Order, settings: PayPalSettings) -> str | None:
    """Where to send the customer: the `payer-action` or `approve` link, if its host is exactly PayPal's."""
    for link in order.links or ():
        if link.rel in {"payer-action", "approve"} and link.href and _is_safe(link.href, settings):
            return link.href
    return None


def _is_safe(url: str, settings: PayPalSettings) -> bool:
    if len(url) > URL_MAX or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == settings.hand_over_scheme and parts.netloc in settings.hand_over_hosts


def _amount(opening: Opening) -> Object:
    """The amount, and the items where they say exactly the same; the total never changes for their sake."""
    currency, value = opening.amount.currency, value_text(opening.amount)
    amount: Object = {"currency_code": currency, "value": value}
    items_minor = opening.amount.minor - opening.shipping_minor - opening.tax_minor
    try:
        items = _items(opening.lines, Money(items_minor, currency))
        parts = {
            name: value_text(Money(minor, currency))
            for name, minor in (
                ("item_total", items_minor),
                ("shipping", opening.shipping_minor),
                ("tax_total", opening.tax_minor),
            )
            if minor or name == "item_total"
        }
    except (AmountDoesNotFitError, CurrencyNotTakenError):
        items = []
    if not items:
        return {"amount": amount}
    amount["breakdown"] = {name: {"currency_code": currency, "value": part} for name, part in parts.items()}
    return {"amount": amount, "items": items}


def _items(lines: Sequence[Line], amount: Money) -> list[Json]:
    """The order's lines as PayPal's items; none where they would not add up to the amount exactly.

    Raises AmountDoesNotFitError or CurrencyNotTakenError for a price that PayPal's decimals cannot say.
    """
    same = all(line.unit_price.currency == amount.currency for line in lines)
    if not same or len(lines) > ITEMS_MAX or sum(line.total.minor for line in lines) != amount.minor:
        return []
    return [_item(line) for line in lines] if all(_cut(line.title) for line in lines) else []


def _item(line: Line) -> Json:
    price: Object = {"currency_code": line.unit_price.currency, "value": value_text(line.unit_price)}
    return {"name": _cut(line.title), "quantity": str(line.quantity), "unit_amount": price}


def _cut(text: str) -> str:
    """At most 127 UTF-16 units, as PayPal counts them, without a half character at the end."""
    plain = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return plain.encode("utf-16-le", "ignore")[: TEXT_MAX * 2].decode("utf-16-le", "ignore").strip()
