"""An office with something on every page: orders in all states, what needs a person, and all that Settings keeps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from checkout.domain.facts import Fact, FactKind
from checkout.domain.keys import Scope
from checkout.domain.money import Money
from checkout.domain.roles import Role
from checkout.flows import endpoints, helping, inviting, keys, offering, ordering, reserving
from checkout.flows.ordering import Wish, expire_due, place_in
from checkout.flows.settling import settle
from checkout.senders.shop import ShopCourier
from checkout.store import delivery_lists, discrepancies, halts, inbox_lists, mailboxes, orders
from checkout.store.discrepancies import Found
from checkout.store.halts import Stops
from checkout.store.inbox_lists import Wanted
from checkout.store.mailboxes import MessageState
from checkout.store.orders import Contact
from tests.disputing import disputed
from tests.people import BOSS, with_password
from tests.ports import free_port
from tests.telling import deliver_due
from tests.web.serving import serve
from webhooks.reconcile.events import pull_events
from webhooks.reconcile.reports import reconcile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from checkout.domain.orders import OrderState
    from checkout.store.orders import OrderRow
    from tests.office.paid_office import PaidOffice
    from tests.paid_shop import Paid, PaidShop

LONG = "A set of three hand-blown lamps for the hall, with ceiling roses"
KIM = Contact("kim.ny@example.com", "Kim Ny", "Baker Street 12", "London", "NW1 6XE", "GB")


@dataclass(frozen=True)
class FullOffice:
    """The office, and the names of what its pages are about."""

    office: PaidOffice
    orders: dict[OrderState, OrderRow]
    contested: Paid
    dispute: str
    parked: int

    @property
    def shop(self) -> PaidShop:
        """The shop, with its emulator."""
        return self.office.paid

    def deliveries(self) -> list[str]:
        """What was told to which endpoint, as addresses have it: one of each state."""
        with self.shop.house.store.read() as tx:
            told = {one.state: one for one in delivery_lists.listed(tx).rows}
        return [f"{one.happening_id}/{one.endpoint_id}" for one in told.values()]

    def open_discrepancy(self) -> int:
        """The number of one that waits for a decision."""
        with self.shop.house.store.read() as tx:
            return discrepancies.open_ones(tx)[0].id


def fill(office: PaidOffice) -> FullOffice:
    """Let everything happen in an office that a page of it can show."""
    shop = office.paid
    shop.house = replace(shop.house, shop=replace(shop.house.shop, may_tell_inside=True))
    _settings(office)
    contested, dispute = _trade(shop)
    parked = _events(shop, contested)
    _desk_work(office, contested)
    with shop.house.store.read() as tx:
        found = {one.state: one for one in orders.newest(tx, limit=100)}
    return FullOffice(office, found, contested, dispute, parked)


def _trade(shop: PaidShop) -> tuple[Paid, str]:
    """An order in each state, and a dispute about one."""
    house = shop.house
    shop.opens()
    _closed(shop)
    part, whole, waiting = shop.pays(), shop.pays(Money(1999, "EUR")), shop.pays()
    shop.refunds(part, Money(500, "EUR"), note="Sorry for the scratch")
    shop.refunds(whole)
    shop.refunds(waiting)
    shop.pays(capture_later=True)
    taken = shop.pays(capture_later=True)
    reserving.capture(house, taken.payment_id, by="ann", amount=Money(1000, "EUR"), final=False)
    _told_otherwise(shop, shop.opens(), Money(9900, "EUR"))
    contested = shop.pays()
    dispute = disputed(shop, contested)
    shop.pays(Money(1250, "USD"))
    with house.store.begin() as tx:
        place_in(tx, house, Wish("lamps", 3, KIM, "the form of the lamps"))
    return contested, dispute


def _closed(shop: PaidShop) -> None:
    """One is expired, one cancelled, and one was paid after that."""
    shop.move(hours=25)
    expire_due(shop.house, limit=10, postpone=timedelta(hours=1))
    gone, late = shop.opens(), shop.opens()
    for one in (gone, late):
        ordering.cancel(shop.house, one.order.token)
    _told_otherwise(shop, late, Money(2380, "EUR"))


def _told_otherwise(shop: PaidShop, paid: Paid, amount: Money) -> None:
    """Somebody else took an amount for a payment, and PayPal tells it."""
    payment = shop.payment(paid.order)
    fact = Fact(
        FactKind.CAPTURED,
        paid.reference,
        f"OF{paid.reference}",
        amount,
        payment.terms.payee,
        payment.terms.names,
    )
    with shop.house.store.begin() as tx:
        settle(tx, shop.house, payment, [fact], learned_from="test")


def _events(shop: PaidShop, contested: Paid) -> int:
    """Events are pulled and dealt with; one is given up."""
    house = shop.house
    pull_events(house)
    shop.process()
    with house.store.begin() as tx:
        parked = inbox_lists.events(tx, Wanted(), house.processors).rows[0].id
        mailboxes.retry(tx, parked, shop.clock())
        mailboxes.finish(tx, parked, MessageState.PARKED, at=shop.clock(), reason="its payment is not known")
        for kind in ("contradiction", "missing here"):
            found = Found(
                "paypal",
                f"made up:{kind}",
                kind,
                "Told in two ways.",
                contested.payment_id,
                ours="EUR 23.80",
                theirs="EUR 20.00",
            )
            discrepancies.open_once(tx, found, at=shop.clock())
        halts.begin(tx, "paypal", Stops.CAPTURES, "made up", "A halt, to be looked at.", at=shop.clock())
    return parked


def _settings(office: PaidOffice) -> None:
    """Keys, endpoints that took and refused what they were told, products, links, operators."""
    house = office.house
    made = keys.make(house, BOSS, name="The shop's own website", scopes=list(Scope))
    keys.make(house, BOSS, name="Stock", scopes=[Scope.ORDERS_READ])
    old = keys.make(house, BOSS, name="Old till", scopes=[Scope.ORDERS_READ])
    keys.rotate(house, BOSS, made.key.id)
    keys.revoke(house, BOSS, old.key.id)
    offering.add_product(
        house, BOSS, title=LONG, price=Money(129900, "EUR"), product_id="lamps", needs_address=True
    )
    offering.add_product(
        house, BOSS, title="Old book", price=Money(900, "EUR"), product_id="old", needs_address=False
    )
    offering.set_offered(house, BOSS, "old", offered=False)
    offering.add_link(house, BOSS, "lamps", 3)
    offering.withdraw_link(house, BOSS, offering.add_link(house, BOSS, "lamps", 1).token)
    for role in Role:
        with_password(house, office.operator(role))
    inviting.invite(house, Role.REFUNDER, by=BOSS)


def _endpoints(shop: PaidShop) -> None:
    """One that takes everything, one that is not there, one that was disabled."""
    house = shop.house
    with serve(_takes_all) as port:
        good = endpoints.add(
            house, BOSS, url=f"http://127.0.0.1:{port}/hooks", description="Stock and shipping"
        )
        gone = endpoints.add(house, BOSS, url=f"http://127.0.0.1:{free_port()}/a/long/path/to/hooks")
        off = endpoints.add(house, BOSS, url="http://127.0.0.1:9/old", types=["order.paid"])
        endpoints.disable(house, BOSS, off.endpoint.id)
        for one in (good, gone):
            endpoints.ping(house, BOSS, one.endpoint.id)
        deliver_due(house, ShopCourier(inside=True))
    endpoints.rotate(house, BOSS, good.endpoint.id)
    endpoints.ping(house, BOSS, good.endpoint.id)


def _desk_work(office: PaidOffice, contested: Paid) -> None:
    """What operators did: a note, a view, a decision, a comparison with the report."""
    shop = office.paid
    house, ann = shop.house, office.operator(Role.ADMIN)
    helping.write_note(house, BOSS, contested.order.id, "Called: wants the blue one.\nSends the other back.")
    helping.save_view(house, ann.id, "orders", "Open ones", "state=awaiting+payment")
    _endpoints(shop)
    shop.move(hours=4)
    reconcile(house, "paypal")


def _takes_all(_environ: object, start: object) -> Iterable[bytes]:
    start("204 No Content", [])  # type: ignore[operator] # a WSGI server's own
    return []
