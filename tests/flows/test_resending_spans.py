"""A span of time is sent again in bounded steps that miss nothing, and never to an endpoint that is gone."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from checkout.domain.errors import NotFoundError
from checkout.flows import endpoints
from checkout.flows.house import House
from checkout.sealing import Seal
from checkout.store import audit, deliveries
from checkout.store.engine import Store, Tx
from tests.small_shop import SmallShop
from tests.telling import ANN


@pytest.fixture
def house(shop: SmallShop) -> House:
    """The shop's house, where secrets can be kept."""
    return replace(shop.house, seal=Seal("a secret that is long enough for a seal"))


def an_endpoint(house: House) -> str:
    """An endpoint that was told nothing yet."""
    return endpoints.add(house, ANN, url="https://shop.example/hooks").endpoint.id


def sent_to(house: House, place: str) -> int:
    """How much is to be delivered to an endpoint."""
    with house.store.read() as tx:
        return len(deliveries.newest(tx, limit=99, endpoint_id=place))


def test_a_long_span_says_from_when_to_go_on_and_misses_nothing(
    shop: SmallShop, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoints, "SPAN_MAX", 3)
    monkeypatch.setattr(endpoints, "AT_ONCE", 2)
    began = shop.clock()
    for happened in range(8):
        shop.place()
        if happened % 2:  # two at each moment
            shop.clock.move(minutes=1)
    place, sent = an_endpoint(house), []
    since = began - timedelta(minutes=1)
    until = shop.clock()
    while True:
        done = endpoints.resend_span(house, ANN, place, since, until)
        sent.append(done.sent)
        assert sent_to(house, place) == sum(sent)
        if done.next_since is None:
            break
        assert done.next_since > since
        since = done.next_since
    assert sent == [2, 2, 2, 2]
    with house.store.read() as tx:
        said = [one.deed.said or "" for one in audit.newest(tx, limit=4)]
    assert said[0].endswith(f"to {until.isoformat()}")
    assert said[0].startswith(said[1].rpartition(" to ")[2])


def test_what_happened_at_one_moment_is_gone_through_together(
    shop: SmallShop, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoints, "SPAN_MAX", 2)
    began = shop.clock()
    for _ in range(5):
        shop.place()
    shop.clock.move(minutes=1)
    shop.place()
    shop.clock.move(minutes=1)
    place = an_endpoint(house)
    first = endpoints.resend_span(house, ANN, place, began)
    assert first.sent == 5
    assert first.next_since is not None
    assert endpoints.resend_span(house, ANN, place, first.next_since) == endpoints.Resent(1, None)


def test_an_endpoint_that_is_removed_meanwhile_is_sent_nothing_more(
    shop: SmallShop, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoints, "AT_ONCE", 1)
    began = shop.clock() - timedelta(minutes=1)
    for _ in range(4):
        shop.place()
    shop.clock.move(minutes=1)
    place, begin, begun = an_endpoint(house), Store.begin, 0

    @contextmanager
    def removing_before_the_third(store: Store) -> Iterator[Tx]:
        nonlocal begun
        begun += 1
        if begun == 3:
            endpoints.remove(house, ANN, place)
        with begin(store) as tx:
            yield tx

    monkeypatch.setattr(Store, "begin", removing_before_the_third)
    with pytest.raises(NotFoundError):
        endpoints.resend_span(house, ANN, place, began)
    with house.store.read() as tx:
        assert [one.due_at for one in deliveries.newest(tx, limit=9, endpoint_id=place)] == [None]
