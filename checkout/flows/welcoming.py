"""An invited operator comes in for the first time, with a passkey or a password and one-time codes."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias, assert_never

from checkout.domain.actors import NAME_MAX, Actor, Way
from checkout.domain.cards import holds_card_number
from checkout.domain.errors import BadInputError, CardNumberError
from checkout.domain.texts import mail_address
from checkout.flows import inviting, one_time_codes, passkeys, passwords, sitting
from checkout.sealing import SealBrokenError
from checkout.store import audit, operators
from checkout.store.audit import Deed
from checkout.store.operators import Operator

if TYPE_CHECKING:
    from checkout.flows.house import House
    from checkout.store.engine import Tx
    from checkout.store.invitations import Invitation

PASSKEY_NAME_MAX: Final = 60
_SEALED_AS: Final = "one-time codes "
WRONG_CODE: Final = (
    "The code does not fit. Scan the picture, or type the secret into your telephone, and enter the six digits that it"
    " shows now."
)

_TAKEN: Final = "Another operator has this name or this email address. Choose a name that tells you apart."


@dataclass(frozen=True, slots=True)
class Person:
    """Who was invited: an id that is theirs from here on, the name kept with what they do, and their mail."""

    id: str
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class ByPassword:
    """A password, with the sealed secret of the one-time codes and one code made of it."""

    password: str = field(repr=False)
    sealed: str = field(repr=False)
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ByPasskey:
    """What a new passkey answered, and how its operator calls it."""

    answer: str = field(repr=False)
    name: str


Means: TypeAlias = ByPassword | ByPasskey


def person(house: House, invitation: Invitation, name: str, email: str) -> Person:
    """Who comes in by an invitation: its own operator where it has one, else somebody new.

    Raises BadInputError or CardNumberError for a name or mail that cannot be used.
    """
    with house.store.read() as tx:
        if invitation.operator_id is not None:
            found = operators.by_id(tx, invitation.operator_id)
            if found is not None:
                return Person(found.id, found.name, found.email)
        wanted = Person(house.mint(12), checked_name(name), checked_email(email))
        _refuse_taken(tx, wanted)
    return wanted


def accept(house: House, code: str, who: Person, means: Means, device: str) -> str:
    """Let somebody in; returns the ticket of their first session.

    Raises InvitationOverError, BadInputError for what cannot be used, or PasskeyRefusedError; then
    nothing is used up.
    """
    now = house.clock()
    password_hash = _digest_of(means, who) if isinstance(means, ByPassword) else None
    with house.store.begin() as tx:
        invitation = inviting.use_in(tx, house, code)
        operator = _operator(tx, house, invitation, who)
        actor = Actor(operator.name, Way.OFFICE)
        match means:
            case ByPassword():
                operators.set_password(tx, operator.id, password_hash)
                set_codes(tx, house, operator.id, means.sealed, means.code)
            case ByPasskey():
                name = checked_line(means.name, "passkey's name", PASSKEY_NAME_MAX)
                passkeys.add_in(tx, house, operator.id, means.answer, name)
            case _:
                assert_never(means)
        audit.add(tx, actor, Deed("came in by an invitation", "operator", operator.name), now)
        return sitting.begin(tx, house, operator, device)


def set_codes(tx: Tx, house: House, operator_id: str, sealed: str, code: str) -> None:
    """Keep the secret of an operator's one-time codes, once they have shown a code of it. Raises BadInputError."""
    secret = secret_in(house, sealed)
    step = one_time_codes.step_of(secret, code, house.clock())
    if step is None:
        raise BadInputError(WRONG_CODE)
    operators.set_totp(tx, operator_id, house.seal.close(secret), step)


def fresh_secret(house: House) -> str:
    """A new secret of one-time codes, sealed, to be carried in a form until a code of it is shown."""
    return house.seal.close(
        f"{_SEALED_AS}{one_time_codes.secret_of(house.mint(one_time_codes.SECRET_LENGTH))}"
    )


def secret_in(house: House, sealed: str) -> str:
    """The secret that a form carries sealed. Raises BadInputError where it is none that we gave."""
    try:
        opened = house.seal.open(sealed, "the secret")
    except SealBrokenError:
        opened = ""
    if not opened.startswith(_SEALED_AS):  # other things are sealed with the same key
        message = "This form has lost the secret of its picture. Load the page again."
        raise BadInputError(message)
    return opened.removeprefix(_SEALED_AS)


def checked_name(name: str) -> str:
    """A name that can be kept with what its bearer does. Raises BadInputError or CardNumberError."""
    return checked_line(name, "name", NAME_MAX)


def checked_email(email: str) -> str:
    """A mail address, in small letters. Raises BadInputError."""
    found = mail_address(email.strip())
    if found is None:
        message = "Enter an email address in the correct format, like name@example.com."
        raise BadInputError(message)
    return found.casefold()


def checked_line(text: str, what: str, length_max: int) -> str:
    """One readable line of text. Raises BadInputError or CardNumberError."""
    tidy = " ".join(unicodedata.normalize("NFC", text).split())
    if holds_card_number(tidy, label=what):
        raise CardNumberError(what)
    readable = all(unicodedata.category(sign)[0] not in {"C", "Z"} or sign == " " for sign in tidy)
    if not tidy or len(tidy) > length_max or not readable:
        message = f"Enter a {what} of 1 to {length_max} characters that can be shown in a line."
        raise BadInputError(message)
    return tidy


def _operator(tx: Tx, house: House, invitation: Invitation, who: Person) -> Operator:
    """The operator who comes in: the invitation's own, or a new one."""
    if invitation.operator_id is not None:
        found = operators.by_id(tx, invitation.operator_id, lock=True)
        if found is None or found.id != who.id or found.disabled_at is not None:
            raise inviting.InvitationOverError
        return found
    _refuse_taken(tx, who)
    operator = Operator(
        who.id, who.name, who.email, invitation.role, house.clock(), created_by=invitation.created_by
    )
    if not operators.add(tx, operator):
        raise BadInputError(_TAKEN)
    return operator


def _refuse_taken(tx: Tx, who: Person) -> None:
    if operators.by_name_in_any_case(tx, who.name) is not None:
        message = "Another operator has this name. Choose one that tells you apart."
        raise BadInputError(message)
    if operators.by_email(tx, who.email) is not None:
        message = "Another operator has this email address."
        raise BadInputError(message)


def _digest_of(means: ByPassword, who: Person) -> str:
    """Outside any transaction, because it is slow on purpose."""
    passwords.check(means.password, [who.name, *who.name.split(), who.email, who.email.partition("@")[0]])
    return passwords.make_digest(means.password)
