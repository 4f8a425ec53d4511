"""PayPal as one of the house's processors."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING
from urllib.parse import quote

from checkout.domain.errors import (
    ProcessorRefusedError,
    ProcessorUnavailableError,
    Reaction,
)
from checkout.domain.facts import FactKind
from checkout.domain.processor import Advice, Answer, Envelope, Instruction, Opening, Question, Told
from checkout.processors.paypal import afterwards, dispute_calls, events, listing
from checkout.processors.paypal.answers import Order, UnreadableAnswerError, read_order
from checkout.processors.paypal.client import PayPalClient
from checkout.processors.paypal.currencies import value_text
from checkout.processors.paypal.dispute_reasons import explain_dispute
from checkout.processors.paypal.opening import hand_over_link, order_request
from checkout.processors.paypal.reactions import FORGOTTEN, NAME
from checkout.processors.paypal.reading import read_time
from checkout.processors.paypal.reasons import explain
from checkout.processors.paypal.settings import PayPalEnvironment
from checkout.processors.paypal.signature import SignatureCheck
from checkout.processors.paypal.translate import facts_of, forgotten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from checkout.domain.dispute_answers import Answer as DisputeAnswer
    from checkout.domain.facts import Fact
    from checkout.domain.money import Money
    from checkout.domain.processor import ListedDispute
    from checkout.domain.reports import Balances, ReportPage
    from checkout.processors.paypal.settings import PayPalSettings
    from checkout.processors.paypal.wire import Received

_SETTLED = frozenset(
    {
        FactKind.CAPTURED,
        FactKind.PENDING,
        FactKind.DECLINED,
        FactKind.VOIDED,
        FactKind.AUTHORIZED,
        FactKind.AUTHORIZATION_PENDING,
        FactKind.AUTHORIZATION_DENIED,
        FactKind.AUTHORIZATION_VOIDED,
        FactKind.AUTHORIZATION_EXPIRED,
    }
)
_ORDER_ID = re.compile(r"[A-Z0-9]{1,36}", re.ASCII)
"""Source: Orders v2 2.13, the order's `id`."""
_AWAITS_PAYER = frozenset({"CREATED", "SAVED", "PAYER_ACTION_REQUIRED"})


class PayPal:
    """Implements Processor and TellsByWebhook; safe for any number of threads.

    `clock` gives aware UTC times, for the validity of certificates; `monotonic` gives seconds, for the token.
    """

    name = NAME
    title = "PayPal"

    def __init__(
        self,
        settings: PayPalSettings,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._client = PayPalClient(settings, monotonic)
        self._signatures = SignatureCheck.from_settings(settings, clock, monotonic)

    @property
    def payee(self) -> str:
        """Our own account's id."""
        return self._settings.merchant_id

    @property
    def moves_real_money(self) -> bool:
        """PayPal's own sandbox and the emulator move none."""
        return self._settings.environment is PayPalEnvironment.LIVE

    @property
    def hand_over_hosts(self) -> frozenset[str]:
        """The exact hosts (with a port where it is not the usual one) a customer may be sent to."""
        return self._settings.hand_over_hosts

    @property
    def webhook_ids(self) -> tuple[str, ...]:
        """Our webhooks at PayPal, as the settings name them."""
        return self._settings.webhook_ids

    @property
    def client(self) -> PayPalClient:
        """The client, for what the registration of webhooks asks."""
        return self._client

    def warm_up(self) -> None:
        """Ask for the access token now; raises ProcessorError where PayPal gives none. Slow: do it aside."""
        self._client.warm_up()

    def check_amount(self, amount: Money) -> None:
        """Raise AmountDoesNotFitError or CurrencyNotTakenError where PayPal cannot be asked for it."""
        value_text(amount)

    def open_payment(self, opening: Opening) -> Answer:
        """Make the payment known; what PayPal knows by this key it repeats, whatever is asked now.

        The facts hold what PayPal repeats of amount, payee and name, for the fold to compare. The link is
        given while the customer has not agreed, and only if its host is exactly PayPal's.
        """
        received = self._client.create_order(order_request(opening), opening.key)
        order = _read(received, "open")
        link = hand_over_link(order, self._settings)
        if not order.is_whole or (link is None and order.status in _AWAITS_PAYER):
            received = self._read_back("open", order.id)
            order = _read(received, "open", order.id)
            link = hand_over_link(order, self._settings) or link
        if link is None and order.status in _AWAITS_PAYER:
            raise ProcessorRefusedError(NAME, "open", "NO_SAFE_LINK", Reaction.OUR_BUG, received.debug_id)
        return Answer(_facts(order, "open", received), link, received.debug_id)

    def capture(self, question: Question) -> Answer:
        """Take the money the customer approved.

        Where PayPal says that it already happened, the answer is what it says on being asked for the state.
        """
        return self._taken("capture", question, self._client.capture_order)

    def inquire(self, question: Question) -> Answer:
        """Everything that has happened to the payment; that PayPal has forgotten it is a fact: expired."""
        try:
            received = self._client.get_order(question.reference)
        except ProcessorRefusedError as refused:
            if refused.issue not in FORGOTTEN:
                raise
            if question.captures or question.authorizations:
                # An order is forgotten long before its money is.
                known = afterwards.known_by_themselves(self._client, question)
                disputed = dispute_calls.told_of_disputes(self._client, question, known)
                return Answer((*known, *disputed), None, refused.debug_id)
            return Answer(forgotten(question.reference), None, refused.debug_id)
        order = _read(received, "inquire", question.reference)
        link = hand_over_link(order, self._settings)
        facts = _facts(order, "inquire", received, question.reversals)
        disputed = dispute_calls.told_of_disputes(self._client, question, facts)
        return Answer((*facts, *disputed), link, received.debug_id)

    def authorize(self, question: Question) -> Answer:
        """Reserve what the customer approved; what PayPal did already is read instead."""
        return self._taken("authorize", question, self._client.authorize_order)

    def capture_reserved(self, instruction: Instruction) -> Answer:
        """Take all or a part of a reservation."""
        return afterwards.capture_reserved(self._client, instruction)

    def reauthorize(self, instruction: Instruction) -> Answer:
        """Make sure again that the money is there; the answer is a new reservation."""
        return afterwards.reauthorize(self._client, instruction)

    def void(self, instruction: Instruction) -> Answer:
        """Let a reservation go."""
        return afterwards.void(self._client, instruction)

    def refund(self, instruction: Instruction) -> Answer:
        """Send money back; the same key again within 45 days sends nothing more."""
        return afterwards.refund(self._client, instruction)

    def list_disputes(self, since: datetime | None) -> tuple[ListedDispute, ...]:
        """Every dispute that was updated since a time, or in the last 180 days."""
        return dispute_calls.list_disputes(self._client, since)

    def disputed_captures(self, dispute_id: str) -> frozenset[str]:
        """The captures a dispute is about; none where PayPal does not know it."""
        return dispute_calls.disputed_captures(self._client, dispute_id)

    def answer_dispute(self, dispute_id: str, answer: DisputeAnswer) -> str | None:
        """Do something about a dispute; PayPal's id of the call."""
        return dispute_calls.answer_dispute(self._client, dispute_id, answer)

    def explain_dispute(self, reason: str) -> str:
        """Why a customer disputes, in plain words."""
        return explain_dispute(reason)

    def report_page(self, start: datetime, end: datetime, page: int) -> ReportPage:
        """One page of what moved on our account."""
        return listing.report_page(self._client, start, end, page)

    def balances(self, at: datetime | None = None) -> Balances:
        """What PayPal holds for us."""
        return listing.balances(self._client, at)

    def events_between(self, start: datetime, end: datetime) -> Iterator[Envelope]:
        """Every event PayPal has made, whether it was delivered or not."""
        return listing.events_between(self._client, start, end)

    def explain(self, reason: str) -> Advice:
        """Why PayPal holds something, in plain words."""
        return explain(reason)

    def confirmed(self, envelope: Envelope) -> datetime | None:
        """When PayPal itself says that it made this event, of this type; None where it lists none such."""
        try:
            received = self._client.read(
                "events", f"/v1/notifications/webhooks-events/{quote(envelope.event_id, safe='')}"
            )
        except ProcessorRefusedError as refused:
            if refused.issue in FORGOTTEN:
                return None
            raise
        told = received.document
        same = (told.get("id"), told.get("event_type")) == (envelope.event_id, envelope.event_type)
        made_at = told.get("create_time")
        return read_time(made_at) if same and isinstance(made_at, str) else None

    def authenticate(self, raw: bytes, headers: Mapping[str, str]) -> Envelope:
        """Check the signature over the raw bytes; raises NotAuthenticError or CannotAuthenticateError."""
        event = events.read_event(raw)
        transmission_id = self._signatures.check(raw, headers)
        return events.envelope(event, raw, transmission_id)

    def translate(self, envelope: Envelope) -> Told:
        """Which payment an event is about: a hint, as PayPal's signature does not bind the body."""
        return events.translate(envelope)

    def _taken(self, operation: str, question: Question, take: Callable[[str, str], Received]) -> Answer:
        """The first step after an approval; where PayPal says it was done already, its state is the answer."""
        try:
            received = take(question.reference, question.key)
        except ProcessorRefusedError as refused:
            if refused.reaction is not Reaction.READ_AND_GO_ON:
                raise
            received = self._read_back(operation, question.reference)
            facts = _facts(_read(received, operation, question.reference), operation, received)
            if not any(fact.kind in _SETTLED for fact in facts):
                raise
            return Answer(facts, None, received.debug_id)
        order = _read(received, operation, question.reference)
        if not order.is_whole or not order.has_moved:
            received = self._read_back(operation, question.reference)
            order = _read(received, operation, question.reference)
        return Answer(_facts(order, operation, received), None, received.debug_id)

    def _read_back(self, operation: str, reference: str) -> Received:
        """The state after a call that had its effect: a refusal to tell it leaves the outcome unknown."""
        try:
            return self._client.get_order(reference)
        except ProcessorRefusedError as refused:
            why = f"its state is not told, {refused.issue}"
            raise ProcessorUnavailableError(NAME, operation, why, refused.debug_id) from refused


def _read(received: Received, operation: str, reference: str | None = None) -> Order:
    """The order of an answer. Another order's facts must never be settled as this one's."""
    try:
        order = read_order(received.document)
    except UnreadableAnswerError as unreadable:
        raise _unusable(operation, unreadable.why, received) from unreadable
    if reference is not None and order.id != reference:
        raise _unusable(operation, f"asked of {reference}, answered of {order.id[:40]!r}", received)
    if not _ORDER_ID.fullmatch(order.id):
        raise _unusable(operation, "an order id that is none", received)
    return order


def _facts(
    order: Order, operation: str, received: Received, reversals: frozenset[str] = frozenset()
) -> tuple[Fact, ...]:
    try:
        return facts_of(order, reversals)
    except UnreadableAnswerError as unreadable:
        raise _unusable(operation, unreadable.why, received) from unreadable


def _unusable(operation: str, why: str, received: Received) -> ProcessorUnavailableError:
    return ProcessorUnavailableError(NAME, operation, why, received.debug_id)
