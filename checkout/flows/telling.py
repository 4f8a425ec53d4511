"""Telling the shop: each happening once, in the same transaction as what it tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checkout.domain.happenings import Happening, HappeningType, about, name_of, word
from checkout.domain.tellings import MOVES_MONEY, Named, Ordered, of_news, of_order, of_payment
from checkout.store import discrepancies, happenings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from checkout.domain.facts import Fact
    from checkout.domain.intents import Intent
    from checkout.domain.orders import OrderState
    from checkout.domain.standing import Standing
    from checkout.flows.house import House
    from checkout.store.discrepancies import Found
    from checkout.store.engine import Tx
    from checkout.store.payments import PaymentRow


def tell(tx: Tx, house: House, happening: Happening | None) -> bool:
    """Keep a happening and a delivery for each endpoint that wants it; False where it was told before.

    The worker sends what this transaction commits, and nothing of one that does not.
    """
    if happening is None:
        return False
    at, name = house.clock(), name_of(house.shop.installation, happening.about)
    happening_id = happenings.add_once(tx, name, happening, at)
    if happening_id is None:
        return False
    happenings.deliver_to_all(tx, happening_id, happening.type, at)
    return True


def tell_of_payment(
    tx: Tx,
    house: House,
    was: PaymentRow,
    standing: Standing,
    order: Ordered,
    *,
    told: Sequence[Fact],
    asked: Sequence[Intent],
    news: Sequence[Fact],
) -> None:
    """Tell of a payment whatever has just become so of it, its refunds and its disputes."""
    named = Named(was.processor, was.id, was.order_id)
    tell(tx, house, of_payment(named, was.state, standing, told, asked))
    for happening in of_news(named, standing, order, told=told, asked=asked, news=news):
        tell(tx, house, happening)


def tell_of_order(
    tx: Tx, house: House, was: OrderState, order: Ordered, *, news: Iterable[Fact] = ()
) -> None:
    """Tell what an order has become: another state, or what is new in the same."""
    if order.state is not was or any(fact.kind in MOVES_MONEY for fact in news):
        tell(tx, house, of_order(order))


def open_once(
    tx: Tx, house: House, found: Found, *, again: bool = False, unless_decided: bool = False
) -> bool:
    """Keep a difference, as `store.discrepancies.open_once` does, and tell of one that is new or open again."""
    at = house.clock()
    opened = discrepancies.open_once(tx, found, at=at, again=again, unless_decided=unless_decided)
    if opened:
        _tell_of_discrepancy(tx, house, HappeningType.DISCREPANCY_OPENED, found.processor, found.key, at)
    return opened


def resolve(
    tx: Tx, house: House, processor: str, key: str, resolution: str, *, by: str | None = None
) -> bool:
    """Close a difference, as `store.discrepancies.resolve` does, and tell of it."""
    at = house.clock()
    resolved = discrepancies.resolve(tx, processor, key, resolution, at=at, by=by)
    if resolved:
        _tell_of_discrepancy(tx, house, HappeningType.DISCREPANCY_RESOLVED, processor, key, at)
    return resolved


def heal_gone(
    tx: Tx, house: House, payment_ids: Iterable[str], kinds: Collection[str], still: Collection[str]
) -> None:
    """Close what is no longer found, as `store.discrepancies.heal_gone` does, and tell of each."""
    at = house.clock()
    for one in discrepancies.heal_gone(tx, payment_ids, kinds, still, at=at):
        _tell_of_discrepancy(tx, house, HappeningType.DISCREPANCY_RESOLVED, one.processor, one.key, at)


def _tell_of_discrepancy(
    tx: Tx, house: House, kind: HappeningType, processor: str, key: str, at: datetime
) -> None:
    one = discrepancies.by_key(tx, processor, key)
    if one is None:
        return
    said = {
        "discrepancy_id": one.id,
        "kind": word(one.kind),
        "payment_id": one.payment_id,
        "decided_by_a_person": one.resolved_by is not None,
    }
    tell(
        tx,
        house,
        Happening(
            kind,
            about(kind, one.id, at.isoformat()),
            said,
            payment_id=one.payment_id,
            subject=str(one.id),
        ),
    )
