"""What the house asks of a processor, and the words it answers in."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from checkout.domain.dispute_answers import Answer as DisputeAnswer
    from checkout.domain.facts import Fact
    from checkout.domain.money import Money
    from checkout.domain.orders import Line
    from checkout.domain.reports import Balances, ReportPage


@dataclass(frozen=True, slots=True)
class Opening:
    """A payment to be opened at the processor. `names` comes back as its name in every answer and event.

    `names` and `invoice` carry the installation's prefix, so two installations on one account never meet;
    `key` is the stored idempotency key, at most 108 characters.
    """

    names: str
    invoice: str
    amount: Money
    key: str
    lines: Sequence[Line]
    return_url: str
    cancel_url: str
    shop_name: str
    language: str = "en-GB"
    capture_later: bool = False
    shipping_minor: int = 0
    tax_minor: int = 0
    """In the amount beside the lines, in its currency."""


@dataclass(frozen=True, slots=True)
class Question:
    """A payment that is open at the processor, asked about or acted upon. `key` is for acting only.

    `captures`, `authorizations`, and `refunds` on their way, are the ids we know already, for a processor that
    has forgotten the payment itself; `disputes` those to be read too; `reversals` what went back that an event
    or a report calls reversed, as the payment itself does not tell it from a refund.
    """

    names: str
    reference: str
    amount: Money
    key: str = ""
    captures: tuple[str, ...] = ()
    authorizations: tuple[str, ...] = ()
    refunds: tuple[str, ...] = ()
    disputes: frozenset[str] = frozenset()
    reversals: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Instruction:
    """What is to be done with a capture or a reservation (`subject`) of a payment.

    `invoice` is the name we give to what comes of it, by which it is found again; `key` the stored
    idempotency key. `final` says of a capture that nothing more will be taken.
    """

    names: str
    reference: str
    subject: str
    amount: Money
    key: str
    invoice: str
    note: str = ""
    final: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What a processor said: facts, where to send the customer, and its own id for support."""

    facts: tuple[Fact, ...]
    hand_over_url: str | None = None
    debug_id: str | None = None


@dataclass(frozen=True, slots=True)
class Envelope:
    """An authenticated event, not yet understood. `kept` is an allow-list of ids, states, amounts and times.

    `binds_body` says whether the signature covers the whole body; where it does not, the event is a hint.
    """

    processor: str
    event_id: str
    event_type: str
    occurred_at: datetime | None
    transmission_id: str
    body_digest: str
    binds_body: bool
    kept: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """An event, understood: which payment it names, and what it says of it.

    `subjects` are the processor's ids of captures or refunds of ours, where it names no payment by itself.

    `facts` may be settled as they are only where the envelope binds its body. `approved_at` is set where the
    event says that the customer has approved and we may capture. `happened` is the processor's id of what the
    event says was done after the payment's end, such as a refund: asking must show it, or the event waits.
    """

    names: str | None = None
    reference: str | None = None
    subjects: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    approved_at: datetime | None = None
    happened: str | None = None
    concerns_payments: bool = True
    dispute: str | None = None
    """The processor's id of the dispute it is about."""
    reversal: str | None = None
    """The processor's id of what went back, where the event calls it reversed."""
    account: AccountNews | None = None
    """Set where it is about our account itself."""


class AccountChange(StrEnum):
    """What an event says of our account at the processor."""

    LIMITED = "limited"
    """The processor restricts what we may do, or restricts it more."""
    LIFTED = "lifted"
    REVOKED = "revoked"
    """We may no longer act for the account."""


@dataclass(frozen=True, slots=True)
class AccountNews:
    """An event about our account; the processor must be asked whether it really sent it."""

    change: AccountChange
    said: str


class Processor(Protocol):
    """Somebody who takes the customer's money for us. Every call has a total time limit.

    Each call raises ProcessorRefusedError (known: nothing happened) or ProcessorUnavailableError (unknown).
    """

    @property
    def name(self) -> str:
        """Its folder's name, such as `paypal`."""

    @property
    def title(self) -> str:
        """The name customers know it by, such as `PayPal`."""

    @property
    def hand_over_hosts(self) -> frozenset[str]:
        """The exact hosts (with a port where it is not the usual one) that customers are sent to."""

    @property
    def payee(self) -> str:
        """The processor's id of our own account."""

    def warm_up(self) -> None:
        """Get ready for the first customer, such as fetching an access token. Raises ProcessorError."""

    def check_amount(self, amount: Money) -> None:
        """Raise AmountDoesNotFitError or CurrencyNotTakenError where the amount cannot be asked for exactly."""

    def open_payment(self, opening: Opening) -> Answer:
        """Make the payment known to the processor; the same key again finds the same payment."""

    def capture(self, question: Question) -> Answer:
        """Take the money that the customer approved; the same key again takes nothing more."""

    def inquire(self, question: Question) -> Answer:
        """Ask for everything that has happened to the payment. An expired one is a fact, not an error."""


@runtime_checkable
class MovesRealMoney(Protocol):
    """A processor that can be set to real money, or to an account for trials."""

    @property
    def moves_real_money(self) -> bool:
        """True where what it takes is real."""


@runtime_checkable
class ConfirmsEvents(Protocol):
    """A processor that can be asked whether it really made an event, where nothing else shows it."""

    def confirmed(self, envelope: Envelope) -> datetime | None:
        """When the processor itself says that it made this event, of this type; None where it knows none such.

        Raises ProcessorError.
        """


@runtime_checkable
class GivesBack(Protocol):
    """A processor that can send a captured payment's money back."""

    def refund(self, instruction: Instruction) -> Answer:
        """Send money back; the same key again sends nothing more."""


@runtime_checkable
class Reserves(Protocol):
    """A processor that can reserve money first, for it to be taken later."""

    def authorize(self, question: Question) -> Answer:
        """Reserve what the customer approved; the same key again reserves nothing more."""

    def capture_reserved(self, instruction: Instruction) -> Answer:
        """Take all or a part of a reservation."""

    def reauthorize(self, instruction: Instruction) -> Answer:
        """Make sure again that the money is there; it makes a new reservation."""

    def void(self, instruction: Instruction) -> Answer:
        """Let a reservation go."""


@dataclass(frozen=True, slots=True)
class ListedDispute:
    """A dispute that the processor lists, and when it was last updated, where that is told."""

    id: str
    updated_at: datetime | None


@runtime_checkable
class SettlesDisputes(Protocol):
    """A processor whose disputes can be listed and answered. Each call raises ProcessorError."""

    def list_disputes(self, since: datetime | None) -> Sequence[ListedDispute]:
        """Every dispute that was updated since a time; None is as far back as the processor looks."""

    def disputed_captures(self, dispute_id: str) -> frozenset[str]:
        """The captures a dispute is about; none where the processor does not know it."""

    def answer_dispute(self, dispute_id: str, answer: DisputeAnswer) -> str | None:
        """Do something about a dispute; the processor's id of the call. Nothing is sent twice by itself."""

    def explain_dispute(self, reason: str) -> str:
        """Why a customer disputes, in plain words; a reason nobody has seen as it is."""


@runtime_checkable
class Explains(Protocol):
    """A processor that can say in plain words why it holds a payment."""

    def explain(self, reason: str) -> Advice:
        """What a reason means, and what only the operator can do about it."""


@dataclass(frozen=True, slots=True)
class Advice:
    """What a processor's word means for an operator. `do` is empty where there is nothing to do but wait."""

    said: str
    do: str = ""


@runtime_checkable
class TellsByWebhook(Protocol):
    """A processor that sends events."""

    def authenticate(self, raw: bytes, headers: Mapping[str, str]) -> Envelope:
        """Check the signature over the raw bytes; `headers` have lower-case names.

        Raises NotAuthenticError or CannotAuthenticateError.
        """

    def translate(self, envelope: Envelope) -> Told:
        """What an event means, from what was kept of it; pure."""


@runtime_checkable
class HasWebhooks(Protocol):
    """A processor that knows as which of its webhooks we are registered."""

    @property
    def webhook_ids(self) -> tuple[str, ...]:
        """The processor's ids of them; several while one is being replaced."""


@runtime_checkable
class Reports(Protocol):
    """A processor that lists every movement of our account, hours late, and says what it holds for us."""

    def report_page(self, start: datetime, end: datetime, page: int) -> ReportPage:
        """One page, from 1, of the rows from `start` to `end`, whole seconds and both included.

        Raises TooManyRowsError (ask for a shorter span), ReportsNotAllowedError or ProcessorError.
        """

    def balances(self, at: datetime | None = None) -> Balances:
        """What it holds for us at a time, by default as far as its reports have come."""


@runtime_checkable
class ListsEvents(Protocol):
    """A processor that can be asked which events it has made."""

    def events_between(self, start: datetime, end: datetime) -> Iterator[Envelope]:
        """Every event from `start` to `end`, whether it was ever delivered or not. Raises ProcessorError."""
