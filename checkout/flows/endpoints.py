"""Endpoints as the shop's developer and the operator manage them: by command, by API and in the back office."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import structlog

from checkout.domain.cards import holds_card_number
from checkout.domain.deliveries import SECRETS_OVERLAP
from checkout.domain.errors import BadInputError, CardNumberError, CheckoutError, NotFoundError
from checkout.domain.happenings import EVERY_TYPE, SUBSCRIBABLE, Happening, HappeningType, about, name_of
from checkout.senders.addresses import place_of
from checkout.settings import is_one_line
from checkout.store import audit, deliveries, endpoints, happenings
from checkout.store.audit import Deed
from checkout.store.endpoints import EndpointRow

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from checkout.domain.actors import Actor
    from checkout.flows.house import House
    from checkout.store.engine import Tx

log = structlog.get_logger()

ENDPOINTS_MAX = 200
"""Each order pays for every endpoint, so nobody may make them without end."""
DESCRIPTION_MAX = 120
SECRET_CHARACTERS = 40
"""192 bits, the least that the specification asks for, in 40 of its at most 64 bytes."""
AT_ONCE = 1000
"""Happenings that one transaction sends again."""
SPAN_MAX = 10_000
"""Happenings that one call goes through: seconds, where a request counts as abandoned after two minutes."""
KIND = "endpoint"


class EndpointDisabledError(CheckoutError):
    """Nothing is sent to an endpoint that is disabled."""

    def __init__(self, endpoint_id: str) -> None:
        super().__init__(f"The endpoint {endpoint_id} is disabled. Enable it first.")


@dataclass(frozen=True, slots=True)
class Made:
    """An endpoint with its new secret, which is shown now and never again."""

    endpoint: EndpointRow
    secret: str = field(repr=False)


def add(house: House, actor: Actor, *, url: str, types: Iterable[str] = (), description: str = "") -> Made:
    """Make an endpoint; without types it is told everything.

    Raises EndpointRefusedError, BadInputError, CardNumberError or CannotSealError.
    """
    secret = _new_secret(house)
    row = EndpointRow(
        id=f"ep_{house.mint(12)}",
        url=_url(house, url),
        description=_description(description),
        types=_types(types),
        secret=house.seal.close(secret),
        created_at=house.clock(),
        created_by=actor.name,
    )
    with house.store.begin() as tx:
        if endpoints.count(tx) >= ENDPOINTS_MAX:
            raise BadInputError(f"There may be at most {ENDPOINTS_MAX} endpoints. Remove one first.")
        endpoints.add(tx, row)
        _audit(tx, house, actor, "made an endpoint", row.id)
    log.info("endpoint made", endpoint=row.id, by=actor.name)
    return Made(row, secret)


def change(
    house: House,
    actor: Actor,
    endpoint_id: str,
    *,
    url: str | None = None,
    types: Iterable[str] | None = None,
    description: str | None = None,
) -> EndpointRow:
    """Change what is given and leave the rest. Raises as `add` does, and NotFoundError."""
    with house.store.begin() as tx:
        row = _locked(tx, endpoint_id)
        changed = replace(
            row,
            url=row.url if url is None else _url(house, url),
            types=row.types if types is None else _types(types),
            description=row.description if description is None else _description(description),
        )
        endpoints.change(tx, row.id, url=changed.url, description=changed.description, types=changed.types)
        if changed.url != row.url:
            # How the address before fared, and the rest it asked for, say nothing of this one.
            endpoints.is_well(tx, row.id)
        _audit(tx, house, actor, "changed an endpoint", row.id, _moved(row, changed))
    return changed


def rotate(house: House, actor: Actor, endpoint_id: str) -> Made:
    """Give an endpoint a new secret; for a day what is sent is signed with those before too.

    Raises NotFoundError or CannotSealError.
    """
    secret = _new_secret(house)
    with house.store.begin() as tx:
        row = _locked(tx, endpoint_id)
        now = house.clock()
        endpoints.set_secret(tx, row, house.seal.close(secret), now, now + SECRETS_OVERLAP)
        _audit(tx, house, actor, "rotated the secret of an endpoint", row.id)
        row = _locked(tx, endpoint_id)
    log.info("the secret of an endpoint was rotated", endpoint=row.id, by=actor.name)
    return Made(row, secret)


def disable(house: House, actor: Actor, endpoint_id: str) -> None:
    """Send nothing there until it is enabled; what is due waits. Raises NotFoundError."""
    with house.store.begin() as tx:
        row = _locked(tx, endpoint_id)
        if endpoints.disable(tx, row.id, f"by {actor.name}", house.clock()):
            deliveries.hold(tx, row.id)
            _audit(tx, house, actor, "disabled an endpoint", row.id)


@dataclass(frozen=True, slots=True)
class Enabled:
    """What enabling brought: how many held deliveries are sent now, and since when nothing was kept for it."""

    sent: int
    missed_since: datetime | None


def enable(house: House, actor: Actor, endpoint_id: str) -> Enabled:
    """Send to it again, first what was held.

    What happened while it was disabled is sent by `resend_span` from `missed_since` on. Raises NotFoundError.
    """
    with house.store.begin() as tx:
        row = _locked(tx, endpoint_id)
        if row.disabled_at is None:
            return Enabled(0, None)
        endpoints.enable(tx, row.id)
        sent = deliveries.let_go(tx, row.id, house.clock())
        _audit(tx, house, actor, "enabled an endpoint", row.id)
    return Enabled(sent, row.disabled_at)


def remove(house: House, actor: Actor, endpoint_id: str) -> None:
    """Forget an endpoint's address and secrets for good. Raises NotFoundError."""
    with house.store.begin() as tx:
        row = _locked(tx, endpoint_id)
        endpoints.remove(tx, row.id, house.clock())
        deliveries.hold(tx, row.id)
        _audit(tx, house, actor, "removed an endpoint", row.id)


def ping(house: House, actor: Actor, endpoint_id: str) -> str:
    """Send a happening that means nothing, to try an endpoint; returns its name.

    Raises NotFoundError or EndpointDisabledError.
    """
    with house.store.begin() as tx:
        row = _enabled(tx, endpoint_id)
        at = house.clock()
        happening = Happening(
            HappeningType.PING, about(HappeningType.PING, row.id, house.mint(24)), {"endpoint_id": row.id}
        )
        name = name_of(house.shop.installation, happening.about)
        happening_id = happenings.add_once(tx, name, happening, at)
        if happening_id is None:
            raise NotFoundError("new ping for endpoint", row.id)
        deliveries.add_one(tx, happening_id, row.id, at)
        _audit(tx, house, actor, "pinged an endpoint", row.id)
    return name


def resend(house: House, actor: Actor, endpoint_id: str, name: str) -> None:
    """Send one happening again, under the id it always had.

    Raises NotFoundError or EndpointDisabledError.
    """
    with house.store.begin() as tx:
        row = _enabled(tx, endpoint_id)
        happening = happenings.by_name(tx, name)
        if happening is None:
            raise NotFoundError("event", name)
        deliveries.add_one(tx, happening.id, row.id, house.clock())
        _audit(tx, house, actor, "sent again", row.id, name)


@dataclass(frozen=True, slots=True)
class Resent:
    """How many of a span are sent. `next_since` is from when on the same call sends more; None where all of it is."""

    sent: int
    next_since: datetime | None


def resend_span(
    house: House,
    actor: Actor,
    endpoint_id: str,
    since: datetime,
    until: datetime | None = None,
    *,
    delivered_too: bool = False,
) -> Resent:
    """Send what happened in a span of time and the endpoint wants: as much of it as one call may.

    What it has taken already is left out unless `delivered_too`. Raises NotFoundError or EndpointDisabledError,
    also where the endpoint is removed or disabled meanwhile, or BadInputError.
    """
    at = house.clock()
    end = min(until, at) if until else at
    if since >= end:
        raise BadInputError("The span of time must begin before it ends, and in the past.")
    sent, after = 0, 0
    with house.store.begin() as tx:
        row = _enabled(tx, endpoint_id)
        reached = happenings.reach(tx, since, end, SPAN_MAX)
        said = f"{since.isoformat()} to {reached.isoformat()}"
        _audit(tx, house, actor, "sent a span again", row.id, said)
    while True:
        with house.store.begin() as tx:
            # Held each time: what is added for an endpoint that is gone would be due for ever.
            row = _enabled(tx, endpoint_id)
            found, last = deliveries.add_span(
                tx, row, since, reached, after=after, limit=AT_ONCE, delivered_too=delivered_too, at=at
            )
        sent += found
        if last is None:
            return Resent(sent, reached if reached < end else None)
        after = last


def _new_secret(house: House) -> str:
    return f"whsec_{b64encode(house.mint(SECRET_CHARACTERS).encode()).decode()}"


def _moved(row: EndpointRow, changed: EndpointRow) -> str | None:
    """From where to where an endpoint is moved; the hosts only, as an address may hold a secret."""
    if changed.url == row.url:
        return None
    return f"from {row.host} to {changed.host}"


def _url(house: House, url: str) -> str:
    place_of(url, inside=house.shop.may_tell_inside)
    return url


def _types(types: Iterable[str]) -> tuple[str, ...]:
    wanted = sorted(set(types))
    if not wanted or EVERY_TYPE in wanted:
        return (EVERY_TYPE,)
    unknown = [one for one in wanted if one not in SUBSCRIBABLE]
    if unknown:
        raise BadInputError(
            f"{unknown[0][:40]!r} is no type of event. There are: {', '.join(sorted(SUBSCRIBABLE))}."
        )
    return tuple(wanted)


def _description(text: str) -> str:
    if holds_card_number(text):
        raise CardNumberError("description")
    if len(text) > DESCRIPTION_MAX or not is_one_line(text):
        raise BadInputError(f"A description is one line of at most {DESCRIPTION_MAX} characters.")
    return text.strip()


def _locked(tx: Tx, endpoint_id: str) -> EndpointRow:
    row = endpoints.by_id(tx, endpoint_id, lock=True)
    if row is None:
        raise NotFoundError("endpoint", endpoint_id)
    return row


def _enabled(tx: Tx, endpoint_id: str) -> EndpointRow:
    row = _locked(tx, endpoint_id)
    if row.disabled_at is not None:
        raise EndpointDisabledError(row.id)
    return row


def _audit(tx: Tx, house: House, actor: Actor, did: str, endpoint_id: str, said: str | None = None) -> None:
    audit.add(tx, actor, Deed(did, KIND, endpoint_id, said), house.clock())
