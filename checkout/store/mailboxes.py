"""The inbox: events as they came, kept as records, each claimed by one worker at a time."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select, update

from checkout.domain.processor import Envelope
from checkout.store.conflicts import INSERT
from checkout.store.tables import inbox as table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Row, Update

    from checkout.store.engine import Tx


class MessageState(StrEnum):
    """What became of an event."""

    NEW = "new"
    DONE = "done"
    IGNORED = "ignored"
    """Understood to be none of ours: another installation's, or no payment's."""
    PARKED = "parked"
    """Not understood after many tries; waits for a person with its reason."""


class CameBy(StrEnum):
    """How an event came to us."""

    WEBHOOK = "webhook"
    PULL = "pull"
    """We asked the processor which events it has made."""


@dataclass(frozen=True, slots=True)
class Message:
    """An event in the inbox."""

    id: int
    envelope: Envelope
    state: MessageState
    attempts: int
    received_at: datetime
    due_at: datetime
    reason: str | None
    payment_id: str | None
    came_by: CameBy = CameBy.WEBHOOK
    finished_at: datetime | None = None
    learned: tuple[int, int] | None = None
    """Which facts of its payment were learned with it: those beyond the first number, up to the second."""


COLUMNS = list(table.c)
"""What an event is read from."""

# Hot statements are built once: building one costs more than running it.
_PUT = {
    name: maker(table).on_conflict_do_nothing(index_elements=["processor", "event_id", "body_digest"])
    for name, maker in INSERT.items()
}
_SEEN = select(table.c.processor, table.c.transmission_id, table.c.body_digest).where(
    table.c.processor.in_(bindparam("processors", expanding=True)),
    table.c.transmission_id.in_(bindparam("transmissions", expanding=True)),
)


def put(tx: Tx, envelopes: Sequence[tuple[Envelope, datetime]], *, came_by: CameBy = CameBy.WEBHOOK) -> None:
    """Keep events; one that is here already changes nothing."""
    # One order for all writers: two batches with the same events never wait for each other.
    ordered = sorted(envelopes, key=lambda kept: (kept[0].processor, kept[0].event_id, kept[0].body_digest))
    tx.execute(_PUT[tx.dialect.name], [_values(envelope, at, came_by) for envelope, at in ordered])


def seen_otherwise(tx: Tx, envelopes: Sequence[Envelope]) -> list[Envelope]:
    """Those whose transmission id was seen before with another body, here or among them: somebody forges."""
    named = {
        "processors": list({envelope.processor for envelope in envelopes}),
        "transmissions": list({envelope.transmission_id for envelope in envelopes}),
    }
    digests = {(row.processor, row.transmission_id): row.body_digest for row in tx.execute(_SEEN, named)}
    return [
        envelope
        for envelope in envelopes
        if digests.setdefault((envelope.processor, envelope.transmission_id), envelope.body_digest)
        != envelope.body_digest
    ]


def known_events(tx: Tx, processor: str, event_ids: Sequence[str]) -> set[str]:
    """Those of some events that are here already, in whatever bytes they came."""
    this = (table.c.processor == processor) & table.c.event_id.in_(sorted(set(event_ids)))
    return set(tx.scalars(select(table.c.event_id).where(this)))


def last_received(tx: Tx, processor: str, came_by: CameBy) -> datetime | None:
    """When an event came to us last in one way; None where none ever did."""
    this = (table.c.processor == processor) & (table.c.came_by == came_by)
    # Of a way that brings one event in a year there may be five million younger ones of another.
    query = select(table.c.received_at).where(this).order_by(table.c.id.desc()).limit(1)
    return tx.execute(query).scalar_one_or_none()


def claim(tx: Tx, now: datetime, until: datetime, limit: int) -> list[Message]:
    """Take the oldest due events until a time; if the worker dies they are due again then."""
    due = (
        select(table.c.id)
        .where(table.c.state == MessageState.NEW, table.c.due_at <= now)
        .order_by(table.c.due_at, table.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(tx.scalars(due))
    if not ids:
        return []
    claimed = update(table).where(table.c.id.in_(ids)).values(due_at=until, attempts=table.c.attempts + 1)
    rows = tx.execute(claimed.returning(*COLUMNS))
    return sorted((message_of(row) for row in rows), key=lambda message: message.id)


def finish(
    tx: Tx,
    message_id: int,
    state: MessageState,
    *,
    at: datetime,
    reason: str | None = None,
    payment_id: str | None = None,
    learned: tuple[int, int] | None = None,
) -> None:
    """The event is dealt with; what was dealt with before stays as it is."""
    short = reason[:200] if reason else None
    values = {"state": state, "finished_at": at, "reason": short, "payment_id": payment_id}
    if learned is not None:
        values |= {"learned_after": learned[0], "learned_to": learned[1]}
    tx.execute(_if_new(message_id).values(**values))


def defer(tx: Tx, message_id: int, due_at: datetime, reason: str) -> None:
    """Try again later, unless it was dealt with meanwhile."""
    tx.execute(_if_new(message_id).values(due_at=due_at, reason=reason[:200]))


def retry(tx: Tx, message_id: int, now: datetime) -> bool:
    """A person asks for one more round of tries; False where there is no such event."""
    values = {"state": MessageState.NEW, "attempts": 0, "due_at": now, "reason": None, "finished_at": None}
    return tx.execute(update(table).where(table.c.id == message_id).values(**values)).rowcount == 1


def overdue(tx: Tx, before: datetime, *, limit: int) -> list[Message]:
    """Events that should have been dealt with before a time, oldest first."""
    query = select(*COLUMNS).where(table.c.state == MessageState.NEW, table.c.due_at < before)
    return [message_of(row) for row in tx.execute(query.order_by(table.c.due_at).limit(limit))]


def by_id(tx: Tx, message_id: int) -> Message | None:
    """One event."""
    row = tx.execute(select(*COLUMNS).where(table.c.id == message_id)).one_or_none()
    return message_of(row) if row else None


def newest(tx: Tx, *, limit: int, state: MessageState | None = None) -> list[Message]:
    """Events, newest first."""
    query = select(*COLUMNS).order_by(table.c.id.desc()).limit(limit)
    if state is not None:
        query = query.where(table.c.state == state)
    return [message_of(row) for row in tx.execute(query)]


def of_payment(tx: Tx, payment_id: str) -> list[Message]:
    """The events that were about one payment, in the order they came."""
    query = select(*COLUMNS).where(table.c.payment_id == payment_id).order_by(table.c.id)
    return [message_of(row) for row in tx.execute(query)]


def counts(tx: Tx) -> dict[MessageState, int]:
    """How many events are in each state."""
    query = select(table.c.state, func.count().label("messages")).group_by(table.c.state)
    found: dict[str, int] = {row.state: row.messages for row in tx.execute(query)}
    return {state: found.get(state, 0) for state in MessageState}


def _if_new(message_id: int) -> Update:
    return update(table).where(table.c.id == message_id, table.c.state == MessageState.NEW)


def _values(envelope: Envelope, at: datetime, came_by: CameBy) -> dict[str, object]:
    return {
        "processor": envelope.processor,
        "event_id": envelope.event_id,
        "body_digest": envelope.body_digest,
        "event_type": envelope.event_type[:80],
        "transmission_id": envelope.transmission_id,
        "binds_body": envelope.binds_body,
        "occurred_at": envelope.occurred_at,
        "received_at": at,
        "kept": json.dumps(dict(envelope.kept), separators=(",", ":"), sort_keys=True),
        "state": MessageState.NEW,
        "attempts": 0,
        "due_at": at,
        "came_by": came_by,
    }


def message_of(row: Row[tuple[object, ...]]) -> Message:
    """An event as it is kept, from its row."""
    found = row._mapping
    envelope = Envelope(
        processor=found["processor"],
        event_id=found["event_id"],
        event_type=found["event_type"],
        occurred_at=found["occurred_at"],
        transmission_id=found["transmission_id"],
        body_digest=found["body_digest"],
        binds_body=found["binds_body"],
        kept=json.loads(found["kept"]),
    )
    after = found["learned_after"]
    return Message(
        id=found["id"],
        envelope=envelope,
        state=MessageState(found["state"]),
        attempts=found["attempts"],
        received_at=found["received_at"],
        due_at=found["due_at"],
        reason=found["reason"],
        payment_id=found["payment_id"],
        came_by=CameBy(found["came_by"]),
        finished_at=found["finished_at"],
        learned=None if after is None else (after, found["learned_to"]),
    )
