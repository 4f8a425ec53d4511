"""Events and endpoints by the API."""

from datetime import timedelta

import pytest

from checkout.domain.facts import FactKind
from checkout.flows import endpoints as flow
from checkout.store import endpoints
from tests.web.api.program import Program, code, said

HOOKS = {"url": "https://shop.example/hooks", "types": ["order.paid"], "description": "The web shop"}


def test_what_happened_is_read_page_by_page_and_names_nobody(either_shop: Program) -> None:
    paid = either_shop.paid()
    either_shop.stage.clock.now += timedelta(minutes=1)
    either_shop.stage.tell(FactKind.REFUNDED, 500, "BACK1")
    whole = said(either_shop.get("/v1/events", order_id=paid["order_id"]))["data"]
    types = [one["type"] for one in whole]
    assert types.index("order.paid") < types.index("order.created")
    assert "refund.completed" in types
    first = said(either_shop.get("/v1/events", limit=1))
    rest = said(either_shop.get("/v1/events", cursor=first["next_cursor"]))
    assert first["data"] + rest["data"] == whole
    (one,) = said(either_shop.get("/v1/events", type="order.paid"))["data"]
    assert one == said(either_shop.get(f"/v1/events/{one['id']}"))
    assert one["data"]["order_id"] == paid["order_id"]
    assert "kim@example.com" not in either_shop.get("/v1/events").text
    now = either_shop.stage.clock.now.isoformat()
    later = said(either_shop.get("/v1/events", happened_from=now))["data"]
    assert later + said(either_shop.get("/v1/events", happened_to=now))["data"] == whole
    assert code(either_shop.get("/v1/events/nothing")) == "not_found"


def test_an_endpoint_lives_its_whole_life(shop: Program) -> None:
    made = said(shop.post("/v1/endpoints", HOOKS, key="one"))
    assert made["secret"].startswith("whsec_")
    assert said(shop.post("/v1/endpoints", HOOKS, key="one")) == made
    path = f"/v1/endpoints/{made['id']}"
    shown = said(shop.get(path))
    assert shown == {name: value for name, value in made.items() if name != "secret"}
    assert said(shop.get("/v1/endpoints"))["data"] == [shown]

    shop.paid()
    (delivery,) = said(shop.get(f"{path}/deliveries"))["data"]
    assert (delivery["type"], delivery["state"]) == ("order.paid", "due")
    one = said(shop.post(f"{path}/resend", {"event_id": delivery["event_id"]}))
    assert one == {"sent": 1, "next_since": None}
    since = (shop.stage.clock.now - timedelta(hours=1)).isoformat()
    shop.stage.clock.now += timedelta(seconds=1)
    assert said(shop.post(f"{path}/resend", {"since": since}))["sent"] == 1
    both = {"since": since, "event_id": delivery["event_id"]}
    assert code(shop.post(f"{path}/resend", both)) == "request_invalid"

    again = said(shop.post(f"{path}/rotate-secret"))
    assert again["secret"] != made["secret"]
    assert again["earlier_secret_until"] is not None
    changed = said(shop.send("PATCH", path, json={"description": "Other", "is_enabled": False}))
    assert (changed["description"], changed["url"], changed["is_enabled"]) == ("Other", HOOKS["url"], False)
    assert code(shop.post(f"{path}/resend", {"since": since})) == "endpoint_disabled"
    assert said(shop.send("PATCH", path, json={"is_enabled": True}))["is_enabled"]
    gone = shop.send("DELETE", path)
    assert (gone.status_code, gone.data) == (204, b"")
    assert code(shop.get(path)) == "not_found"


def test_a_span_that_is_too_long_for_one_request_is_gone_on_with(
    shop: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "SPAN_MAX", 2)
    since = shop.stage.clock.now
    for _ in range(3):
        shop.order()
        shop.stage.clock.now += timedelta(seconds=1)
    made = said(shop.post("/v1/endpoints", HOOKS | {"types": []}))
    path = f"/v1/endpoints/{made['id']}/resend"
    first = said(shop.post(path, {"since": since.isoformat()}))
    assert (first["sent"], first["next_since"]) == (
        2,
        (since + timedelta(seconds=2)).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    assert said(shop.post(path, {"since": first["next_since"]})) == {"sent": 1, "next_since": None}


def test_an_address_inside_is_no_endpoint_and_a_secret_is_kept_by_nobody(shop: Program) -> None:
    for url in ("http://shop.example/", "https://kim@shop.example/", "ftp://shop.example/"):
        assert code(shop.post("/v1/endpoints", HOOKS | {"url": url})) == "endpoint_refused"
    assert code(shop.post("/v1/endpoints", HOOKS | {"types": ["order.eaten"]})) == "input_refused"
    secret = said(shop.post("/v1/endpoints", HOOKS))["secret"]
    with shop.stage.house.store.read() as tx:
        (row,) = endpoints.all_of(tx)
        kept = str(tx.exec_driver_sql("select * from api_answers").all())
    assert secret not in kept
    assert secret not in row.secret
