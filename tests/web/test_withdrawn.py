"""A form whose product or pay link was withdrawn: sent again it leads to its order, sent first it makes none."""

from datetime import timedelta

import pytest

from checkout.domain.money import Money
from checkout.flows import offering, showing
from checkout.flows.showing import Outcome
from checkout.store import orders
from checkout.store.orders import OrderRow
from checkout.store.products import Product
from tests.people import BOSS
from tests.web.stage import NOON, TYPED, Stage

PATHS = ("/products/book", "/pay/threebooks")


def withdraw(stage: Stage, path: str) -> None:
    """Take what the form at a path orders off the shelf, by whichever of the two ways there are."""
    if path.startswith("/pay/"):
        offering.withdraw_link(stage.house, BOSS, path.rpartition("/")[2])
    else:
        offering.set_offered(stage.house, BOSS, path.rpartition("/")[2], offered=False)


def all_orders(stage: Stage) -> list[OrderRow]:
    with stage.house.store.read() as tx:
        return orders.newest(tx, limit=10)


@pytest.mark.parametrize("path", PATHS)
def test_a_form_sent_again_leads_where_it_led_before(either_stage: Stage, path: str) -> None:
    typed = {"key": either_stage.form_key(path), **TYPED}
    first = either_stage.client.post(path, data=typed)
    withdraw(either_stage, path)
    again = either_stage.client.post(path, data=typed)
    assert (again.status_code, again.location) == (303, first.location)
    assert len(all_orders(either_stage)) == len(either_stage.processor.openings) == 1


@pytest.mark.parametrize("path", PATHS)
def test_a_form_sent_again_after_payment_leads_to_its_paid_order(either_stage: Stage, path: str) -> None:
    typed = {"key": either_stage.form_key(path), **TYPED}
    either_stage.client.post(path, data=typed)
    order = either_stage.go_back().location
    withdraw(either_stage, path)
    assert either_stage.client.post(path, data=typed).location == order
    assert showing.order_view(either_stage.house, all_orders(either_stage)[0].token).outcome is Outcome.PAID
    assert len(either_stage.processor.openings) == 1


@pytest.mark.parametrize("path", PATHS)
def test_a_form_sent_for_the_first_time_makes_no_order_and_says_so(either_stage: Stage, path: str) -> None:
    typed = {"key": either_stage.form_key(path), **TYPED}
    withdraw(either_stage, path)
    sent = either_stage.client.post(path, data=typed)
    assert sent.status_code == 404
    assert "<h1>This is not for sale any more</h1>" in sent.text
    assert "Nothing was ordered and no money was taken" in sent.text
    assert 'href="/"' in sent.text
    assert all_orders(either_stage) == []


def test_a_product_withdrawn_while_its_form_was_read_makes_no_order(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = {"key": stage.form_key("/products/book"), **TYPED}
    offering.set_offered(stage.house, BOSS, "book", offered=False)
    still = Product(
        "book", "Lichens", "", Money(1850, "EUR"), needs_address=False, active=True, created_at=NOON
    )
    monkeypatch.setattr(showing, "shown_product", lambda *_: still)
    sent = stage.client.post("/products/book", data=typed)
    assert (sent.status_code, all_orders(stage)) == (404, [])
    assert "not for sale any more" in sent.text


@pytest.mark.parametrize("change", ["forged", "another form's", "expired", "missing"])
def test_a_key_that_does_not_hold_leads_nowhere(stage: Stage, change: str) -> None:
    stage.post_form("/products/book")
    key = stage.form_key("/products/lamp" if change == "another form's" else "/products/book")
    stage.client.post("/products/book", data={"key": key, **TYPED})
    withdraw(stage, "/products/book")
    if change == "expired":
        stage.clock.now += timedelta(hours=24, seconds=1)
    typed = {"forged": {"key": f"{key}x"}, "missing": {}}.get(change, {"key": key})
    sent = stage.client.post("/products/book", data={**typed, **TYPED})
    assert (sent.status_code, "Page not found" in sent.text) == (404, True)


def test_a_withdrawn_product_has_no_page_whatever_was_ordered(stage: Stage) -> None:
    stage.post_form("/products/book")
    withdraw(stage, "/products/book")
    assert stage.client.get("/products/book").status_code == 404
