"""What the shop is told of: types, the one name of each happening, and its payload, which names no person."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from itertools import count
from re import compile as pattern

from checkout.domain.texts import in_letters

ABOUT_MAX = 200
NAME_CHARACTERS = 26
"""26 signs of 28 kinds are 125 bits: no two happenings ever share a name."""
_ALPHABET = "23456789bcdfghjkmnpqrstvwxyz"
_LOOKS_LIKE_A_NUMBER = pattern(r"\d{8}")


class HappeningType(StrEnum):
    """What happened, in the words a shop subscribes to."""

    ORDER_CREATED = "order.created"
    ORDER_AUTHORIZED = "order.authorized"
    ORDER_PAID = "order.paid"
    ORDER_PARTIALLY_PAID = "order.partially_paid"
    ORDER_OVERPAID = "order.overpaid"
    ORDER_PAID_LATE = "order.paid_late"
    """The money came after the order was cancelled or had expired."""
    ORDER_CANCELLED = "order.cancelled"
    ORDER_EXPIRED = "order.expired"
    ORDER_PARTIALLY_REFUNDED = "order.partially_refunded"
    ORDER_REFUNDED = "order.refunded"
    PAYMENT_PENDING = "payment.pending"
    """The processor holds the money for review; it is not ours yet."""
    PAYMENT_FAILED = "payment.failed"
    """An attempt to pay came to nothing; the customer may try again."""
    PAYMENT_REVERSED = "payment.reversed"
    """The processor or a bank took money back."""
    PAYMENT_REVERSAL_RETURNED = "payment.reversal_returned"
    REFUND_PENDING = "refund.pending"
    REFUND_COMPLETED = "refund.completed"
    REFUND_FAILED = "refund.failed"
    DISPUTE_OPENED = "dispute.opened"
    DISPUTE_UPDATED = "dispute.updated"
    DISPUTE_CLOSED = "dispute.closed"
    DISCREPANCY_OPENED = "discrepancy.opened"
    DISCREPANCY_RESOLVED = "discrepancy.resolved"
    PING = "ping"
    """Sent to one endpoint to try it."""


EVERY_TYPE = "*"
"""What an endpoint says that wants them all, those of later releases too."""

SUBSCRIBABLE = frozenset(HappeningType) - {HappeningType.PING}
"""A ping is sent to whom it is for, and needs no subscription."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened. `about` names it, so that it is told once; `told` holds ids, states and amounts."""

    type: HappeningType
    about: str
    told: Mapping[str, object] = field(default_factory=dict)
    order_id: str | None = None
    payment_id: str | None = None
    subject: str | None = None
    """The id of the thing itself: a refund, a dispute, a discrepancy."""


def about(kind: HappeningType, *what: object) -> str:
    """What a happening is about, in one text of bounded length; long ones end in a digest of the whole.

    With a letter between its parts: ids and sums side by side could look like a card number.
    """
    whole = ":x".join([kind, *(str(one) for one in what)])
    if len(whole) <= ABOUT_MAX:
        return whole
    digest = in_letters(whole)
    return f"{whole[: ABOUT_MAX - len(digest) - 1]}:{digest}"


def name_of(installation: str, about_it: str) -> str:
    """The name that the shop tells repeats apart by, made of what happened.

    So the same happening bears the same name even where it is learned again after a backup was restored.
    """
    for turn in count():
        chance = int.from_bytes(sha256(f"{installation}\n{about_it}\n{turn}".encode()).digest())
        signs = []
        for _ in range(NAME_CHARACTERS):
            chance, place = divmod(chance, len(_ALPHABET))
            signs.append(_ALPHABET[place])
        name = "".join(signs)
        if not _LOOKS_LIKE_A_NUMBER.search(name):
            return f"evt_{name}"
    raise AssertionError  # counting never ends


def payload(name: str, kind: str, happened_at: datetime, told: str) -> str:
    """The body that is signed and sent: the same text at every attempt. `told` is JSON already."""
    moment = happened_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    head = json.dumps({"id": name, "type": kind, "timestamp": moment}, separators=(",", ":"))
    return f'{head[:-1]},"data":{told}}}'


def text_of(told: Mapping[str, object]) -> str:
    """What is told, as JSON with its keys in order, and states in the words that the API answers them in."""
    return json.dumps(_worded(told), separators=(",", ":"), sort_keys=True)


def _worded(one: object) -> object:
    if isinstance(one, Mapping):
        return {name: _worded(inner) for name, inner in one.items()}
    return word(one) if isinstance(one, StrEnum) else one


def word(said: str) -> str:
    """`partially_paid` for `partially paid`: how programs are told."""
    return str(said).replace(" ", "_").replace("-", "_")
