"""The desk in a real browser: its work by keyboard, with scripts off. Its pages: tests/office/test_every_page.py."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from checkout.domain.roles import Role
from checkout.store import discrepancies
from checkout.store.mailboxes import MessageState
from tests.office.desk_stage import set_desk
from tests.paid_shop import PaidShop
from tests.web.serving import serve


def test_the_work_is_done_by_keyboard_with_scripts_off(shop_on_sqlite: PaidShop, browser: Browser) -> None:
    desk = set_desk(shop_on_sqlite)
    with serve(desk.office.shop.app, desk.office.port) as port:
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
        page.get_by_role("group", name="Decision").get_by_label("Ignore").press("Space")
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
