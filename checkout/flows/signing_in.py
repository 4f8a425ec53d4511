"""Signing in to the back office by password and one-time code; wrong ones cost ever more time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from checkout.domain.actors import Actor, Way
from checkout.domain.errors import CheckoutError
from checkout.flows import one_time_codes, passwords, sitting
from checkout.store import audit, office_sessions, operators
from checkout.store.audit import Deed

if TYPE_CHECKING:
    from datetime import datetime

    from checkout.flows.house import House
    from checkout.flows.sitting import SignedIn
    from checkout.store.engine import Tx
    from checkout.store.operators import Operator

FREE_TRIES: Final = 5
"""Anybody mistypes; after so many in a row each further one waits, twice as long as the one before."""
FIRST_WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(minutes=15)
"""An attacker then has a hundred tries a day at two secrets; a passkey is never made to wait."""

WRONG_CODE: Final = (
    "The code did not fit, or was used before. Use the one that is shown now. Five wrong ones in a row end this"
    " session."
)
TOO_MANY_CODES: Final = "That were too many wrong codes in a row, so this session has ended. Sign in again."

log = structlog.get_logger()


class NotProvenError(CheckoutError):
    """A proof that does not hold. It says the same whatever was wrong, so it tells a guesser nothing."""

    def __init__(self, said: str = "") -> None:
        super().__init__(
            said
            or "That did not fit together: the mail address, the password or the code. Use the code that is shown"
            " now. After several tries, wait some minutes before the next."
        )


class PasskeyRefusedError(NotProvenError):
    """An answer that no passkey of ours gave, or that does not belong to what was asked."""

    def __init__(self) -> None:
        super().__init__(
            "This passkey could not be used. Load the page again and try once more, or choose another way."
        )


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed to prove who they are."""

    email: str
    password: str = field(repr=False)
    code: str = field(repr=False)


def sign_in(house: House, typed: Typed, device: str) -> str:
    """Begin a session; returns its ticket. Raises NotProvenError, always after the same work."""
    email = typed.email.strip().casefold()
    with house.store.read() as tx:
        claimed = operators.by_email(tx, email) if email.isprintable() else None
    is_right = passwords.is_password(claimed.password_hash if claimed else None, typed.password)
    with house.store.begin() as tx:
        operator = operators.by_id(tx, claimed.id, lock=True) if claimed else None
        proven = operator is not None and _is_proven(tx, house, operator, typed.code, is_right=is_right)
        if operator is not None and proven:
            audit.add(tx, _actor(operator), Deed("signed in", said="by password and code"), house.clock())
            return sitting.begin(tx, house, operator, device)
    log.warning("a sign-in was refused", operator=claimed.id if claimed else None)
    raise NotProvenError


def confirm(house: House, who: SignedIn, code: str) -> None:
    """Step a session up by a one-time code; a few wrong ones in a row end it. Raises NotProvenError.

    A stranger who tries passwords at the door makes nobody wait who is inside, so those tries count apart.
    """
    now = house.clock()
    with house.store.begin() as tx:
        operator = operators.by_id(tx, who.operator.id, lock=True)
        if (
            operator is not None
            and operator.disabled_at is None
            and _uses_code(tx, house, operator, code, now)
        ):
            sitting.step_up(tx, who, "by one-time code", now)
            return
        audit.add(tx, who.actor, Deed("was refused", said="a one-time code to confirm did not fit"), now)
        is_over = office_sessions.count_wrong_code(tx, who.session.id) >= FREE_TRIES
        if is_over:
            name = who.operator.name
            office_sessions.end(tx, who.session.id, operator_id=who.operator.id, at=now, by=name)
    raise NotProvenError(TOO_MANY_CODES if is_over else WRONG_CODE)


def _is_proven(tx: Tx, house: House, operator: Operator, code: str, *, is_right: bool) -> bool:
    """Whether a proof holds, counted: decided in one transaction, so that many tries at once count each."""
    now = house.clock()
    if operator.locked_until is not None and now < operator.locked_until:
        return False
    if is_right and operator.disabled_at is None and _uses_code(tx, house, operator, code, now):
        operators.set_tries(tx, operator.id, 0, None)
        return True
    tries = operator.failed_tries + 1
    operators.set_tries(tx, operator.id, tries, _locked_until(tries, now))
    audit.add(tx, _actor(operator), Deed("was refused", said="a password or one-time code did not fit"), now)
    return False


def _uses_code(tx: Tx, house: House, operator: Operator, code: str, now: datetime) -> bool:
    """Use up a one-time code; False for a wrong one, or one that was used before."""
    if operator.totp_secret is None:
        return False
    secret = house.seal.open(operator.totp_secret, f"the one-time codes of {operator.name}")
    step = one_time_codes.step_of(secret, code, now)
    return step is not None and operators.use_totp_step(tx, operator.id, step)


def _locked_until(tries: int, now: datetime) -> datetime | None:
    if tries < FREE_TRIES:
        return None
    return now + min(FIRST_WAIT * (1 << min(tries - FREE_TRIES, 16)), LONGEST_WAIT)


def _actor(operator: Operator) -> Actor:
    return Actor(operator.name, Way.OFFICE)
