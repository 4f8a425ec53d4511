"""Orders and settings as the tests of the PayPal adapter use them."""

import copy
from datetime import UTC, datetime
from typing import Any

from checkout.domain.money import Money
from checkout.domain.orders import Line
from checkout.domain.processor import Opening, Question
from checkout.processors.paypal.adapter import PayPal
from checkout.processors.paypal.settings import PayPalEnvironment, PayPalSettings

REFERENCE = "5O190127TN364715T"
NAMES = "shop-o1.1"
PAYEE = "ABCDEFGHIJKLM"
EUR = Money(2380, "EUR")
CARD = "4" + "1" * 15
"""A card's number, joined here so that no file holds one."""
SPACED_CARD = " ".join(CARD[at : at + 4] for at in range(0, 16, 4))


def settings(base_url: str = "http://127.0.0.1:9", **changes: object) -> PayPalSettings:
    """Settings for a server on this machine; whoever tests a time gives a short one."""
    given: dict[str, Any] = {
        "environment": PayPalEnvironment.EMULATOR,
        "client_id": "client",
        "client_secret": "very-secret",
        "merchant_id": PAYEE,
        "webhook_ids": ("WH-1",),
        "base_url": base_url,
    }
    return PayPalSettings(**(given | changes))


def paypal(base_url: str, **changes: object) -> PayPal:
    """The adapter for a server on this machine."""
    return PayPal(settings(base_url, **changes), lambda: datetime.now(UTC))


def opening(**changes: object) -> Opening:
    """A payment to be opened, of one line."""
    given: dict[str, Any] = {
        "names": NAMES,
        "invoice": "shop-INV-1",
        "amount": EUR,
        "key": "shop-o1-open-1",
        "return_url": "https://shop.example/return",
        "cancel_url": "https://shop.example/cancel",
        "shop_name": "The shop",
    } | changes
    return Opening(**({"lines": [Line("Tea", 1, given["amount"])]} | given))


def question(amount: Money = EUR, reference: str = REFERENCE) -> Question:
    """The payment, asked about or captured."""
    return Question(names=NAMES, reference=reference, amount=amount, key="shop-o1-capture-1")


def order(status: str = "CREATED", link: str | None = None, **unit: object) -> dict[str, Any]:
    """PayPal's order as a whole representation; `unit` changes its purchase unit."""
    given = {
        "amount": {"currency_code": "EUR", "value": "23.80"},
        "payee": {"merchant_id": PAYEE},
        "custom_id": NAMES,
    }
    links = [] if link is None else [{"href": link, "rel": "payer-action", "method": "GET"}]
    return {
        "id": REFERENCE,
        "status": status,
        "create_time": "2026-11-01T10:00:00Z",
        "update_time": "2026-11-01T10:05:00Z",
        "purchase_units": [copy.deepcopy(given | unit)],
        "links": links,
    }


def capture(
    status: str = "COMPLETED", value: str = "23.80", currency: str = "EUR", **more: object
) -> dict[str, Any]:
    """A capture as PayPal gives it inside a purchase unit's payments."""
    return {
        "id": "3C679366HH908993F",
        "status": status,
        "amount": {"currency_code": currency, "value": value},
        "custom_id": NAMES,
        "create_time": "2026-11-01T10:06:00Z",
    } | more


def captured(*captures: dict[str, Any], status: str = "COMPLETED", **unit: object) -> dict[str, Any]:
    """An order with these captures; with one whole capture where none is given."""
    document = order(status, payments={"captures": list(captures or (capture(),))})
    document["purchase_units"][0] |= unit
    return document
