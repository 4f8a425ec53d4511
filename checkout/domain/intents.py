"""What we ask a processor to do for a payment, and what we know of it afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from checkout.domain.errors import Reaction
from checkout.domain.facts import Fact


class Operation(StrEnum):
    """What we may ask a processor to do for one payment."""

    OPEN = "open"
    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    VOID = "void"
    REAUTHORIZE = "reauthorize"
    REFUND = "refund"
    ACCEPT_CLAIM = "accept claim"
    GIVE_EVIDENCE = "give evidence"
    MAKE_OFFER = "make offer"
    SEND_MESSAGE = "send message"
    APPEAL = "appeal"
    ACKNOWLEDGE = "acknowledge"
    """Of a dispute: say how goods that came back arrived."""


DISPUTE_ANSWERS = frozenset(
    {
        Operation.ACCEPT_CLAIM,
        Operation.GIVE_EVIDENCE,
        Operation.MAKE_OFFER,
        Operation.SEND_MESSAGE,
        Operation.APPEAL,
        Operation.ACKNOWLEDGE,
    }
)
"""What we do about a dispute; its intent's `subject` is the dispute's id, its `request` the state it answers."""


class Outcome(StrEnum):
    """What we know of an operation we asked for."""

    TO_APPROVE = "to approve"
    """Wished for by one person; a second one must agree before it is asked for. Its amount is reserved."""
    WITHDRAWN = "withdrawn"
    """Wished for, and given up before it was asked for."""
    ASKED = "asked"
    """Asked, and the caller is still waiting (or died waiting)."""
    UNKNOWN = "unknown"
    """No usable answer came: it may have happened. Only asking resolves it."""
    DONE = "done"
    """The processor answered and its facts are settled."""
    REFUSED = "refused"
    """The processor refused: nothing happened."""


UNRESOLVED = frozenset({Outcome.ASKED, Outcome.UNKNOWN})

RESERVING = UNRESOLVED | {Outcome.TO_APPROVE}
"""While a refund stands so, nobody else may promise its amount."""


@dataclass(frozen=True, slots=True)
class Intent:
    """One operation we are about to ask for, or asked for. `attempt` counts from 1 within its operation.

    `subject` is the processor's id of what it acts on (a capture, an authorization), `invoice` the name we
    give it, by which its facts are found again, `result` the processor's id of what came of it.
    """

    operation: Operation
    attempt: int
    key: str
    outcome: Outcome
    asked_at: datetime
    issue: str | None = None
    reaction: Reaction | None = None
    repeated_at: datetime | None = None
    """When the same call was last made again, with the same key."""
    amount_minor: int = 0
    subject: str | None = None
    invoice: str | None = None
    result: str | None = None
    wished_by: str | None = None
    agreed_by: str | None = None
    note: str | None = None
    request: str | None = None
    """The key of the person's or program's own request: the same again is the same wish."""
    final: bool = True
    """Of a capture: nothing more is taken of its authorization, and the rest is let go."""

    @property
    def last_asked_at(self) -> datetime:
        """When anybody last made this call."""
        return self.repeated_at or self.asked_at


def next_attempt(asked: Iterable[Intent], operation: Operation) -> int:
    """The number of the next attempt at an operation of one payment, from 1."""
    return max((one.attempt for one in asked if one.operation is operation), default=0) + 1


LETTERS = {Operation.CAPTURE: "C", Operation.REFUND: "R"}
"""What we name in words of our own, by the letter before its number."""


def name_of_attempt(names: str, operation: Operation, number: int) -> str:
    """The name that we give one attempt at an operation, and by which its facts are found again."""
    return f"{names}-{LETTERS[operation]}{number}"


def next_named_attempt(
    asked: Iterable[Intent], told: Iterable[Fact], names: str, operation: Operation
) -> int:
    """The number of the next attempt at an operation that we name, above any we asked for and any we are told of.

    After a restored backup the processor may repeat names that we do not remember to have given. Their keys are
    used up as well: by such a key it would give the answer of then, and move no money.
    """
    start = name_of_attempt(names, operation, 0)[:-1]
    invoices = [fact.word("invoice") or "" for fact in told]
    numbers = [name.removeprefix(start) for name in invoices if name.startswith(start)]
    last_told = max((int(number) for number in numbers if number.isdecimal()), default=0)
    return max(next_attempt(asked, operation), last_told + 1)
