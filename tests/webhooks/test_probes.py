"""The doors for machines: alive, ready or why not, and the metrics for whoever shows the token."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs
from werkzeug.test import Client, TestResponse
from werkzeug.wrappers import Response

from checkout import metrics
from checkout.domain.errors import StoreUnavailableError
from checkout.domain.processor import Envelope
from checkout.flows.house import House
from checkout.store import mailboxes, watermarks
from checkout.store.engine import Store
from tests.small_shop import SmallShop
from webhooks import probes, readings
from webhooks.heartbeat import beat
from webhooks.probes import Probes

TOKEN = "a token of the tests"
ON_SQLITE = pytest.mark.parametrize("ready_url", ["sqlite"], indirect=True)
"""For what asks the database nothing that differs."""
SHOWN = {"Authorization": f"Bearer {TOKEN}"}


def machine(house: House, token: str = TOKEN) -> Client:
    """Somebody who watches; behind the probes is a shop that answers everything with 418."""
    return Client(Probes(Response("tea", 418), house, token))


def numbers(answer: TestResponse) -> dict[str, float]:
    """Each line of the metrics."""
    assert answer.status_code == 200
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


@pytest.fixture(autouse=True)
def _counting() -> None:
    metrics.begin(None)


@ON_SQLITE
def test_health_needs_no_database_and_leaves_no_line(shop: SmallShop) -> None:
    shop.house.store.close()
    nowhere = Store("postgresql://nobody@127.0.0.1:9/nothing")
    house = House(nowhere, {}, shop.house.shop, shop.clock, shop.house.mint, shop.house.enqueue)
    with capture_logs() as lines:
        assert machine(house).get("/healthz").status_code == 200
        assert machine(house).head("/healthz").status_code == 200
    assert lines == []
    assert machine(house).post("/healthz").status_code == 405
    answer = machine(house).get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["checks"]["database"] == {"ok": False, "said": "it does not answer"}
    assert "nobody" not in answer.text


@ON_SQLITE
def test_everything_else_is_handed_on(shop: SmallShop) -> None:
    assert machine(shop.house).get("/healthz/more").status_code == 418
    assert machine(shop.house, token="").get("/metrics").status_code == 418


def test_ready_is_who_has_a_database_a_worker_and_a_processor(shop: SmallShop) -> None:
    house, watcher = shop.house, machine(shop.house)
    told = watcher.get("/readyz").get_json()
    assert (told["ready"], told["checks"]["worker"]["ok"]) == (False, False)
    beat(house)
    assert watcher.get("/readyz").status_code == 200
    shop.clock.move(minutes=3)
    told = watcher.get("/readyz").get_json()
    assert told["checks"]["worker"] == {"ok": False, "said": "last seen 2026-11-22 12:00:00 UTC"}
    assert told["checks"]["database"]["ok"]


@ON_SQLITE
def test_a_shop_nobody_can_pay_in_is_not_ready(shop: SmallShop) -> None:
    beat(shop.house)
    house = House(shop.house.store, {}, shop.house.shop, shop.clock, shop.house.mint, shop.house.enqueue)
    answer = machine(house).get("/readyz")
    assert answer.status_code == 503
    assert "checkout doctor" in answer.get_json()["checks"]["processor"]["said"]


@ON_SQLITE
def test_a_database_of_another_version_is_not_ready(shop: SmallShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checkout.store.migrating.HEAD", "9999")
    told = machine(shop.house).get("/readyz").get_json()
    assert told["checks"].keys() == {"database", "processor"}
    assert "checkout db upgrade" in told["checks"]["database"]["said"]


@ON_SQLITE
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}])
def test_nobody_without_the_token_sees_a_number(shop: SmallShop, headers: dict[str, str]) -> None:
    answer = machine(shop.house).get("/metrics", headers=headers)
    assert answer.status_code == 401
    assert "checkout_" not in answer.text


def test_the_metrics_tell_what_waits(shop: SmallShop) -> None:
    quiet = numbers(machine(shop.house).get("/metrics", headers=SHOWN))
    assert (quiet["checkout_inbox_waiting"], quiet["checkout_inbox_oldest_seconds"]) == (0, 0)
    assert quiet['checkout_webhook_age_seconds{processor="scripted"}'] == float("inf")
    assert "checkout_worker_age_seconds" not in quiet
    event = Envelope("scripted", "WH-1", "X", None, "transmission", "digest", binds_body=False)
    with shop.house.store.begin() as tx:
        mailboxes.put(tx, [(event, shop.clock())])
        watermarks.put(tx, "invariants", shop.clock(), "0 violations")
    beat(shop.house)
    shop.clock.move(seconds=90)
    told = numbers(machine(shop.house).get("/metrics", headers=SHOWN))
    assert (told["checkout_inbox_waiting"], told["checkout_inbox_oldest_seconds"]) == (1, 90)
    assert (told["checkout_worker_age_seconds"], told["checkout_invariants_ok"]) == (90, 1)
    assert told['checkout_webhook_age_seconds{processor="scripted"}'] == 90


@ON_SQLITE
def test_the_metrics_count_what_was_done(shop: SmallShop) -> None:
    before = numbers(machine(shop.house).get("/metrics", headers=SHOWN))
    shop.begin()
    shop.sweep_on(1, seconds=6)
    after = numbers(machine(shop.house).get("/metrics", headers=SHOWN))
    counted = 'checkout_sweeps_total{outcome="answered"}'
    assert after[counted] == before.get(counted, 0) + 1


@ON_SQLITE
def test_what_was_counted_is_told_though_the_database_is_away(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_house: House) -> list[metrics.Reading]:
        raise StoreUnavailableError

    metrics.MAILS.add("receipt", "sent")
    monkeypatch.setattr(probes, "shop_readings", away)
    told = numbers(machine(shop.house).get("/metrics", headers=SHOWN))
    assert told['checkout_mails_total{kind="receipt",outcome="sent"}'] >= 1
    assert "checkout_inbox_waiting" not in told


@ON_SQLITE
def test_every_metric_is_written_about(shop: SmallShop) -> None:
    page = Path(__file__, "../../../docs/metrics.md").resolve().read_text(encoding="utf-8")
    with shop.house.store.begin() as tx:
        watermarks.put(tx, "invariants", shop.clock(), "0 violations")
    beat(shop.house)
    names = {one.name for one in readings.shop_readings(shop.house)} | {one.name for one in metrics.ALL}
    assert len(names) >= 20
    assert {name for name in names if f"`{name}" not in page} == set()
