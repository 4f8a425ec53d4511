"""Replaying an event: a dry run shows what would come of it and changes nothing; applying does that or nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text

from checkout.domain.actors import Actor, Way
from checkout.domain.errors import NotFoundError, ProcessorUnavailableError
from checkout.domain.facts import FactKind
from checkout.domain.orders import OrderState
from checkout.domain.processor import Answer, Question
from checkout.store import audit, mailboxes
from checkout.store.engine import Tx
from checkout.store.mailboxes import Message, MessageState
from checkout.store.payments import PaymentRow
from checkout.store.tables import metadata
from tests.scripted_processor import signed
from tests.small_shop import SmallShop, open_shop
from tests.webhooks.test_processing import keep, messages
from webhooks import changes
from webhooks.changes import Look, brought_by
from webhooks.replaying import NOT_OPENED, TAKES_MONEY, OutcomeDiffersError, apply, dry_run

ANN = Actor("Ann", Way.OFFICE)


def everything(shop: SmallShop) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with shop.house.store.read() as tx:
        return {
            name: sorted(map(tuple, tx.execute(text(f"select * from {name}"))), key=str)  # noqa: S608 -- our own names
            for name in metadata.tables
        }


def heard(shop: SmallShop, reference: str) -> Message:
    """An event of a payment is in the inbox, and nobody has looked at it."""
    keep(shop, *shop.processor.event(reference))
    return messages(shop)[-1]


def taken_elsewhere(shop: SmallShop) -> tuple[str, str, Message]:
    """A payment whose money was taken without our hearing of it, and its event; the order's and payment's ids."""
    placed, reference = shop.approved()
    payment = shop.payments(placed)[0]
    shop.processor.capture(Question(payment.terms.names, reference, payment.terms.amount, "KEY"))
    return placed.id, payment.id, heard(shop, reference)


def test_a_dry_run_shows_facts_lines_and_standing_and_changes_nothing(shop: SmallShop) -> None:
    order_id, _, message = taken_elsewhere(shop)
    before = everything(shop)
    replay = dry_run(shop.house, message.id)
    assert everything(shop) == before
    assert shop.enqueued == []
    assert replay.ends is MessageState.DONE
    changes = {one.what: (one.before, one.after) for one in replay.changed.standing if one.differs}
    assert changes["captured"] == ("EUR 0.00", "EUR 23.80")
    assert changes["order"] == ("awaiting payment", "paid")
    assert FactKind.CAPTURED in {one.kind for one in replay.changed.facts}
    assert {(one.account, one.side) for one in replay.changed.postings} == {
        ("processor", "debit"),
        ("sales", "credit"),
    }
    assert replay.changed.made == (f"notice: receipt-{order_id}",)


def test_applying_does_what_was_shown_and_keeps_who_did_it(shop: SmallShop) -> None:
    order_id, payment_id, message = taken_elsewhere(shop)
    shown = dry_run(shop.house, message.id)
    done = apply(shop.house, message.id, shown.digest, ANN)
    assert done.changed.standing == shown.changed.standing
    assert [one.kind for one in done.changed.facts] == [one.kind for one in shown.changed.facts]
    (kept,) = messages(shop)
    assert (kept.state, kept.payment_id) == (MessageState.DONE, payment_id)
    assert shop.enqueued == [f"receipt-{order_id}"]
    with shop.house.store.read() as tx:
        (deed,) = audit.newest(tx, limit=5, about=("event", str(message.id)))
        brought = brought_by(tx, kept)
    assert deed.actor == ANN
    assert brought is not None
    assert [one.id for one in brought.facts] == [one.id for one in done.changed.facts]
    assert shop.faults() == []


def test_an_outcome_that_differs_from_what_was_shown_changes_nothing(shop: SmallShop) -> None:
    _, _, message = taken_elsewhere(shop)
    shown = dry_run(shop.house, message.id)
    shop.sweep_on(1)  # meanwhile everything is learned by asking
    before = everything(shop)
    with pytest.raises(OutcomeDiffersError) as differs:
        apply(shop.house, message.id, shown.digest, ANN)
    assert differs.value.replay.changed.is_nothing
    assert everything(shop) == before


def test_a_digest_that_nobody_was_shown_changes_nothing(shop: SmallShop) -> None:
    _, _, message = taken_elsewhere(shop)
    before = everything(shop)
    for digest in ("", "x", "0" * 64):
        with pytest.raises(OutcomeDiffersError):
            apply(shop.house, message.id, digest, ANN)
    assert everything(shop) == before


def test_an_event_that_is_done_may_be_replayed_and_changes_nothing(shop: SmallShop) -> None:
    placed, reference = shop.approved()
    message = heard(shop, reference)
    shop.process()
    assert shop.state(placed) is OrderState.PAID
    shown = dry_run(shop.house, message.id)
    assert shown.changed.is_nothing
    booked = shop.booked(placed)
    apply(shop.house, message.id, shown.digest, ANN)
    assert shop.booked(placed) == booked
    assert messages(shop)[0].state is MessageState.DONE
    assert len(shop.captures_asked()) == 1


def test_a_parked_event_of_no_payment_is_shown_as_it_is_and_given_another_round(shop: SmallShop) -> None:
    keep(shop, *signed({"id": "E9", "type": "payment.approved", "reference": "NOBODYS"}))
    message = messages(shop)[0]
    with shop.house.store.begin() as tx:
        mailboxes.finish(tx, message.id, MessageState.PARKED, at=shop.clock(), reason="not understood")
    shown = dry_run(shop.house, message.id)
    assert (shown.digest, shown.changed.is_nothing) == ("", True)
    assert "no payment is known by NOBODYS" in shown.says
    apply(shop.house, message.id, "", ANN)
    assert (messages(shop)[0].state, messages(shop)[0].attempts) == (MessageState.NEW, 0)


def test_an_event_whose_signature_binds_it_is_settled_by_its_own_words(ready_url: str) -> None:
    shop = open_shop(ready_url, binds_body=True)
    placed, reference = shop.approved()
    message = heard(shop, reference)
    before = everything(shop)
    shop.processor.is_down(down=True)  # nobody need be asked
    shown = dry_run(shop.house, message.id)
    assert everything(shop) == before
    assert FactKind.APPROVED in {one.kind for one in shown.changed.facts}
    assert shown.changed.made == (TAKES_MONEY,), (
        "applying it takes the money, so whoever agrees must see that"
    )
    shop.processor.is_down(down=False)
    apply(shop.house, message.id, shown.digest, ANN)
    assert shop.state(placed) is OrderState.PAID


def test_a_processor_that_does_not_answer_is_said_and_nothing_changes(shop: SmallShop) -> None:
    _, _, message = taken_elsewhere(shop)
    before = everything(shop)
    shop.processor.is_down(down=True)
    with pytest.raises(ProcessorUnavailableError):
        dry_run(shop.house, message.id)
    with pytest.raises(ProcessorUnavailableError):
        apply(shop.house, message.id, "x", ANN)
    assert everything(shop) == before


def test_the_processor_is_asked_outside_the_transaction(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, message = taken_elsewhere(shop)
    steps: list[str] = []
    looked, inquire = changes.look, shop.processor.inquire

    def look(tx: Tx, payment: PaymentRow) -> Look:
        steps.append("in the transaction")
        return looked(tx, payment)

    def ask(question: Question) -> Answer:
        steps.append("asked")
        return inquire(question)

    monkeypatch.setattr("webhooks.replaying.look", look)
    monkeypatch.setattr(shop.processor, "inquire", ask)
    dry_run(shop.house, message.id)
    assert steps == ["asked", "in the transaction"]


def test_an_event_that_is_not_there_is_said(shop: SmallShop) -> None:
    with pytest.raises(NotFoundError):
        dry_run(shop.house, 404)
    with pytest.raises(NotFoundError):
        apply(shop.house, 404, "x", ANN)


def test_an_event_from_before_its_facts_were_kept_says_so(shop: SmallShop) -> None:
    _, reference = shop.approved()
    message = heard(shop, reference)
    shop.process()
    (kept,) = messages(shop)
    with shop.house.store.read() as tx:
        assert brought_by(tx, kept) is not None
        assert brought_by(tx, replace(kept, learned=None)) is None
        assert brought_by(tx, message) is None


def test_what_can_no_longer_be_settled_is_not_applied_as_if_it_had_been_shown_so(shop: SmallShop) -> None:
    _, payment_id, message = taken_elsewhere(shop)
    shown = dry_run(shop.house, message.id)
    with shop.house.store.begin() as tx:  # the payment is gone from where the event finds it
        tx.execute(text("update payments set reference = 'ANOTHER' where id = :id"), {"id": payment_id})
        tx.execute(text("update payments set names = 'shop-ANOTHER' where id = :id"), {"id": payment_id})
    before = everything(shop)
    with pytest.raises(OutcomeDiffersError) as differs:
        apply(shop.house, message.id, shown.digest, ANN)
    assert differs.value.replay.digest == ""
    assert everything(shop) == before


def test_a_dry_run_gives_up_no_opening_that_was_never_answered(shop: SmallShop) -> None:
    placed, _ = shop.begin()
    payment = shop.payments(placed)[0]
    with shop.house.store.begin() as tx:
        gone = {"id": payment.id}
        tx.execute(text("update payments set reference = null where id = :id"), gone)
        tx.execute(text("update intents set outcome = 'unknown' where payment_id = :id"), gone)
    keep(shop, *signed({"id": "E1", "type": "payment.approved", "names": payment.terms.names}))
    message = messages(shop)[-1]
    shop.clock.move(hours=2)
    before = everything(shop)
    shown = dry_run(shop.house, message.id)
    assert everything(shop) == before
    assert shown.says == NOT_OPENED
