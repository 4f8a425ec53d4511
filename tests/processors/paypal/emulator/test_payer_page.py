"""The payer's page: plain HTML, says it is an emulator, and sends the browser where PayPal would."""

import re

import pytest
import requests

from checkout.processors.paypal.emulator.control_client import EmulatorControl
from tests.processors.paypal.emulator.caller import (
    CANCEL_URL,
    RETURN_URL,
    Caller,
    authorize_body,
    first_capture,
    issues,
    order_body,
    tea_body,
)


def page(api: Caller, order_id: str) -> requests.Response:
    return requests.get(f"{api.base_url}/checkoutnow", params={"token": order_id}, timeout=10)


def choose(api: Caller, order_id: str, choice: str) -> requests.Response:
    form = {"token": order_id, "choice": choice}
    return requests.post(f"{api.base_url}/checkoutnow", data=form, timeout=10, allow_redirects=False)


def test_the_page_shows_merchant_amount_items_and_that_it_is_an_emulator(api: Caller) -> None:
    text = page(api, api.order_id(tea_body())).text
    for shown in ("This is not PayPal", "Tea Shop", "23.80", "EUR", "2 \u00d7 Tea", "Two teas"):
        assert shown in text
    assert text.count("<h1>") == 1


def test_the_page_says_when_the_money_is_only_reserved(api: Caller) -> None:
    assert "takes it later" in page(api, api.order_id(authorize_body())).text
    assert "takes it later" not in page(api, api.order_id()).text


def test_the_page_has_no_script_and_no_field_for_a_card(api: Caller) -> None:
    answer = page(api, api.order_id())
    assert "<script" not in answer.text
    assert re.findall(r'<input type="(\w+)"', answer.text) == ["hidden"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    style = requests.get(f"{api.base_url}/static/emulator.css", timeout=10)
    assert "prefers-color-scheme: dark" in style.text


def test_what_a_caller_sent_is_shown_as_text(api: Caller) -> None:
    body = order_body(description="<script>alert(1)</script>")
    assert "<script" not in page(api, api.order_id(body)).text


def test_paying_returns_with_token_and_payer(api: Caller) -> None:
    order_id = api.order_id()
    answer = choose(api, order_id, "pay")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{RETURN_URL}?token={order_id}&PayerID=BUYEREMU2TEST"
    assert api.get(order_id).json()["status"] == "APPROVED"


def test_the_return_address_keeps_its_own_query(api: Caller) -> None:
    body = order_body()
    body["payment_source"]["paypal"]["experience_context"]["return_url"] = f"{RETURN_URL}?a=1&b="
    order_id = api.order_id(body)
    assert (
        choose(api, order_id, "pay").headers["Location"].startswith(f"{RETURN_URL}?a=1&b=&token={order_id}")
    )


def test_cancelling_returns_elsewhere_and_leaves_the_link_good(api: Caller) -> None:
    order_id = api.order_id()
    answer = choose(api, order_id, "cancel")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{CANCEL_URL}?token={order_id}")
    assert api.get(order_id).json()["status"] == "PAYER_ACTION_REQUIRED"
    assert choose(api, order_id, "pay").status_code == 303


def test_closing_the_window_approves_and_returns_nowhere(api: Caller) -> None:
    order_id = api.order_id()
    answer = choose(api, order_id, "close")
    assert answer.status_code == 200
    assert "You can close this window" in answer.text
    assert api.get(order_id).json()["status"] == "APPROVED"


def test_a_declined_card_brings_the_payer_back_to_the_same_page(
    api: Caller, emulator: EmulatorControl
) -> None:
    order_id = api.order_id()
    choose(api, order_id, "declined")
    assert issues(api.capture(order_id)) == ["INSTRUMENT_DECLINED"]
    assert "No money was taken" in page(api, order_id).text
    choose(api, order_id, "pay")
    assert api.capture(order_id).status_code == 201
    assert len(emulator.movements()) == 1


def test_an_instrument_under_review_leaves_the_capture_pending(api: Caller) -> None:
    order_id = api.order_id()
    choose(api, order_id, "review")
    capture = first_capture(api.capture(order_id))
    assert (capture["status"], capture["status_details"]["reason"]) == ("PENDING", "PENDING_REVIEW")


def test_a_finished_order_says_so(api: Caller, emulator: EmulatorControl) -> None:
    order_id = api.order_id()
    choose(api, order_id, "pay")
    api.capture(order_id)
    for answer in (page(api, order_id), choose(api, order_id, "pay"), choose(api, order_id, "cancel")):
        assert answer.status_code == 200
        assert "finished" in answer.text
    assert len(emulator.movements()) == 1


def test_an_expired_or_unknown_order_says_so(api: Caller, emulator: EmulatorControl) -> None:
    order_id = api.order_id()
    emulator.expire(order_id)
    for answer in (page(api, order_id), choose(api, order_id, "pay"), page(api, "NONE")):
        assert answer.status_code == 404
        assert "no longer good" in answer.text


def test_an_unknown_choice_does_nothing(api: Caller) -> None:
    order_id = api.order_id()
    assert choose(api, order_id, "steal").status_code == 400
    assert api.get(order_id).json()["status"] == "PAYER_ACTION_REQUIRED"


def test_opening_the_page_starts_the_payers_three_hours(api: Caller, emulator: EmulatorControl) -> None:
    order_id = api.order_id()
    emulator.advance(3 * 3600 - 60)
    assert page(api, order_id).status_code == 200
    emulator.advance(3600)
    assert choose(api, order_id, "pay").status_code == 303


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example"])
def test_a_foreign_name_for_this_machine_is_refused(api: Caller, host: str) -> None:
    answer = requests.get(f"{api.base_url}/control", headers={"Host": host}, timeout=10)
    assert answer.status_code == 403
