"""Customers who dispute what they paid at the emulator, and what the shop keeps of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from checkout.domain.disputes import Dispute
from checkout.domain.intents import DISPUTE_ANSWERS, Intent
from checkout.processors.paypal.emulator.control_client import EmulatorControl
from checkout.store import disputes, intents, notices
from checkout.store.disputes import DisputeRow
from checkout.store.notices import Notice, NoticeKind
from tests.paid_shop import Paid, PaidShop, opened


def disputed(shop: PaidShop, paid: Paid, **wanted: object) -> str:
    """The customer disputes, and an event says so; PayPal's id of the dispute."""
    dispute_id = str(shop.emulator.open_dispute(paid.capture, **wanted)["dispute_id"])
    hear(shop, paid, dispute_id)
    return dispute_id


def hear(shop: PaidShop, paid: Paid, *dispute_ids: str) -> None:
    """Ask as an event that names disputes makes us."""
    shop.refresh(paid, disputes=frozenset(dispute_ids))


def dispute_of(shop: PaidShop, paid: Paid) -> Dispute:
    """The one dispute about a payment, folded."""
    (found,) = shop.standing(paid).disputes
    return found


def row_of(shop: PaidShop, dispute_id: str) -> DisputeRow | None:
    """A dispute as it is listed."""
    with shop.house.store.read() as tx:
        return disputes.by_id(tx, dispute_id)


def answers_of(shop: PaidShop, paid: Paid) -> list[Intent]:
    """Every answer that was given or tried."""
    with shop.house.store.read() as tx:
        found = intents.of_payment(tx, paid.payment_id)
    return [one for one in found if one.operation in DISPUTE_ANSWERS]


def reminders_of(shop: PaidShop, paid: Paid) -> list[Notice]:
    """Every reminder that was kept."""
    with shop.house.store.read() as tx:
        found = notices.of_order(tx, paid.order.id)
    return [one for one in found if one.kind is NoticeKind.DISPUTE_REMINDER]


def at_paypal(shop: PaidShop, dispute_id: str) -> dict[str, Any]:
    """A dispute as PayPal has it."""
    (found,) = shop.emulator.disputes(dispute_id=dispute_id)
    return found


@pytest.fixture
def shop_on_sqlite(
    sqlite_with_tables: Path, tmp_path: Path, afterwards_emulator: EmulatorControl
) -> Iterator[PaidShop]:
    """An open shop on SQLite, for what does not ask the database much."""
    shutil.copy(sqlite_with_tables, tmp_path / "shop.db")
    with opened(f"sqlite:///{tmp_path / 'shop.db'}", afterwards_emulator) as shop:
        yield shop
