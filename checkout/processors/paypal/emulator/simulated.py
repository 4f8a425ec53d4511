"""The sample events of the simulator: about nobody's money, and never in the list."""

from decimal import Decimal

from checkout.processors.paypal.emulator.book import DEFAULT_ACCOUNT
from checkout.processors.paypal.emulator.emulator import Emulator
from checkout.processors.paypal.emulator.events import Event, EventType
from checkout.processors.paypal.emulator.money import Money, fee_on
from checkout.processors.paypal.emulator.orders import ANNOUNCED, capture_subject
from checkout.processors.paypal.emulator.records import (
    Capture,
    CaptureStatus,
    Order,
    OrderStatus,
    Refund,
    RefundKind,
    Unit,
)
from checkout.processors.paypal.emulator.refusals import Json

AMOUNT = Money("EUR", Decimal("30.00"))
STATUSES = {kind: status for status, kind in ANNOUNCED.items()} | {
    EventType.CAPTURE_DENIED: CaptureStatus.DECLINED
}


def simulated_event(world: Emulator, kind: EventType) -> Event:
    """Build a sample event of this type about a purchase that never was."""
    now = world.clock.now()
    capture = Capture(
        id=world.identifiers.transaction_id(),
        order_id=world.identifiers.transaction_id(),
        payee=DEFAULT_ACCOUNT,
        amount=AMOUNT,
        fee=fee_on(AMOUNT),
        status=STATUSES.get(kind, CaptureStatus.COMPLETED),
        created=now,
        updated=now,
    )
    return world.events.build(kind, _resource(world, kind, capture), capture_subject(capture), AMOUNT)


def _resource(world: Emulator, kind: EventType, capture: Capture) -> Json:
    if kind.startswith("PAYMENT.CAPTURE.RE"):
        refund = Refund(
            world.identifiers.transaction_id(),
            RefundKind.REFUND,
            AMOUNT,
            fee_on(AMOUNT),
            AMOUNT,
            capture.created,
        )
        return world.views.refund(capture, refund)
    if kind.startswith("PAYMENT."):
        return world.views.capture_resource(capture)
    if kind is EventType.APPROVAL_REVERSED:
        return {"order_id": capture.order_id}
    approved = kind is EventType.ORDER_APPROVED
    order = Order(
        id=capture.order_id,
        units=[Unit({"amount": AMOUNT.body()}, DEFAULT_ACCOUNT, [] if approved else [capture])],
        with_source=True,
        context={},
        status=OrderStatus.APPROVED if approved else OrderStatus.COMPLETED,
        created=capture.created,
        updated=capture.created,
    )
    return world.views.order(order)
