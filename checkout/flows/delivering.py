"""Delivering to the shop: claimed, sent outside any transaction, and kept what came of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from checkout.domain.deliveries import ATTEMPTS_KEPT, DISABLED_AFTER, Reply, due_again, rests_until
from checkout.domain.errors import CheckoutError
from checkout.domain.happenings import payload
from checkout.flows.noticing import give_notice
from checkout.metrics import DELIVERIES
from checkout.senders.shop import Letter
from checkout.store import deliveries, endpoints
from checkout.store.notices import Notice, NoticeKind

if TYPE_CHECKING:
    from datetime import datetime

    from checkout.flows.house import House
    from checkout.senders.shop import Courier
    from checkout.store.deliveries import Claimed
    from checkout.store.endpoints import EndpointRow
    from checkout.store.engine import Tx

log = structlog.get_logger()

CLAIM_LIFE = timedelta(seconds=60)
"""Much longer than sending may take: whoever claimed it before is gone by then."""
FORGET_AT_ONCE = 500


def claim(house: House, endpoint: EndpointRow, limit: int) -> list[Claimed]:
    """Take what is due for an endpoint; a worker that dies gives it back by itself."""
    now = house.clock()
    with house.store.begin() as tx:
        return deliveries.claim(tx, endpoint.id, now, now + CLAIM_LIFE, limit)


def deliver(house: House, courier: Courier, endpoint: EndpointRow, claimed: Claimed) -> Reply:
    """Send one delivery and keep what came of it; whoever dies between has it sent again under the same name."""
    reply = _post(house, courier, endpoint, claimed)
    at = house.clock()
    with house.store.begin() as tx:
        _keep(tx, house, endpoint, claimed, reply, at)
    DELIVERIES.add(reply.outcome)
    level = log.info if reply.is_delivered else log.warning
    level(
        "the shop was told" if reply.is_delivered else "the shop could not be told",
        happening=claimed.happening.name,
        endpoint=endpoint.id,
        attempt=claimed.attempts,
        said=reply.said,
        took_ms=reply.took_ms,
    )
    return reply


def forget_old(house: House) -> int:
    """Forget what was delivered or given up a month ago; returns how many rows are gone."""
    before, forgotten = house.clock() - ATTEMPTS_KEPT, 0
    while True:
        with house.store.begin() as tx:
            gone = deliveries.prune(tx, before, FORGET_AT_ONCE)
        forgotten += gone
        if not gone:
            return forgotten


def secrets_of(house: House, endpoint: EndpointRow, at: datetime) -> tuple[str, ...]:
    """What an endpoint's notices are signed with now, the newest first. Raises what a seal raises."""
    what = f"the secret of endpoint {endpoint.id}"
    return tuple(house.seal.open(sealed, what) for sealed in (endpoint.secret, *endpoint.earlier_at(at)))


def _post(house: House, courier: Courier, endpoint: EndpointRow, claimed: Claimed) -> Reply:
    at, happening = house.clock(), claimed.happening
    try:
        secrets = secrets_of(house, endpoint, at)
    except CheckoutError as unreadable:
        log.error("an endpoint's secret cannot be read", endpoint=endpoint.id, why=str(unreadable))  # noqa: TRY400 -- it says why
        return Reply(None, str(unreadable), 0)
    body = payload(happening.name, happening.type, happening.happened_at, happening.told)
    return courier.post(Letter(endpoint.url, happening.name, body, at, secrets))


def _keep(tx: Tx, house: House, endpoint: EndpointRow, claimed: Claimed, reply: Reply, at: datetime) -> None:
    # The endpoint first, as whoever disables it does; so neither waits for the other for ever.
    endpoints.by_id(tx, endpoint.id, lock=True)
    deliveries.log_attempt(tx, claimed, reply, at)
    if reply.is_delivered:
        deliveries.mark_delivered(tx, claimed, at)
        endpoints.is_well(tx, endpoint.id)
        return
    name = f"{claimed.happening.name}:{endpoint.id}"
    deliveries.mark_failed(tx, claimed, due_again(name, claimed.attempts, at))
    since = endpoints.is_failing(tx, endpoint.id, at, rests_until(reply, at))
    if reply.is_gone:
        _give_up(tx, house, endpoint, "it answered 410: gone", at)
    elif since + DISABLED_AFTER <= at:
        _give_up(tx, house, endpoint, f"nothing went well since {since:%Y-%m-%d %H:%M} UTC", at)


def _give_up(tx: Tx, house: House, endpoint: EndpointRow, why: str, at: datetime) -> None:
    """Send nothing there any more, and tell the operator."""
    if not endpoints.disable(tx, endpoint.id, why, at):
        return
    deliveries.hold(tx, endpoint.id)
    log.error("an endpoint was disabled", endpoint=endpoint.id, why=why)
    about = f"endpoint {endpoint.id} is disabled: {why}"
    notice = Notice(f"{endpoint.id}-{at:%Y%m%dT%H%M%S}", NoticeKind.ALARM, None, at, about=about[:80])
    give_notice(tx, house, notice)
