"""Keys of the API: shown once, kept as a digest, replaced with an overlap, revoked at once, of one mode."""

from datetime import timedelta

import pytest

from checkout.domain.actors import Actor, Way
from checkout.domain.errors import BadInputError, CardNumberError, NotFoundError
from checkout.domain.keys import KeyMissingError, KeyOfOtherModeError, KeyOverError, KeyUnknownError, Scope
from checkout.domain.modes import Mode
from checkout.flows import keys
from checkout.flows.keys import Made, known, make, revoke, rotate
from checkout.store import audit, watermarks
from tests.small_shop import SmallShop
from tests.web.stage import CARD_NUMBER
from tests.web.stage import mint as chance

KIM = Actor("kim", Way.COMMAND)


def made(shop: SmallShop, *scopes: Scope) -> Made:
    object.__setattr__(shop.house, "mint", chance)
    return make(shop.house, KIM, name="web shop", scopes=scopes or [Scope.ORDERS_READ])


def test_a_key_is_known_by_its_text_and_nothing_of_it_is_kept_but_a_digest_and_its_end(
    shop: SmallShop,
) -> None:
    one = made(shop, Scope.ORDERS_READ, Scope.REFUNDS_WRITE)
    assert one.text.startswith("dck_sandbox_")
    assert len(one.text) - len("dck_sandbox_") == keys.SECRET_LENGTH
    found = known(shop.house, one.text)
    assert found.scopes == {Scope.ORDERS_READ, Scope.REFUNDS_WRITE}
    (row,) = keys.all_keys(shop.house)
    assert one.text not in repr(row)
    assert one.text.endswith(row.hint)
    with shop.house.store.read() as tx:
        deeds = audit.newest(tx, limit=9, about=("key", row.id))
    assert [(one.actor, one.deed.did) for one in deeds] == [(KIM, "made key")]
    assert one.text not in repr(deeds)


@pytest.mark.parametrize(
    "text", ["dck_sandbox_", "dck_sandbox_" + "n" * 36, "sk_live_1", "dck_\u00e4", "dck_" + "x" * 999]
)
def test_what_we_did_not_give_out_opens_nothing(shop: SmallShop, text: str) -> None:
    made(shop)
    with pytest.raises(KeyUnknownError):
        known(shop.house, text)
    with pytest.raises(KeyMissingError):
        known(shop.house, None)


def test_an_old_key_holds_for_the_overlap_and_the_new_one_takes_its_place(shop: SmallShop) -> None:
    old = made(shop)
    new = rotate(shop.house, KIM, old.key.id)
    assert new.text != old.text
    assert (new.key.scopes, new.key.family) == (old.key.scopes, old.key.family)
    assert known(shop.house, old.text).id == old.key.id
    with pytest.raises(BadInputError, match="is being replaced"):
        rotate(shop.house, KIM, old.key.id)
    shop.clock.move(hours=24)
    with pytest.raises(KeyOverError, match="replaced"):
        known(shop.house, old.text)
    assert known(shop.house, new.text).id == new.key.id


def test_a_revoked_key_opens_nothing_from_that_moment_and_is_not_replaced(shop: SmallShop) -> None:
    one = made(shop)
    for _ in range(2):
        assert revoke(shop.house, KIM, one.key.id).revoked_by == "kim"
    with pytest.raises(KeyOverError, match="revoked"):
        known(shop.house, one.text)
    with pytest.raises(BadInputError, match="was revoked"):
        rotate(shop.house, KIM, one.key.id)
    for gone in (revoke, rotate):
        with pytest.raises(NotFoundError):
            gone(shop.house, KIM, "key_nobody")


def test_the_last_use_is_shown_and_written_at_most_once_a_minute(shop: SmallShop) -> None:
    one = made(shop)
    first = shop.clock.now
    for seconds, written in ((0, first), (59, first), (1, first + timedelta(seconds=60))):
        shop.clock.move(seconds=seconds)
        known(shop.house, one.text)
        (row,) = keys.all_keys(shop.house)
        assert row.last_used_at == written


def test_a_key_of_the_other_mode_opens_nothing(shop: SmallShop) -> None:
    one = made(shop)
    live = "dck_live_" + one.text.removeprefix("dck_sandbox_")
    with pytest.raises(KeyOfOtherModeError, match="dck_sandbox_"):
        known(shop.house, live)
    with shop.house.store.begin() as tx:
        watermarks.put(tx, "mode", shop.clock(), Mode.LIVE)
    with pytest.raises(KeyOfOtherModeError, match="dck_live_"):
        known(shop.house, one.text)


@pytest.mark.parametrize("name", ["", " ", "x" * 51, "two\nlines"])
def test_a_key_without_a_fit_name_or_without_a_scope_is_not_made(shop: SmallShop, name: str) -> None:
    with pytest.raises(BadInputError):
        make(shop.house, KIM, name=name, scopes=list(Scope))
    with pytest.raises(BadInputError):
        make(shop.house, KIM, name="fit", scopes=[])
    with pytest.raises(CardNumberError):
        make(shop.house, KIM, name=CARD_NUMBER, scopes=list(Scope))
    assert keys.all_keys(shop.house) == []
