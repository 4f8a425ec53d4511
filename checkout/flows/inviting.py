"""One-time codes by which an operator comes in for the first time, or again after losing the means to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from checkout.domain.errors import CheckoutError
from checkout.sealing import digest
from checkout.store import audit, invitations, office_sessions, operators, passkeys
from checkout.store.audit import Deed
from checkout.store.invitations import Invitation

if TYPE_CHECKING:
    from datetime import datetime

    from checkout.domain.actors import Actor
    from checkout.domain.roles import Role
    from checkout.flows.house import House
    from checkout.store.engine import Tx
    from checkout.store.operators import Operator

LIFE: Final = timedelta(hours=24)
CODE_LENGTH: Final = 25
"""120 bits: nobody guesses one in a day."""
GROUP: Final = 5

log = structlog.get_logger()


class InvitationOverError(CheckoutError):
    """A one-time code that was never given, was used, or has expired."""

    def __init__(self) -> None:
        super().__init__(
            "This code opens nothing: it was used already, is older than 24 hours, or was mistyped. Whoever gave it"
            " to you can make another."
        )


@dataclass(frozen=True, slots=True)
class Invited:
    """A fresh one-time code. It is shown once; only its digest is kept."""

    code: str = field(repr=False)
    expires_at: datetime
    link: str = field(repr=False)
    """The page that takes it, with the code where no server sees it: behind the `#`."""


def invite(house: House, role: Role, *, by: Actor) -> Invited:
    """Make a one-time code for a new operator."""
    with house.store.begin() as tx:
        invited = _made(tx, house, role, None, by=by)
        audit.add(tx, by, Deed("invited an operator", said=f"as {role}"), house.clock())
    return invited


def reset_in(tx: Tx, house: House, operator: Operator, *, by: Actor) -> Invited:
    """Void all that an operator signs in with, end their sessions, and make a code to begin anew.

    Whoever found the lost telephone must not come in by it.
    """
    now = house.clock()
    passkeys.remove_all(tx, operator.id)
    operators.set_password(tx, operator.id, None)
    operators.set_totp(tx, operator.id, None, None)
    operators.set_tries(tx, operator.id, 0, None)
    office_sessions.end_all(tx, operator.id, at=now, by=by.name)
    invitations.withdraw_of(tx, operator.id, now)
    invitations.withdraw_by(tx, operator.name, now)
    audit.add(tx, by, Deed("reset an operator", "operator", operator.name), now)
    return _made(tx, house, operator.role, operator.id, by=by)


def withdraw(house: House, kept_digest: str, *, by: Actor) -> None:
    """Let an invitation not be used any more. Raises InvitationOverError."""
    with house.store.begin() as tx:
        if not (kept_digest.isalnum() and invitations.withdraw(tx, kept_digest, house.clock())):
            raise InvitationOverError
        audit.add(tx, by, Deed("withdrew an invitation"), house.clock())


def invitation_of(house: House, code: str) -> Invitation:
    """The invitation that a code is for. Raises InvitationOverError."""
    with house.store.read() as tx:
        found = invitations.open_one(tx, _digest_of(code), house.clock())
    if found is None:
        log.warning("a one-time code was refused")
        raise InvitationOverError
    return found


def use_in(tx: Tx, house: House, code: str) -> Invitation:
    """Use an invitation up, in the caller's transaction. Raises InvitationOverError."""
    now = house.clock()
    found = invitations.open_one(tx, _digest_of(code), now)
    if found is None or not invitations.use(tx, found.digest, now):
        raise InvitationOverError
    return found


def _made(tx: Tx, house: House, role: Role, operator_id: str | None, *, by: Actor) -> Invited:
    code, now = house.mint(CODE_LENGTH), house.clock()
    kept = Invitation(digest(code), role, operator_id, now, by.name[:60], now + LIFE)
    invitations.add(tx, kept)
    grouped = "-".join(code[place : place + GROUP] for place in range(0, CODE_LENGTH, GROUP))
    return Invited(grouped, kept.expires_at, f"{house.shop.base_url}/office/welcome#{grouped}")


def _digest_of(code: str) -> str:
    """The digest of a code as it was made, however it was typed."""
    return digest("".join(sign for sign in code.casefold() if sign.isalnum()))
