"""The desk in a real browser: every page for everyone, and the work itself by keyboard with scripts off."""

from __future__ import annotations

from itertools import cycle

import pytest
from axe_playwright_python.sync_playwright import Axe, AxeResults
from playwright.sync_api import Browser, Page, expect

from checkout.domain.actors import Actor, Way
from checkout.domain.roles import Role
from checkout.flows import endpoints
from checkout.store import delivery_lists, discrepancies, halts
from checkout.store.halts import Stops
from checkout.store.mailboxes import MessageState
from tests.e2e.test_pages_for_everyone import OVERFLOW, SMALL_PRINT
from tests.office.desk_stage import DeskStage, reconciled, set_desk
from tests.paid_shop import PaidShop
from tests.web.serving import serve

ANN = Actor("Ann", Way.OFFICE)
TARGETS = """() => [...document.querySelectorAll('button, .button, input, select, summary, textarea')]
    .filter(one => one.checkVisibility() && !one.closest('.tick') && one.getBoundingClientRect().height < 43.5)
    .map(one => one.outerHTML.slice(0, 80))"""
"""A tick's label beside it is as large as any button."""
LOOKS = [(320, "dark"), (1280, "light")]


def with_all(shop: PaidShop) -> DeskStage:
    """A desk with something on every page, what stands still and an endpoint included."""
    desk = set_desk(shop)
    house = shop.house
    made = endpoints.add(house, ANN, url="https://93.184.216.34/hooks")
    endpoints.ping(house, ANN, made.endpoint.id)
    shop.process()
    reconciled(desk)
    with house.store.begin() as tx:
        halts.begin(tx, "paypal", Stops.CAPTURES, "made up", "A halt, to be looked at.", at=shop.clock())
    return desk


def addresses(desk: DeskStage) -> list[str]:
    """Every page of the desk."""
    with desk.shop.house.store.read() as tx:
        told = delivery_lists.listed(tx).rows[0]
    return [
        "/disputes",
        f"/disputes/{desk.dispute}",
        "/discrepancies",
        f"/discrepancies/{desk.discrepancy}",
        "/reconciliation",
        "/reconciliation/1",
        "/inbox",
        f"/inbox/{desk.events()[-1].id}",
        "/outbox",
        "/outbox/deliveries",
        f"/outbox/deliveries/{told.happening_id}/{told.endpoint_id}",
        "/ledger",
        "/ledger/statement?account=sales&currency=EUR&processor=paypal",
        "/settings/processors",
        "/settings/products",
        "/settings/endpoints",
    ]


def hold(page: Page, address: str, look: tuple[int, str]) -> None:
    """Hold the page against our own measures in each look, and against axe, which takes its time, in one of them."""
    for details in page.locator("details.card, details.more").all():
        details.evaluate("one => one.open = true")
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        if (width, scheme) == look:
            page.evaluate(Axe().axe_script)
            found = AxeResults(page.evaluate("axe.run({resultTypes: ['violations']})"))
            assert found.violations_count == 0, f"{address} {width} {scheme}: {found.generate_report()}"
        assert page.evaluate(OVERFLOW) == [], address
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
        assert page.evaluate(TARGETS) == [], address
        assert page.evaluate(SMALL_PRINT) == [], address


@pytest.mark.timeout(300)
def test_every_page_of_the_desk_is_for_everyone(shop_on_sqlite: PaidShop, browser: Browser) -> None:
    desk = with_all(shop_on_sqlite)
    with serve(desk.office.shop.app) as port:
        page = desk.office.sign_in(browser, port, bypass_csp=True).new_page()
        for address, look in zip(addresses(desk), cycle(LOOKS), strict=False):
            answer = page.goto(f"/office{address}")
            assert answer is not None
            assert answer.status == 200, address
            assert page.locator("h1").count() == 1, address
            hold(page, address, look)
        page.goto(f"/office/inbox/{desk.events()[-1].id}")
        page.get_by_role("button", name="Show what a replay would change").click()
        hold(page, "replay", LOOKS[0])
        page.context.close()


def test_the_work_is_done_by_keyboard_with_scripts_off(shop_on_sqlite: PaidShop, browser: Browser) -> None:
    desk = set_desk(shop_on_sqlite)
    with serve(desk.office.shop.app) as port:
        context = desk.office.sign_in(browser, port, Role.REFUNDER, java_script_enabled=False)
        page = context.new_page()
        page.goto("/office/inbox")
        page.get_by_role("link", name="PAYMENT.CAPTURE.COMPLETED").press("Enter")
        page.get_by_role("button", name="Show what a replay would change").press("Enter")
        expect(page.get_by_text("Nothing is changed yet.")).to_be_visible()
        page.get_by_role("button", name="Apply").press("Enter")
        expect(page.get_by_role("status")).to_contain_text("It ended as it was shown.")
        page.goto("/office/discrepancies")
        page.get_by_role("link", name="1: contradiction").press("Enter")
        page.get_by_label("Decision").select_option("ignore")
        page.get_by_label("Why").fill("Looked at it with their support.")
        page.get_by_role("button", name="Decide").press("Enter")
        expect(page.get_by_role("status")).to_contain_text("is decided")
        page.goto(f"/office/disputes/{desk.dispute}")
        page.locator("summary", has_text="Write to the customer").press("Enter")
        page.get_by_label("Your message").fill("It is on its way.")
        page.get_by_role("button", name="Write to the customer").press("Enter")
        expect(page.get_by_role("status")).to_contain_text("Done.")
        context.close()
    with desk.shop.house.store.read() as tx:
        assert discrepancies.open_ones(tx) == []
    assert MessageState.DONE in {one.state for one in desk.events()}
