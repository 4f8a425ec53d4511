"""Events that never came are pulled; one that did come is one row, whichever way."""

from datetime import timedelta

import pytest

from checkout.domain.errors import ProcessorUnavailableError
from checkout.domain.processor import Envelope
from checkout.store import mailboxes, watermarks
from checkout.store.mailboxes import CameBy, MessageState
from tests.webhooks.paypal_shop import PayPalShop
from webhooks.process import process_due
from webhooks.reconcile.events import FIRST_SPAN, mark_of, pull_events, pull_quietly

pytestmark = pytest.mark.parametrize("ready_url", ["sqlite"], indirect=True)
"""The seeded differences are found and decided on both databases; these are about what is meant."""


def events(shop: PayPalShop) -> list[mailboxes.Message]:
    with shop.store.read() as tx:
        return mailboxes.newest(tx, limit=100)


def test_with_webhooks_off_a_customer_who_never_came_back_has_paid_all_the_same(
    paypal_shop: PayPalShop,
) -> None:
    placed = paypal_shop.approved()
    pulled = pull_events(paypal_shop.house)
    assert pulled.new == pulled.listed == len(events(paypal_shop)) >= 1
    process_due(paypal_shop.house)
    assert "captured" in paypal_shop.kinds(placed)


def test_a_second_pull_brings_nothing_new(paypal_shop: PayPalShop) -> None:
    paypal_shop.paid()
    first = pull_events(paypal_shop.house)
    again = pull_events(paypal_shop.house)
    assert (first.new, again.listed, again.new) == (first.listed, first.listed, 0)


def test_an_event_that_came_by_webhook_is_one_row(paypal_shop: PayPalShop) -> None:
    paypal_shop.paid()
    processor, now = paypal_shop.house.processors["paypal"], paypal_shop.clock()
    listed = list(processor.events_between(now - timedelta(hours=1), now))  # type: ignore[attr-defined]
    with paypal_shop.store.begin() as tx:
        # Its bytes were others than those of the list.
        came = Envelope(
            "paypal",
            listed[0].event_id,
            listed[0].event_type,
            None,
            "T-1",
            "another digest",
            binds_body=False,
        )
        mailboxes.put(tx, [(came, now)])
    pulled = pull_events(paypal_shop.house)
    assert pulled.new == pulled.listed - 1
    assert len(events(paypal_shop)) == pulled.listed
    with paypal_shop.store.read() as tx:
        assert mailboxes.last_received(tx, "paypal", CameBy.WEBHOOK) == now
        assert mailboxes.last_received(tx, "paypal", CameBy.PULL) is not None
        assert mailboxes.counts(tx)[MessageState.NEW] == pulled.listed


def test_the_first_pull_looks_back_three_days_and_the_next_one_an_hour(paypal_shop: PayPalShop) -> None:
    paypal_shop.paid()
    paypal_shop.move(seconds=(FIRST_SPAN - timedelta(hours=1)).total_seconds())
    assert pull_events(paypal_shop.house).new > 0
    paypal_shop.move(hours=2)
    assert pull_events(paypal_shop.house).listed == 0


def test_how_far_it_came_is_remembered_only_once_all_is_kept(
    paypal_shop: PayPalShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    paypal_shop.paid()
    with monkeypatch.context() as patch:
        patch.setattr(mailboxes, "put", _dies)
        with pytest.raises(RuntimeError):
            pull_events(paypal_shop.house)
    with paypal_shop.store.read() as tx:
        assert watermarks.at(tx, mark_of("paypal")) is None
    assert pull_events(paypal_shop.house).new > 0


def test_a_processor_that_cannot_be_asked_ends_no_loop(
    paypal_shop: PayPalShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*_: object) -> object:
        raise ProcessorUnavailableError("paypal", "events list", "no answer in time")

    monkeypatch.setattr(type(paypal_shop.house.processors["paypal"]), "events_between", silent)
    assert pull_quietly(paypal_shop.house) == 0


def _dies(*_: object, **__: object) -> None:
    raise RuntimeError
