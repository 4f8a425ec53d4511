"""Sessions of the back office: begun by a sign-in, kept alive by use, over after idleness or a day's work."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from checkout.domain.actors import Actor, Way
from checkout.sealing import digest
from checkout.store import audit, office_sessions, operators
from checkout.store.audit import Deed
from checkout.store.office_sessions import OfficeSession

if TYPE_CHECKING:
    from datetime import datetime

    from checkout.flows.house import House
    from checkout.store.engine import Tx
    from checkout.store.operators import Operator

IDLE: Final = timedelta(minutes=30)
LONGEST: Final = timedelta(hours=12)
STEP_UP: Final = timedelta(minutes=10)
"""How long a proof given again is good for refunds, keys and exports."""
SEEN_EVERY: Final = timedelta(minutes=1)
"""A session's last use is kept this exactly, so that reading pages does not write with each."""
TICKET_LENGTH = 40
"""192 bits, so nobody guesses one and its plain digest is enough."""
DEVICE_MAX = 80


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An operator at work, in one session."""

    operator: Operator
    session: OfficeSession

    @property
    def actor(self) -> Actor:
        """By which name what they do is kept."""
        return Actor(self.operator.name, Way.OFFICE)

    def has_stepped_up(self, now: datetime) -> bool:
        """Whether they have just proved again who they are."""
        since = self.session.stepped_up_at
        return since is not None and now - since < STEP_UP


def begin(tx: Tx, house: House, operator: Operator, device: str) -> str:
    """Begin a session; returns the ticket that the browser shows with each request. Only its digest is kept.

    Whoever has just signed in has just proved who they are, so it begins stepped up.
    """
    ticket, now = house.mint(TICKET_LENGTH), house.clock()
    session = OfficeSession(
        id=house.mint(16),
        digest=digest(ticket),
        operator_id=operator.id,
        device=device[:DEVICE_MAX],
        created_at=now,
        seen_at=now,
        expires_at=now + LONGEST,
        stepped_up_at=now,
    )
    office_sessions.add(tx, session)
    return ticket


def signed_in(house: House, ticket: str) -> SignedIn | None:
    """Who shows this ticket; None where it is none, or its session is over, or its operator has no access."""
    now = house.clock()
    with house.store.read() as tx:
        session = office_sessions.by_digest(tx, digest(ticket))
        if session is None or not _lasts(session, now):
            return None
        operator = operators.by_id(tx, session.operator_id)
    if operator is None or operator.disabled_at is not None:
        return None
    if now - session.seen_at >= SEEN_EVERY:
        with house.store.begin() as tx:
            office_sessions.see(tx, session.id, now)
        session = replace(session, seen_at=now)
    return SignedIn(operator, session)


def step_up(tx: Tx, who: SignedIn, said: str, now: datetime) -> None:
    """Keep that somebody has proved again who they are."""
    office_sessions.step_up(tx, who.session.id, now)
    audit.add(tx, who.actor, Deed("confirmed", said=said), now)


def sign_out(house: House, who: SignedIn) -> None:
    """End the session that somebody is at work in."""
    now = house.clock()
    with house.store.begin() as tx:
        office_sessions.end(tx, who.session.id, operator_id=who.operator.id, at=now, by=who.operator.name)
        audit.add(tx, who.actor, Deed("signed out"), now)


def lasting(house: House, operator_id: str) -> list[OfficeSession]:
    """The sessions that an operator could still use, the last used first."""
    now = house.clock()
    with house.store.read() as tx:
        return office_sessions.lasting(tx, operator_id, seen_after=now - IDLE, now=now)


def _lasts(session: OfficeSession, now: datetime) -> bool:
    return session.ended_at is None and now - session.seen_at < IDLE and now < session.expires_at
