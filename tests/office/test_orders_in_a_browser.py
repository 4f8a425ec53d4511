"""From the menu to a refund in a real browser: by keyboard alone, on a narrow dark screen, without JavaScript."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

from checkout.domain.money import Money
from checkout.domain.orders import OrderState
from checkout.domain.roles import Role
from tests.office.paid_office import PaidOffice
from tests.web.serving import serve

PRESSES_MAX = 60
"""No page of the office has so many places to stop at before what somebody looks for."""


def go_to(page: Page, selector: str) -> None:
    """Press Tab until something is focused; it must be seen to be."""
    for _ in range(PRESSES_MAX):
        page.keyboard.press("Tab")
        if page.locator(f"{selector}:focus").count():
            expect(page.locator(":focus")).to_be_in_viewport()
            return
    raise AssertionError(selector)


def test_somebody_finds_an_order_and_refunds_it_by_keyboard_alone(paid: PaidOffice, browser: Browser) -> None:
    order = paid.paid.pays()
    with serve(paid.shop.app.wsgi_app, paid.port) as port:
        context = paid.sign_in(
            browser,
            port,
            Role.REFUNDER,
            viewport={"width": 320, "height": 640},
            color_scheme="dark",
            java_script_enabled=False,
        )
        page = context.new_page()
        page.goto("/office/today")
        go_to(page, "summary")
        page.keyboard.press("Enter")
        go_to(page, 'a[href="/office/orders"]')
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Orders")).to_be_visible()
        go_to(page, "#q")
        page.keyboard.type("A@example.COM")
        page.keyboard.press("Enter")
        go_to(page, f'a[href$="/orders/{order.order.id}"]')
        page.keyboard.press("Enter")
        go_to(page, f'a[href$="/{order.order.id}/refund"]')
        page.keyboard.press("Enter")
        go_to(page, 'input[name="amount"]')
        page.keyboard.press("Control+A")
        page.keyboard.type("8.00")
        go_to(page, "select")
        page.keyboard.type("goods came")
        go_to(page, "main button")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_have_text("€8.00 is on its way back to the customer.")
        context.close()
    assert paid.paid.order(order).state is OrderState.PARTIALLY_REFUNDED
    assert paid.paid.standing(order).refunded == Money(800, "EUR")
