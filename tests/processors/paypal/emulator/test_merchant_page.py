"""The merchant's page: balances, disputes and buttons, without a script."""

from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Browser, Page

from checkout.processors.paypal.emulator.control_client import EmulatorControl
from tests.processors.paypal.emulator.caller import Caller
from tests.processors.paypal.emulator.paying import act, paid
from tests.processors.paypal.emulator.test_pages import NARROW, TALL, check


def press(emulator: EmulatorControl, action: str, **form: str) -> requests.Response:
    return requests.post(f"{emulator.base_url}/control/merchant", data={"action": action, **form}, timeout=10)


def shown(emulator: EmulatorControl) -> str:
    return requests.get(f"{emulator.base_url}/control/merchant", timeout=10).text


def test_the_page_shows_balances_and_disputes(api: Caller, emulator: EmulatorControl) -> None:
    assert "No money yet" in shown(emulator)
    capture_id = paid(api, emulator)
    dispute_id = emulator.open_dispute(capture_id, stage="CHARGEBACK")["dispute_id"]
    text = shown(emulator)
    for part in (capture_id, dispute_id, "23.00", "23.80", "CHARGEBACK", "Resolve"):
        assert part in text
    assert "<script" not in text


def test_the_buttons_do_what_they_say(api: Caller, emulator: EmulatorControl) -> None:
    capture_id = paid(api, emulator)
    assert press(emulator, "deposit", currency="EUR", value="10.00").status_code == 200
    press(emulator, "payout", currency="EUR")
    assert emulator.statement()["position"]["EUR"]["total"] == "0.00"
    press(
        emulator,
        "dispute",
        capture_id=capture_id,
        reason="MERCHANDISE_OR_SERVICE_NOT_RECEIVED",
        channel="INTERNAL",
    )
    (dispute,) = emulator.disputes()
    act(api, dispute["dispute_id"], "make-offer", {"note": "n", "offer_type": "REFUND"})
    assert "Buyer accepts" in shown(emulator)
    press(emulator, "dispute-deny-offer", id=dispute["dispute_id"])
    press(emulator, "dispute-escalate", id=dispute["dispute_id"])
    press(emulator, "dispute-resolve", id=dispute["dispute_id"], outcome="DENIED")
    assert emulator.disputes()[0]["dispute_outcome"]["outcome_code"] == "DENIED"
    press(emulator, "limit", limitation="ADDED")
    press(emulator, "revoke", consent="partner")
    assert [event["event_type"] for event in emulator.events()[-2:]] == [
        "CUSTOMER.ACCOUNT-LIMITATION.ADDED",
        "MERCHANT.PARTNER-CONSENT.REVOKED",
    ]


@pytest.mark.parametrize(
    ("action", "form"),
    [
        ("explode", {}),
        ("payout", {"currency": "EUR"}),
        ("deposit", {"currency": "EUR", "value": "much"}),
        ("dispute", {"capture_id": "NONE"}),
        ("dispute-cancel", {"id": "NONE"}),
        ("limit", {"limitation": "ENJOYED"}),
    ],
)
def test_a_button_that_cannot_work_says_why(
    emulator: EmulatorControl, action: str, form: dict[str, str]
) -> None:
    answer = press(emulator, action, **form)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Give a page as wide as the smallest phone."""
    context = browser.new_context(viewport={"width": NARROW, "height": TALL}, bypass_csp=True)
    yield context.new_page()
    context.close()


def test_the_page_is_for_everyone(page: Page, api: Caller, emulator: EmulatorControl) -> None:
    emulator.open_dispute(paid(api, emulator))
    page.goto(f"{emulator.base_url}/control/merchant")
    check(page)
    page.get_by_role("button", name="Resolve").click()
    check(page)
    assert emulator.disputes()[0]["status"] == "RESOLVED"
