"""What the shop is told of money afterwards: refunds, reversals, disputes and differences, each once."""

import json
from typing import Any

from checkout.domain.facts import Fact, FactKind, words
from checkout.domain.happenings import HappeningType
from checkout.domain.money import Money
from checkout.flows import settling, telling
from checkout.store import happenings, payments
from checkout.store.discrepancies import Found
from tests.disputing import disputed, hear
from tests.paid_shop import PRICE, Paid, PaidShop


def told(shop: PaidShop) -> list[str]:
    """The types of all that happened, in their order."""
    with shop.house.store.read() as tx:
        return [one.type.value for one in reversed(happenings.newest(tx, limit=100))]


def newest(shop: PaidShop, kind: HappeningType) -> dict[str, Any]:
    """What was told the last time that such a thing happened."""
    with shop.house.store.read() as tx:
        found: dict[str, Any] = json.loads(happenings.newest(tx, limit=1, kind=kind)[0].told)
    return found


def learn(shop: PaidShop, paid: Paid, *facts: Fact) -> None:
    """Let in what the processor says of a payment, all of it at once."""
    with shop.house.store.begin() as tx:
        payment = payments.by_id(tx, paid.payment_id)
        assert payment is not None
        settling.settle(tx, shop.house, payment, facts, learned_from="test")


def sums_of(order: dict[str, Any]) -> tuple[str, int, int, int]:
    """An order's state, and what came in, went back and was taken back."""
    return (
        order["state"],
        *(order[sum_]["amount_minor"] for sum_ in ("captured", "refunded", "reversed")),
    )


def taken_back(paid: Paid, amount: Money, subject: str = "REV") -> tuple[Fact, Fact]:
    """The processor took money back, and says so at once."""
    return (
        Fact(FactKind.REFUNDED, paid.reference, subject, amount, words=words(of=paid.capture)),
        Fact(FactKind.REVERSED, paid.reference, subject, amount, words=words(of=paid.capture)),
    )


def test_a_chargeback_is_told_by_itself_and_never_as_a_second_order_paid(paid_shop: PaidShop) -> None:
    paid = paid_shop.pays()
    learn(paid_shop, paid, *taken_back(paid, PRICE))
    after = told(paid_shop)[2:]
    assert sorted(after) == ["discrepancy.opened", "payment.reversed"]
    reversed_ = newest(paid_shop, HappeningType.PAYMENT_REVERSED)
    assert (reversed_["reference"], "refund_id" in reversed_) == ("REV", False)
    assert sums_of(reversed_["order"]) == ("paid", PRICE.minor, 0, PRICE.minor)

    at = paid_shop.clock()
    again = Fact(FactKind.RETURNED, paid.reference, "REV", PRICE, happened_at=at, words=words(code="T1106"))
    learn(paid_shop, paid, again)
    assert [one for one in told(paid_shop)[4:] if "discrepancy" not in one] == ["payment.reversal_returned"]
    returned = newest(paid_shop, HappeningType.PAYMENT_REVERSAL_RETURNED)
    assert sums_of(returned["order"]) == ("paid", PRICE.minor, 0, 0)


def test_an_order_whose_money_is_gone_when_it_is_learned_of_is_paid_when_the_money_is_back(
    shop_on_sqlite: PaidShop,
) -> None:
    shop = shop_on_sqlite
    paid = shop.opens()
    terms = shop.payment(paid.order).terms
    captured = Fact(FactKind.CAPTURED, paid.reference, "CAP", PRICE, terms.payee, terms.names)
    learn(shop, paid, captured, *taken_back(paid, PRICE))
    assert "order.paid" not in told(shop)
    again = Fact(
        FactKind.RETURNED, paid.reference, "REV", PRICE, happened_at=shop.clock(), words=words(code="T1106")
    )
    learn(shop, paid, again)
    assert told(shop).count("order.paid") == 1


def test_a_refund_that_never_was_is_told_as_failed_and_the_order_is_not_paid_once_more(
    shop_on_sqlite: PaidShop,
) -> None:
    shop = shop_on_sqlite
    paid = shop.pays()
    refunded = Fact(FactKind.REFUNDED, paid.reference, "REF", PRICE, words=words(of=paid.capture))
    learn(shop, paid, refunded)
    assert told(shop)[2:] == ["refund.completed", "order.refunded"]
    decided = words(action="adopt theirs", undoes=refunded.key, debit="processor", credit="refunds")
    learn(shop, paid, Fact(FactKind.RESOLVED, paid.reference, "decision", PRICE, words=decided))
    assert [one for one in told(shop)[4:] if "discrepancy" not in one] == ["refund.failed"]
    assert sums_of(newest(shop, HappeningType.REFUND_FAILED)["order"]) == ("paid", PRICE.minor, 0, 0)


def test_a_refund_is_told_by_our_name_of_it_and_by_paypals(paid_shop: PaidShop) -> None:
    paid = paid_shop.pays()
    (ours,) = paid_shop.refunds(paid, Money(380, "EUR"))
    said = newest(paid_shop, HappeningType.REFUND_COMPLETED)
    assert (said["refund_id"], said["reference"]) == (ours.name, ours.id)
    assert sums_of(said["order"]) == ("partially_refunded", PRICE.minor, 380, 0)

    paid_shop.emulator.refund(paid.capture, {"value": "1.00", "currency_code": "EUR"})
    theirs = paid_shop.emulator.events()[-1]["resource"]
    paid_shop.refresh(paid)
    said = newest(paid_shop, HappeningType.REFUND_COMPLETED)
    assert (said["refund_id"], said["reference"]) == (None, theirs["id"])


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
    assert sorted(told(shop)[4:]) == ["discrepancy.opened", "payment.reversed"]
    assert sums_of(newest(shop, HappeningType.PAYMENT_REVERSED)["order"]) == ("paid", PRICE.minor, 0, 380)
    shop.refunds(paid, Money(380, "EUR"))
    assert told(shop)[6:] == ["refund.completed", "order.partially_refunded"]
    dispute_id = disputed(shop, paid, value="16.00")
    hear(shop, paid, dispute_id)
    assert told(shop)[8:] == ["dispute.opened"]
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
