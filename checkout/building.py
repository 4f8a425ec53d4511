"""Builds the house from its settings: the one place where clock and chance come in."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from checkout.flows.house import House, Shop
from checkout.processors import find_processors
from checkout.sealing import Seal
from checkout.store import jobs
from checkout.store.engine import Store

if TYPE_CHECKING:
    from checkout.settings import Settings

_ALPHABET = "23456789bcdfghjkmnpqrstvwxyz"
"""No vowels, so no words; nothing that is mistaken for another on paper."""

_LOOKS_LIKE_A_NUMBER = re.compile(r"\d{8}")


def build_house(settings: Settings, *, store: Store | None = None) -> House:
    """The house these settings describe. Opens no connection yet. Raises BadInputError for what cannot be used."""
    return House(
        store=store or Store(settings.database_url),
        processors=find_processors(now),
        shop=Shop(
            base_url=settings.base_url,
            name=settings.shop_name,
            installation=settings.installation,
            order_life=timedelta(hours=settings.order_hours),
            attempts_max=settings.attempts_max,
            approval_above=settings.refund_approval_above,
            operator_mail=settings.operator_mail,
            may_tell_inside=settings.notices_may_go_inside,
        ),
        clock=now,
        mint=mint,
        enqueue=jobs.enqueue,
        seal=Seal(settings.secret_key.get_secret_value()),
    )


def now() -> datetime:
    """The time, aware, in UTC."""
    return datetime.now(UTC)


def mint(length: int) -> str:
    """An unguessable name: 4.8 bits a character, and never so many digits in a row that it looks like a card's."""
    while True:
        chance = secrets.randbelow(len(_ALPHABET) ** length)
        minted = "".join(
            _ALPHABET[chance // len(_ALPHABET) ** place % len(_ALPHABET)] for place in range(length)
        )
        if not _LOOKS_LIKE_A_NUMBER.search(minted):
            return minted
