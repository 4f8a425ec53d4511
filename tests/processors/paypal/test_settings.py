"""Settings that cannot be right are refused at start, each with what to set instead."""

from pathlib import Path
from typing import Any

import pytest

from checkout.processors.paypal.settings import PayPalEnvironment, PayPalSettingError
from tests.processors.paypal.samples import settings


def test_each_environment_has_its_own_address_and_hosts() -> None:
    live = settings("", environment=PayPalEnvironment.LIVE)
    assert live.api_url == "https://api-m.paypal.com"
    assert live.hand_over_hosts == {"www.paypal.com"}
    sandbox = settings("", environment=PayPalEnvironment.SANDBOX)
    assert sandbox.hand_over_hosts == {"www.sandbox.paypal.com"}
    emulator = settings("http://127.0.0.1:8400/")
    assert emulator.api_url == "http://127.0.0.1:8400"
    assert emulator.hand_over_hosts == {"127.0.0.1:8400"}
    assert emulator.certificate_origins == {"http://127.0.0.1:8400"}


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"client_id": ""}, "PAYPAL_CLIENT_ID"),
        ({"client_secret": ""}, "PAYPAL_CLIENT_SECRET"),
        ({"client_secret": "a b"}, "PAYPAL_CLIENT_SECRET"),
        ({"merchant_id": "me@shop.example"}, "PAYPAL_MERCHANT_ID"),
        ({"webhook_ids": ("WEBHOOK_ID",)}, "public simulator"),
        ({"webhook_ids": ("1AB", "WEBHOOK_ID")}, "public simulator"),
        ({"webhook_ids": ("a b",)}, "PAYPAL_WEBHOOK_IDS"),
        ({"base_url": ""}, "PAYPAL_BASE_URL"),
        ({"base_url": "ftp://127.0.0.1"}, "PAYPAL_BASE_URL"),
        ({"base_url": "http://user@127.0.0.1"}, "PAYPAL_BASE_URL"),
        ({"base_url": "http://127.0.0.1:99999"}, "PAYPAL_BASE_URL"),
        ({"base_url": "http://10.0.0.1:8400"}, "on this machine"),
        ({"base_url": "http://127.0.0.1.evil.example"}, "on this machine"),
        ({"base_url": "http://127.0.0.1:1", "environment": PayPalEnvironment.LIVE}, "only for the emulator"),
        ({"web_hosts": frozenset({"*.paypal.com"})}, "web hosts"),
        ({"web_hosts": frozenset({"https://www.paypal.com"})}, "web hosts"),
        ({"total_seconds": 0.0}, "seconds"),
        ({"read_seconds": 0.0}, "seconds"),
        ({"issuer_file": Path("/nowhere.pem")}, "PAYPAL_ISSUER_FILE"),
    ],
)
def test_a_setting_that_cannot_be_right_is_refused_by_name(changes: dict[str, Any], word: str) -> None:
    with pytest.raises(PayPalSettingError, match=word) as raised:
        settings(**({"base_url": "http://127.0.0.1:8400"} | changes))
    assert "very-secret" not in str(raised.value)


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(PayPalSettingError) as raised:
        settings(client_id="", client_secret="", merchant_id="")
    assert len(raised.value.problems) == 3


def test_an_emulator_elsewhere_must_be_wished_for() -> None:
    assert settings("http://10.0.0.1:8400", emulator_anywhere=True).api_url == "http://10.0.0.1:8400"
