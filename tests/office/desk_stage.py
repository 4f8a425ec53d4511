"""The back office over a shop at PayPal's emulator, with something on every page of the desk."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, cast

from checkout.app import create_app
from checkout.sealing import Seal
from checkout.store import discrepancies, inbox_lists
from checkout.store.discrepancies import Found
from checkout.store.inbox_lists import Wanted
from checkout.store.mailboxes import Message
from tests.disputing import disputed
from tests.office.stage import OfficeStage
from tests.paid_shop import Paid, PaidShop
from tests.ports import free_port
from tests.web.stage import SECRET_KEY, Stage
from webhooks.office import hanging
from webhooks.reconcile.events import pull_events
from webhooks.reconcile.reports import reconcile


@dataclass
class DeskStage:
    """The shop, its office, and what is on the desk."""

    shop: PaidShop
    office: OfficeStage
    paid: Paid
    dispute: str
    discrepancy: int

    def events(self, wanted: Wanted | None = None) -> list[Message]:
        """What is in the inbox."""
        with self.shop.house.store.read() as tx:
            return inbox_lists.events(tx, wanted or Wanted(), self.shop.house.processors).rows


def office_over(shop: PaidShop) -> OfficeStage:
    """The back office of a shop at the emulator, reached at a loopback address."""
    own = replace(shop.house.shop, base_url=f"http://127.0.0.1:{free_port()}")
    shop.house = replace(shop.house, shop=own, seal=Seal(SECRET_KEY))
    app = create_app(shop.house, secret_key=SECRET_KEY, hand_over_hosts=frozenset({"pay.example"}))
    hanging.hang_up(app, secret_key=SECRET_KEY)
    return OfficeStage(Stage(shop.house, cast("Any", None), cast("Any", shop.clock), app))


def set_desk(shop: PaidShop) -> DeskStage:
    """One payment that is disputed and known by its events, and a difference about it."""
    office = office_over(shop)
    paid = shop.pays()
    dispute = disputed(shop, paid)
    pull_events(shop.house)
    found = Found(
        "paypal", "made:up", "contradiction", "Told in two ways.", paid.payment_id, ours="1", theirs="2"
    )
    with shop.house.store.begin() as tx:
        discrepancies.open_once(tx, found, at=shop.clock())
        number = discrepancies.open_ones(tx)[0].id
    return DeskStage(shop, office, paid, dispute, number)


def reconciled(desk: DeskStage) -> None:
    """The report is compared with the books."""
    desk.shop.move(hours=timedelta(hours=4).total_seconds() / 3600)
    reconcile(desk.shop.house, "paypal")
