"""A shop with one endpoint, and a postman who keeps what the shop is told."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from checkout.domain.deliveries import Reply
from checkout.flows import endpoints
from checkout.flows.alerting import send_alert
from checkout.flows.house import House
from checkout.senders.mail import Mail
from checkout.senders.shop import Letter
from checkout.store import deliveries, notices
from checkout.store import endpoints as rows
from checkout.store.deliveries import DeliveryRow
from checkout.store.endpoints import EndpointRow
from tests.small_shop import SmallShop
from tests.telling import ANN, deliver_due, house_that_tells

TOOK = Reply(200, "answered 200", 1)
FAILED = Reply(500, "answered 500", 1)


@dataclass
class Postman:
    """Carries nothing: keeps each letter and answers what a test says."""

    reply: Reply = TOOK
    letters: list[Letter] = field(default_factory=list)

    def post(self, letter: Letter) -> Reply:
        """Keep it, and answer."""
        self.letters.append(letter)
        return self.reply


@dataclass
class Kept:
    """A mailer that keeps what it is given."""

    mails: list[Mail]

    def send(self, mail: Mail) -> None:
        """Keep it."""
        self.mails.append(mail)


@dataclass
class Told:
    """A shop with one endpoint, its postman, and what became of the one delivery under test."""

    shop: SmallShop
    house: House
    endpoint: str
    postman: Postman

    def deliver(self) -> int:
        """Send everything that is due now, one after the other; returns how much that was."""
        return deliver_due(self.house, self.postman)

    def row(self) -> DeliveryRow:
        """The newest delivery."""
        with self.house.store.read() as tx:
            return deliveries.newest(tx, limit=1)[0]

    def the_endpoint(self) -> EndpointRow:
        """The endpoint as it is stored."""
        with self.house.store.read() as tx:
            found = rows.by_id(tx, self.endpoint)
        assert found is not None
        return found

    def log(self) -> list[str]:
        """What came of each attempt, newest first."""
        with self.house.store.read() as tx:
            return [one.said for one in deliveries.attempts(tx, limit=99, endpoint_id=self.endpoint)]

    def mail(self) -> str:
        """The subject and the text of the alarm, as the operator has it."""
        sent: list[Mail] = []
        house = replace(self.house, shop=replace(self.house.shop, operator_mail="kim@shop.example"))
        alert = [one for one in self.shop.enqueued if one.startswith("ep_")]
        send_alert(house, Kept(sent), alert[-1])
        return f"{sent[0].subject}\n{sent[0].text}"

    def alarms(self) -> list[str]:
        """What the operator is told."""
        with self.house.store.read() as tx:
            found = notices.unsent_since(tx, self.house.clock() + timedelta(seconds=1), limit=9)
        return [str(one.about) for one in found]


@pytest.fixture
def told(shop: SmallShop) -> Told:
    """One endpoint that wants to hear of new orders, and one such order."""
    house = house_that_tells(shop.house)
    made = endpoints.add(house, ANN, url="http://127.0.0.1:9/hooks", types=["order.created"])
    shop.place()
    return Told(shop, house, made.endpoint.id, Postman())
