"""The sample events of the simulator: about nobody's money, and never in the list."""

from decimal import Decimal

from checkout.processors.paypal.emulator.book import DEFAULT_ACCOUNT
from checkout.processors.paypal.emulator.captures import ANNOUNCED, capture_subject
from checkout.processors.paypal.emulator.dispute_wish import DisputeWish
from checkout.processors.paypal.emulator.emulator import Emulator
from checkout.processors.paypal.emulator.events import Event, EventType
from checkout.processors.paypal.emulator.money import Money, fee_on
from checkout.processors.paypal.emulator.orders import BALANCE
from checkout.processors.paypal.emulator.records import (
    AUTHORIZATION_PERIOD,
    Authorization,
    AuthorizationStatus,
    Capture,
    CaptureStatus,
    Order,
    OrderStatus,
    Refund,
    RefundKind,
    RefundStatus,
    Unit,
)
from checkout.processors.paypal.emulator.refusals import Json

ABOUT_THE_ACCOUNT = ("CUSTOMER.ACCOUNT", "MERCHANT.", "IDENTITY.")
AMOUNT = Money("EUR", Decimal("30.00"))
STATUSES = {kind: status for status, kind in ANNOUNCED.items()} | {
    EventType.CAPTURE_DENIED: CaptureStatus.DECLINED
}


def simulated_event(world: Emulator, kind: EventType) -> Event:
    """Build a sample event of this type about a purchase that never was."""
    if kind.startswith(ABOUT_THE_ACCOUNT):
        return world.notices.sample(kind)
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
    if kind.startswith("CUSTOMER.DISPUTE"):
        wish = DisputeWish(capture, AMOUNT)
        dispute = world.disputes.drafted(wish, world.identifiers.dispute_id())
        return world.dispute_views.full(dispute, capture.created)
    if kind.startswith(("PAYMENT.CAPTURE.RE", "PAYMENT.REFUND")):
        return world.views.refund(capture, _refund(world, kind, capture))
    if kind.startswith("PAYMENT.AUTHORIZATION"):
        return world.views.authorization_resource(_authorization(world, kind, capture))
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


def _refund(world: Emulator, kind: EventType, capture: Capture) -> Refund:
    statuses = {
        EventType.REFUND_PENDING: RefundStatus.PENDING,
        EventType.REFUND_FAILED: RefundStatus.FAILED,
    }
    return Refund(
        id=world.identifiers.transaction_id(),
        kind=RefundKind.REFUND,
        amount=AMOUNT,
        fee_returned=fee_on(AMOUNT),
        refunded_total=AMOUNT,
        created=capture.created,
        updated=capture.updated,
        status=statuses.get(kind, RefundStatus.COMPLETED),
    )


def _authorization(world: Emulator, kind: EventType, capture: Capture) -> Authorization:
    voided = kind is EventType.AUTHORIZATION_VOIDED
    return Authorization(
        id=world.identifiers.transaction_id(),
        order_id=capture.order_id,
        payee=capture.payee,
        amount=AMOUNT,
        status=AuthorizationStatus.VOIDED if voided else AuthorizationStatus.CREATED,
        created=capture.created,
        updated=capture.updated,
        expires=capture.created + AUTHORIZATION_PERIOD,
        instrument=BALANCE,
    )
