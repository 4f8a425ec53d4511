"""The door to try a key at: who am I, and what may I do?"""

from __future__ import annotations

from checkout.domain.keys import Scope
from checkout.domain.modes import Mode
from checkout.web.api.doors import Call, door
from checkout.web.api.shapes import Moment, Nothing, Shape


class Me(Shape):
    """The key that was sent, and whether real money moves here."""

    key_id: str
    name: str
    mode: Mode
    scopes: list[Scope]
    expires_at: Moment | None
    shop: str


@door("GET /me", asks=Nothing, answers=Me)
def get_me(call: Call, _asked: Nothing) -> Me:
    """Try a key: what it is, what it may do, and in which mode this shop is."""
    key = call.key
    return Me(
        key_id=key.id,
        name=key.name,
        mode=key.mode,
        scopes=sorted(key.scopes),
        expires_at=key.expires_at,
        shop=call.house.shop.name,
    )
