"""Passkeys of operators: asked to sign in, asked to confirm, made and kept; each challenge is good once."""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urlsplit

import structlog

from checkout.domain.actors import Actor, Way
from checkout.flows import sitting
from checkout.flows.signing_in import PasskeyRefusedError
from checkout.sealing import SealBrokenError, digest
from checkout.store import audit, challenges, operators, passkeys
from checkout.store.audit import Deed
from checkout.store.passkeys import Passkey

if TYPE_CHECKING:
    from collections.abc import Iterable

    from checkout.flows.house import House, Shop
    from checkout.flows.sitting import SignedIn
    from checkout.store.engine import Tx

LIFE: Final = timedelta(minutes=10)
"""How long a page that asks for a passkey may lie open."""
SIGN_IN: Final = "sign in"
CONFIRM: Final = "confirm"
MAKE: Final = "make"
WRONG: Final = (
    "This passkey could not be used. Load the page again and try once more, or sign in another way."
)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Party:
    """The shop as passkeys know it: a passkey made for one host signs for no other."""

    id: str
    origin: str
    name: str


class Owner(Protocol):
    """Whose passkey is made: an operator, or somebody who is about to be one."""

    @property
    def id(self) -> str:
        """What the passkey knows them by."""

    @property
    def name(self) -> str:
        """What a device shows of them."""

    @property
    def email(self) -> str:
        """What tells two of them apart."""


def party_of(shop: Shop) -> Party | None:
    """The shop as passkeys know it; None where it is reached in a way that browsers make none for.

    They want https and a name, or localhost. Source: WebAuthn level 3, sections 5.1.2 and 13.4.9.
    """
    if not are_possible_at(shop.base_url):
        return None
    parts = urlsplit(shop.base_url)
    host = parts.hostname or ""
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    port = f":{parts.port}" if parts.port not in {None, usual} else ""
    return Party(host, f"{parts.scheme}://{host}{port}", shop.name)


def are_possible_at(base_url: str) -> bool:
    """Whether browsers make passkeys for a shop at this address."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return parts.scheme == "https" or host == "localhost"
    return False


def ask_to_sign_in(house: House) -> str | None:
    """What the browser is told on the page to sign in by; None where there can be no passkey."""
    from checkout.flows import ceremonies  # noqa: PLC0415 -- takes a second to import, which the till need not wait for

    party = party_of(house.shop)
    return ceremonies.ask_to_sign(party, _challenge(house, SIGN_IN), []) if party else None


def ask_to_confirm(house: House, who: SignedIn) -> str | None:
    """What the browser is told where an operator must prove again who they are; None where they have no passkey."""
    from checkout.flows import ceremonies  # noqa: PLC0415 -- as above

    party = party_of(house.shop)
    with house.store.read() as tx:
        known = [one.credential for one in passkeys.of_operator(tx, who.operator.id)]
    if party is None or not known:
        return None
    return ceremonies.ask_to_sign(party, _challenge(house, _confirming(who)), known)


def ask_to_make(house: House, owner: Owner, known: Iterable[str] = ()) -> str | None:
    """What the browser is told so that it makes a passkey; `known` are those that the device may have already."""
    from checkout.flows import ceremonies  # noqa: PLC0415 -- as above

    party = party_of(house.shop)
    challenge = _challenge(house, _making(owner.id))
    return ceremonies.ask_to_make(party, challenge, owner, known) if party else None


def sign_in(house: House, answer: str, device: str) -> str:
    """Begin a session by a passkey; returns its ticket. Raises PasskeyRefusedError."""
    passkey, sign_count, challenge = _verified(house, SIGN_IN, answer)
    now = house.clock()
    with house.store.begin() as tx:
        operator = operators.by_id(tx, passkey.operator_id, lock=True)
        _use_challenge(tx, house, SIGN_IN, challenge)
        if operator is None or operator.disabled_at is not None:
            raise PasskeyRefusedError
        if not passkeys.use(tx, passkey, sign_count, now):
            raise PasskeyRefusedError
        actor = Actor(operator.name, Way.OFFICE)
        audit.add(tx, actor, Deed("signed in", said=f"by passkey {passkey.name}"), now)
        return sitting.begin(tx, house, operator, device)


def confirm(house: House, who: SignedIn, answer: str) -> None:
    """Step a session up by a passkey of its operator. Raises PasskeyRefusedError."""
    purpose, now = _confirming(who), house.clock()
    passkey, sign_count, challenge = _verified(house, purpose, answer)
    if passkey.operator_id != who.operator.id:
        raise PasskeyRefusedError
    with house.store.begin() as tx:
        _use_challenge(tx, house, purpose, challenge)
        if not passkeys.use(tx, passkey, sign_count, now):
            raise PasskeyRefusedError
        sitting.step_up(tx, who, "by passkey", now)


def add_in(tx: Tx, house: House, operator_id: str, answer: str, name: str) -> Passkey:
    """Keep a new passkey, in the caller's transaction. Raises PasskeyRefusedError."""
    from checkout.flows import ceremonies  # noqa: PLC0415 -- as above

    party = party_of(house.shop)
    if party is None:
        raise PasskeyRefusedError
    challenge = ceremonies.answered(answer)
    purpose = _making(operator_id)
    _use_challenge(tx, house, purpose, challenge)
    made = ceremonies.verify_made(party, challenge, answer)
    if passkeys.by_credential(tx, made.credential) is not None:
        raise PasskeyRefusedError
    kept = Passkey(made.credential, operator_id, made.public_key, made.sign_count, name, house.clock())
    passkeys.add(tx, kept)
    return kept


def _verified(house: House, purpose: str, answer: str) -> tuple[Passkey, int, str]:
    """The passkey that gave an answer, what it counts, and the challenge. The signature holds; nothing is used up."""
    try:
        return _read(house, purpose, answer)
    except PasskeyRefusedError:
        log.warning("a passkey was refused", purpose=purpose.partition(" ")[0])
        raise


def _read(house: House, purpose: str, answer: str) -> tuple[Passkey, int, str]:
    from checkout.flows import ceremonies  # noqa: PLC0415 -- as above

    credential, challenge = ceremonies.signed(answer)
    _expiry(house, purpose, challenge)
    with house.store.read() as tx:
        passkey = passkeys.by_credential(tx, credential)
    party = party_of(house.shop)
    if party is None or passkey is None:
        raise PasskeyRefusedError
    counted = ceremonies.verify_signed(party, challenge, answer, passkey.public_key, passkey.sign_count)
    return passkey, counted, challenge


def _confirming(who: SignedIn) -> str:
    """A proof for one session steps up no other."""
    return f"{CONFIRM} {who.session.id}"


def _making(operator_id: str) -> str:
    return f"{MAKE} {operator_id}"


def _challenge(house: House, purpose: str) -> str:
    """Something to sign that nobody else could have made. It is kept when it is used: asking costs no row."""
    expires = (house.clock() + LIFE).timestamp()
    return house.seal.close(json.dumps([purpose, expires, house.mint(16)]))


def _expiry(house: House, purpose: str, challenge: str) -> datetime:
    """When a challenge of ours for this purpose expires. Raises PasskeyRefusedError for one that is none, or has."""
    try:
        its_purpose, expires, _ = json.loads(house.seal.open(challenge, "a challenge"))
    except (SealBrokenError, ValueError):
        raise PasskeyRefusedError from None
    expires_at = datetime.fromtimestamp(expires, UTC)
    if its_purpose != purpose or expires_at <= house.clock():
        raise PasskeyRefusedError
    return expires_at


def _use_challenge(tx: Tx, house: House, purpose: str, challenge: str) -> None:
    expires_at = _expiry(house, purpose, challenge)
    kept, now = digest(challenge), house.clock()
    if not challenges.use(tx, kept, purpose.partition(" ")[0], expires_at=expires_at, now=now):
        raise PasskeyRefusedError
