"""Heeds what a processor says of our account itself: limited, free again, permission withdrawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from checkout.domain.errors import ProcessorUnavailableError
from checkout.domain.processor import AccountChange, AccountNews, ConfirmsEvents
from checkout.flows.noticing import give_notice
from checkout.store import halts, mailboxes, watermarks
from checkout.store.halts import Stops
from checkout.store.mailboxes import Message, MessageState
from checkout.store.notices import Notice, NoticeKind

if TYPE_CHECKING:
    from datetime import datetime

    from checkout.flows.house import House
    from checkout.store.engine import Tx

log = structlog.get_logger()

SHOWN_BY_TRY = 6
"""About a minute after it came."""
LIMITED = "account limited"
REVOKED = "consent revoked"
BY = "the processor"


def heed(house: House, message: Message, news: AccountNews) -> None:
    """Stop new payments, or let them go on, and tell the operator; only what the processor confirms counts.

    Anybody who has seen one delivery could forge such an event and close the shop with it. Raises
    ProcessorUnavailableError where the processor cannot be asked now.
    """
    envelope = message.envelope
    made_at = _made_at(house, message)
    if made_at is None and message.attempts < SHOWN_BY_TRY:
        # The list of events may lag behind the event itself.
        raise ProcessorUnavailableError(envelope.processor, "confirming an event", "it is not shown yet")
    if made_at is None:
        log.error("an event about our account is not the processor's", message=message.id)
        _finish(house, message, MessageState.IGNORED, "the processor itself does not show this event")
        return
    at = house.clock()
    with house.store.begin() as tx:
        if _is_news(tx, envelope.processor, news.change, made_at):
            _act(tx, envelope.processor, news, at)
            notice = Notice(f"account-{envelope.event_id}", NoticeKind.ALARM, None, at, about=news.said[:80])
            give_notice(tx, house, notice)
        mailboxes.finish(tx, message.id, MessageState.DONE, at=at)


def _made_at(house: House, message: Message) -> datetime | None:
    """When the event was made, by a word that nobody can forge."""
    envelope = message.envelope
    if envelope.binds_body:
        return envelope.occurred_at
    processor = house.processor(envelope.processor)
    return processor.confirmed(envelope) if isinstance(processor, ConfirmsEvents) else None


def _is_news(tx: Tx, processor: str, change: AccountChange, made_at: datetime) -> bool:
    """Of each matter the latest word counts, whenever it arrives: an old one changes nothing."""
    mark = f"{REVOKED if change is AccountChange.REVOKED else LIMITED}: {processor}"
    last = watermarks.at(tx, mark)
    if last is not None and last >= made_at:
        return False
    watermarks.put(tx, mark, made_at, change)
    return True


def _act(tx: Tx, processor: str, news: AccountNews, at: datetime) -> None:
    if news.change is AccountChange.LIFTED:
        halts.end(tx, processor, at=at, by=BY, cause=LIMITED)
        log.warning("the account's limitation is lifted", processor=processor)
        return
    cause = LIMITED if news.change is AccountChange.LIMITED else REVOKED
    said = f"{news.said} New payments are stopped until that is settled."
    halts.begin(tx, processor, Stops.PAYMENTS, cause, said, at=at)
    log.error("new payments are stopped", processor=processor, cause=cause)


def _finish(house: House, message: Message, state: MessageState, reason: str) -> None:
    with house.store.begin() as tx:
        mailboxes.finish(tx, message.id, state, at=house.clock(), reason=reason)
