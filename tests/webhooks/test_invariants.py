"""What must always be true: nothing is found in a sound shop, each violation is, and captures then stand still."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from checkout.domain.errors import ProcessorUnavailableError
from checkout.domain.orders import OrderState
from checkout.store import halts, mailboxes, notices
from checkout.store.engine import Tx
from checkout.store.halts import Stops
from checkout.store.notices import Notice, NoticeKind
from tests.paid_shop import PaidShop
from tests.small_shop import SmallShop
from webhooks import invariants

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
