"""Kept events are understood one payment at a time; none is lost, and none stops the ones behind it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from checkout.domain.errors import ProcessorUnavailableError
from checkout.domain.facts import FactKind
from checkout.domain.orders import OrderState
from checkout.flows import paying
from checkout.store import mailboxes
from checkout.store.mailboxes import Message, MessageState
from tests.scripted_processor import DECLINE_INSTRUMENT, Fault, Operation, lost, signed
from tests.small_shop import SmallShop, open_shop
from webhooks.process import BATCH_MAX, CLAIM_LIFE, TRIES_MAX, process_due


def keep(shop: SmallShop, raw: bytes, headers: dict[str, str]) -> None:
    """An event is in the inbox."""
    with shop.house.store.begin() as tx:
        mailboxes.put(tx, [(shop.processor.authenticate(raw, headers), shop.clock())])


def messages(shop: SmallShop) -> list[Message]:
    """The inbox, oldest first."""
    with shop.house.store.read() as tx:
        return sorted(mailboxes.newest(tx, limit=500), key=lambda message: message.id)


def test_an_approval_alone_completes_the_purchase(shop: SmallShop) -> None:
    placed, reference = shop.approved()
    keep(shop, *shop.processor.event(reference))
    assert shop.process() == 1
    assert shop.state(placed) is OrderState.PAID
    assert [message.state for message in messages(shop)] == [MessageState.DONE]
    assert messages(shop)[0].payment_id == shop.payments(placed)[0].id


def test_an_event_that_does_not_bind_its_body_is_read_back_and_never_believed(shop: SmallShop) -> None:
    placed, reference = shop.begin()
    raw, headers = signed(
        {
            "id": "E1",
            "type": "payment.approved",
            "reference": reference,
            "approved_at": "2026-11-22T12:00:00+00:00",
        }
    )
    keep(shop, raw, headers)
    shop.process()
    assert shop.state(placed) is OrderState.AWAITING_PAYMENT
    assert shop.captures_asked() == []


def test_an_event_that_binds_its_body_is_settled_as_it_is(ready_url: str) -> None:
    shop = open_shop(ready_url, binds_body=True)
    placed, reference = shop.approved()
    keep(shop, *shop.processor.event(reference))
    shop.process()
    assert shop.state(placed) is OrderState.PAID
    assert Operation.INQUIRE not in {operation for operation, _ in shop.processor.calls}
    shop.house.store.close()


def test_all_events_of_one_payment_cost_one_question(shop: SmallShop) -> None:
    placed, reference = shop.approved()
    for number in range(20):
        keep(shop, *shop.processor.event(reference, number))
    shop.process()
    assert shop.state(placed) is OrderState.PAID
    assert [operation for operation, _ in shop.processor.calls].count(Operation.INQUIRE) == 1
    assert {message.state for message in messages(shop)} == {MessageState.DONE}


def test_a_poisonous_event_stops_nobody_and_is_parked_after_its_last_try(shop: SmallShop) -> None:
    placed, reference = shop.approved()
    keep(shop, *signed({"id": "E0", "type": "poison"}))
    keep(shop, *shop.processor.event(reference))
    shop.process()
    assert shop.state(placed) is OrderState.PAID
    poison = messages(shop)[0]
    waits = []
    while poison.state is MessageState.NEW:
        waits.append(poison.due_at - shop.clock())
        shop.clock.now = poison.due_at
        shop.process()
        poison = messages(shop)[0]
    assert waits == sorted(waits)
    assert len(waits) == TRIES_MAX - 1
    assert timedelta(hours=1) < sum(waits, timedelta()) < timedelta(hours=2)
    assert poison.state is MessageState.PARKED
    assert poison.reason == "not understood: ValueError"


def test_a_parked_event_is_tried_again_when_a_person_asks(shop: SmallShop) -> None:
    keep(shop, *signed({"id": "E0", "type": "poison"}))
    for _ in range(TRIES_MAX):
        shop.clock.move(hours=2)
        shop.process()
    parked = messages(shop)[0]
    assert parked.state is MessageState.PARKED
    with shop.house.store.begin() as tx:
        assert mailboxes.retry(tx, parked.id, shop.clock())
    assert shop.process() == 1
    assert messages(shop)[0].state is MessageState.NEW


def test_an_event_that_kills_whoever_processes_it_is_parked_too(shop: SmallShop) -> None:
    keep(shop, *signed({"id": "E0", "type": "weather"}))
    for _ in range(TRIES_MAX):
        with shop.house.store.begin() as tx:
            assert mailboxes.claim(tx, shop.clock(), shop.clock() + CLAIM_LIFE, 10)
        shop.clock.move(minutes=3)
    shop.process()
    assert messages(shop)[0].state is MessageState.PARKED


def test_a_worker_that_dies_holding_events_loses_none(shop: SmallShop) -> None:
    placed, reference = shop.approved()
    keep(shop, *shop.processor.event(reference))
    with shop.house.store.begin() as tx:
        assert len(mailboxes.claim(tx, shop.clock(), shop.clock() + CLAIM_LIFE, 10)) == 1
    assert shop.process() == 0
    shop.clock.move(seconds=CLAIM_LIFE.total_seconds() + 1)
    assert shop.process() == 1
    assert shop.state(placed) is OrderState.PAID


def test_no_two_workers_claim_the_same_event(shop: SmallShop) -> None:
    for number in range(120):
        keep(shop, *signed({"id": f"E{number}", "type": "weather"}))
    workers = [shop, shop.elsewhere()]
    barrier = threading.Barrier(8)

    def claim(worker: int) -> list[int]:
        barrier.wait(20)
        house = workers[worker % 2].house
        with house.store.begin() as tx:
            return [
                message.id for message in mailboxes.claim(tx, shop.clock(), shop.clock() + CLAIM_LIFE, 10)
            ]

    with ThreadPoolExecutor(8) as pool:
        claimed = [one for some in pool.map(claim, range(8)) for one in some]
    assert len(claimed) == len(set(claimed)) == 80
    workers[1].house.store.close()


def test_strangers_events_are_ignored_and_ours_wait(shop: SmallShop) -> None:
    keep(shop, *signed({"id": "E1", "names": "theirs-ORDER-1"}))
    keep(shop, *signed({"id": "E2", "type": "weather"}))
    keep(shop, *signed({"id": "E3", "reference": "NOBODYS"}))
    keep(shop, *signed({"id": "E4", "names": "shop-ORDER-1"}))
    shop.process()
    assert [one.state for one in messages(shop)] == [
        MessageState.IGNORED,
        MessageState.IGNORED,
        MessageState.NEW,
        MessageState.NEW,
    ]
    for _ in range(TRIES_MAX):
        shop.clock.move(hours=2)
        shop.process()
    assert [one.state for one in messages(shop)[2:]] == [MessageState.IGNORED, MessageState.PARKED]


def test_an_event_that_overtakes_our_own_commit_is_understood_later(shop: SmallShop) -> None:
    placed = shop.place()
    shop.processor.plan(Operation.OPEN, Fault(after=lost("open")))
    with pytest.raises(ProcessorUnavailableError):
        paying.hand_over(shop.house, placed.token)
    shop.processor.approve("REF1")
    keep(shop, *shop.processor.event("REF1"))
    shop.process()
    assert messages(shop)[0].state is MessageState.NEW, "never done while nothing of it was settled"
    paying.hand_over(shop.house, placed.token)
    shop.clock.move(minutes=5)
    shop.process()
    assert messages(shop)[0].state is MessageState.DONE
    shop.sweep_on(1)
    assert shop.state(placed) is OrderState.PAID


def test_an_outage_of_the_processor_defers_and_changes_nothing(shop: SmallShop) -> None:
    placed, reference = shop.approved()
    keep(shop, *shop.processor.event(reference))
    shop.processor.is_down(down=True)
    shop.process()
    assert messages(shop)[0].state is MessageState.NEW
    assert shop.state(placed) is OrderState.AWAITING_PAYMENT
    shop.processor.is_down(down=False)
    shop.clock.move(minutes=1)
    shop.process()
    assert shop.state(placed) is OrderState.PAID


def test_what_was_done_is_not_undone_by_trouble_that_follows(shop: SmallShop) -> None:
    _, reference = shop.approved()
    keep(shop, *shop.processor.event(reference))
    shop.processor.plan(Operation.CAPTURE, Fault(before=RuntimeError("a bug")))  # after the event was settled
    shop.process()
    assert messages(shop)[0].state is MessageState.DONE
    shop.sweep_on(2)
    assert len(shop.processor.captured()) == 1


def test_an_approval_that_comes_after_a_refusal_captures_again(shop: SmallShop) -> None:
    placed, reference = shop.approved()
    shop.processor.plan(Operation.CAPTURE, DECLINE_INSTRUMENT)
    shop.come_back(placed)
    keep(shop, *shop.processor.event(reference, 1, approved=False))
    shop.process()
    assert len(shop.captures_asked()) == 1
    shop.clock.move(minutes=1)
    shop.processor.approve(reference)
    keep(shop, *shop.processor.event(reference, 2))
    shop.process()
    assert shop.state(placed) is OrderState.PAID


def test_an_old_approval_told_again_does_not_capture_again(shop: SmallShop) -> None:
    placed, reference = shop.approved()
    old = shop.processor.event(reference)
    shop.clock.move(seconds=2)
    shop.processor.plan(Operation.CAPTURE, DECLINE_INSTRUMENT)
    shop.come_back(placed)
    keep(shop, *old)
    shop.process()
    assert len(shop.captures_asked()) == 1


def test_an_inbox_larger_than_a_batch_is_worked_off(shop: SmallShop) -> None:
    for number in range(BATCH_MAX + 10):
        keep(shop, *signed({"id": f"E{number}", "type": "weather"}))
    assert process_due(shop.house) == BATCH_MAX
    assert process_due(shop.house) == 10
    assert process_due(shop.house) == 0
    with shop.house.store.read() as tx:
        assert mailboxes.counts(tx)[MessageState.IGNORED] == BATCH_MAX + 10


def test_with_webhooks_off_sweeps_alone_settle_everything(shop: SmallShop) -> None:
    approved, _ = shop.approved()
    declined, declined_at = shop.approved()
    left, left_at = shop.begin()
    shop.processor.plan(Operation.CAPTURE, Fault(), Fault(capture_as=FactKind.DECLINED))
    shop.processor.close(left_at)
    shop.sweep_on(4)
    assert declined_at
    assert shop.state(approved) is OrderState.PAID
    assert {shop.state(declined), shop.state(left)} == {OrderState.AWAITING_PAYMENT}
    assert shop.sweep() == (0, 0)


def test_one_payment_whose_asking_breaks_does_not_keep_the_others_from_being_asked(shop: SmallShop) -> None:
    begun = [shop.approved()[0] for _ in range(3)]
    shop.processor.plan(Operation.INQUIRE, Fault(before=ValueError("a bug")))
    shop.clock.move(seconds=6)
    assert shop.sweep() == (3, 2)
    assert sorted(shop.state(placed) for placed in begun) == ["awaiting payment", "paid", "paid"]
