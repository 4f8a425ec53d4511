"""What must always be true: nothing is found in a sound shop, each violation is, and captures then stand still."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from checkout.domain.accounts import Posting
from checkout.domain.errors import ProcessorUnavailableError
from checkout.domain.orders import OrderState
from checkout.flows import halting
from checkout.flows.settling import Attempt, attempts_of
from checkout.store import halts, ledger, mailboxes, notices
from checkout.store.engine import Tx
from checkout.store.halts import Halt, Stops
from checkout.store.notices import Notice, NoticeKind
from tests.paid_shop import PaidShop
from tests.people import BOSS
from tests.small_shop import SmallShop
from webhooks import invariants
from webhooks.invariants import Violation

Break = Callable[[Tx], object]


def drop_guards(tx: Tx) -> None:
    """What somebody with the database's password could do."""
    names = ["ledger_no_update", "ledger_no_delete"] if tx.dialect.name == "sqlite" else ["ledger_no_change"]
    for name in names:
        tx.execute(text(f"drop trigger {name}" + ("" if tx.dialect.name == "sqlite" else " on ledger")))


def alter_a_line(tx: Tx) -> None:
    drop_guards(tx)
    tx.execute(
        text("update ledger set amount_minor = amount_minor + 1 where id = (select min(id) from ledger)")
    )


def alter_a_pair(tx: Tx) -> None:
    """Both sides alike, so that debits still equal credits."""
    drop_guards(tx)
    tx.execute(
        text(
            "update ledger set amount_minor = amount_minor + 1 where fact_id = (select min(fact_id) from ledger)"
        )
    )


def forget_a_fact(tx: Tx) -> None:
    drop_guards(tx)
    tx.execute(text("delete from ledger where fact_id = (select max(fact_id) from ledger)"))


BROKEN: dict[str, tuple[Break, int]] = {
    "a line was altered": (alter_a_line, 2),
    "a line and its other side were altered": (alter_a_pair, 2),
    "the lines of a fact are gone": (forget_a_fact, 2),
    "an order counts as paid that is not": (
        lambda tx: tx.execute(text("update orders set state = 'paid'")),
        4,
    ),
    "a payment is stored otherwise than its facts say": (
        lambda tx: tx.execute(text("update payments set state = 'voided'")),
        7,
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_violation_is_found_and_stops_captures_where_the_sums_are_wrong(
    paid_shop: PaidShop, name: str
) -> None:
    paid = paid_shop.pays()
    paid_shop.refunds(paid)
    assert invariants.check(paid_shop.house) == []
    breaks, number = BROKEN[name]
    with paid_shop.house.store.begin() as tx:
        breaks(tx)
    found = invariants.check(paid_shop.house)
    assert number in {one.number for one in found}


def test_a_violation_stops_new_captures_and_tells_the_operator_once(paid_shop: PaidShop) -> None:
    paid_shop.pays()
    waiting = paid_shop.opens()
    assert invariants.check_on_schedule(paid_shop.house) == []
    with paid_shop.house.store.begin() as tx:
        alter_a_line(tx)
    for _ in range(2):
        assert invariants.check_on_schedule(paid_shop.house)
    with paid_shop.house.store.read() as tx:
        (halt,) = halts.open_ones(tx, "paypal")
    assert halt.stops is Stops.CAPTURES
    assert len([one for one in paid_shop.enqueued if one.startswith("invariants-")]) == 1
    assert paid_shop.finishes(waiting).capture == ""
    assert paid_shop.order(waiting).state is OrderState.AWAITING_PAYMENT
    with pytest.raises(ProcessorUnavailableError, match="checkout invariants"):
        paid_shop.opens()


def new_ones(shop: PaidShop) -> list[Violation]:
    """What a scheduled check finds that stops captures; in these tests nobody sends the alarm, which is one too."""
    return [one for one in invariants.check_on_schedule(shop.house) if one.stops_captures]


def open_halts(shop: PaidShop) -> list[Halt]:
    with shop.house.store.read() as tx:
        return halts.open_ones(tx)


def test_a_payment_that_commits_between_two_reads_of_its_order_is_no_violation(
    paid_shop: PaidShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting, elsewhere = [paid_shop.opens()], paid_shop.elsewhere()

    def pay_first(tx: Tx, order_id: str) -> list[Attempt]:
        while waiting:
            elsewhere.finishes(waiting.pop())
        return attempts_of(tx, order_id)

    monkeypatch.setattr(invariants, "attempts_of", pay_first)
    assert invariants.check(paid_shop.house) == []
    assert not waiting
    elsewhere.house.store.close()


def test_a_payment_that_commits_between_two_reads_of_the_books_is_no_violation(
    paid_shop: PaidShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    paid_shop.pays()
    waiting = [paid_shop.opens()]
    elsewhere, booked = paid_shop.elsewhere(), ledger._booked  # noqa: SLF001 -- the first of two reads

    def pay_after(tx: Tx) -> Iterator[tuple[int, Posting]]:
        lines = list(booked(tx))
        while waiting:
            elsewhere.finishes(waiting.pop())
        yield from lines

    monkeypatch.setattr(ledger, "_booked", pay_after)
    assert invariants.check(paid_shop.house) == []
    assert not waiting
    elsewhere.house.store.close()


def test_what_is_gone_at_the_second_look_halts_nothing(
    paid_shop: PaidShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    paid_shop.pays()
    once, faults = ["a fault"], ledger.faults
    orders_seen: list[str] = []

    def seen_once(tx: Tx) -> Iterator[str]:
        yield from [once.pop()] if once else faults(tx)

    def half_at_first(tx: Tx, order_id: str) -> list[Attempt]:
        orders_seen.append(order_id)
        return attempts_of(tx, order_id) if len(orders_seen) > 1 else []

    monkeypatch.setattr(ledger, "faults", seen_once)
    monkeypatch.setattr(invariants, "attempts_of", half_at_first)
    assert invariants.check_on_schedule(paid_shop.house) == []
    assert not once
    assert len(orders_seen) == 2
    assert open_halts(paid_shop) == []
    assert not [one for one in paid_shop.enqueued if one.startswith("invariants-")]


def test_an_acknowledged_violation_does_not_halt_again_but_a_new_one_does(paid_shop: PaidShop) -> None:
    paid_shop.pays()
    with paid_shop.house.store.begin() as tx:
        alter_a_line(tx)
    assert new_ones(paid_shop)
    (halt,) = open_halts(paid_shop)
    halting.go_on(paid_shop.house, BOSS, halt.id)
    paid_shop.pays()  # both sums of the ledger grow by it, and their difference stays
    for _ in range(2):
        assert new_ones(paid_shop) == []
        paid_shop.move(hours=25)
    assert open_halts(paid_shop) == []
    assert {one.number for one in invariants.check(paid_shop.house)} >= {1, 2}
    with paid_shop.house.store.begin() as tx:
        tx.execute(text("delete from ledger where fact_id = (select max(fact_id) from ledger)"))
    (new,) = new_ones(paid_shop)
    (again,) = open_halts(paid_shop)
    assert new.said[:80] in again.said


def test_what_was_found_while_a_halt_stood_is_not_acknowledged_by_ending_it(paid_shop: PaidShop) -> None:
    first, second = paid_shop.opens(), paid_shop.opens()
    for waiting in (first, second):
        with paid_shop.house.store.begin() as tx:
            tx.execute(text("update orders set state = 'paid' where id = :id"), {"id": waiting.order.id})
        assert new_ones(paid_shop)
    (halt,) = open_halts(paid_shop)
    halting.go_on(paid_shop.house, BOSS, halt.id)
    paid_shop.move(hours=1)
    assert {one.about for one in new_ones(paid_shop)} == {f"order {second.order.id}"}
    assert len(open_halts(paid_shop)) == 1


def test_a_clean_look_at_everything_ends_the_halt_it_began_and_no_other(paid_shop: PaidShop) -> None:
    waiting = paid_shop.opens()
    with paid_shop.house.store.begin() as tx:
        halts.begin(tx, "*", Stops.CAPTURES, "somebody", "Wait.", at=paid_shop.clock())
        tx.execute(text("update orders set state = 'paid'"))
    assert new_ones(paid_shop)
    assert [one.cause for one in open_halts(paid_shop)] == ["somebody", invariants.CAUSE]
    with paid_shop.house.store.begin() as tx:
        tx.execute(text("update orders set state = :state"), {"state": OrderState.AWAITING_PAYMENT})
    paid_shop.move(hours=1)
    assert new_ones(paid_shop) == []
    assert len(open_halts(paid_shop)) == 2
    paid_shop.move(hours=24)
    assert new_ones(paid_shop) == []
    assert [one.cause for one in open_halts(paid_shop)] == ["somebody"]
    assert paid_shop.order(waiting).state is OrderState.AWAITING_PAYMENT


def test_a_snapshot_sees_one_moment_and_writes_nothing(shop: SmallShop) -> None:
    placed, elsewhere = shop.place(), shop.elsewhere()
    count = text("select count(*) from orders")
    with shop.house.store.snapshot() as tx:
        before = tx.execute(count).scalar_one()
        elsewhere.place()
        assert tx.execute(count).scalar_one() == before
    with shop.house.store.read() as tx:
        assert tx.execute(count).scalar_one() == before + 1
    if not shop.house.store.is_sqlite:
        with pytest.raises(DBAPIError, match="read-only"), shop.house.store.snapshot() as tx:
            tx.execute(text("update orders set state = 'paid'"))
    assert shop.state(placed) is OrderState.AWAITING_PAYMENT
    elsewhere.house.store.close()


def test_an_event_that_nobody_looks_at_is_found(shop: SmallShop) -> None:
    _, reference = shop.approved()
    raw, headers = shop.processor.event(reference)
    envelope = shop.processor.authenticate(raw, headers)
    with shop.house.store.begin() as tx:
        mailboxes.put(tx, [(envelope, shop.clock() - timedelta(hours=3))])
    assert [one.number for one in invariants.check(shop.house)] == [5]


def test_a_notice_that_is_never_sent_is_found(shop: SmallShop) -> None:
    old = shop.clock() - timedelta(days=2)
    with shop.house.store.begin() as tx:
        notices.add_once(tx, Notice("alarm-1", NoticeKind.ALARM, None, old, about="test"))
    assert [one.number for one in invariants.check(shop.house)] == [8]


def test_a_card_number_in_any_text_is_found(shop: SmallShop) -> None:
    shop.place()
    with shop.house.store.begin() as tx:
        tx.execute(text("update products set description = :typed"), {"typed": "4" + "1" * 15})
    assert [one.number for one in invariants.check(shop.house)] == [9]
