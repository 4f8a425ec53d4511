"""News of our own account at PayPal: only what PayPal itself confirms stops payments, and what it lifts goes on."""

import json
from dataclasses import replace
from typing import Any

import pytest

from checkout.domain.errors import ProcessorUnavailableError
from checkout.domain.orders import OrderState
from checkout.flows import paying
from checkout.flows.ordering import place
from checkout.processors.paypal.events import envelope, read_event
from checkout.store import halts, mailboxes, notices
from checkout.store.halts import Halt, Stops
from checkout.store.mailboxes import MessageState
from checkout.store.orders import Contact
from tests.paid_shop import PaidShop
from webhooks.account import LIMITED, REVOKED


def hear(shop: PaidShop, *events: dict[str, Any], **changed: Any) -> list[MessageState]:  # noqa: ANN401 -- an envelope's own fields
    """Let events arrive, with what somebody changed on the way; how each of them ended."""
    now = shop.clock()
    with shop.house.store.begin() as tx:
        for event in events:
            raw = json.dumps(event).encode()
            found = replace(envelope(read_event(raw), raw, f"T-{event['id']}"), **changed)
            mailboxes.put(tx, [(found, now)])
    shop.process()
    with shop.house.store.read() as tx:
        return [one.state for one in reversed(mailboxes.newest(tx, limit=len(events)))]


def standing_still(shop: PaidShop) -> list[Halt]:
    """What stands still now."""
    with shop.house.store.read() as tx:
        return halts.open_ones(tx, "paypal")


def test_a_limitation_that_paypal_confirms_stops_new_payments_and_tells_the_operator(
    paid_shop: PaidShop,
) -> None:
    event = paid_shop.emulator.limit_account()
    assert hear(paid_shop, event) == [MessageState.DONE]
    (halt,) = standing_still(paid_shop)
    assert (halt.stops, halt.cause) == (Stops.PAYMENTS, LIMITED)
    assert paid_shop.enqueued == [f"account-{event['id']}"]
    with paid_shop.house.store.read() as tx:
        notice = notices.by_id(tx, f"account-{event['id']}")
    assert notice is not None
    assert notice.order_id is None
    assert halt.said.startswith(notice.about or "nothing")
    with pytest.raises(ProcessorUnavailableError, match="limited the account"):
        paid_shop.pays()
    assert paid_shop.emulator.orders() == [], "PayPal was not even asked"


def test_what_was_begun_before_is_still_captured(paid_shop: PaidShop) -> None:
    paid_shop.pays()
    placed = place(
        paid_shop.house,
        product_id="for-2380-eur",
        quantity=1,
        contact=Contact("a@example.com"),
        form_key=paid_shop.house.mint(24),
    )
    paying.hand_over(paid_shop.house, placed.token)
    payment = paid_shop.payment(placed)
    hear(paid_shop, paid_shop.emulator.limit_account())
    paid_shop.emulator.approve(str(payment.reference))
    paying.came_back(paid_shop.house, payment.token)
    assert len(paid_shop.captures_of(str(payment.reference))) == 1


@pytest.mark.parametrize(
    "changed", [{"event_id": "WH-NOBODYS"}, {"event_type": "MERCHANT.PARTNER-CONSENT.REVOKED"}]
)
def test_what_paypal_does_not_know_changes_nothing(paid_shop: PaidShop, changed: dict[str, str]) -> None:
    event = paid_shop.emulator.limit_account()
    assert hear(paid_shop, event, **changed) == [MessageState.NEW], "its list may lag behind"
    for _ in range(6):
        paid_shop.move(hours=1)
        paid_shop.process()
    with paid_shop.house.store.read() as tx:
        assert [one.state for one in mailboxes.newest(tx, limit=1)] == [MessageState.IGNORED]
    assert standing_still(paid_shop) == []
    assert paid_shop.enqueued == []
    assert paid_shop.order(paid_shop.pays()).state is OrderState.PAID


def test_while_paypal_cannot_be_asked_nothing_is_decided(paid_shop: PaidShop) -> None:
    event = paid_shop.emulator.limit_account()
    paid_shop.emulator.order_fault("status", "notifications", status=503, times=3)
    assert hear(paid_shop, event) == [MessageState.NEW]
    assert standing_still(paid_shop) == []
    paid_shop.emulator.clear_faults()
    paid_shop.move(minutes=1)
    paid_shop.process()
    assert len(standing_still(paid_shop)) == 1


def test_a_limitation_told_again_is_one_halt_and_when_it_is_lifted_payments_go_on(
    paid_shop: PaidShop,
) -> None:
    hear(paid_shop, paid_shop.emulator.limit_account())
    hear(paid_shop, paid_shop.emulator.limit_account("ESCALATED"))
    assert len(standing_still(paid_shop)) == 1
    assert len(paid_shop.enqueued) == 2
    lifted = paid_shop.emulator.limit_account("LIFTED")
    hear(paid_shop, lifted, event_id="WH-NOBODYS")
    assert len(standing_still(paid_shop)) == 1, "anybody could let payments go on"
    hear(paid_shop, lifted)
    assert standing_still(paid_shop) == []
    assert paid_shop.order(paid_shop.pays()).state is OrderState.PAID


def test_a_permission_that_was_withdrawn_is_not_given_back_by_a_limitation_that_is_lifted(
    paid_shop: PaidShop,
) -> None:
    hear(paid_shop, paid_shop.emulator.revoke_consent())
    assert [one.cause for one in standing_still(paid_shop)] == [REVOKED]
    hear(paid_shop, paid_shop.emulator.limit_account("LIFTED"))
    assert [one.cause for one in standing_still(paid_shop)] == [REVOKED]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_latest_word_counts_in_whatever_order_they_arrive(
    paid_shop: PaidShop, order: tuple[int, int]
) -> None:
    added = paid_shop.emulator.limit_account()
    paid_shop.move(minutes=1)
    told = [added, paid_shop.emulator.limit_account("LIFTED")]
    for number in order:
        hear(paid_shop, told[number])
    assert standing_still(paid_shop) == []
    paid_shop.move(minutes=1)
    hear(paid_shop, paid_shop.emulator.limit_account())
    hear(paid_shop, told[1] | {"summary": "told again, with another body"})
    assert len(standing_still(paid_shop)) == 1
