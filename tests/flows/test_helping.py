"""Notes, copies of receipts and views are kept once, by whom; the timeline and what waits are true on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert

from checkout.domain.actors import Actor, Way
from checkout.domain.errors import BadInputError, CardNumberError, NotFoundError
from checkout.domain.intents import Intent, Operation, Outcome
from checkout.domain.money import Money
from checkout.flows import helping, resending
from checkout.flows.attention import Matter, refunds_to_approve, what_waits
from checkout.flows.helping import TooManyViewsError
from checkout.flows.resending import NoReceiptError
from checkout.flows.timeline import Source, open_case
from checkout.store import audit, intents, mailboxes, notices, tables
from checkout.store.mailboxes import MessageState
from checkout.store.notices import Notice, NoticeKind
from tests.scripted_processor import NEVER_ARRIVES
from tests.scripted_processor import Operation as Asked
from tests.small_shop import SmallShop

ANN = Actor("Ann", Way.OFFICE)
BOB = Actor("Bob", Way.OFFICE)


def said(shop: SmallShop, number: str, source: Source) -> list[str]:
    """What the timeline says from one source, the newest first."""
    return [one.said for one in open_case(shop.house, number).entries if one.source is source]


def test_notes_stand_in_the_timeline_with_their_writers(shop: SmallShop) -> None:
    placed = shop.place()
    helping.write_note(shop.house, ANN, placed.id, " Rang up.\r\nWants blue. ")
    shop.clock.move(minutes=1)
    helping.write_note(shop.house, BOB, placed.id, "Sent blue.")
    assert said(shop, placed.id, Source.PERSON) == ["Note: Sent blue.", "Note: Rang up.\nWants blue."]
    with pytest.raises(CardNumberError):
        helping.write_note(shop.house, ANN, placed.id, "4" + "1" * 15)
    with pytest.raises(BadInputError):
        helping.write_note(shop.house, ANN, placed.id, " ")
    with pytest.raises(NotFoundError):
        helping.write_note(shop.house, ANN, "NONE", "x")
    assert len(said(shop, placed.id, Source.PERSON)) == 2


def test_a_receipt_is_copied_once_for_each_press(shop: SmallShop) -> None:
    placed, _ = shop.approved()
    with pytest.raises(NoReceiptError, match="never paid"):
        resending.send_receipt_again(shop.house, ANN, placed.id, "one")
    shop.come_back(placed)
    sent = len(shop.enqueued)
    assert resending.send_receipt_again(shop.house, ANN, placed.id, "one")
    assert not resending.send_receipt_again(shop.house, ANN, placed.id, "one")
    assert resending.send_receipt_again(shop.house, ANN, placed.id, "two")
    assert shop.enqueued[sent:] == [f"receipt-{placed.id}-copy-{press}" for press in ("one", "two")]
    assert said(shop, placed.id, Source.MAIL).count("Mail “Copy of the receipt” is to be sent") == 2


@pytest.mark.parametrize("name", ["alarm-1", "alarm-" + "x" * 114])
def test_any_mail_is_copied_once_for_each_press_and_so_is_its_copy(shop: SmallShop, name: str) -> None:
    with shop.house.store.begin() as tx:
        first = Notice(name, NoticeKind.ALARM, None, shop.clock(), shop.clock(), about="the inbox")
        notices.add_once(tx, first)
    of_a_copy = notices.copy_id(name, "one")
    assert resending.send_again(shop.house, ANN, name, "one")
    assert not resending.send_again(shop.house, ANN, name, "one")
    assert resending.send_again(shop.house, ANN, of_a_copy, "z" * resending.PRESS_LENGTH)
    assert shop.enqueued[-2:] == [of_a_copy, notices.copy_id(name, "z" * resending.PRESS_LENGTH)]
    assert not resending.send_again(shop.house, ANN, of_a_copy, "one")
    with shop.house.store.read() as tx:
        copied = notices.by_id(tx, of_a_copy)
        assert [one.deed.subject for one in audit.newest(tx, limit=9)] == [of_a_copy, name]
    assert copied == replace(first, id=of_a_copy, sent_at=None)
    with pytest.raises(BadInputError):
        resending.send_again(shop.house, ANN, name, "../x")
    with pytest.raises(NotFoundError):
        resending.send_again(shop.house, ANN, "none", "one")


def test_a_view_of_the_same_name_is_changed_and_there_are_not_too_many(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(helping, "VIEWS_MAX", 2)
    with shop.house.store.begin() as tx:
        for name in ("ann", "bob"):
            row = {"id": name, "name": name, "email": name, "role": "viewer", "created_by": "tests"}
            tx.execute(insert(tables.operators).values(**row, created_at=shop.clock()))
    helping.save_view(shop.house, "ann", "orders", "Open", "state=paid")
    helping.save_view(shop.house, "ann", "orders", " Open ", "state=expired")
    helping.save_view(shop.house, "ann", "orders", "Second", "")
    with pytest.raises(TooManyViewsError):
        helping.save_view(shop.house, "ann", "orders", "Third", "")
    helping.save_view(shop.house, "bob", "orders", "Third", "")
    kept = helping.views_of(shop.house, "ann", "orders")
    assert [(one.name, one.query) for one in kept] == [("Open", "state=expired"), ("Second", "")]
    helping.remove_view(shop.house, "bob", kept[0].id)
    assert len(helping.views_of(shop.house, "ann", "orders")) == 2
    helping.remove_view(shop.house, "ann", kept[0].id)
    assert [one.name for one in helping.views_of(shop.house, "ann", "orders")] == ["Second"]


def test_the_timeline_says_what_the_shop_was_told_and_where(shop: SmallShop) -> None:
    placed = shop.place()
    at = shop.clock()
    with shop.house.store.begin() as tx:
        happening = {
            "name": "evt_test",
            "type": "order.paid",
            "about": "test",
            "order_id": placed.id,
            "told": "{}",
        }
        made = tx.execute(insert(tables.happenings).values(**happening, happened_at=at)).inserted_primary_key
        assert made
        endpoint = {"id": "end", "url": "https://shop.example/hook?key=x", "description": "", "types": "*"}
        more = {"secret": "s", "created_at": at, "created_by": "tests"}
        tx.execute(insert(tables.endpoints).values(**endpoint, **more))
        delivery = {"happening_id": made[0], "endpoint_id": "end", "state": "delivered", "attempts": 2}
        later = at + timedelta(seconds=9)
        tx.execute(insert(tables.deliveries).values(**delivery, created_at=at, delivered_at=later))
    entries = [one for one in open_case(shop.house, placed.id).entries if one.more == "evt_test"]
    assert [(one.said, one.who) for one in entries] == [
        ("order.paid delivered", "shop.example"),
        ("order.paid: delivered, 2 tries", "shop.example"),
    ]


def test_a_call_without_an_answer_is_told_as_such(shop: SmallShop) -> None:
    placed, _ = shop.approved()
    shop.processor.rule(Asked.CAPTURE, NEVER_ARRIVES)
    shop.come_back(placed)
    calls = said(shop, placed.id, Source.CALL)
    assert "No usable answer to capture: its outcome is not known yet" in calls
    assert said(shop, placed.id, Source.SWEEP)


def test_each_matter_that_waits_is_counted(shop: SmallShop) -> None:
    placed, reference = shop.approved()
    shop.come_back(placed)
    (payment,) = shop.payments(placed)
    at = shop.clock()
    envelope = shop.processor.authenticate(*shop.processor.event(reference))
    with shop.house.store.begin() as tx:
        for number, outcome in enumerate((Outcome.TO_APPROVE, Outcome.UNKNOWN), start=1):
            refund = Intent(
                Operation.REFUND, number, f"key{number}", outcome, at, invoice=f"R{number}", wished_by="Ann"
            )
            intents.add(tx, payment.id, refund, Money(100 * number, "EUR"))
        mailboxes.put(tx, [(envelope, at)])
        mailboxes.finish(tx, 1, MessageState.PARKED, at=at, reason="not understood")
    shop.clock.move(minutes=20)
    found = {one.matter: one for one in what_waits(shop.house)}
    assert {matter for matter, one in found.items() if one.count == 1} >= {
        *(Matter.UNKNOWN, Matter.TO_APPROVE, Matter.PARKED, Matter.MAIL),
    }
    assert found[Matter.UNKNOWN].named[0].startswith("Refund of €2.00 for order")
    assert found[Matter.PARKED].since == at
    assert [one.wished_by for one in refunds_to_approve(shop.house)] == ["Ann"]
