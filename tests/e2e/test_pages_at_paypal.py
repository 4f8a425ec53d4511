"""A real browser without scripts pays at the PayPal emulator: the shop, its worker and PayPal are real processes."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.town import Town, open_town

pytestmark = pytest.mark.timeout(300)

Buy: TypeAlias = Callable[[str], Page]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, sqlite_with_tables: Path) -> Iterator[Town]:
    """A town whose shop serves for all customers of this file."""
    folder = tmp_path_factory.mktemp("town")
    shutil.copy(sqlite_with_tables, folder / "shop.db")
    with open_town(folder, f"sqlite:///{folder / 'shop.db'}") as town:
        town.serve()
        yield town


@pytest.fixture
def buy(town: Town, browser: Browser) -> Iterator[Buy]:
    """Order tea and press a button at PayPal; the browser may end with no cookie of the shop."""
    context = browser.new_context(java_script_enabled=False)
    context.route("**/*", lambda route: route.continue_(headers={**route.request.headers, "cookie": ""}))

    def choose(button: str) -> Page:
        page = context.new_page()
        page.goto(f"{town.base_url}/products/tea")
        page.get_by_label("Email address").fill("customer@example.org")
        page.get_by_role("button", name="Continue to PayPal").click()
        page.get_by_role("button", name=button).click()
        return page

    yield choose
    assert context.cookies(town.base_url) == []
    context.close()


def shows(page: Page, heading: str) -> None:
    """The page's heading says so, at the latest when the page has looked again a few times."""
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)


def test_a_customer_pays(buy: Buy) -> None:
    page = buy("Pay with balance")
    shows(page, "Payment received")
    expect(page.get_by_role("main")).to_contain_text("€23.80")


def test_a_customer_cancels_at_paypal_and_pays_after_all(buy: Buy) -> None:
    page = buy("Cancel and return")
    shows(page, "You came back without paying")
    page.get_by_role("button", name="Continue to PayPal").click()
    page.get_by_role("button", name="Pay with balance").click()
    shows(page, "Payment received")


def test_a_customer_cancels_the_order(buy: Buy) -> None:
    page = buy("Cancel and return")
    page.get_by_text("Cancel this order", exact=True).click()
    page.get_by_role("button", name="Yes, cancel this order").click()
    shows(page, "This order is cancelled")


def test_a_declined_customer_tries_again_on_the_same_order(buy: Buy) -> None:
    page = buy("Pay with a card that will be declined")
    shows(page, "Your payment was declined")
    expect(page.get_by_role("main")).to_contain_text("No money was taken.")
    order = page.url
    page.get_by_role("button", name="Try again at PayPal").click()
    page.get_by_role("button", name="Pay with balance").click()
    shows(page, "Payment received")
    assert page.url.partition("?")[0] == order.partition("?")[0]


def test_a_reviewed_payment_says_not_to_pay_again(buy: Buy) -> None:
    page = buy("Pay with an instrument that needs review")
    shows(page, "Your payment is being reviewed")
    expect(page.get_by_role("main")).to_contain_text("Do not pay again.")
    expect(page.get_by_role("button")).to_have_count(0)


def test_a_customer_who_closes_the_window_finds_the_order_paid(buy: Buy, town: Town) -> None:
    page = buy("Pay, then close the window")
    reference = town.emulator.orders()[-1]["id"]
    page.goto(town.order_page_of(reference))
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Your payment was declined")
    for _ in range(60):
        if page.get_by_role("heading", level=1).inner_text() == "Payment received":
            break
        page.wait_for_timeout(500)
        page.reload()
    shows(page, "Payment received")
