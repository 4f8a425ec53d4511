"""Replaying an event: first as it would end, in a transaction that is rolled back; then, if that is agreed to, for good.

Both run the very code that processes events. What is asked of the processor is asked outside the transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import structlog

from checkout.domain.errors import BadInputError, NotFoundError
from checkout.domain.standing import PaymentState
from checkout.store import audit, mailboxes
from checkout.store.audit import Deed
from checkout.store.mailboxes import MessageState
from webhooks.changes import Changed, Look, compared, look
from webhooks.process import Errand, begin, finish_all, settle_errand, understand

if TYPE_CHECKING:
    from checkout.domain.actors import Actor
    from checkout.flows.house import House
    from checkout.store.engine import Tx
    from checkout.store.mailboxes import Message

log = structlog.get_logger()

NOT_SHOWN = "the processor does not show what this event says happened"
NOT_OPENED = "the processor's reference of this payment is not known yet"
TAKES_MONEY = "next: the customer has approved, so the money is asked for at once"


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay would come to, or came to. `says` is in words where nothing is settled by it.

    `digest` names the outcome, so that applying it brings about this one or none; empty where nothing can be
    settled now, and applying only gives the event another round of tries.
    """

    message: Message
    ends: MessageState
    says: str = ""
    payment_id: str | None = None
    changed: Changed = field(default_factory=Changed)
    digest: str = ""


class OutcomeDiffersError(BadInputError):
    """A replay that would not end as it was shown; nothing was changed."""

    def __init__(self, replay: Replay) -> None:
        self.replay = replay
        super().__init__(
            f"Event {replay.message.id} would not end any more as it was shown, so nothing was changed."
            " Look at what it would change now."
        )


class _RolledBackError(Exception):
    """Ends the transaction of a dry run."""


def dry_run(house: House, message_id: int) -> Replay:
    """What replaying an event would change; nothing is. Raises NotFoundError or ProcessorError."""
    with structlog.contextvars.bound_contextvars(dry_run=True):
        quiet = replace(house, enqueue=lambda _tx, _job, _notice: None)
        return _Replaying(quiet, _known(house, message_id)).run()


def apply(house: House, message_id: int, digest: str, actor: Actor) -> Replay:
    """Replay an event for good, if it ends as it was shown. Raises OutcomeDiffersError, NotFoundError or ProcessorError.

    One that nothing can be settled of now is given another round of tries.
    """
    replay = _Replaying(house, _known(house, message_id), digest, actor).run()
    if not replay.digest:
        if digest:
            raise OutcomeDiffersError(replay)
        with house.store.begin() as tx:
            mailboxes.retry(tx, message_id, house.clock())
            _keep_deed(tx, house, replay, actor, "another round of tries")
    log.info("event replayed", message=message_id, by=actor.name)
    return replay


class _Replaying:
    """One replay. Without an actor it is a dry run."""

    def __init__(self, house: House, message: Message, digest: str = "", actor: Actor | None = None) -> None:
        self._house, self._message = house, message
        self._digest, self._actor = digest, actor
        self._before: Look | None = None
        self._replay: Replay | None = None

    def run(self) -> Replay:
        understood = understand(self._house, self._message)
        if understood.is_news_of_account:
            says = "it is about your account at the processor, which is asked again whether it is true"
            return Replay(self._message, MessageState.NEW, says)
        if understood.payment is None or understood.told is None:
            return Replay(self._message, understood.ends or MessageState.NEW, understood.reason)
        errand = Errand(understood.payment, [(self._message, understood.told)])
        if errand.payment.reference is None and not self._message.envelope.binds_body:
            # Asking would give up an opening that was never answered, and by looking nothing may be changed.
            return Replay(self._message, MessageState.NEW, NOT_OPENED, errand.payment.id)
        try:
            asked = settle_errand(
                self._house,
                errand,
                first=lambda tx: self._begin(tx, errand),
                also=lambda tx: self._end(tx, errand),
            )
        except _RolledBackError:
            asked = True
        if not asked or self._replay is None:
            return Replay(self._message, MessageState.NEW, NOT_OPENED, errand.payment.id)
        return self._replay

    def _begin(self, tx: Tx, errand: Errand) -> None:
        begin(tx, errand)
        mailboxes.retry(tx, self._message.id, self._house.clock())
        self._before = look(tx, errand.payment)

    def _end(self, tx: Tx, errand: Errand) -> None:
        finish_all(tx, self._house, errand)
        assert self._before is not None  # noqa: S101 -- begun in the same transaction
        changed = _with_what_follows(compared(tx, errand.payment, self._before))
        ends, says = (MessageState.NEW, NOT_SHOWN) if errand.unshown else (MessageState.DONE, "")
        digest = changed.digest(f"{self._message.id} {ends}")
        replay = Replay(self._message, ends, says, errand.payment.id, changed, digest)
        self._replay = replay
        if self._actor is None:
            raise _RolledBackError
        if digest != self._digest:
            raise OutcomeDiffersError(replay)
        _keep_deed(
            tx, self._house, replay, self._actor, f"{len(changed.facts)} facts, {len(changed.postings)} lines"
        )


def _with_what_follows(changed: Changed) -> Changed:
    """With what is done for good after the transaction, which no dry run can show as facts and lines."""
    is_approved = any(
        one.what == "payment" and one.after == PaymentState.APPROVED for one in changed.standing
    )
    return replace(changed, made=(*changed.made, TAKES_MONEY)) if is_approved else changed


def _keep_deed(tx: Tx, house: House, replay: Replay, actor: Actor, said: str) -> None:
    deed = Deed("replayed event", "event", str(replay.message.id), said)
    audit.add(tx, actor, deed, house.clock())


def _known(house: House, message_id: int) -> Message:
    with house.store.read() as tx:
        found = mailboxes.by_id(tx, message_id)
    if found is None:
        raise NotFoundError("event", str(message_id))
    return found
