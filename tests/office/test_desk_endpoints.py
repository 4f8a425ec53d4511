"""Endpoints at the desk: secrets shown once, addresses shown to admins alone, days that are sent again to their end."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from checkout.domain.roles import Role
from checkout.flows import endpoints
from checkout.store import deliveries
from tests.office.desk_stage import DeskStage, set_desk
from tests.paid_shop import PaidShop
from tests.people import BOSS


@pytest.fixture
def desk(shop_on_sqlite: PaidShop) -> DeskStage:
    """A shop with something on every page."""
    return set_desk(shop_on_sqlite)


def test_an_endpoints_secret_is_shown_once_and_its_deliveries_are_sent_again(desk: DeskStage) -> None:
    house = desk.shop.house = replace(
        desk.shop.house, shop=replace(desk.shop.house.shop, may_tell_inside=True)
    )
    desk.office.shop.house = house
    ann = desk.office.desk()
    refused = ann.post("/settings/endpoints/add", {"url": "ftp://x", "description": ""})
    assert refused.status_code == 422
    made = ann.post(
        "/settings/endpoints/add", {"url": "https://93.184.216.34/hooks", "description": "the shop"}
    )
    secret = re.search(r"whsec_[A-Za-z0-9+/=]+", made.text)
    assert secret
    page = ann.get("/settings/endpoints")
    assert secret[0] not in page.text
    place = re.search(r"/settings/endpoints/(ep_[a-z0-9]+)/ping", page.text)
    assert place
    assert ann.post(f"/settings/endpoints/{place[1]}/ping").status_code == 303
    listed = ann.get("/outbox/deliveries").text
    address = re.search(r'href="/office(/outbox/deliveries/\d+/ep_[a-z0-9]+)"', listed)
    assert address
    assert "Attempts" in ann.get(address[1]).text
    assert ann.post(f"{address[1]}/again").status_code == 303
    span = {"place": place[1], "from": "2020-01-01", "to": "2020-01-02"}
    assert ann.post("/outbox/deliveries/again", span).status_code == 303
    assert secret[0] not in ann.post(f"/settings/endpoints/{place[1]}/rotate").text
    for action in ("disable", "enable", "remove"):
        assert ann.post(f"/settings/endpoints/{place[1]}/{action}").status_code == 303
    assert "add the address where it listens" in ann.get("/settings/endpoints").text


def test_days_that_are_too_much_for_one_request_are_gone_on_with(
    desk: DeskStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoints, "SPAN_MAX", 1)
    house = desk.shop.house
    for _ in range(2):
        desk.shop.opens()
        desk.shop.move(seconds=5)
    place = endpoints.add(house, BOSS, url="https://shop.example/", types=["order.created"]).endpoint
    ann, day = desk.office.desk(Role.SUPPORT), house.clock().date().isoformat()
    page = ann.post(
        "/outbox/deliveries/again",
        {"place": place.id, "from": "2020-01-01", "to": day, "delivered": "y"},
        follow_redirects=True,
    )
    for _ in range(99):
        if "Go on with the rest" not in page.text:
            break
        assert "Go on for the rest." in page.text
        form = page.text.split('class="press"')[1].split("</form>")[0]
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
        assert fields["delivered"] == "y"
        page = ann.post("/outbox/deliveries/again", fields, follow_redirects=True)
    with house.store.read() as tx:
        kept = deliveries.newest(tx, limit=99, endpoint_id=place.id)
    assert len(kept) == 3
    for bad in ("x", "2026-11-26T12:00:00", "9999-12-31T23:59:59+00:00"):
        assert ann.get(f"/outbox/deliveries?since={bad}").status_code == 422


@pytest.mark.parametrize("role", list(Role))
def test_only_who_may_change_an_endpoint_sees_its_whole_address(desk: DeskStage, role: Role) -> None:
    house = desk.shop.house
    for description, url in {
        "": "https://hooks.example/in/kept-close?token=kept-close",
        "the stock program": "https://stock.example/kept-close",
    }.items():
        made = endpoints.add(house, BOSS, url=url, description=description).endpoint
        endpoints.ping(house, BOSS, made.id)
    ann = desk.office.desk(role)
    listed = ann.get("/outbox/deliveries").text
    addresses = set(re.findall(r'href="/office(/outbox/deliveries/\d+/ep_[a-z0-9]+)"', listed))
    assert len(addresses) == 2
    pages = [listed, *(ann.get(address).text for address in addresses)]
    for page in pages:
        assert ("kept-close" in page) is (role is Role.ADMIN)
    if role is not Role.ADMIN:
        assert f"the stock program ({made.id})" in listed
        assert "hooks.example (ep_" in listed
        assert "stock.example" not in listed
