"""Disputes, halts and watermarks as the store keeps them."""

from dataclasses import replace
from datetime import timedelta

from checkout.domain.disputes import Dispute, DisputeOutcome, DisputeStage, DisputeStatus
from checkout.domain.money import Money
from checkout.store import disputes, halts, watermarks
from checkout.store.halts import Stops
from tests.scripted_processor import START
from tests.small_shop import SmallShop

DISPUTE = Dispute(
    id="PP-D-1",
    capture="CAP1",
    amount=Money(2380, "EUR"),
    status=DisputeStatus.WAITING_FOR_US,
    stage=DisputeStage.CHARGEBACK,
    outcome=DisputeOutcome.NONE,
    reason="UNAUTHORISED",
    channel="INTERNAL",
    due_at=START + timedelta(days=7),
    buyer_due_at=None,
    allows=frozenset({"provide-evidence", "accept-claim"}),
    updated_at=START,
)


def test_a_dispute_is_kept_as_it_was_folded_last(shop: SmallShop) -> None:
    placed, _ = shop.begin()
    payment = shop.payments(placed)[0].id
    resolved = replace(
        DISPUTE, status=DisputeStatus.RESOLVED, outcome=DisputeOutcome.WON, due_at=None, allows=frozenset()
    )
    with shop.house.store.begin() as tx:
        disputes.keep(tx, "scripted", payment, DISPUTE)
        (row,) = disputes.of_payment(tx, payment)
        assert disputes.by_id(tx, "PP-D-1") == row
        assert row.is_open
        for name in ("id", "amount", "status", "stage", "outcome", "reason", "channel", "due_at", "allows"):
            assert getattr(row, name) == getattr(DISPUTE, name)
        disputes.keep(tx, "scripted", payment, resolved)
        (row,) = disputes.of_payment(tx, payment)
        assert (row.status, row.outcome, row.due_at) == (DisputeStatus.RESOLVED, DisputeOutcome.WON, None)
        assert disputes.open_ones(tx) == []
        assert disputes.newest(tx, limit=5) == [row]
        disputes.forget(tx, payment)
        assert disputes.of_payment(tx, payment) == []
        assert disputes.by_id(tx, "PP-D-1") is None


def test_open_disputes_are_listed_with_what_waits_for_us_first_and_soonest(shop: SmallShop) -> None:
    placed, _ = shop.begin()
    payment = shop.payments(placed)[0].id
    kept = {
        "LATER": (DisputeStatus.WAITING_FOR_US, 9),
        "SOON": (DisputeStatus.OPEN, 2),
        "NO-TIME": (DisputeStatus.OTHER, None),
        "THEIRS": (DisputeStatus.WAITING_FOR_BUYER, 1),
        "OVER": (DisputeStatus.RESOLVED, 1),
    }
    with shop.house.store.begin() as tx:
        for name, (status, days) in kept.items():
            due = None if days is None else START + timedelta(days=days)
            disputes.keep(
                tx, "scripted", payment, replace(DISPUTE, id=name, status=status, due_at=due, amount=None)
            )
        assert [one.id for one in disputes.open_ones(tx)] == ["SOON", "LATER", "NO-TIME", "THEIRS"]


def test_one_cause_halts_once_and_goes_on_by_its_cause_or_by_a_person(shop: SmallShop) -> None:
    with shop.house.store.begin() as tx:
        assert halts.begin(tx, "scripted", Stops.PAYMENTS, "limited", "Why. " * 200, at=START)
        assert not halts.begin(tx, "scripted", Stops.PAYMENTS, "limited", "Why.", at=START)
        assert halts.begin(tx, "*", Stops.CAPTURES, "books", "Look.", at=START)
        assert [one.cause for one in halts.open_ones(tx, "scripted")] == ["limited", "books"]
        assert [one.cause for one in halts.open_ones(tx, "other")] == ["books"]
        assert len(halts.open_ones(tx)) == 2
        assert halts.end(tx, "scripted", at=START, by="the processor", cause="something else") == 0
        assert halts.end(tx, "scripted", at=START, by="the processor", cause="limited") == 1
        assert halts.begin(tx, "scripted", Stops.PAYMENTS, "limited", "Again.", at=START)
        (books, again) = halts.open_ones(tx)
        assert halts.end_one(tx, books.id, at=START, by="kim")
        assert not halts.end_one(tx, books.id, at=START, by="kim")
        assert halts.open_ones(tx) == [again]
        assert halts.end(tx, "scripted", at=START, by="kim") == 1
        assert halts.open_ones(tx) == []


def test_a_watermark_is_the_last_time_that_was_put(shop: SmallShop) -> None:
    with shop.house.store.begin() as tx:
        assert watermarks.at(tx, "disputes") is None
        assert watermarks.said(tx, "disputes") is None
        watermarks.put(tx, "disputes", START, "page 2")
        watermarks.put(tx, "reports", START + timedelta(days=1))
        assert (watermarks.at(tx, "disputes"), watermarks.said(tx, "disputes")) == (START, "page 2")
        watermarks.put(tx, "disputes", START - timedelta(days=1))
        assert watermarks.at(tx, "disputes") == START - timedelta(days=1)
        assert watermarks.said(tx, "disputes") is None
        assert watermarks.at(tx, "reports") == START + timedelta(days=1)
