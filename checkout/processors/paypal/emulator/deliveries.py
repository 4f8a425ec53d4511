"""Sends events to webhooks: due times, PayPal's retries, and the faults that strike on the way."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from queue import SimpleQueue
from threading import Condition, Thread

from checkout.processors.paypal.emulator.clock import Clock, zulu
from checkout.processors.paypal.emulator.events import Event
from checkout.processors.paypal.emulator.faults import LATE_SECONDS, Fault, Faults
from checkout.processors.paypal.emulator.identifiers import Identifiers
from checkout.processors.paypal.emulator.refusals import Json, Operation

# Source: PayPal's webhooks page: up to 25 tries within three days. The steps between are not published; these
# grow from a minute to six hours, 24 pauses that sum to 72 hours.
MINUTE, HOUR = 60, 3600
RETRY_PAUSES_SECONDS = (
    *(minutes * MINUTE for minutes in (1, 2, 4, 8, 15, 30)),
    *(hours * HOUR for hours in (1, 1, 2, 2, 3, 3, 4, 4, 4, 5, 5, 5, 5, 5, 5, 5, 6, 6)),
)
TRIES_MAX = len(RETRY_PAUSES_SECONDS) + 1
SENDERS = 16
FORGED_AMOUNT = Decimal("9999.99")


class DeliveryStatus(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    SENDING = "sending"
    SUCCESS = "success"
    FAILED = "failed"
    LOST = "lost"
    REFUSED = "refused"


@dataclass(slots=True)
class Attempt:
    """One try: when, and what came back (a status, or an error in words)."""

    time: str
    status: int | None
    error: str | None = None


@dataclass(slots=True)
class Delivery:
    """One event on its way to one webhook."""

    id: int
    event: Event
    webhook_id: str
    signing_id: str
    url: str
    transmission_id: str
    due: datetime
    fault: Fault | None = None
    status: DeliveryStatus = DeliveryStatus.WAITING
    attempts: list[Attempt] = field(default_factory=list)
    held: bool = False
    forced: bool = False
    after: "Delivery | None" = None

    def body(self) -> Json:
        """Build the JSON object the control API shows."""
        return {
            "id": self.id,
            "event_id": self.event.id,
            "event_type": self.event.type,
            "order_id": self.event.subject.order_id,
            "webhook_id": self.webhook_id,
            "url": self.url,
            "transmission_id": self.transmission_id,
            "status": "held" if self.held else self.status.value,
            "due": zulu(self.due),
            "fault": self.fault.name() if self.fault else None,
            "attempts": [asdict(attempt) for attempt in self.attempts],
        }

    def untried(self) -> bool:
        """Return whether it will be sent but has not been yet."""
        return not self.attempts and self.status in (DeliveryStatus.WAITING, DeliveryStatus.SENDING)

    def ready(self, now: datetime, *, paused: bool) -> bool:
        """Return whether it should be sent now."""
        if self.status is not DeliveryStatus.WAITING or self.held:
            return False
        if self.after is not None and self.after.untried():
            return False
        return self.forced or (not paused and self.due <= now)


Send = Callable[[Delivery], Attempt | None]


class Deliveries:
    """All deliveries and the threads that send them.

    `send` is called without any lock held; it returns None when the address may not be called.
    """

    def __init__(self, clock: Clock, identifiers: Identifiers, faults: Faults, send: Send) -> None:
        """Take what decides when and how; `start` begins sending."""
        self._clock = clock
        self._identifiers = identifiers
        self._faults = faults
        self._send = send
        self._changed = Condition()
        self._all: list[Delivery] = []
        self._open: dict[int, Delivery] = {}
        self._held: list[Delivery] = []
        self._paused = False
        self._stopped = False
        self._to_send: SimpleQueue[Delivery] = SimpleQueue()

    def start(self) -> None:
        """Begin sending."""
        # Daemons, so that a receiver that never answers does not keep the process from ending.
        Thread(target=self._dispatch, name="dispatcher", daemon=True).start()
        for number in range(SENDERS):
            Thread(target=self._send_all, name=f"sender-{number}", daemon=True).start()

    def stop(self) -> None:
        """Stop sending; what is on its way is not waited for."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def enqueue(self, event: Event, webhook_id: str, url: str, *, simulated: bool = False) -> Delivery | None:
        """Put an event on its way to a webhook, as the ordered faults allow; return its first delivery."""
        fault = None if simulated else self._faults.take(Operation.WEBHOOKS, _subject(event))
        copies = int(fault.parameters.get("copies", 2)) if fault and fault.kind == "duplicate" else 1
        # What the simulator sends is signed for the literal id WEBHOOK_ID and belongs to no webhook.
        signing_id = "WEBHOOK_ID" if simulated else webhook_id
        with self._changed:
            made = [self._add(event, webhook_id, signing_id, url, fault) for _ in range(copies)]
            if fault is not None:
                self._strike(made, fault)
            self._changed.notify_all()
        return made[0] if made else None

    def _add(self, event: Event, webhook_id: str, signing_id: str, url: str, fault: Fault | None) -> Delivery:
        delivery = Delivery(
            id=len(self._all) + 1,
            event=event,
            webhook_id=webhook_id,
            signing_id=signing_id,
            url=url,
            transmission_id=self._identifiers.transmission_id(),
            due=self._clock.now(),
            fault=fault,
        )
        self._all.append(delivery)
        self._open[delivery.id] = delivery
        return delivery

    def _strike(self, made: list[Delivery], fault: Fault) -> None:
        for delivery in made:
            if fault.kind == "lose":
                delivery.status = DeliveryStatus.LOST
                del self._open[delivery.id]
            elif fault.kind == "late":
                delivery.due += timedelta(seconds=fault.seconds(LATE_SECONDS))
            elif fault.kind == "duplicate" and fault.parameters.get("same_transmission_id"):
                delivery.transmission_id = made[0].transmission_id
            elif fault.kind == "reorder":
                delivery.held = True
                self._held.append(delivery)
                if len(self._held) >= int(fault.parameters.get("group", 2)):
                    self._release_held()

    def _release_held(self) -> None:
        """Let held deliveries go, the newest first, each after the one before it has been tried."""
        before: Delivery | None = None
        for delivery in reversed(self._held):
            delivery.held, delivery.after = False, before
            before = delivery
        self._held.clear()

    def resend(self, event: Event, webhook_id: str, url: str) -> Delivery:
        """Send an event once more, under a new transmission id and free of faults."""
        with self._changed:
            delivery = self._add(event, webhook_id, webhook_id, url, None)
            self._changed.notify_all()
        return delivery

    def has_waiting(self, event_id: str, webhook_id: str) -> bool:
        """Return whether this event is still on its way to this webhook."""
        with self._changed:
            return any(d.event.id == event_id and d.webhook_id == webhook_id for d in self._open.values())

    def pause(self) -> None:
        """Send nothing by itself until `resume`; `flush` still does."""
        with self._changed:
            self._paused = True

    def resume(self) -> None:
        """Send what is due again."""
        with self._changed:
            self._paused = False
            self._changed.notify_all()

    def flush(self, timeout_seconds: float = 30.0) -> list[Json]:
        """Send all that waits, held, late and paused ones too, each once; return what is still open."""
        with self._changed:
            self._release_held()
            for delivery in self._open.values():
                delivery.forced = True
            self._changed.notify_all()
        return self.settle(timeout_seconds)

    def settle(self, timeout_seconds: float = 30.0) -> list[Json]:
        """Wait until nothing is due or being sent; return what is still open."""
        with self._changed:
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._stopped or not self._busy(), timeout_seconds)
            return [delivery.body() for delivery in self._open.values()]

    def _busy(self) -> bool:
        now = self._clock.now()
        return any(
            d.status is DeliveryStatus.SENDING or d.ready(now, paused=self._paused)
            for d in self._open.values()
        )

    def wake(self) -> None:
        """Look again at what is due, after the clock was moved."""
        with self._changed:
            self._changed.notify_all()

    def all(self) -> list[Json]:
        """Return every delivery, oldest first."""
        with self._changed:
            return [delivery.body() for delivery in self._all]

    def clear(self) -> None:
        """Forget all deliveries; those being sent still arrive."""
        with self._changed:
            self._all.clear()
            self._open.clear()
            self._held.clear()
            self._paused = False
            self._changed.notify_all()

    def _dispatch(self) -> None:
        while True:
            with self._changed:
                if self._stopped:
                    return
                ready = self._ready()
                if not ready:
                    self._changed.wait(self._pause_seconds())
                    continue
                for delivery in ready:
                    delivery.status, delivery.forced = DeliveryStatus.SENDING, False
            for delivery in ready:
                self._to_send.put(delivery)

    def _ready(self) -> list[Delivery]:
        now = self._clock.now()
        return [d for d in self._open.values() if d.ready(now, paused=self._paused)]

    def _pause_seconds(self) -> float | None:
        """Return how long nothing is due; the clock may be moved, which wakes the dispatcher."""
        waiting = [d.due for d in self._open.values() if d.status is DeliveryStatus.WAITING and not d.held]
        if self._paused or not waiting:
            return None
        return max(0.01, (min(waiting) - self._clock.now()).total_seconds())

    def _send_all(self) -> None:
        while True:
            self._send_one(self._to_send.get())

    def _send_one(self, delivery: Delivery) -> None:
        attempt = self._send(delivery)
        with self._changed:
            if attempt is None:
                delivery.status = DeliveryStatus.REFUSED
            else:
                delivery.attempts.append(attempt)
                self._conclude(delivery, attempt)
            if delivery.status is not DeliveryStatus.WAITING:
                self._open.pop(delivery.id, None)
            self._changed.notify_all()

    def _conclude(self, delivery: Delivery, attempt: Attempt) -> None:
        tries = len(delivery.attempts)
        if attempt.status is not None and 200 <= attempt.status < 300:  # noqa: PLR2004 -- any 2xx is success
            delivery.status = DeliveryStatus.SUCCESS
        elif tries >= TRIES_MAX or _is_forged(delivery):
            # A forger tries once; PayPal's own tries go on.
            delivery.status = DeliveryStatus.FAILED
        else:
            delivery.status = DeliveryStatus.WAITING
            # Counted from when it was due, so a clock moved by a day finds all of that day's tries.
            delivery.due += timedelta(seconds=RETRY_PAUSES_SECONDS[tries - 1])


def _is_forged(delivery: Delivery) -> bool:
    return delivery.fault is not None and delivery.fault.kind.startswith("forge")


def _subject(event: Event) -> dict[str, str | None]:
    return {"event_type": event.type, **asdict(event.subject)}


def forged_amount(fault: Fault) -> Decimal:
    """Return the amount a forgery claims."""
    return Decimal(str(fault.parameters.get("amount", FORGED_AMOUNT)))
