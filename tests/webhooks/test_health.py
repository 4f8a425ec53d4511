"""Whether anybody still tells us anything."""

from datetime import timedelta

import pytest

from checkout.domain.findings import Level
from checkout.domain.processor import Envelope
from checkout.store import mailboxes
from tests.webhooks.paypal_shop import PayPalShop
from webhooks.commands.doctor.telling import check_telling
from webhooks.health import WebhookHealth, webhook_health
from webhooks.reconcile.events import pull_events

pytestmark = pytest.mark.parametrize("ready_url", ["sqlite"], indirect=True)
"""The seeded differences are found and decided on both databases; these are about what is meant."""


def health(shop: PayPalShop) -> WebhookHealth:
    with shop.store.read() as tx:
        return webhook_health(tx, "paypal", shop.clock())


def levels(shop: PayPalShop) -> dict[str, Level]:
    with shop.store.read() as tx:
        return {one.name: one.level for one in check_telling(tx, shop.clock())}


def test_money_without_a_webhook_is_silence_and_is_seen(paypal_shop: PayPalShop) -> None:
    assert levels(paypal_shop) == {}
    paypal_shop.paid()
    assert not health(paypal_shop).is_silent
    paypal_shop.move(minutes=20)
    assert health(paypal_shop).untold == 1
    assert levels(paypal_shop)["webhook-health"] is Level.PROBLEM
    pull_events(paypal_shop.house)
    assert health(paypal_shop).last_pull is not None
    assert health(paypal_shop).is_silent


def test_a_webhook_that_came_lately_is_enough(paypal_shop: PayPalShop) -> None:
    paypal_shop.paid()
    paypal_shop.move(minutes=20)
    with paypal_shop.store.begin() as tx:
        came = Envelope(
            "paypal", "WH-1", "PAYMENT.CAPTURE.COMPLETED", None, "T-1", "digest", binds_body=False
        )
        mailboxes.put(tx, [(came, paypal_shop.clock() - timedelta(minutes=19))])
    assert not health(paypal_shop).is_silent
    assert levels(paypal_shop)["webhook-health"] is Level.OK


def test_a_report_that_was_never_compared_differs_or_is_old_is_seen(paypal_shop: PayPalShop) -> None:
    placed = paypal_shop.paid()
    assert levels(paypal_shop)["reconciliation"] is Level.WARNING
    paypal_shop.reconcile()
    assert levels(paypal_shop)["reconciliation"] is Level.OK
    paypal_shop.move(days=3)
    assert levels(paypal_shop)["reconciliation"] is Level.WARNING
    paypal_shop.emulator.distort_report("amount", paypal_shop.capture_of(placed), value="1.00")
    paypal_shop.reconcile(minutes=1)
    (one,) = paypal_shop.open_differences()
    assert one.kind == "amount differs"
    assert levels(paypal_shop)["reconciliation"] is Level.PROBLEM
