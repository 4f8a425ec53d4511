"""What the house asks of a processor, and the words it answers in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from checkout.domain.facts import Fact
    from checkout.domain.money import Money
    from checkout.domain.orders import Line


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


@dataclass(frozen=True, slots=True)
class Question:
    """A payment that is open at the processor, asked about or acted upon. `key` is for acting only."""

    names: str
    reference: str
    amount: Money
    key: str = ""


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

    `facts` may be settled as they are only where the envelope binds its body. `approved_at` is set where the
    event says that the customer has approved and we may capture. `happened` is the processor's id of what the
    event says was done after the payment's end, such as a refund: asking must show it, or the event waits.
    """

    names: str | None = None
    reference: str | None = None
    subject: str | None = None
    facts: tuple[Fact, ...] = ()
    approved_at: datetime | None = None
    happened: str | None = None
    concerns_payments: bool = True


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
class TellsByWebhook(Protocol):
    """A processor that sends events."""

    def authenticate(self, raw: bytes, headers: Mapping[str, str]) -> Envelope:
        """Check the signature over the raw bytes; `headers` have lower-case names.

        Raises NotAuthenticError or CannotAuthenticateError.
        """

    def translate(self, envelope: Envelope) -> Told:
        """What an event means, from what was kept of it; pure."""
