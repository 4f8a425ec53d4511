"""The audit only grows, and tells who did what in the order it was done."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from checkout.domain.actors import Actor, Way
from checkout.domain.errors import StoreUnavailableError
from checkout.store import audit
from checkout.store.audit import Deed
from checkout.store.tables import APPEND_ONLY
from tests.scripted_processor import START
from tests.small_shop import SmallShop

KIM, SHOP = Actor("Kim", Way.OFFICE), Actor("Web shop", Way.API)
SAW, REFUNDED = Deed("saw order", "order", "A-1"), Deed("refunded", "order", "A-1", "1.00 EUR")


@pytest.fixture
def kept(shop: SmallShop) -> SmallShop:
    """A shop whose audit has three rows."""
    with shop.house.store.begin() as tx:
        for seconds, (actor, deed) in enumerate(((KIM, SAW), (SHOP, REFUNDED), (KIM, Deed("signed in")))):
            audit.add(tx, actor, deed, START + timedelta(seconds=seconds))
    return shop


def test_what_was_done_is_told_newest_first_by_one_or_about_one(kept: SmallShop) -> None:
    with kept.house.store.read() as tx:
        everything = audit.newest(tx, limit=10)
        assert [one.deed.did for one in everything] == ["signed in", "refunded", "saw order"]
        assert [one.actor for one in audit.newest(tx, limit=10, about=("order", "A-1"))] == [SHOP, KIM]
        assert [one.deed for one in audit.newest(tx, limit=10, who="Kim")] == [Deed("signed in"), SAW]
        assert [one.deed for one in audit.newest(tx, limit=1, before=everything[0].id)] == [REFUNDED]
        assert everything[2].at == START


@pytest.mark.parametrize(
    "change",
    [
        "update audit set who = 'Nobody'",
        "delete from audit",
        "delete from audit where id = (select min(id) from audit)",
        "truncate audit",
    ],
)
def test_the_audit_refuses_every_change(kept: SmallShop, change: str) -> None:
    assert "audit" in APPEND_ONLY
    with pytest.raises((DBAPIError, StoreUnavailableError)), kept.house.store.begin() as tx:
        tx.execute(text(change))
    with kept.house.store.read() as tx:
        assert len(audit.newest(tx, limit=10)) == 3
