"""What PayPal still tells once it has forgotten the order: captures, refunds and reservations are known by themselves."""

from checkout.domain.facts import FactKind
from checkout.domain.money import Money
from checkout.domain.standing import PaymentState
from checkout.flows import reserving
from checkout.store import facts
from tests.paid_shop import Paid, PaidShop


def forget(shop: PaidShop, paid: Paid) -> None:
    """PayPal knows the order no more."""
    shop.emulator.expire(paid.reference)


def kinds(shop: PaidShop, paid: Paid) -> set[FactKind]:
    """What is known of the payment."""
    with shop.house.store.read() as tx:
        return {one.kind for one in facts.of_payment(tx, paid.payment_id)}


def test_a_refund_on_its_way_comes_to_its_end(paid_shop: PaidShop) -> None:
    paid = paid_shop.pays()
    paid_shop.emulator.order_fault("refund_pending", "refund")
    (refund,) = paid_shop.refunds(paid, Money(500, "EUR"))
    assert refund.arrived == "pending"
    forget(paid_shop, paid)
    paid_shop.emulator.complete_refund(str(refund.id))
    paid_shop.sweep()
    assert paid_shop.standing(paid).refunded == Money(500, "EUR")
    assert paid_shop.standing(paid).is_final


def test_a_reservation_that_has_ended_is_seen_to_have_ended(paid_shop: PaidShop) -> None:
    paid = paid_shop.pays(capture_later=True)
    (reserved,) = paid_shop.standing(paid).authorizations
    forget(paid_shop, paid)
    paid_shop.sweep()
    assert paid_shop.standing(paid).state is PaymentState.AUTHORIZED
    assert FactKind.EXPIRED not in kinds(paid_shop, paid), "the order's end is not the reservation's"
    paid_shop.emulator.void_authorization(reserved.id)
    paid_shop.sweep()
    assert paid_shop.standing(paid).state is PaymentState.VOIDED
    assert reserving.reserved(paid_shop.house) == []


def test_a_capture_of_a_reservation_whose_answer_was_lost_is_found(paid_shop: PaidShop) -> None:
    paid = paid_shop.pays(capture_later=True)
    paid_shop.emulator.order_fault("lost_answer", "capture_authorization", times=3)
    reserving.capture(paid_shop.house, paid.payment_id, by="ann", amount=Money(1000, "EUR"), final=True)
    paid_shop.emulator.clear_faults()
    forget(paid_shop, paid)
    paid_shop.move(minutes=2)
    paid_shop.sweep()
    assert paid_shop.standing(paid).captured == Money(1000, "EUR")
    assert paid_shop.faults() == []
