"""Keys that a shop signs pay links with: made, replaced with an overlap, withdrawn. A secret is shown once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from checkout.domain.cards import holds_card_number
from checkout.domain.errors import BadInputError, CardNumberError, NotFoundError
from checkout.domain.link_errors import LinkKeyMissingError
from checkout.store import audit, link_keys
from checkout.store.audit import Deed
from checkout.store.link_keys import LinkKey

if TYPE_CHECKING:
    from datetime import timedelta

    from checkout.domain.actors import Actor
    from checkout.flows.house import House
    from checkout.store.engine import Tx

KIND = "link key"
ID_LENGTH, SECRET_LENGTH, NAME_LENGTH_MAX = 8, 40, 80


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A key with its secret, this once."""

    id: str
    secret: str


def create(house: House, actor: Actor, name: str) -> MadeKey:
    """Make a key. Raises BadInputError for a name that cannot be kept, CannotSealError without a SECRET_KEY."""
    with house.store.begin() as tx:
        return _create(tx, house, actor, _checked(name))


def rotate(house: House, actor: Actor, key_id: str, overlap: timedelta) -> MadeKey:
    """Make a key in the place of another; links signed with that one stay good for `overlap`.

    Raises NotFoundError where there is none, or none that holds.
    """
    with house.store.begin() as tx:
        earlier = _holding(tx, house, key_id)
        made = _create(tx, house, actor, earlier.name)
        until = house.clock() + overlap
        link_keys.replace(tx, earlier.id, made.id, min(until, earlier.expires_at or until))
        audit.add(tx, actor, Deed("replaced link key", KIND, earlier.id, f"by {made.id}"), house.clock())
    return made


def revoke(house: House, actor: Actor, key_id: str) -> None:
    """Let a key end now: no link signed with it makes an order any more. Raises NotFoundError."""
    with house.store.begin() as tx:
        key = _holding(tx, house, key_id)
        link_keys.revoke(tx, key.id, house.clock(), actor.name)
        audit.add(tx, actor, Deed("revoked link key", KIND, key.id), house.clock())


def listed(house: House) -> list[LinkKey]:
    """Every key, newest first, with its secret sealed."""
    with house.store.read() as tx:
        return link_keys.all_of(tx)


def to_sign_with(house: House, key_id: str | None = None) -> MadeKey:
    """A key that holds, with its secret: the one that is named, or the newest.

    Raises LinkKeyMissingError, NotFoundError, or SealBrokenError where SECRET_KEY is not what it was.
    """
    with house.store.read() as tx:
        if key_id is not None:
            key = _holding(tx, house, key_id)
        else:
            holding = [
                one for one in link_keys.all_of(tx) if one.holds_at(house.clock()) and not one.replaced_by
            ]
            if not holding:
                raise LinkKeyMissingError
            key = holding[0]
    return MadeKey(key.id, opened(house, key))


def opened(house: House, key: LinkKey) -> str:
    """A key's secret. Raises SealBrokenError."""
    return house.seal.open(key.secret, f"link key {key.id}")


def _create(tx: Tx, house: House, actor: Actor, name: str) -> MadeKey:
    made = MadeKey(house.mint(ID_LENGTH), house.mint(SECRET_LENGTH))
    sealed = house.seal.close(made.secret)
    link_keys.add(tx, LinkKey(made.id, name, sealed, house.clock(), actor.name))
    audit.add(tx, actor, Deed("made link key", KIND, made.id), house.clock())
    return made


def _holding(tx: Tx, house: House, key_id: str) -> LinkKey:
    key = link_keys.by_id(tx, key_id)
    if key is None or not key.holds_at(house.clock()):
        raise NotFoundError("link key that holds", key_id)
    return key


def _checked(name: str) -> str:
    tidy = " ".join(name.split())
    if holds_card_number(tidy):
        raise CardNumberError("name")
    if not tidy.isprintable() or not 1 <= len(tidy) <= NAME_LENGTH_MAX:
        message = f"Name the key in 1 to {NAME_LENGTH_MAX} characters, such as: the shop's own pages."
        raise BadInputError(message)
    return tidy
