"""What Today says came in is what the ledger says, day by day; a day that is over is summed once."""

import re
from datetime import timedelta

from sqlalchemy import event

from checkout.domain.money import Money
from checkout.flows.refunding import RefundWish, ask_refund
from checkout.flows.summing import sum_up_days
from checkout.flows.takings import DAYS, recent_takings
from tests.disputing import disputed
from tests.paid_shop import PaidShop
from tests.small_shop import PRICE, SmallShop


def buys(shop: SmallShop) -> None:
    placed, _ = shop.approved()
    shop.come_back(placed)


def test_a_shop_that_took_nothing_has_nothing_to_show(shop: SmallShop) -> None:
    shop.begin()
    assert recent_takings(shop.house) == []


def test_each_day_has_what_was_booked_on_it(shop: SmallShop) -> None:
    shop.clock.now = shop.clock.now.replace(hour=23, minute=59)
    buys(shop)
    shop.clock.move(minutes=2)
    buys(shop)
    buys(shop)
    for _ in range(2):
        (euro,) = recent_takings(shop.house)
        assert len(euro.days) == DAYS
        assert [day.taken for day in euro.days[-3:]] == [0, PRICE.minor, 2 * PRICE.minor]
        # By now the first of both days is over, and kept.
        shop.clock.move(hours=2)
    assert euro.over(1) == (PRICE * 2, *[Money(0, "EUR")] * 3)
    assert euro.over(7)[0] == euro.over(DAYS)[0] == PRICE * 3


def test_days_are_kept_over_weeks_of_rest_and_fall_off_at_the_end(shop: SmallShop) -> None:
    buys(shop)
    recent_takings(shop.house)
    shop.clock.move(days=DAYS - 1)
    buys(shop)
    (euro,) = recent_takings(shop.house)
    assert (euro.days[0].taken, euro.days[-1].taken) == (PRICE.minor, PRICE.minor)
    shop.clock.move(days=1)
    (euro,) = recent_takings(shop.house)
    assert (euro.days[0].taken, euro.days[-2].taken) == (0, PRICE.minor)
    shop.clock.move(days=3 * DAYS)
    assert recent_takings(shop.house) == []


def test_what_is_over_is_not_read_from_the_ledger_again(shop: SmallShop) -> None:
    buys(shop)
    shop.clock.move(days=3)
    assert sum_up_days(shop.house)
    read: list[str] = []

    def remember(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if re.search(r"FROM ledger\b", statement):
            read.append(statement)

    engines = {shop.house.store.engine}
    with shop.house.store.read() as tx:
        engines.add(tx.engine)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", remember)
    (euro,) = recent_takings(shop.house)
    assert euro.over(7)[0] == PRICE
    assert [statement for statement in read if "sum" in statement] == []


def test_refunds_and_fees_are_told_apart_from_money_in(paid_shop: PaidShop) -> None:
    paid = paid_shop.pays()
    ask_refund(paid_shop.house, RefundWish(paid.payment_id, Money(500, "EUR"), "ann"))
    (euro,) = recent_takings(paid_shop.house)
    taken, refunded, _, fees = euro.over(DAYS)
    booked = paid_shop.balance()
    assert (taken.minor, refunded.minor, fees.minor) == (2380, 500, booked["fees"])
    assert booked["sales"] == -2380
    assert euro.days[-1].start <= paid_shop.clock() < euro.days[-1].start + timedelta(days=1)


def test_what_was_taken_back_stands_by_itself_and_not_among_the_refunds(paid_shop: PaidShop) -> None:
    paid, contested = paid_shop.pays(), paid_shop.pays()
    paid_shop.emulator.reverse(paid.capture, "3.80")
    paid_shop.refresh(paid, reversals=frozenset({paid_shop.emulator.events()[-1]["resource"]["id"]}))
    dispute = disputed(paid_shop, contested, channel="EXTERNAL")
    paid_shop.emulator.resolve_dispute(dispute, "RESOLVED_BUYER_FAVOUR")
    (capture,) = paid_shop.emulator.captures(id=contested.capture)
    reversal = frozenset({str(capture["refunds"][-1]["id"])})
    paid_shop.refresh(contested, disputes=frozenset({dispute}), reversals=reversal)
    (euro,) = recent_takings(paid_shop.house)
    _, refunded, taken_back, _ = euro.over(1)
    balance = paid_shop.balance()
    assert (refunded.minor, taken_back.minor) == (0, 380 + PRICE.minor)
    assert taken_back.minor == balance["reversals"] + balance["disputes lost"]
