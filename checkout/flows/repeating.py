"""One request under one key is done once: its first answer is kept, and given again for a day.

Nothing here makes money safe by itself. An order is single by its form key and a refund by its request, for
good; what is kept here spares a caller who repeats from having to know that, and tells two requests apart.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from checkout.domain.errors import CheckoutError, KeyUsedOtherwiseError
from checkout.store import api_answers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checkout.flows.house import House
    from checkout.store.api_answers import AnswerRow, Request

LIFE = timedelta(hours=24)
ABANDONED_AFTER = timedelta(minutes=2)
"""Longer than any request may last: whoever began it is gone, and took its answer along.

Should they yet live, both do the same under the same keys, so the second finds what the first made.
"""


class StillInFlightError(CheckoutError):
    """The same request is being answered just now."""

    def __init__(self) -> None:
        super().__init__(
            "The first request with this Idempotency-Key is not answered yet. Repeat it in a moment, with the same"
            " key: you will get its answer."
        )


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that was given before."""

    status: int
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class Begun:
    """A request that is ours to answer, since a time."""

    request: Request
    since: datetime


def take_up(house: House, request: Request) -> Begun | Kept:
    """Take a request up, or give its first answer again.

    Raises StillInFlightError, or KeyUsedOtherwiseError where its key came with another door or body.
    """
    now = house.clock()
    with house.store.begin() as tx:
        if api_answers.add(tx, request, now, now + LIFE):
            return Begun(request, now)
        known = api_answers.lock(tx, request)
        if known is None:  # it was released a moment ago, by whoever began it
            raise StillInFlightError
        if known.forget_at <= now or _is_abandoned(known, request, now):
            api_answers.take_over(tx, request, now, now + LIFE)
            return Begun(request, now)
    if known.request != request:
        raise KeyUsedOtherwiseError
    if known.status is None:
        raise StillInFlightError
    body = house.seal.open(known.body or "", "A kept answer")
    return Kept(known.status, json.loads(known.headers or "{}"), body)


def _is_abandoned(known: AnswerRow, request: Request, now: datetime) -> bool:
    in_flight_for = now - known.asked_at
    return known.status is None and known.request == request and in_flight_for >= ABANDONED_AFTER


def finish(house: House, begun: Begun, answer: Kept) -> None:
    """Keep the answer, to be given again."""
    body, headers = house.seal.close(answer.body), json.dumps(dict(answer.headers))
    with house.store.begin() as tx:
        api_answers.keep(tx, begun.request, begun.since, status=answer.status, headers=headers, body=body)


def release(house: House, begun: Begun) -> None:
    """Forget a request that came to no answer which holds, so that it can be asked again under its key."""
    with house.store.begin() as tx:
        api_answers.release(tx, begun.request, begun.since)


def forget_old(house: House) -> int:
    """Forget the answers that are not given again any more."""
    with house.store.begin() as tx:
        return api_answers.forget_old(tx, house.clock())
