"""One request under one key is done once; whoever died over it holds nobody up for ever."""

from dataclasses import replace

import pytest

from checkout.domain.errors import KeyUsedOtherwiseError
from checkout.flows.house import House
from checkout.flows.repeating import Begun, Kept, StillInFlightError, finish, forget_old, release, take_up
from checkout.sealing import Seal
from checkout.store import api_answers
from checkout.store.api_answers import Request
from tests.small_shop import SmallShop

REQUEST = Request("key_one", "a-key", "POST /v1/orders", "d" * 64)
ANSWER = Kept(201, {"Content-Type": "application/json"}, '{"name": "Kim Ny"}')


@pytest.fixture
def house(shop: SmallShop) -> House:
    return replace(shop.house, seal=Seal("a secret of the tests, and long enough"))


def begun(house: House, request: Request = REQUEST) -> Begun:
    found = take_up(house, request)
    assert isinstance(found, Begun)
    return found


def test_the_first_answer_is_given_again_and_kept_sealed(house: House) -> None:
    finish(house, begun(house), ANSWER)
    assert take_up(house, REQUEST) == ANSWER
    with house.store.read() as tx:
        row = api_answers.lock(tx, REQUEST)
    assert row is not None
    assert "Kim" not in str(row.body)


def test_while_the_first_is_in_flight_the_second_waits(house: House) -> None:
    first = begun(house)
    with pytest.raises(StillInFlightError):
        take_up(house, REQUEST)
    release(house, first)
    begun(house)


@pytest.mark.parametrize("change", [{"asked": "POST /v1/refunds"}, {"body_digest": "e" * 64}])
def test_the_same_key_with_another_request_is_refused_before_and_after_the_answer(
    house: House, change: dict[str, str]
) -> None:
    first, other = begun(house), replace(REQUEST, **change)
    with pytest.raises(KeyUsedOtherwiseError):
        take_up(house, other)
    finish(house, first, ANSWER)
    with pytest.raises(KeyUsedOtherwiseError):
        take_up(house, other)
    begun(house, replace(REQUEST, family="key_two"))


def test_what_a_dead_process_left_in_flight_is_taken_up_and_its_late_answer_kept_by_nobody(
    shop: SmallShop, house: House
) -> None:
    dead = begun(house)
    shop.clock.move(seconds=119)
    with pytest.raises(StillInFlightError):
        take_up(house, REQUEST)
    shop.clock.move(seconds=1)
    alive = begun(house)
    finish(house, dead, replace(ANSWER, status=500))
    release(house, dead)
    with pytest.raises(StillInFlightError):
        take_up(house, REQUEST)
    finish(house, alive, ANSWER)
    assert take_up(house, REQUEST) == ANSWER


def test_after_a_day_the_answer_is_forgotten(shop: SmallShop, house: House) -> None:
    finish(house, begun(house), ANSWER)
    shop.clock.move(hours=23, minutes=59)
    assert (take_up(house, REQUEST), forget_old(house)) == (ANSWER, 0)
    shop.clock.move(minutes=1)
    begun(house, replace(REQUEST, body_digest="e" * 64))
    shop.clock.move(hours=24)
    assert forget_old(house) == 1
