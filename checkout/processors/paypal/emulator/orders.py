"""Orders and what happens to them: created, opened, approved, captured, authorized, patched, expired.

Guarded by the emulator's lock; nothing here sleeps, sends or knows HTTP.
"""

from dataclasses import dataclass
from decimal import Decimal

from checkout.processors.paypal.emulator.book import Account, Book
from checkout.processors.paypal.emulator.captures import Captures, Emit, Taking
from checkout.processors.paypal.emulator.clock import Clock
from checkout.processors.paypal.emulator.events import EventType, Subject
from checkout.processors.paypal.emulator.identifiers import Identifiers
from checkout.processors.paypal.emulator.money import Money, money_from, smallest_unit
from checkout.processors.paypal.emulator.records import Capture, Intent, Order, OrderStatus, Unit
from checkout.processors.paypal.emulator.refusals import Finding, Json, RefusedError
from checkout.processors.paypal.emulator.views import Views

# PayPal does not publish how often a payer may try; five declines are enough for any test.
DECLINES_MAX = 5
BALANCE, DECLINED_CARD = "balance", "declined_card"
REVIEW = "pending:PENDING_REVIEW"


@dataclass(frozen=True, slots=True)
class Twist:
    """How a fault bends what really happens to the money; none of it by default."""

    less: Decimal = Decimal(0)
    more: Decimal = Decimal(0)
    currency: str | None = None
    payee: Account | None = None
    custom_id: str | None = None
    instrument: str | None = None
    replays_other: bool = False
    refund_pending: bool = False

    def bent(self, amount: Money) -> Money:
        """Return the amount after the fault; at least the smallest there is, and whole where it must be."""
        currency = self.currency or amount.currency
        unit = smallest_unit(currency)
        value = (amount.value - self.less + self.more).quantize(unit)
        return Money(currency, max(unit, value))


STRAIGHT = Twist()


class Orders:
    """All orders."""

    def __init__(
        self,
        clock: Clock,
        identifiers: Identifiers,
        book: Book,
        views: Views,
        captures: Captures,
        emit: Emit,
    ) -> None:
        """Take what orders need; `emit` makes an event and sends it on its way."""
        self._clock = clock
        self._identifiers = identifiers
        self._book = book
        self._views = views
        self._captures = captures
        self._emit = emit
        self._orders: dict[str, Order] = {}
        self._open: dict[str, Order] = {}

    def create(self, body: Json, twist: Twist = STRAIGHT) -> Order:
        """Make an order from a body that has been checked.

        Raises `RefusedError` when a payee does not exist.
        """
        source = body.get("payment_source") or {}
        wallet = source.get("paypal") or {}
        now = self._clock.now()
        order = Order(
            id=self._identifiers.transaction_id(),
            units=[self._unit(unit, twist) for unit in body["purchase_units"]],
            with_source=bool(source),
            context=wallet.get("experience_context") or body.get("application_context") or {},
            status=OrderStatus.PAYER_ACTION_REQUIRED if source else OrderStatus.CREATED,
            created=now,
            updated=now,
            intent=Intent(body["intent"]),
        )
        self._orders[order.id] = self._open[order.id] = order
        return order

    def _unit(self, body: Json, twist: Twist) -> Unit:
        kept = {name: value for name, value in body.items() if name not in ("shipping", "payee")}
        if twist is not STRAIGHT:
            kept["amount"] = twist.bent(money_from(body["amount"])).body()
            kept.pop("items", None)
            if twist.custom_id is not None:
                kept["custom_id"] = twist.custom_id
        payee = body.get("payee") or {}
        by_email = "email_address" in payee and "merchant_id" not in payee
        return Unit(kept, twist.payee or self._payee(payee), payee_by_email=by_email)

    def _payee(self, payee: Json) -> Account:
        if payee.get("merchant_id"):
            account = self._book.account(payee["merchant_id"])
            if account is None:
                raise RefusedError(
                    Finding(
                        "PAYEE_ACCOUNT_INVALID", "/purchase_units/0/payee/merchant_id", payee["merchant_id"]
                    )
                )
            return account
        if payee.get("email_address"):
            return self._book.account_by_email(payee["email_address"])
        return self._book.accounts()[0]

    def get(self, order_id: str) -> Order:
        """Return an order that has not expired.

        Raises `RefusedError` when there is none, or no longer.
        """
        order = self._orders.get(order_id)
        if order is not None:
            self._expire_if_due(order)
        if order is None or order.expired:
            raise RefusedError(Finding("INVALID_RESOURCE_ID", "order_id", order_id, "path"))
        return order

    def other_than(self, body: Json) -> Order:
        """Return an older order of another amount, made on the spot when there is none."""
        wanted = Decimal(body["purchase_units"][0]["amount"]["value"])
        for order in reversed(self._orders.values()):
            if Decimal(order.units[0].body["amount"]["value"]) != wanted:
                return order
        return self.create(body, Twist(more=Decimal(1)))

    def known(self, order_id: str) -> Order | None:
        """Return an order even when it has expired."""
        return self._orders.get(order_id)

    def all(self) -> list[Order]:
        """Return every order, oldest first."""
        return list(self._orders.values())

    def capture_record(self, capture_id: str) -> Capture:
        """Return a capture.

        Raises `RefusedError` when there is none.
        """
        return self._captures.get(capture_id)

    def captures(self) -> list[Capture]:
        """Return every capture, oldest first."""
        return self._captures.all()

    def expire_due(self) -> None:
        """Let every order expire whose time is over."""
        for order in list(self._open.values()):
            self._expire_if_due(order)

    def expire(self, order: Order) -> None:
        """Let an order expire now; an approval that was not captured is undone."""
        order.expired = True
        self._open.pop(order.id, None)
        if order.status is OrderStatus.APPROVED:
            resource: Json = {
                "order_id": order.id,
                "purchase_units": self._views.order(order)["purchase_units"],
                "payment_source": {"paypal": {}},
            }
            self._emit(EventType.APPROVAL_REVERSED, resource, subject_of(order), None)

    def _expire_if_due(self, order: Order) -> None:
        undecided = order.id in self._open and not order.capturing
        if undecided and self._clock.now() >= order.expires():
            self.expire(order)

    def open(self, order: Order) -> None:
        """Note that the payer opened the link; from now on another three hours count."""
        if order.opened is None:
            order.opened = self._clock.now()

    def approve(self, order: Order, instrument: str = BALANCE) -> None:
        """Let the payer approve with an instrument; a completed order stays as it is."""
        self.open(order)
        if order.status is OrderStatus.COMPLETED:
            return
        order.instrument, order.status, order.cancelled = instrument, OrderStatus.APPROVED, False
        order.updated = self._clock.now()
        self._emit(EventType.ORDER_APPROVED, self._views.order(order), subject_of(order), None)

    def cancel(self, order: Order) -> None:
        """Let the payer turn back; the order stays open, and the link good."""
        self.open(order)
        order.cancelled = True

    def begin_capture(self, order: Order) -> bool:
        """Mark that it is being captured or authorized; return False when there is nothing to be done.

        Raises `RefusedError` when another one is under way.
        """
        if order.capturing:
            raise RefusedError(Finding("ORDER_COMPLETION_IN_PROGRESS"))
        order.capturing = order.status is OrderStatus.APPROVED
        return order.capturing

    def capture(self, order: Order, twist: Twist = STRAIGHT) -> Order:
        """Take the money the payer approved.

        Raises `RefusedError`: not approved, captured already, declined, an invoice id used before.
        """
        instrument = self.finish(order, Intent.CAPTURE, twist)
        for unit in order.units:
            self._take(order, unit, twist, instrument)
        self.announce_completion(order, order.units[0].captures[0].amount)
        return order

    def finish(self, order: Order, intent: Intent, twist: Twist) -> str:
        """Complete an order that may be captured or authorized, and return the instrument that pays.

        Raises `RefusedError`: another intent, not approved, done already, declined, an invoice id used before.
        """
        self._check_approved(order, intent)
        instrument = twist.instrument or order.instrument or BALANCE
        if instrument in (DECLINED_CARD, "decline"):
            self._decline(order)
        order.status, order.updated = OrderStatus.COMPLETED, self._clock.now()
        self._open.pop(order.id, None)
        return instrument

    def announce_completion(self, order: Order, total: Money) -> None:
        """Tell that an order is completed, which does not say that it is paid."""
        resource = {**self._views.order(order), "gross_amount": total.body()}
        self._emit(EventType.ORDER_COMPLETED, resource, subject_of(order), None)

    def _check_approved(self, order: Order, intent: Intent) -> None:
        if order.intent is not intent:
            raise RefusedError(Finding("ACTION_DOES_NOT_MATCH_INTENT"))
        if order.status is OrderStatus.COMPLETED:
            captures = intent is Intent.CAPTURE
            raise RefusedError(Finding("ORDER_ALREADY_CAPTURED" if captures else "ORDER_ALREADY_AUTHORIZED"))
        if order.declines >= DECLINES_MAX:
            raise RefusedError(Finding("MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED"))
        if order.status is not OrderStatus.APPROVED:
            sent_back = order.declines and order.with_source
            raise RefusedError(Finding("PAYER_ACTION_REQUIRED" if sent_back else "ORDER_NOT_APPROVED"))
        for index, unit in enumerate(order.units):
            invoice_id = unit.body.get("invoice_id")
            if invoice_id and self._captures.invoiced(unit.payee, invoice_id):
                raise RefusedError(
                    Finding("DUPLICATE_INVOICE_ID", f"/purchase_units/{index}/invoice_id", invoice_id)
                )

    def _decline(self, order: Order) -> None:
        """Send the payer back to the same link, to choose another instrument."""
        order.declines += 1
        order.instrument = None
        order.status = OrderStatus.PAYER_ACTION_REQUIRED if order.with_source else OrderStatus.CREATED
        raise RefusedError(Finding("INSTRUMENT_DECLINED"))

    def _take(self, order: Order, unit: Unit, twist: Twist, instrument: str) -> None:
        capture = self._captures.take(
            Taking(
                order_id=order.id,
                payee=twist.payee or unit.payee,
                amount=twist.bent(money_from(unit.body["amount"])),
                instrument=instrument,
                custom_id=twist.custom_id or unit.body.get("custom_id"),
                invoice_id=unit.body.get("invoice_id"),
            )
        )
        unit.captures.append(capture)
        self._captures.announce(capture)

    def clear(self) -> None:
        """Forget all orders."""
        self._orders.clear()
        self._open.clear()


def subject_of(order: Order) -> Subject:
    """Say what an order's events are about."""
    unit = order.units[0].body
    return Subject(order_id=order.id, custom_id=unit.get("custom_id"), invoice_id=unit.get("invoice_id"))
