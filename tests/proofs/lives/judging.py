"""Whether the books tell what the emulator's own account tells, by currency and by account."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from checkout.domain.accounts import Account
from checkout.domain.money import exponent
from checkout.store import ledger
from tests.paid_shop import PaidShop
from webhooks import invariants

A = Account
NOTICES = 8
"""No worker runs here, so nobody sends any."""
KINDS: dict[tuple[Account, ...], tuple[tuple[str, ...], str]] = {
    (A.SALES, A.SUSPENSE): (("capture",), "gross"),
    (A.REFUNDS, A.REVERSALS, A.DISPUTES_LOST): (("refund", "reversal", "reversal_cancelled"), "gross"),
    (A.PAYOUTS,): (("payout", "deposit"), "gross"),
    (A.ADJUSTMENTS,): (("adjustment",), "gross"),
    (A.EXCHANGE,): (("exchange",), "gross"),
}
"""Accounts of ours, and the kinds of movements at the emulator whose sum they must hold, with the other sign."""


def faults(shop: PaidShop) -> list[str]:
    """Everything in which the books and the emulator's account differ; nothing where they agree."""
    statement = shop.emulator.statement()
    with shop.house.store.read() as tx:
        balances = ledger.balances(tx)
    ours: dict[str, dict[str, int]] = {}
    for one in balances:
        ours.setdefault(one.amount.currency, {})[one.account] = one.amount.minor
    found: list[str] = []
    for currency in sorted({*ours, *statement["position"]}):
        found += _of_currency(currency, ours.get(currency, {}), statement)
    found += [
        f"invariant {one.number}: {one.about}: {one.said}"
        for one in invariants.check(shop.house)
        if one.number != NOTICES
    ]
    return found


def _of_currency(currency: str, ours: dict[str, int], statement: dict[str, Any]) -> Iterator[str]:
    position = statement["position"].get(currency, {"available": "0", "withheld": "0"})
    kinds = statement["by_kind"].get(currency, {})
    yield from _compare(
        currency, "available", ours.get(A.PROCESSOR, 0), _minor(position["available"], currency)
    )
    withheld = ours.get(A.HELD, 0) + ours.get(A.DISPUTES_HELD, 0)
    yield from _compare(currency, "withheld", withheld, _minor(position["withheld"], currency))
    for accounts, (names, what) in KINDS.items():
        theirs = sum(_minor(kinds[name][what], currency) for name in names if name in kinds)
        yield from _compare(
            currency, "+".join(accounts), -sum(ours.get(account, 0) for account in accounts), theirs
        )
    fees = sum(_minor(one["fee"], currency) for one in kinds.values())
    fees -= _minor(kinds["fee"]["gross"], currency) if "fee" in kinds else 0
    yield from _compare(currency, "fees", ours.get(A.FEES, 0), fees)


def _compare(currency: str, what: str, ours: int, theirs: int) -> Iterator[str]:
    if ours != theirs:
        yield f"{currency} {what}: the books say {ours}, the emulator {theirs}"


def _minor(text: str, currency: str) -> int:
    return int(Decimal(text).scaleb(exponent(currency)))
