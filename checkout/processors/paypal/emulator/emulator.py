"""The emulator itself: every part of its state behind one lock, put together."""

from dataclasses import dataclass
from threading import RLock

from checkout.processors.paypal.emulator.book import Book
from checkout.processors.paypal.emulator.calls import Calls
from checkout.processors.paypal.emulator.clock import Clock
from checkout.processors.paypal.emulator.deliveries import Deliveries
from checkout.processors.paypal.emulator.events import Events, EventType, Subject
from checkout.processors.paypal.emulator.faults import Faults
from checkout.processors.paypal.emulator.identifiers import Identifiers
from checkout.processors.paypal.emulator.money import Money
from checkout.processors.paypal.emulator.orders import Orders
from checkout.processors.paypal.emulator.refunds import Refunds
from checkout.processors.paypal.emulator.refusals import Json
from checkout.processors.paypal.emulator.request_keys import RequestKeys
from checkout.processors.paypal.emulator.signing import Signer
from checkout.processors.paypal.emulator.tokens import Tokens
from checkout.processors.paypal.emulator.transmission import Transmitter
from checkout.processors.paypal.emulator.views import Views
from checkout.processors.paypal.emulator.webhooks import Webhooks

CLIENT_ID = "emulator-client"
CLIENT_SECRET = "emulator-secret"  # noqa: S105 -- opens nothing but this emulator


@dataclass(frozen=True, slots=True)
class EmulatorSettings:
    """What the command line decides."""

    base_url: str
    seed: int | None = None
    latency_ms: int = 0
    allow_remote: bool = False
    client_id: str = CLIENT_ID
    client_secret: str = CLIENT_SECRET


class Emulator:
    """All state. `lock` guards it and is never held while sleeping or sending."""

    def __init__(self, settings: EmulatorSettings) -> None:
        """Put the parts together; `start` begins sending webhooks."""
        self.settings = settings
        self.lock = RLock()
        self.latency_ms = settings.latency_ms
        self.clock = Clock()
        self.identifiers = Identifiers(settings.seed)
        self.faults = Faults(self.identifiers)
        self.calls = Calls()
        self.views = Views(settings.base_url)
        self.book = Book(self.identifiers)
        self.keys = RequestKeys(self.clock)
        self.tokens = Tokens(self.clock, self.identifiers, settings.client_id, settings.client_secret)
        self.signer = Signer()
        self.certificate_id = self.identifiers.certificate_id()
        self.events = Events(self.clock, self.identifiers, self.views)
        self.webhooks = Webhooks(self.identifiers, self.views)
        self.orders = Orders(self.clock, self.identifiers, self.book, self.views, self._emit)
        self.refunds = Refunds(self.clock, self.identifiers, self.book, self.views, self.orders, self._emit)
        transmitter = Transmitter(
            self.clock,
            self.identifiers,
            self.signer,
            f"{settings.base_url}/v1/notifications/certs/{self.certificate_id}",
            allow_remote=settings.allow_remote,
        )
        self.deliveries = Deliveries(self.clock, self.identifiers, self.faults, transmitter.send)

    def start(self) -> None:
        """Begin sending webhooks."""
        self.deliveries.start()

    def stop(self) -> None:
        """Stop sending webhooks."""
        self.deliveries.stop()

    def _emit(self, kind: EventType, resource: Json, subject: Subject, amount: Money | None) -> None:
        """Make an event and put it on its way to every webhook that wants it."""
        event = self.events.make(kind, resource, subject, amount)
        for webhook in self.webhooks.all():
            if webhook.wants(event.type):
                self.deliveries.enqueue(event, webhook.id, webhook.url)

    def advance(self, seconds: float) -> None:
        """Move the clock; what is over expires at once."""
        self.clock.advance(seconds)
        with self.lock:
            self.orders.expire_due()

    def reset(self) -> None:
        """Forget everything but keys, certificates and credentials; the clock returns to real time."""
        with self.lock:
            self.latency_ms = self.settings.latency_ms
            self.clock.reset()
            for part in (
                self.orders,
                self.refunds,
                self.book,
                self.keys,
                self.tokens,
                self.events,
                self.webhooks,
            ):
                part.clear()
        self.faults.clear()
        self.calls.clear()
        self.deliveries.clear()
