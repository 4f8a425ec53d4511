"""The emulator itself: every part of its state behind one lock, put together."""

from dataclasses import dataclass
from threading import RLock

from checkout.processors.paypal.emulator.account import Treasury
from checkout.processors.paypal.emulator.authorizations import Authorizations
from checkout.processors.paypal.emulator.book import Book
from checkout.processors.paypal.emulator.calls import Calls
from checkout.processors.paypal.emulator.captures import Captures
from checkout.processors.paypal.emulator.clock import Clock
from checkout.processors.paypal.emulator.deliveries import Deliveries
from checkout.processors.paypal.emulator.dispute_answers import DisputeAnswers
from checkout.processors.paypal.emulator.dispute_money import DisputeMoney
from checkout.processors.paypal.emulator.dispute_views import DisputeViews
from checkout.processors.paypal.emulator.disputes import Disputes
from checkout.processors.paypal.emulator.events import Event, Events, EventType, Subject
from checkout.processors.paypal.emulator.exchange import Exchange
from checkout.processors.paypal.emulator.faults import Faults
from checkout.processors.paypal.emulator.identifiers import Identifiers
from checkout.processors.paypal.emulator.money import Money
from checkout.processors.paypal.emulator.notices import Notices
from checkout.processors.paypal.emulator.orders import Orders
from checkout.processors.paypal.emulator.refunds import Refunds
from checkout.processors.paypal.emulator.refusals import Json
from checkout.processors.paypal.emulator.reports import Reports
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
        self.exchange = Exchange()
        makers = (self.clock, self.identifiers)
        self.captures = Captures(*makers, self.book, self.views, self.exchange, self._emit)
        self.orders = Orders(*makers, self.book, self.views, self.captures, self._emit)
        self.authorizations = Authorizations(*makers, self.views, self.orders, self.captures, self._emit)
        self.refunds = Refunds(*makers, self.book, self.views, self.exchange, self._emit)
        self.treasury = Treasury(*makers, self.book, self.exchange)
        self.reports = Reports(*makers, self.book, self.treasury, self.captures)
        self.notices = Notices(self.clock, self.events, self.treasury, self._dispatch)
        self.dispute_views = DisputeViews(self.views)
        dispute_money = DisputeMoney(*makers, self.book, self.refunds)
        self.disputes = Disputes(*makers, self.treasury, dispute_money, self.dispute_views, self._emit)
        self.dispute_answers = DisputeAnswers(self.clock, self.disputes, self.refunds)
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
        self._dispatch(self.events.make(kind, resource, subject, amount))
        if kind is EventType.CAPTURE_REFUNDED and subject.capture_id is not None:
            self.disputes.notice_refund(self.captures.get(subject.capture_id))

    def _dispatch(self, event: Event) -> None:
        for webhook in self.webhooks.all():
            if webhook.wants(event.type):
                self.deliveries.enqueue(event, webhook.id, webhook.url)

    def advance(self, seconds: float) -> None:
        """Move the clock; what is over expires at once."""
        self.clock.advance(seconds)
        with self.lock:
            self.orders.expire_due()
            self.authorizations.expire_due()
            self.disputes.expire_due()

    def reset(self) -> None:
        """Forget everything but keys, certificates and credentials; the clock returns to real time."""
        with self.lock:
            self.latency_ms = self.settings.latency_ms
            self.clock.reset()
            for part in (
                self.exchange,
                self.captures,
                self.orders,
                self.authorizations,
                self.refunds,
                self.treasury,
                self.reports,
                self.disputes,
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
