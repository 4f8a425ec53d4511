"""Endpoints as they are looked after: secrets that are rotated, what is held, what is sent again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from checkout.domain.deliveries import DeliveryState
from checkout.flows import delivering, endpoints
from checkout.sealing import Seal
from checkout.store import deliveries
from tests.telling import ANN
from tests.webhooks.told import Told, told

__all__ = ["told"]


def test_while_a_secret_is_rotated_both_sign_and_a_day_later_only_the_new_one(told: Told) -> None:
    first = told.the_endpoint().secret
    new = endpoints.rotate(told.house, ANN, told.endpoint).secret
    earlier = told.house.seal.open(first, "it")
    assert new != earlier
    told.deliver()
    told.shop.clock.move(hours=24)
    told.shop.place()
    told.deliver()
    during, after = told.postman.letters
    assert during.secrets == (new, earlier)
    assert after.secrets == (new,)
    assert new not in repr(endpoints.rotate(told.house, ANN, told.endpoint))


def test_a_secret_that_is_rotated_twice_in_a_day_goes_on_beside_both_new_ones(told: Told) -> None:
    first = told.house.seal.open(told.the_endpoint().secret, "it")
    second = endpoints.rotate(told.house, ANN, told.endpoint).secret
    told.shop.clock.move(hours=23)
    third = endpoints.rotate(told.house, ANN, told.endpoint).secret
    told.deliver()
    told.shop.clock.move(hours=23)
    told.shop.place()
    told.deliver()
    told.shop.clock.move(hours=1)
    fourth = endpoints.rotate(told.house, ANN, told.endpoint).secret
    told.shop.place()
    told.deliver()
    assert [one.secrets for one in told.postman.letters] == [
        (third, second, first),
        (third, second, first),
        (fourth, third),
    ]


def test_a_secret_of_another_key_is_said_and_tried_again(told: Told) -> None:
    told.house = replace(told.house, seal=Seal("another key that is long enough to seal with"))
    told.deliver()
    assert told.postman.letters == []
    assert "another SECRET_KEY" in told.log()[0]
    assert told.row().state is DeliveryState.DUE


def test_what_is_held_for_an_endpoint_waits_however_long_unless_that_is_removed(told: Told) -> None:
    endpoints.disable(told.house, ANN, told.endpoint)
    told.shop.clock.move(days=40)
    delivering.forget_old(told.house)
    assert endpoints.enable(told.house, ANN, told.endpoint).sent == 1
    told.deliver()
    assert len(told.postman.letters) == 1
    told.shop.place()
    endpoints.remove(told.house, ANN, told.endpoint)
    told.shop.clock.move(days=40)
    assert delivering.forget_old(told.house) > 0
    with told.house.store.read() as tx:
        assert deliveries.newest(tx, limit=9) == []


def test_what_was_taken_is_sent_again_only_when_somebody_asks(told: Told) -> None:
    told.deliver()
    since = told.house.clock() - timedelta(minutes=1)
    told.shop.clock.move(minutes=1)
    assert endpoints.resend_span(told.house, ANN, told.endpoint, since).sent == 0
    assert endpoints.resend_span(told.house, ANN, told.endpoint, since, delivered_too=True).sent == 1
    assert told.deliver() == 1
    endpoints.resend(told.house, ANN, told.endpoint, told.row().name)
    assert told.deliver() == 1
    assert len({letter.name for letter in told.postman.letters}) == 1


def test_a_ping_goes_to_its_endpoint_alone(told: Told) -> None:
    other = endpoints.add(told.house, ANN, url="http://127.0.0.1:9/other").endpoint.id
    told.deliver()
    name = endpoints.ping(told.house, ANN, told.endpoint)
    assert told.deliver() == 1
    assert told.postman.letters[-1].name == name
    with told.house.store.read() as tx:
        assert deliveries.newest(tx, limit=9, endpoint_id=other) == []
