"""An order is cancelled or expires: the processor is asked first, and money that comes late is never lost."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from checkout.domain.errors import (
    NotForSaleError,
    OrderClosedError,
    PaymentUnderWayError,
    ProcessorUnavailableError,
)
from checkout.domain.facts import FactKind
from checkout.domain.orders import OrderState
from checkout.domain.standing import PaymentState
from checkout.flows import offering, ordering, paying, showing
from checkout.store.orders import Contact
from tests.people import BOSS
from tests.scripted_processor import LOSE_ANSWER, NEVER_ARRIVES, Fault, Hang, Operation
from tests.small_shop import SmallShop
from webhooks.reconcile import expire_orders


def test_an_order_without_money_is_cancelled_and_cancelling_twice_is_fine(shop: SmallShop) -> None:
    placed, _ = shop.begin()
    ordering.cancel(shop.house, placed.token)
    ordering.cancel(shop.house, placed.token)
    assert shop.state(placed) is OrderState.CANCELLED
    with pytest.raises(OrderClosedError):
        paying.hand_over(shop.house, placed.token)


def test_a_paid_order_is_not_cancelled(shop: SmallShop) -> None:
    placed, _ = shop.approved()
    shop.come_back(placed)
    with pytest.raises(OrderClosedError):
        ordering.cancel(shop.house, placed.token)
    assert shop.state(placed) is OrderState.PAID


def test_an_unknown_capture_keeps_its_order_from_being_cancelled(shop: SmallShop) -> None:
    placed, _ = shop.approved()
    shop.processor.rule(Operation.CAPTURE, NEVER_ARRIVES)
    shop.come_back(placed)
    with pytest.raises(PaymentUnderWayError):
        ordering.cancel(shop.house, placed.token)
    assert shop.state(placed) is OrderState.AWAITING_PAYMENT


def test_a_capture_whose_answer_was_lost_is_found_when_its_order_is_cancelled(shop: SmallShop) -> None:
    placed, _ = shop.approved()
    shop.processor.plan(Operation.CAPTURE, LOSE_ANSWER)
    shop.come_back(placed)
    with pytest.raises(OrderClosedError):
        ordering.cancel(shop.house, placed.token)
    assert shop.state(placed) is OrderState.PAID


def test_nothing_is_cancelled_while_the_processor_cannot_be_asked(shop: SmallShop) -> None:
    placed, _ = shop.approved()
    shop.processor.is_down(down=True)
    with pytest.raises(ProcessorUnavailableError):
        ordering.cancel(shop.house, placed.token)
    assert shop.state(placed) is OrderState.AWAITING_PAYMENT


def test_a_cancelled_order_is_never_captured_and_its_page_says_so(shop: SmallShop) -> None:
    placed, reference = shop.begin()
    ordering.cancel(shop.house, placed.token)
    shop.processor.approve(reference)
    shop.come_back(placed)
    shop.sweep_on()
    assert shop.captures_asked() == []
    assert showing.order_view(shop.house, placed.token).outcome is showing.Outcome.CANCELLED
    shop.processor.close(reference)
    shop.sweep_on(3, days=1)
    assert shop.payments(placed)[0].ask_at is None


def test_money_for_a_cancelled_order_is_paid_late_and_never_lost(shop: SmallShop) -> None:
    placed, reference = shop.begin()
    ordering.cancel(shop.house, placed.token)
    shop.processor.approve(reference)
    capture_by_someone_else(shop, reference)
    shop.sweep_on(1)
    assert shop.state(placed) is OrderState.PAID_LATE
    assert shop.differences(placed) == {"paid late"}
    assert shop.receipts(placed) == 1
    assert shop.faults() == []


def capture_by_someone_else(shop: SmallShop, reference: str) -> None:
    """Money moves at the processor without our asking."""
    from checkout.domain.processor import Question  # noqa: PLC0415

    opening = shop.processor.held[reference].opening
    shop.processor.capture(Question(opening.names, reference, opening.amount, f"their-key-{uuid4()}"))


def test_cancel_and_capture_at_once_end_in_one_of_two_truths(shop: SmallShop) -> None:
    for _ in range(6):
        placed, _ = shop.approved()
        with ThreadPoolExecutor(2) as pool:
            back = pool.submit(shop.come_back, placed)
            cancelled = pool.submit(ordering.cancel, shop.house, placed.token)
            back.result(20)
            trouble = cancelled.exception(20)
        assert trouble is None or isinstance(trouble, (OrderClosedError, PaymentUnderWayError))
        shop.sweep_on(2, hours=1)
        expected = OrderState.CANCELLED if trouble is None else OrderState.PAID
        assert shop.state(placed) is expected
        assert (shop.standing(placed).captured.minor > 0) is (expected is OrderState.PAID)


def test_an_order_is_not_cancelled_under_a_capture_that_is_on_its_way(shop: SmallShop) -> None:
    placed, _ = shop.approved()
    hang = Hang()
    shop.processor.plan(Operation.CAPTURE, Fault(hangs=hang))
    shop.processor.plan(Operation.INQUIRE, NEVER_ARRIVES)
    customer = threading.Thread(target=shop.come_back, args=(placed,))
    customer.start()
    assert hang.reached.wait(20)
    with pytest.raises(ProcessorUnavailableError):
        ordering.cancel(shop.house, placed.token)
    with pytest.raises(OrderClosedError):
        ordering.cancel(shop.house, placed.token)
    hang.let_go.set()
    customer.join(20)
    assert shop.state(placed) is OrderState.PAID


def test_an_order_whose_time_is_over_expires_after_asking(shop: SmallShop) -> None:
    placed, _ = shop.begin()
    never_begun = shop.place()
    shop.clock.move(hours=23)
    assert expire_orders(shop.house) == 0
    shop.clock.move(hours=2)
    assert expire_orders(shop.house) == 2
    assert expire_orders(shop.house) == 0
    assert {shop.state(placed), shop.state(never_begun)} == {OrderState.EXPIRED}


def test_an_order_that_was_approved_in_time_is_captured_instead_of_expired(shop: SmallShop) -> None:
    placed, _ = shop.approved()
    shop.clock.move(hours=25)
    assert expire_orders(shop.house) == 0
    assert shop.state(placed) is OrderState.PAID


@pytest.mark.parametrize("trouble", [LOSE_ANSWER, NEVER_ARRIVES, Fault(capture_as=FactKind.PENDING)])
def test_an_order_does_not_expire_while_a_captures_outcome_is_open(shop: SmallShop, trouble: Fault) -> None:
    placed, reference = shop.approved()
    shop.processor.plan(Operation.CAPTURE, trouble)
    shop.clock.move(hours=25)
    assert expire_orders(shop.house) == 0
    assert shop.state(placed) is OrderState.AWAITING_PAYMENT
    assert shop.order(placed).expires_at > shop.clock()
    if trouble.capture_as:
        shop.processor.resolve(reference, FactKind.CAPTURED)
    shop.clock.move(minutes=6)
    expire_orders(shop.house)
    assert shop.state(placed) is OrderState.PAID


def test_one_order_that_cannot_be_asked_about_does_not_keep_others_from_expiring(shop: SmallShop) -> None:
    stuck, _ = shop.begin()
    shop.clock.move(seconds=1)
    other, _ = shop.begin()
    shop.clock.move(hours=25)
    shop.processor.plan(Operation.INQUIRE, Fault(before=ValueError("a bug")))
    assert expire_orders(shop.house) == 1
    assert shop.state(stuck) is OrderState.AWAITING_PAYMENT
    assert shop.state(other) is OrderState.EXPIRED
    shop.clock.move(minutes=6)
    assert expire_orders(shop.house) == 1


def test_expiry_and_capture_at_once_end_in_one_of_two_truths(shop: SmallShop) -> None:
    placed, _ = shop.approved()
    shop.clock.move(hours=25)
    with ThreadPoolExecutor(3) as pool:
        back = pool.submit(shop.come_back, placed)
        expired = [pool.submit(expire_orders, shop.house) for _ in range(2)]
        back.result(20)
        assert [one.result(20) for one in expired] == [0, 0]
    shop.sweep_on(2, hours=1)
    shop.clock.move(hours=1)
    expire_orders(shop.house)
    assert shop.state(placed) is OrderState.PAID
    assert len(shop.processor.captured()) == 1


def test_money_for_an_expired_order_is_paid_late(shop: SmallShop) -> None:
    placed, reference = shop.begin()
    shop.clock.move(hours=25)
    expire_orders(shop.house)
    shop.processor.approve(reference)
    capture_by_someone_else(shop, reference)
    shop.sweep_on(1, days=1)
    assert shop.state(placed) is OrderState.PAID_LATE
    assert shop.standing(placed).state is PaymentState.CAPTURED


def test_one_form_makes_one_order_however_often_and_however_fast_it_is_sent(shop: SmallShop) -> None:
    key = uuid4().hex

    def send(_: int) -> ordering.Placed:
        return ordering.place(
            shop.house, product_id="tea", quantity=1, contact=Contact("a@example.com"), form_key=key
        )

    with ThreadPoolExecutor(8) as pool:
        placed = set(pool.map(send, range(16)))
    assert len(placed) == 1


def test_the_same_form_gives_its_order_though_the_product_was_withdrawn(shop: SmallShop) -> None:
    def send(key: str) -> ordering.Placed:
        return ordering.place(
            shop.house, product_id="tea", quantity=1, contact=Contact("a@example.com"), form_key=key
        )

    placed = send("a form's key")
    offering.set_offered(shop.house, BOSS, "tea", offered=False)
    assert send("a form's key") == placed == ordering.placed_by(shop.house, "a form's key")
    assert ordering.placed_by(shop.house, "another") is None
    with pytest.raises(NotForSaleError):
        send("another")


def test_what_is_not_for_sale_cannot_be_ordered(shop: SmallShop) -> None:
    with pytest.raises(NotForSaleError):
        ordering.place(
            shop.house, product_id="gold", quantity=1, contact=Contact("a@example.com"), form_key=uuid4().hex
        )
