"""Tokens are shared, live nine hours, and are refused in PayPal's own words."""

import requests

from checkout.processors.paypal.emulator.control_client import EmulatorControl
from tests.processors.paypal.emulator.caller import Caller, order_body


def test_asking_again_gives_the_same_token_with_the_life_that_is_left(
    api: Caller, emulator: EmulatorControl
) -> None:
    first = api.token().json()
    assert 32_340 <= first["expires_in"] <= 32_400  # real time goes on meanwhile
    emulator.advance(1000)
    second = api.token().json()
    assert second["access_token"] == first["access_token"]
    assert 31_340 <= second["expires_in"] <= first["expires_in"] - 1000
    assert emulator.token_requests() == 2


def test_a_token_whose_life_is_over_is_replaced_and_refused(api: Caller, emulator: EmulatorControl) -> None:
    old = api.token().json()["access_token"]
    assert api.create().status_code == 201
    emulator.advance(32_401)
    refused = api.create()
    assert refused.status_code == 401
    assert refused.json()["error"] == "invalid_token"
    assert api.token().json()["access_token"] != old


def test_a_revoked_token_is_refused_at_once(api: Caller, emulator: EmulatorControl) -> None:
    assert api.create().status_code == 201
    emulator.revoke_token()
    assert api.create().status_code == 401


def test_wrong_credentials_get_no_token(emulator: EmulatorControl) -> None:
    answer = requests.post(
        f"{emulator.base_url}/v1/oauth2/token",
        auth=("emulator-client", "guessed"),
        data={"grant_type": "client_credentials"},
        timeout=10,
    )
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"
    assert "access_token" not in answer.text


def test_a_call_without_authorization_is_refused(emulator: EmulatorControl) -> None:
    answer = requests.post(f"{emulator.base_url}/v2/checkout/orders", json=order_body(), timeout=10)
    assert answer.status_code == 401
    assert answer.json()["name"] == "AUTHENTICATION_FAILURE"
    assert emulator.orders() == []


def test_calls_take_the_credentials_themselves_too(emulator: EmulatorControl) -> None:
    url = f"{emulator.base_url}/v2/checkout/orders"
    headers = {"PayPal-Request-Id": "basic"}
    credentials = ("emulator-client", "emulator-secret")
    assert requests.post(url, auth=credentials, json=order_body(), headers=headers, timeout=10).ok
    wrong = requests.post(url, auth=("emulator-client", "no"), json=order_body(), headers=headers, timeout=10)
    assert wrong.status_code == 401


def test_the_list_of_calls_holds_no_token(api: Caller, emulator: EmulatorControl) -> None:
    token = api.token().json()["access_token"]
    api.create()
    assert [call["operation"] for call in emulator.calls()] == ["token", "token", "create"]
    assert token not in str(emulator.calls())
