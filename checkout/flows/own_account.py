"""What operators change of their own: password, one-time codes, passkeys. One way to sign in always remains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checkout.domain.errors import CheckoutError, NotFoundError
from checkout.flows import passkeys as ceremonies_of
from checkout.flows import passwords, welcoming
from checkout.store import audit, office_sessions, operators, passkeys
from checkout.store.audit import Deed

if TYPE_CHECKING:
    from checkout.flows.house import House
    from checkout.flows.sitting import SignedIn
    from checkout.store.engine import Tx
    from checkout.store.passkeys import Passkey


class LastMeansError(CheckoutError):
    """The last thing somebody can sign in with is not taken away."""

    def __init__(self) -> None:
        super().__init__("This is the last thing you can sign in with. Add another first.")


def set_password(house: House, who: SignedIn, password: str) -> None:
    """Change the password, and end every other session. Raises BadInputError."""
    operator = who.operator
    known = [operator.name, *operator.name.split(), operator.email, operator.email.partition("@")[0]]
    passwords.check(password, known)
    kept = passwords.make_digest(password)
    with house.store.begin() as tx:
        operators.set_password(tx, operator.id, kept)
        _changed(tx, house, who, "changed the password")


def set_codes(house: House, who: SignedIn, sealed: str, code: str) -> None:
    """Make one-time codes of a new secret, and end every other session. Raises BadInputError."""
    with house.store.begin() as tx:
        welcoming.set_codes(tx, house, who.operator.id, sealed, code)
        _changed(tx, house, who, "renewed the one-time codes")


def add_passkey(house: House, who: SignedIn, answer: str, name: str) -> None:
    """Keep a new passkey. Raises BadInputError or PasskeyRefusedError."""
    tidy = welcoming.checked_line(name, "passkey's name", welcoming.PASSKEY_NAME_MAX)
    with house.store.begin() as tx:
        ceremonies_of.add_in(tx, house, who.operator.id, answer, tidy)
        audit.add(tx, who.actor, Deed("added a passkey", said=tidy), house.clock())


def rename_passkey(house: House, who: SignedIn, credential: str, name: str) -> None:
    """Call a passkey something else. Raises NotFoundError or BadInputError."""
    tidy = welcoming.checked_line(name, "passkey's name", welcoming.PASSKEY_NAME_MAX)
    with house.store.begin() as tx:
        if all(one.credential != credential for one in passkeys.of_operator(tx, who.operator.id)):
            raise NotFoundError("passkey", tidy)
        passkeys.rename(tx, credential, who.operator.id, tidy)
        audit.add(tx, who.actor, Deed("renamed a passkey", said=tidy), house.clock())


def remove_passkey(house: House, who: SignedIn, credential: str) -> None:
    """Forget a passkey, and end every other session. Raises NotFoundError or LastMeansError."""
    with house.store.begin() as tx:
        operator = operators.by_id(tx, who.operator.id, lock=True)
        mine = passkeys.of_operator(tx, who.operator.id)
        this = next((one for one in mine if one.credential == credential), None)
        if operator is None or this is None:
            raise NotFoundError("passkey", "of that kind")
        if len(mine) == 1 and not operator.has_password:
            raise LastMeansError
        passkeys.remove(tx, credential, operator.id)
        _changed(tx, house, who, "removed a passkey")


def passkeys_of(house: House, who: SignedIn) -> list[Passkey]:
    """My passkeys, the oldest first."""
    with house.store.read() as tx:
        return passkeys.of_operator(tx, who.operator.id)


def _changed(tx: Tx, house: House, who: SignedIn, did: str) -> None:
    """Whoever stole the old means may have a session open: only this one goes on."""
    now = house.clock()
    office_sessions.end_all(tx, who.operator.id, at=now, by=who.operator.name, but=who.session.id)
    audit.add(tx, who.actor, Deed(did, "operator", who.operator.name), now)
