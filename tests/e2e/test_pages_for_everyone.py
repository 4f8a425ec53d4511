"""Every page: no finding by axe, no sideways scrolling at 320 px, all by keyboard, in light and dark."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe, AxeResults
from playwright.sync_api import Browser, Page, expect

from tests.web.scenes import ADDRESSES
from tests.web.serving import serve
from tests.web.stage import Stage, set_up

SUPPORT = "help@northern-light-shop.example.com"
LOOKS = [(320, "light"), (320, "dark"), (1280, "light"), (1280, "dark")]
AXE_LOOKS = [(320, "dark"), (1280, "light")]
"""axe takes its time, and what it finds depends on the width or on the colours: each of both is looked at once."""

OVERFLOW = """() => [...document.querySelectorAll('body *')]
    .filter(one => !one.closest('.unseen, .skip') && one.getBoundingClientRect().right > innerWidth + 0.5)
    .map(one => one.outerHTML.slice(0, 80))"""
TARGETS = """() => [...document.querySelectorAll('button, .button, input, select, summary, .tick')]
    .filter(one => !['checkbox', 'radio'].includes(one.type))
    .filter(one => one.checkVisibility() && one.getBoundingClientRect().height < 44)
    .map(one => one.outerHTML.slice(0, 80))"""
SMALL_PRINT = """() => [...document.querySelectorAll('input, select')]
    .filter(one => parseFloat(getComputedStyle(one).fontSize) < 16).map(one => one.outerHTML.slice(0, 80))"""
FOCUSABLE = """() => [...document.querySelectorAll('a[href], button, input, select, summary')]
    .filter(one => one.checkVisibility()).map(one => one.outerHTML.slice(0, 120))"""
FOCUSED = """() => { const one = document.activeElement, look = getComputedStyle(one);
    const box = one.getBoundingClientRect();
    return [one.outerHTML.slice(0, 120), look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) >= 2,
            box.bottom > 0 && box.top < innerHeight] }"""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Stage]:
    """A shop with its support address, so that this is looked at too."""
    stage = set_up(tmp_path, support=SUPPORT)
    yield stage
    stage.house.store.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in which axe may run; the shop's own pages hold no script."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


def assert_for_everyone(page: Page) -> None:
    """Hold the page against axe and our own measures, in each look."""
    page.evaluate(Axe().axe_script)  # once: the library's own way sends its half megabyte again for each look
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        if (width, scheme) in AXE_LOOKS:
            found = AxeResults(page.evaluate("axe.run({resultTypes: ['violations']})"))
            assert found.violations_count == 0, f"{width} {scheme}: {found.generate_report()}"
        assert page.evaluate(OVERFLOW) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate(TARGETS) == []
        assert page.evaluate(SMALL_PRINT) == []


@pytest.mark.parametrize("scene", ADDRESSES)
def test_a_page_is_for_everyone(shop: Stage, page: Page, scene: str) -> None:
    path = ADDRESSES[scene](shop)
    with serve(shop.app.wsgi_app) as port:
        page.goto(f"http://127.0.0.1:{port}{path}")
        if scene in {"confirming", "review"}:  # they look again by themselves; hold this one still
            page.set_content(page.content())
        assert_for_everyone(page)


def test_a_form_with_errors_is_for_everyone(shop: Stage, page: Page) -> None:
    with serve(shop.app.wsgi_app) as port:
        page.goto(f"http://127.0.0.1:{port}/products/lamp")
        page.get_by_role("button").click()
        expect(page.get_by_role("alert")).to_be_visible()
        assert_for_everyone(page)


def test_long_words_do_not_widen_a_page(shop: Stage, page: Page) -> None:
    long = "W" * 118
    order = f"/orders/{shop.order()}"
    shop.go_back()
    with shop.house.store.begin() as tx:
        tx.exec_driver_sql("update order_lines set title = ?, unit_minor = 99999999999999900", (long,))
        tx.exec_driver_sql("update contacts set email = ?, name = ?", (f"{long}@example.com", long))
    page.set_viewport_size({"width": 320, "height": 800})
    with serve(shop.app.wsgi_app) as port:
        for path in (order, f"{order}/receipt"):
            page.goto(f"http://127.0.0.1:{port}{path}")
            assert page.evaluate(OVERFLOW) == []


@pytest.mark.parametrize(
    "scene", ["products", "product with address", "declined", "confirming, stopped", "paid"]
)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_is_reached_by_keyboard_with_a_visible_focus(
    shop: Stage, page: Page, scene: str, scheme: str
) -> None:
    path = ADDRESSES[scene](shop)
    page.set_viewport_size({"width": 390, "height": 700})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    with serve(shop.app.wsgi_app) as port:
        page.goto(f"http://127.0.0.1:{port}{path}")
        reached = []
        for _ in page.evaluate(FOCUSABLE):
            page.keyboard.press("Tab")
            where, is_marked, is_in_sight = page.evaluate(FOCUSED)
            assert is_marked, where
            assert is_in_sight, where
            reached.append(where)
        assert reached == page.evaluate(FOCUSABLE)


def test_the_keyboard_skips_to_the_main_content_and_cancels_an_order(shop: Stage, page: Page) -> None:
    path = ADDRESSES["ready"](shop)
    with serve(shop.app.wsgi_app) as port:
        page.goto(f"http://127.0.0.1:{port}{path}")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()
        for key in ("Tab", "Tab", "Enter", "Tab", "Enter"):
            page.keyboard.press(key)
        expect(page.get_by_role("heading", level=1)).to_have_text("This order is cancelled")


def test_a_printed_receipt_holds_the_receipt_and_nothing_else(shop: Stage, page: Page) -> None:
    path = ADDRESSES["receipt"](shop)
    with serve(shop.app.wsgi_app) as port:
        page.goto(f"http://127.0.0.1:{port}{path}")
        page.emulate_media(media="print", color_scheme="dark")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        for hidden in ("header", "footer", ".skip", ".unprinted >> nth=0"):
            expect(page.locator(hidden)).to_be_hidden()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
