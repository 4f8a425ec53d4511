"""The drill: a backup taken while customers pay, more happens, it is restored, and the books catch up with PayPal."""

import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from checkout.domain.comparison import ReportDifference
from checkout.domain.corrections import Action
from checkout.domain.money import Money
from checkout.domain.orders import OrderState
from checkout.processors.paypal.emulator.control_client import EmulatorControl
from checkout.store import backing_up, mailboxes, orders
from checkout.store.discrepancies import Discrepancy
from checkout.store.mailboxes import MessageState
from tests.paid_shop import INSTALLATION, Paid, open_paid_shop
from tests.webhooks.paypal_shop import PayPalShop, open_paypal_shop
from webhooks.reconcile.events import pull_events
from webhooks.reconcile.resolving import Decision, resolve

PART = Money(500, "EUR")


@contextmanager
def customers(shop: PayPalShop, count: int, paid: list[Paid]) -> Iterator[None]:
    """Some pay at the same time, again and again, until the end of the block."""
    over = threading.Event()

    def buy() -> None:
        while not over.is_set():
            paid.append(shop.pays())

    with ThreadPoolExecutor(count) as pool:
        running = [pool.submit(buy) for _ in range(count)]
        try:
            yield
        finally:
            over.set()
        for one in running:
            one.result()


def until(paid: list[Paid], count: int) -> None:
    """Wait until so many have paid."""
    deadline = time.monotonic() + 60
    while len(paid) < count:
        assert time.monotonic() < deadline, len(paid)
        threading.Event().wait(0.01)


def reopened(shop: PayPalShop, url: str) -> PayPalShop:
    """The shop as it starts anew over what was restored."""
    made = open_paid_shop(url, shop.emulator)
    made.clock.offset = shop.clock.offset
    return PayPalShop(made.house, made.emulator, made.clock, made.enqueued)


def catch_up(shop: PayPalShop) -> None:
    """What docs/operations.md says to do after a restore, once PayPal's report is there."""
    pull_events(shop.house)
    while shop.process():
        pass
    shop.sweep()
    shop.reconcile()


def unknown(shop: PayPalShop, paid: list[Paid]) -> list[Paid]:
    """What was paid that the shop knows nothing of."""
    with shop.store.read() as tx:
        return [one for one in paid if orders.by_id(tx, one.order.id) is None]


def decide(shop: PayPalShop, shown: list[Discrepancy]) -> None:
    """A person lets the books follow PayPal in each; then both agree to the minor unit."""
    for one in shown:
        resolve(shop.house, one.id, Decision(Action.ADOPT, "Paid after the backup was taken.", "ann"))
    shop.reconcile()
    assert shop.open_differences() == []
    assert shop.held() == shop.at_paypal()
    assert shop.faults() == []


@pytest.fixture
def drilled(
    tmp_path: Path, sqlite_with_tables: Path, afterwards_emulator: EmulatorControl
) -> tuple[PayPalShop, str]:
    """A shop on SQLite, at an empty PayPal, and its address."""
    afterwards_emulator.reset()
    shutil.copy(sqlite_with_tables, tmp_path / "shop.db")
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    return open_paypal_shop(url, afterwards_emulator), url


def test_after_a_restore_the_ledger_equals_the_processors_account(
    drilled: tuple[PayPalShop, str], tmp_path: Path
) -> None:
    shop, url = drilled
    file, paid = tmp_path / "kept" / "backup.db", list[Paid]()
    file.parent.mkdir()
    waiting = shop.opens()
    refunded_before = shop.pays()
    shop.refunds(refunded_before, PART)
    with customers(shop, 3, paid):
        until(paid, 3)
        made = backing_up.back_up(shop.store, file, installation=INSTALLATION, at=shop.clock())
        until(paid, len(paid) + 4)
    assert made.ledger_lines > 0
    shop.finishes(waiting)  # paid after the backup, ordered before it
    shop.refunds(refunded_before)
    shop.refunds(paid[0], PART)
    shop.refunds(paid[-1])
    shop.store.close()

    backing_up.restore(shop.store, file, installation=INSTALLATION, at=shop.clock())
    again = reopened(shop, url)
    lost = unknown(again, paid)
    assert 0 < len(lost) < len(paid)
    assert again.held() != again.at_paypal()
    catch_up(again)

    # Of what the backup knows, everything is as it truly is, by itself.
    assert again.order(waiting).state is OrderState.PAID
    assert again.order(refunded_before).state is OrderState.REFUNDED
    assert again.order(paid[0]).state is OrderState.PARTIALLY_REFUNDED
    assert again.faults() == []
    # Of what it does not know, each movement is shown to a person, and nothing is made up.
    shown = again.open_differences()
    assert {one.kind for one in shown} == {ReportDifference.MISSING_HERE}
    assert {one.subject for one in shown} >= {one.capture for one in lost}
    with again.store.read() as tx:
        told = mailboxes.newest(tx, limit=500)
    assert {one.state for one in told} <= {MessageState.DONE, MessageState.IGNORED, MessageState.NEW}
    decide(again, shown)

    # A refund is asked for under a new name and key, so PayPal does not take it for one it has made.
    before = again.at_paypal()["EUR"]
    again.refunds(paid[0], PART)
    assert again.at_paypal()["EUR"] < before
    assert again.standing(paid[0]).refunded == PART + PART
    again.reconcile()
    assert again.held() == again.at_paypal()
    again.store.close()
