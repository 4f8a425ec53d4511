"""A real Chromium, scripts off and cookies blocked: buys, is declined, cancels, comes back somewhere else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from checkout.domain.facts import FactKind
from tests.web.scenes import ADDRESSES
from tests.web.scripted import DECLINED, DOWN
from tests.web.serving import serve
from tests.web.stage import CARD_NUMBER, KIM, Stage, set_up

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Visit = Callable[..., Page]


class Later:
    """Applications that need to know their ports before they can be made."""

    def __init__(self) -> None:
        self.parts: dict[str, WSGIApplication] = {}

    def part(self, name: str) -> WSGIApplication:
        def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            return self.parts[name](environ, start_response)

        return application


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Stage]:
    """A shop on a real port, and the processor's page on another."""
    with ExitStack() as stack:
        later = Later()
        payer_port, port = (stack.enter_context(serve(later.part(name))) for name in ("payer", "shop"))
        stage = set_up(tmp_path, base_url=f"http://127.0.0.1:{port}", host=f"127.0.0.1:{payer_port}")
        later.parts.update(payer=stage.processor.payer_page, shop=stage.app.wsgi_app)
        yield stage
        stage.house.store.close()


@pytest.fixture
def visit(shop: Stage, browser: Browser) -> Iterator[Visit]:
    """Open pages as a new visitor each, who runs no scripts; none may end with a cookie or complaint."""
    contexts, complaints, hosts = [], [], set()

    def open_page(path: str, width: int = 390) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 800}, java_script_enabled=False)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
        page.goto(f"{shop.house.shop.base_url}{path}")
        return page

    yield open_page
    assert [cookie for context in contexts for cookie in context.cookies()] == []
    assert [text for text in complaints if "Content Security Policy" in text] == []
    assert hosts <= {urlsplit(shop.house.shop.base_url).netloc, shop.processor.host}
    for context in contexts:
        context.close()


def fill(page: Page) -> None:
    """Type the whole order form."""
    page.get_by_label("Quantity").fill("2")
    page.get_by_label("Email address").fill(KIM.email)
    page.get_by_label("Full name").fill(KIM.name)
    page.get_by_label("Street and number").fill(KIM.street)
    page.get_by_label("Town or city").fill(KIM.city)
    page.get_by_label("Postcode").fill(KIM.postcode)
    page.get_by_label("Country").select_option("GB")


def heading(page: Page, text: str) -> None:
    """The page's one heading says so."""
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def test_a_customer_buys_and_gets_a_receipt(visit: Visit) -> None:
    page = visit("/")
    page.get_by_role("link", name="Desk lamp").click()
    fill(page)
    page.get_by_role("button", name="Continue to PayPal").click()
    page.get_by_role("link", name="Approve").click()
    heading(page, "Payment received")
    expect(page.get_by_role("main")).to_contain_text("£129.00")
    page.get_by_role("link", name="View your receipt").click()
    heading(page, "Receipt")


def test_a_customer_comes_back_in_another_browser(visit: Visit, shop: Stage) -> None:
    first = visit("/pay/threebooks")
    first.get_by_label("Email address").fill(KIM.email)
    first.get_by_role("button", name="Continue to PayPal").click()
    reference, opening = next(iter(shop.processor.openings.items()))
    shop.processor.approved.add(reference)
    other = visit(urlsplit(opening.return_url).path + f"?token={reference}&PayerID=QYR5Z8XDVJNXQ")
    heading(other, "Payment received")
    expect(other.get_by_role("main")).to_contain_text("€55.50")


def test_a_customer_is_declined_and_pays_the_same_order_with_another_try(visit: Visit, shop: Stage) -> None:
    shop.processor.captures = DECLINED
    page = visit("/products/lamp")
    fill(page)
    page.get_by_role("button", name="Continue to PayPal").click()
    page.get_by_role("link", name="Approve").click()
    heading(page, "Your payment was declined")
    order = page.url
    shop.processor.captures = FactKind.CAPTURED
    page.get_by_role("button", name="Try again at PayPal").click()
    page.get_by_role("link", name="Approve").click()
    heading(page, "Payment received")
    assert page.url == order


def test_a_customer_cancels_at_the_processor_and_then_the_order(visit: Visit) -> None:
    page = visit("/products/lamp")
    fill(page)
    page.get_by_role("button", name="Continue to PayPal").click()
    page.get_by_role("link", name="Cancel").click()
    heading(page, "You came back without paying")
    expect(page.get_by_role("button", name="Yes, cancel this order")).to_be_hidden()
    page.get_by_text("Cancel this order", exact=True).click()
    page.get_by_role("button", name="Yes, cancel this order").click()
    heading(page, "This order is cancelled")
    expect(page.get_by_role("button")).to_have_count(0)


def test_a_silent_processor_keeps_the_order_until_it_answers(visit: Visit, shop: Stage) -> None:
    shop.processor.opens = DOWN
    page = visit("/products/lamp")
    fill(page)
    page.get_by_role("button", name="Continue to PayPal").click()
    heading(page, "We could not reach PayPal")
    shop.processor.opens = None
    page.get_by_role("button", name="Try again at PayPal").click()
    page.get_by_role("link", name="Approve").click()
    heading(page, "Payment received")


def test_a_waiting_page_shows_the_payment_by_itself(visit: Visit, shop: Stage) -> None:
    page = visit(ADDRESSES["confirming"](shop))
    heading(page, "We are confirming your payment")
    shop.tell(FactKind.CAPTURED)
    heading(page, "Payment received")


def test_a_double_click_makes_one_order(visit: Visit, shop: Stage) -> None:
    page = visit("/products/lamp")
    fill(page)
    page.get_by_role("button", name="Continue to PayPal").dblclick(no_wait_after=True)
    page.get_by_role("link", name="Approve").click()
    heading(page, "Payment received")
    assert len(shop.processor.openings) == 1


def test_going_back_after_paying_and_sending_the_form_again_pays_nothing(visit: Visit, shop: Stage) -> None:
    page = visit("/products/lamp")
    fill(page)
    page.get_by_role("button", name="Continue to PayPal").click()
    page.get_by_role("link", name="Approve").click()
    order = page.url
    page.goto(f"{order.partition('/orders/')[0]}/orders/{order.rpartition('/')[2]}")
    page.reload()
    heading(page, "Payment received")
    assert len(shop.processor.openings) == 1


def test_wrong_entries_are_listed_and_lead_to_their_fields(visit: Visit) -> None:
    page = visit("/products/lamp", width=320)
    fill(page)
    page.get_by_label("Email address").fill("kim@")
    page.get_by_label("Town or city").fill("")
    page.get_by_role("button", name="Continue to PayPal").click()
    expect(page).to_have_title(re.compile("^Error: "))
    summary = page.get_by_role("alert")
    expect(summary.get_by_role("link")).to_have_count(2)
    summary.get_by_role("link", name="Enter your town or city.").click()
    expect(page.get_by_label("Town or city")).to_be_focused()
    expect(page.get_by_label("Email address")).to_have_value("kim@")
    expect(page.get_by_label("Street and number")).to_have_value(KIM.street)


def test_a_card_number_typed_here_is_refused_and_gone(visit: Visit) -> None:
    page = visit("/products/lamp")
    fill(page)
    page.get_by_label("Full name").fill(f"{CARD_NUMBER[:8]} {CARD_NUMBER[8:]}")
    page.get_by_role("button", name="Continue to PayPal").click()
    expect(page.get_by_role("alert")).to_contain_text("Card numbers are entered only at PayPal.")
    expect(page.get_by_label("Full name")).to_have_value("")
    expect(page.get_by_label("Street and number")).to_have_value(KIM.street)
    assert "4111" not in page.content()
