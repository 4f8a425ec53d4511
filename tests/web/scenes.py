"""Every page a customer can meet: its name, and how to come to its address as a customer would."""

from collections.abc import Callable
from datetime import timedelta

from checkout.domain.actors import Actor, Way
from checkout.domain.facts import FactKind
from checkout.domain.money import Money
from checkout.flows import link_keys, offering, ordering
from checkout.links import sign_order
from tests.people import BOSS
from tests.web.scripted import CLOSED_ACCOUNT, DECLINED, DOWN
from tests.web.stage import CARD_NUMBER, Stage


def _placed(stage: Stage) -> str:
    return f"/orders/{stage.order()}"


def _paid(stage: Stage) -> str:
    order = _placed(stage)
    stage.go_back()
    return order


def _left(stage: Stage) -> str:
    stage.order()
    return str(stage.go_back(approved=False).location)


def _unreachable(stage: Stage) -> str:
    stage.processor.opens = DOWN
    return str(stage.post_form().location)


def _not_cancelled(stage: Stage) -> str:
    order = _placed(stage)
    stage.processor.inquires = DOWN
    return str(stage.client.post(f"{order}/cancel").location)


def _confirming(stage: Stage) -> str:
    stage.processor.captures = DOWN
    return _paid(stage)


def _in_review(stage: Stage) -> str:
    stage.processor.captures, stage.processor.reason = FactKind.PENDING, "PENDING_REVIEW"
    return _paid(stage)


def _checking(stage: Stage) -> str:
    order = _placed(stage)
    stage.processor.payee = "SOMEBODYELSE1"
    stage.go_back()
    return order


def _partially_paid(stage: Stage) -> str:
    stage.processor.captured_minor = 10000
    return _paid(stage)


def _overpaid(stage: Stage) -> str:
    stage.processor.captured_minor = 20000
    return _paid(stage)


def _declined(stage: Stage) -> str:
    stage.processor.captures = DECLINED
    return _paid(stage)


def _failed(stage: Stage) -> str:
    stage.processor.opens = CLOSED_ACCOUNT
    return str(stage.post_form().location)


def _cancelled(stage: Stage) -> str:
    order = _placed(stage)
    stage.client.post(f"{order}/cancel")
    return order


def _expired(stage: Stage) -> str:
    order = _placed(stage)
    stage.clock.now += timedelta(hours=25)
    ordering.expire_due(stage.house, limit=10, postpone=timedelta(minutes=5))
    return order


def _paid_late(stage: Stage) -> str:
    order = _cancelled(stage)
    stage.tell(FactKind.CAPTURED)
    return order


def _refunded(stage: Stage) -> str:
    order = _paid(stage)
    stage.tell(FactKind.REFUNDED)
    return order


def _partially_refunded(stage: Stage) -> str:
    order = _paid(stage)
    stage.tell(FactKind.REFUNDED, 5000)
    return order


def _refund_on_its_way(stage: Stage) -> str:
    order = _paid(stage)
    stage.tell(FactKind.REFUND_PENDING, 5000)
    return order


def _taken_back(stage: Stage) -> str:
    order = _paid(stage)
    stage.tell(FactKind.REVERSED, 5000)
    return order


def _authorized(stage: Stage) -> str:
    offering.add_product(
        stage.house,
        BOSS,
        title="A chair made to order",
        price=Money(12900, "GBP"),
        product_id="chair",
        needs_address=True,
        capture_later=True,
    )
    order = f"/orders/{stage.order('/products/chair')}"
    stage.go_back()
    return order


def _too_many_tries(stage: Stage) -> str:
    stage.processor.opens = CLOSED_ACCOUNT
    order = str(stage.post_form().location)
    for _ in range(stage.house.shop.attempts_max):
        last = stage.client.post(f"{order}/pay")
    return str(last.location)


def _signed(stage: Stage, **more: object) -> str:
    lines = [
        {"title": "A field guide to lichens", "quantity": 2, "unit_price_minor": 1850},
        {"title": "A loupe", "quantity": 1, "unit_price_minor": 900},
    ]
    key = link_keys.create(stage.house, Actor("kim", Way.COMMAND), "scenes")
    order = {"lines": lines, "currency": "EUR", "shipping_minor": 490, "tax_minor": 874, **more}
    return sign_order(order, key=key.id, secret=key.secret, base_url="")


def _paid_link(stage: Stage) -> str:
    link = _signed(stage, shop_reference="INVOICE-17")
    stage.order(link)
    stage.go_back()
    return link


ADDRESSES: dict[str, Callable[[Stage], str]] = {
    "products": lambda _: "/",
    "product": lambda _: "/products/book",
    "product with address": lambda _: "/products/lamp",
    "pay link": lambda _: "/pay/threebooks",
    "signed link": lambda stage: _signed(stage, shop_reference="INVOICE-17", needs_address=True),
    "signed link, paid": _paid_link,
    "signed link, cut": lambda stage: _signed(stage)[:-9],
    "privacy": lambda _: "/privacy",
    "not found": lambda _: "/products/unknown",
    "card number in the address": lambda _: f"/?note={CARD_NUMBER}",
    "ready": _placed,
    "left": _left,
    "processor unreachable": _unreachable,
    "not cancelled yet": _not_cancelled,
    "too many tries": _too_many_tries,
    "confirming": _confirming,
    "confirming, stopped": lambda stage: f"{_confirming(stage)}?looked=stop",
    "review": _in_review,
    "checking": _checking,
    "paid": _paid,
    "receipt": lambda stage: f"{_paid(stage)}/receipt",
    "paid late": _paid_late,
    "partially paid": _partially_paid,
    "overpaid": _overpaid,
    "declined": _declined,
    "failed": _failed,
    "cancelled": _cancelled,
    "expired": _expired,
    "refunded": _refunded,
    "partially refunded": _partially_refunded,
    "refund on its way": _refund_on_its_way,
    "taken back": _taken_back,
    "authorized": _authorized,
}
