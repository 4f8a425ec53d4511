"""Every request the adapter makes is one that PayPal's strict specification knows: path, query and body."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from checkout.domain.dispute_answers import Evidence, EvidenceKind, Message, Offer, OfferKind
from checkout.domain.money import Money
from checkout.flows import disputing, reserving
from checkout.processors.paypal.emulator.control_client import EmulatorControl
from tests.paid_shop import PaidShop, afterwards_emulator, opened
from tests.processors.paypal.emulator.specification import Specification, specification
from tests.small_shop import sqlite_with_tables
from webhooks.reconcile.disputes import sweep_disputes
from webhooks.reconcile.events import pull_events
from webhooks.reconcile.reports import reconcile

__all__ = ["afterwards_emulator", "sqlite_with_tables"]

pytestmark = pytest.mark.shared

UNSPECIFIED = {"/v1/oauth2/token"}
"""OAuth has no specification of its own: only its path was merged into the file."""


@pytest.fixture(scope="module")
def strict(shared: Path) -> Specification:
    return specification(shared / "facts" / "openapi" / "paypal.strict.json")


@pytest.fixture
def shop(
    sqlite_with_tables: Path,
    afterwards_emulator: EmulatorControl,
    tmp_path: Path,
) -> Iterator[PaidShop]:
    file = tmp_path / "shop.db"
    file.write_bytes(sqlite_with_tables.read_bytes())
    with opened(f"sqlite:///{file}", afterwards_emulator) as made:
        yield made


def operation_of(strict: Specification, method: str, path: str) -> dict[str, Any]:
    for template, operations in strict.document["paths"].items():
        if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path) and method.lower() in operations:
            found: dict[str, Any] = operations[method.lower()]
            found["shared"] = operations.get("parameters", [])
            return found
    raise AssertionError(f"The specification knows no {method} {path}")


def resolved(strict: Specification, part: dict[str, Any]) -> dict[str, Any]:
    kind, _, name = part.get("$ref", "").removeprefix("#/components/").partition("/")
    found: dict[str, Any] = strict.document["components"][kind][name] if name else part
    return found


def faults(strict: Specification, call: dict[str, Any]) -> list[str]:
    """What the specification says against one call."""
    operation = operation_of(strict, call["method"], call["path"])
    known = [resolved(strict, one) for one in (*operation.get("parameters", []), *operation["shared"])]
    query = dict(parse_qsl(call["query"]))
    named = {one["name"]: one for one in known if one["in"] == "query"}
    found = [f"unknown query {name}" for name in query if name not in named]
    found += [
        f"query {name} is missing" for name, one in named.items() if one.get("required") and name not in query
    ]
    for name, value in query.items():
        if name in named:
            schema = resolved(strict, named[name].get("schema", {}))
            typed: object = int(value) if schema.get("type") == "integer" else value
            found += strict.schema_faults(typed, schema)
    return found + _body_faults(strict, operation, call)


def _body_faults(strict: Specification, operation: dict[str, Any], call: dict[str, Any]) -> list[str]:
    content = resolved(strict, operation.get("requestBody", {})).get("content", {})
    body = call["body"]
    if "application/json" in content and body not in (None, ""):
        return strict.schema_faults(body, content["application/json"]["schema"])
    return [] if not body or content else [f"a body where none is known: {body}"]


def test_every_call_of_the_life_after_the_capture_is_as_specified(
    shop: PaidShop, strict: Specification
) -> None:
    emulator = shop.emulator
    paid, contested = shop.pays(), shop.pays()
    shop.refunds(paid, Money(500, "EUR"), note="The lid was missing")
    later = shop.pays(capture_later=True)
    shop.move(days=4)
    reserving.reauthorize(shop.house, later.payment_id, by="ann")
    reserving.capture(shop.house, later.payment_id, by="ann", amount=Money(1000, "EUR"), final=False)
    freed = shop.pays(capture_later=True)
    reserving.void(shop.house, freed.payment_id, by="ann")
    dispute = emulator.open_dispute(contested.capture)["dispute_id"]
    shop.refresh(contested, disputes=frozenset({dispute}))
    disputing.answer(shop.house, dispute, Message("We look into it."), by="ann")
    emulator.buyer_message(dispute)
    disputing.answer(
        shop.house, dispute, Offer(OfferKind.REFUND, "A part of it back?", Money(500, "EUR")), by="ann"
    )
    emulator.deny_offer(dispute)
    emulator.escalate_dispute(dispute)
    shop.refresh(contested, disputes=frozenset({dispute}))
    disputing.answer(shop.house, dispute, Evidence(EvidenceKind.OTHER, "Delivered."), by="ann")
    pull_events(shop.house)
    sweep_disputes(shop.house)
    shop.move(hours=5)
    reconcile(shop.house, "paypal")
    calls = [call for call in emulator.calls() if call["path"] not in UNSPECIFIED]
    named = {f"{call['method']} {re.sub(r'/[A-Z0-9-]{10,}', '/ID', call['path'])}" for call in calls}
    assert named >= {
        "POST /v2/checkout/orders",
        "POST /v2/checkout/orders/ID/authorize",
        "POST /v2/checkout/orders/ID/capture",
        "POST /v2/payments/captures/ID/refund",
        "POST /v2/payments/authorizations/ID/capture",
        "POST /v2/payments/authorizations/ID/reauthorize",
        "POST /v2/payments/authorizations/ID/void",
        "GET /v1/notifications/webhooks-events",
        "GET /v1/reporting/transactions",
        "GET /v1/reporting/balances",
        "GET /v1/customer/disputes",
        "GET /v1/customer/disputes/ID",
        "POST /v1/customer/disputes/ID/make-offer",
        "POST /v1/customer/disputes/ID/send-message",
        "POST /v1/customer/disputes/ID/provide-evidence",
    }
    wrong = {f"{call['method']} {call['path']}?{call['query']}": faults(strict, call) for call in calls}
    assert {name: found for name, found in wrong.items() if found} == {}
