"""The emulator's pages in a real browser: narrow, dark, without scripts, and for everyone."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from checkout.processors.paypal.emulator.control_client import EmulatorControl
from tests.processors.paypal.emulator.caller import Caller, tea_body
from tests.processors.paypal.emulator.receiver import Receiver

NARROW, TALL = 320, 640


@pytest.fixture(params=["light", "dark"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Give a page as wide as the smallest phone, in either colour scheme."""
    context = browser.new_context(
        viewport={"width": NARROW, "height": TALL}, color_scheme=request.param, bypass_csp=True
    )
    yield context.new_page()
    context.close()


def check(page: Page) -> None:
    """Hold that nothing is wider than the screen, nothing shuts anyone out, and there is one heading."""
    page.wait_for_load_state("load")
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW
    assert page.locator("h1").count() == 1
    violations = Axe().run(page).response["violations"]
    assert violations == [], [violation["help"] for violation in violations]


def test_a_payer_gets_through_every_page(page: Page, api: Caller) -> None:
    body = tea_body()
    body["payment_source"]["paypal"]["experience_context"]["return_url"] = f"{api.base_url}/control"
    order_id = api.order_id(body)
    page.goto(f"{api.base_url}/checkoutnow?token={order_id}")
    check(page)
    page.get_by_role("button", name="Pay with a card that will be declined").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/control?token={order_id}&PayerID=*")
    api.capture(order_id)
    page.goto(f"{api.base_url}/checkoutnow?token={order_id}")
    assert page.get_by_role("alert").is_visible()
    check(page)
    page.get_by_role("button", name="Pay, then close the window").click()
    check(page)
    api.capture(order_id)
    page.goto(f"{api.base_url}/checkoutnow?token={order_id}")
    check(page)
    page.goto(f"{api.base_url}/checkoutnow?token=NONE")
    check(page)


def test_the_control_page_is_for_everyone(
    page: Page, api: Caller, emulator: EmulatorControl, receiver: Receiver
) -> None:
    assert receiver.webhook_id
    page.goto(f"{api.base_url}/control")
    check(page)
    order_id = api.order_id(tea_body())
    emulator.approve(order_id)
    api.capture(order_id)
    api.order_id()
    emulator.order_fault("decline", "capture")
    emulator.settle_deliveries()
    page.reload()
    check(page)
    page.get_by_role("button", name="Refund").click()
    assert emulator.account()["balances"]["EUR"]["gross"] == "0.00"
    page.get_by_role("button", name="Order fault").click()
    check(page)
