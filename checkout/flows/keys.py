"""Keys of the API: made and shown once, replaced with an overlap, revoked at once, and known again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from checkout.domain.cards import holds_card_number
from checkout.domain.errors import BadInputError, CardNumberError, NotFoundError
from checkout.domain.keys import (
    KEY_PREFIX,
    KeyMissingError,
    KeyOfOtherModeError,
    KeyOverError,
    KeyUnknownError,
    Scope,
    key_name_of,
    prefix_of,
)
from checkout.domain.modes import Mode
from checkout.flows import modes
from checkout.sealing import digest
from checkout.settings import is_one_line
from checkout.store import api_keys, audit
from checkout.store.api_keys import KeyRow
from checkout.store.audit import Deed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from checkout.domain.actors import Actor
    from checkout.flows.house import House
    from checkout.store.engine import Tx

SECRET_LENGTH = 36
"""173 random bits, at 4.8 a character."""
ID_LENGTH = 12
NAME_MAX = 50
HINT_LENGTH = 4
OVERLAP = timedelta(hours=24)
OVERLAP_MAX = timedelta(days=30)
USED_EVERY = timedelta(minutes=1)
"""The last use is written at most so often: it is for people, and must cost a busy shop nothing."""
TEXT_MAX = 200
REQUEST_MAX = timedelta(hours=1)
"""What a key asks for is kept a moment after it was let in, so perhaps after the key's end; never so much later."""


@dataclass(frozen=True, slots=True)
class Made:
    """A new key, and its text, which is shown now and never again."""

    key: KeyRow
    text: str


def make(house: House, actor: Actor, *, name: str, scopes: Iterable[Scope]) -> Made:
    """Make a key for a program. Raises BadInputError, or CardNumberError for a name that holds one."""
    opens = frozenset(scopes)
    tidy = name.strip()
    if not tidy or len(tidy) > NAME_MAX or not is_one_line(tidy):
        message = (
            f"Give the key a name of 1 to {NAME_MAX} characters in one line: which program will hold it?"
        )
        raise BadInputError(message)
    if holds_card_number(tidy, label="name"):
        raise CardNumberError("name")
    if not opens:
        message = f"Say what the key may do: one or more of {', '.join(Scope)}."
        raise BadInputError(message)
    mode = modes.claim(house, at_least=Mode.SANDBOX)
    made = _new(house, actor, tidy, opens, mode)
    with house.store.begin() as tx:
        api_keys.add(tx, made.key)
        said = f"{tidy}: {' '.join(sorted(opens))}"[:400]
        audit.add(tx, actor, Deed("made key", "key", made.key.id, said), house.clock())
    return made


def rotate(house: House, actor: Actor, key_id: str, *, overlap: timedelta = OVERLAP) -> Made:
    """Make the key that takes another's place; the old one holds for the overlap. Raises BadInputError."""
    if not timedelta(0) <= overlap <= OVERLAP_MAX:
        message = f"The old key may go on for 0 to {OVERLAP_MAX.days} days."
        raise BadInputError(message)
    now = house.clock()
    with house.store.begin() as tx:
        old = api_keys.by_id(tx, key_id, lock=True)
        if old is None:
            raise NotFoundError("key", key_id)
        why = old.why_over(now) or (f"is being replaced by {old.replaced_by}" if old.replaced_by else None)
        if why is not None:
            message = f"Key {key_id} {why}; rotate the one in use, or make a new one."
            raise BadInputError(message)
        made = _new(house, actor, old.name, old.scopes, old.mode)
        made = replace(made, key=replace(made.key, family=old.family))
        api_keys.add(tx, made.key)
        api_keys.replace(tx, old.id, by=made.key.id, until=now + overlap)
        said = f"by {made.key.id}; the old one holds until {now + overlap:%Y-%m-%d %H:%M} UTC"
        audit.add(tx, actor, Deed("rotated key", "key", old.id, said), now)
    return made


def revoke(house: House, actor: Actor, key_id: str) -> KeyRow:
    """Let a key open nothing from now on. Revoking twice is fine."""
    now = house.clock()
    with house.store.begin() as tx:
        key = api_keys.by_id(tx, key_id, lock=True)
        if key is None:
            raise NotFoundError("key", key_id)
        if key.revoked_at is None:
            api_keys.revoke(tx, key_id, who=actor.name, at=now)
            audit.add(tx, actor, Deed("revoked key", "key", key_id, key.name), now)
    return key if key.revoked_at else replace(key, revoked_at=now, revoked_by=actor.name)


def all_keys(house: House) -> list[KeyRow]:
    """Every key there ever was, newest first."""
    with house.store.read() as tx:
        return api_keys.all_of(tx)


def makers_behind(tx: Tx, who: str, at: datetime) -> set[str]:
    """Who made what somebody of this name acted with at a time, and so has seen it; nobody where it is no key.

    Keys of one name are not told apart by what they did, so it is whoever made any that held then.
    """
    name = key_name_of(who)
    if name is None:
        return set()
    since = at - REQUEST_MAX
    return {key.created_by for key in api_keys.named(tx, name) if key.may_have_acted(at, since)}


def known(house: House, text: str | None) -> KeyRow:
    """The key that a program sent, where it holds. Raises a KeyRefusedError.

    It is looked up by its digest, so nothing can be learned of a key by how long a guess takes.
    """
    if not text:
        raise KeyMissingError
    if len(text) > TEXT_MAX or not text.isascii() or not text.startswith(KEY_PREFIX):
        raise KeyUnknownError
    now = house.clock()
    with house.store.read() as tx:
        key = api_keys.by_digest(tx, digest(text))
        mode = modes.stamped(tx)
    if mode is not None and not text.startswith(prefix_of(mode)):
        raise KeyOfOtherModeError(mode)
    if key is None:
        raise KeyUnknownError
    if mode is not key.mode:
        raise KeyOfOtherModeError(mode or Mode.SANDBOX)
    why = key.why_over(now)
    if why is not None:
        raise KeyOverError(key.hint, why)
    if key.last_used_at is None or key.last_used_at + USED_EVERY <= now:
        with house.store.begin() as tx:
            api_keys.mark_used(tx, key.id, now)
    return key


def _new(house: House, actor: Actor, name: str, scopes: frozenset[Scope], mode: Mode) -> Made:
    text = prefix_of(mode) + house.mint(SECRET_LENGTH)
    key_id = f"key_{house.mint(ID_LENGTH)}"
    key = KeyRow(
        id=key_id,
        family=key_id,
        mode=mode,
        name=name,
        digest=digest(text),
        hint=text[-HINT_LENGTH:],
        scopes=scopes,
        created_at=house.clock(),
        created_by=actor.name,
    )
    return Made(key, text)
