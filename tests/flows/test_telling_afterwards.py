"""What the shop is told of money afterwards: refunds, reversals, disputes and differences, each once."""

from checkout.domain.money import Money
from checkout.flows import telling
from checkout.store import happenings
from checkout.store.discrepancies import Found
from tests.disputing import disputed, hear
from tests.paid_shop import PaidShop


def told(shop: PaidShop) -> list[str]:
    """The types of all that happened, in their order."""
    with shop.house.store.read() as tx:
        return [one.type.value for one in reversed(happenings.newest(tx, limit=100))]


def test_each_refund_is_told_and_what_the_order_has_become(paid_shop: PaidShop) -> None:
    paid = paid_shop.pays()
    paid_shop.refunds(paid, Money(380, "EUR"))
    paid_shop.refunds(paid, Money(1000, "EUR"))
    paid_shop.refunds(paid)
    paid_shop.refresh(paid)
    paid_shop.sweep()
    assert told(paid_shop) == [
        "order.created",
        "order.paid",
        *["refund.completed", "order.partially_refunded"] * 2,
        "refund.completed",
        "order.refunded",
    ]


def test_money_that_is_taken_back_a_dispute_and_a_failed_payment_are_told(shop_on_sqlite: PaidShop) -> None:
    shop = shop_on_sqlite
    paid = shop.pays()
    shop.emulator.reverse(paid.capture, "3.80")
    shop.refresh(paid)
    # Until the processor names it, nobody can tell it from a refund.
    assert told(shop)[2:] == ["refund.completed", "order.partially_refunded"]
    shop.refresh(paid, reversals=frozenset({shop.emulator.events()[-1]["resource"]["id"]}))
    after = ["discrepancy.opened", "payment.reversed", "order.paid"]
    assert sorted(told(shop)[4:]) == sorted(after)
    dispute_id = disputed(shop, paid, value="20.00")
    hear(shop, paid, dispute_id)
    assert told(shop)[7:] == ["dispute.opened"]
    before = len(told(shop))
    shop.pays(instrument="declined_card")
    assert told(shop)[before:] == ["order.created", "payment.failed"]


def test_a_difference_is_told_when_it_opens_and_when_it_is_over(paid_shop: PaidShop) -> None:
    house, found = paid_shop.house, Found("paypal", "report:x:" + "y" * 300, "missing", "It differs.")
    for _ in range(2):
        with house.store.begin() as tx:
            telling.open_once(tx, house, found)
    for _ in range(2):
        with house.store.begin() as tx:
            telling.resolve(tx, house, found.processor, found.key, "It agrees.")
    with house.store.begin() as tx:
        telling.open_once(tx, house, found, again=True)
    assert told(paid_shop) == ["discrepancy.opened", "discrepancy.resolved", "discrepancy.opened"]
