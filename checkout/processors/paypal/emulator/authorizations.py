"""Authorizations: money reserved for an order, captured in parts or in full, renewed, let go, or expired.

Guarded by the emulator's lock; nothing here sleeps, sends or knows HTTP.
"""

import heapq
from datetime import datetime

from checkout.processors.paypal.emulator.authorization_rules import (
    captured_amount,
    check_capture_body,
    check_reauthorizable,
    check_voidable,
    reauthorized_amount,
)
from checkout.processors.paypal.emulator.captures import Captures, Emit, NotPendingError, Taking
from checkout.processors.paypal.emulator.clock import Clock
from checkout.processors.paypal.emulator.events import EventType, Subject
from checkout.processors.paypal.emulator.identifiers import Identifiers
from checkout.processors.paypal.emulator.money import money_from
from checkout.processors.paypal.emulator.orders import BALANCE, REVIEW, STRAIGHT, Orders, Twist
from checkout.processors.paypal.emulator.records import (
    AUTHORIZATION_PERIOD,
    FELL_THROUGH,
    OPEN_AUTHORIZATION,
    Authorization,
    AuthorizationStatus,
    Capture,
    Intent,
    Order,
    Unit,
)
from checkout.processors.paypal.emulator.refusals import Finding, Json, RefusedError
from checkout.processors.paypal.emulator.views import Views


class Authorizations:
    """All authorizations; the ones that expire next are found without looking at the others."""

    def __init__(
        self,
        clock: Clock,
        identifiers: Identifiers,
        views: Views,
        orders: Orders,
        captures: Captures,
        emit: Emit,
    ) -> None:
        """Take what authorizations need."""
        self._clock = clock
        self._identifiers = identifiers
        self._views = views
        self._orders = orders
        self._captures = captures
        self._emit = emit
        self._authorizations: dict[str, Authorization] = {}
        self._expiring: list[tuple[datetime, str]] = []

    def authorize(self, order: Order, twist: Twist = STRAIGHT) -> Order:
        """Reserve the money the payer approved.

        Raises `RefusedError`: another intent, not approved, authorized already, declined.
        """
        instrument = self._orders.finish(order, Intent.AUTHORIZE, twist)
        for unit in order.units:
            made = self._reserve(order, unit, twist, instrument)
            unit.authorizations.append(made)
            self._tell(EventType.AUTHORIZATION_CREATED, made)
        self._orders.announce_completion(order, order.units[0].authorizations[0].amount)
        return order

    def _reserve(self, order: Order, unit: Unit, twist: Twist, instrument: str) -> Authorization:
        now = self._clock.now()
        # A review holds the authorization itself; what else an instrument does shows when it is captured.
        reviewed = instrument == REVIEW
        return self._kept(
            Authorization(
                id=self._identifiers.transaction_id(),
                order_id=order.id,
                payee=twist.payee or unit.payee,
                amount=twist.bent(money_from(unit.body["amount"])),
                status=AuthorizationStatus.PENDING if reviewed else AuthorizationStatus.CREATED,
                created=now,
                updated=now,
                expires=now + AUTHORIZATION_PERIOD,
                instrument=BALANCE if reviewed else instrument,
                custom_id=twist.custom_id or unit.body.get("custom_id"),
                invoice_id=unit.body.get("invoice_id"),
            )
        )

    def _kept(self, made: Authorization) -> Authorization:
        self._authorizations[made.id] = made
        heapq.heappush(self._expiring, (made.expires, made.id))
        return made

    def get(self, authorization_id: str) -> Authorization:
        """Return an authorization.

        Raises `RefusedError` when there is none.
        """
        self.expire_due()
        try:
            return self._authorizations[authorization_id]
        except KeyError:
            raise RefusedError(
                Finding("INVALID_RESOURCE_ID", "authorization_id", authorization_id, "path")
            ) from None

    def all(self) -> list[Authorization]:
        """Return every authorization, oldest first."""
        return list(self._authorizations.values())

    def capture(self, made: Authorization, body: Json, twist: Twist = STRAIGHT) -> Capture:
        """Take all or a part of what is reserved; a final capture lets the rest go.

        Raises `RefusedError`: malformed, over, too much, or an invoice id used before.
        """
        check_capture_body(body)
        amount = twist.bent(captured_amount(made, body))
        invoice_id = self._invoice(made, body)
        instrument = twist.instrument or made.instrument
        if instrument == "decline":
            raise RefusedError(Finding("PAYER_CANNOT_PAY"))
        capture = self._captures.take(
            Taking(
                order_id=made.order_id,
                payee=twist.payee or made.payee,
                amount=amount,
                instrument=instrument,
                custom_id=twist.custom_id or made.custom_id,
                invoice_id=invoice_id,
                authorization_id=made.id,
                final=bool(body.get("final_capture", False)),
            )
        )
        made.captures.append(capture)
        self._unit_of(made).captures.append(capture)
        self._settle(made, capture)
        self._captures.announce(capture)
        return capture

    def _invoice(self, made: Authorization, body: Json) -> str | None:
        """Return the invoice id of a capture: its own, new one, or that of the order for all its parts."""
        own: str | None = body.get("invoice_id")
        invoice_id = own or made.invoice_id
        order_id = self._captures.invoiced(made.payee, invoice_id) if invoice_id else None
        if order_id is not None and (own or order_id != made.order_id):
            raise RefusedError(Finding("DUPLICATE_INVOICE_ID", "/invoice_id", invoice_id))
        return invoice_id

    def _unit_of(self, made: Authorization) -> Unit:
        order = self._orders.known(made.order_id)
        assert order is not None  # noqa: S101 -- an authorization is made of an order
        return next(unit for unit in order.units if made in unit.authorizations)

    def _settle(self, made: Authorization, capture: Capture) -> None:
        if capture.status in FELL_THROUGH:
            return
        taken = made.captured().value
        over = capture.final or taken >= made.amount.value
        status = AuthorizationStatus.CAPTURED if over else AuthorizationStatus.PARTIALLY_CAPTURED
        # What a reauthorization takes, it takes of the first authorization too.
        for one in (made, made.original):
            if one is not None:
                one.status, one.updated = status, self._clock.now()

    def reauthorize(self, made: Authorization, body: Json) -> Authorization:
        """Renew an authorization once, under a new id; only the new one can be captured from now on.

        Raises `RefusedError`: too soon, renewed or captured before, over, malformed, too much.
        """
        amount = reauthorized_amount(made, body)
        now = self._clock.now()
        check_reauthorizable(made, now)
        renewed = self._kept(
            Authorization(
                id=self._identifiers.transaction_id(),
                order_id=made.order_id,
                payee=made.payee,
                amount=amount,
                status=AuthorizationStatus.CREATED,
                created=now,
                updated=now,
                expires=made.expires,
                instrument=made.instrument,
                custom_id=made.custom_id,
                invoice_id=made.invoice_id,
                original=made,
            )
        )
        made.replaced_by, made.updated = renewed, now
        self._unit_of(made).authorizations.append(renewed)
        self._tell(EventType.AUTHORIZATION_CREATED, renewed)
        return renewed

    def void(self, made: Authorization) -> Authorization:
        """Let go what is still reserved, with what renewed it.

        Raises `RefusedError`: captured or voided before, or the renewal of another.
        """
        check_voidable(made)
        self._void(made)
        return made

    def _void(self, made: Authorization) -> None:
        for one in (made, made.replaced_by):
            if one is not None and one.status in OPEN_AUTHORIZATION:
                one.status, one.updated = AuthorizationStatus.VOIDED, self._clock.now()
                self._tell(EventType.AUTHORIZATION_VOIDED, one)

    def review(self, made: Authorization, *, approved: bool) -> None:
        """End the review of a pending authorization; PayPal has no event for a denied one.

        Raises `NotPendingError`.
        """
        if made.status is not AuthorizationStatus.PENDING:
            raise NotPendingError(f"Authorization {made.id} is {made.status}, not PENDING.")
        made.status = AuthorizationStatus.CREATED if approved else AuthorizationStatus.DENIED
        made.updated = self._clock.now()
        if approved:
            self._tell(EventType.AUTHORIZATION_CREATED, made)

    def expire(self, made: Authorization) -> None:
        """Let an authorization expire now."""
        if made.status in OPEN_AUTHORIZATION:
            made.expired = True
            if made.replaced_by is not None:
                made.replaced_by.expired = True
            self._void(made)

    def expire_due(self) -> None:
        """Let every authorization expire whose 29 days are over."""
        now = self._clock.now()
        while self._expiring and self._expiring[0][0] <= now:
            self.expire(self._authorizations[heapq.heappop(self._expiring)[1]])

    def _tell(self, kind: EventType, made: Authorization) -> None:
        self._emit(kind, self._views.authorization_resource(made), authorization_subject(made), made.amount)

    def clear(self) -> None:
        """Forget all authorizations."""
        self._authorizations.clear()
        self._expiring.clear()


def authorization_subject(made: Authorization) -> Subject:
    """Say what an authorization's events are about."""
    return Subject(
        order_id=made.order_id,
        custom_id=made.custom_id,
        invoice_id=made.invoice_id,
        authorization_id=made.id,
    )
