"""A real Chromium: in by passkey and by password without a script, on a telephone, in the dark, by keyboard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe, AxeResults
from playwright.sync_api import Browser, Page, expect

from checkout.domain.roles import Role
from checkout.flows import inviting
from tests.office.stage import OfficeStage, set_up_office
from tests.people import BOSS, PASSWORD, Telephone
from tests.ports import free_port
from tests.web.serving import serve

OVERFLOW = """() => [...document.querySelectorAll('body *')]
    .filter(one => !one.closest('.unseen, .skip, caption, thead') && one.getBoundingClientRect().right > innerWidth + 0.5)
    .map(one => one.outerHTML.slice(0, 80))"""
TARGETS = """() => [...document.querySelectorAll('button, .button, input:not([type=radio]), select, summary')]
    .filter(one => one.checkVisibility() && one.getBoundingClientRect().height < 44)
    .map(one => one.outerHTML.slice(0, 80))"""
UNMARKED = """() => { const one = document.activeElement, look = getComputedStyle(one);
    return look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) >= 2 ? '' : one.outerHTML.slice(0, 120) }"""
SMALL, LARGE = (320, "dark"), (1280, "light")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[OfficeStage]:
    """An office that is reached by a name, because there are no passkeys for numbers; its clock is ours."""
    made = set_up_office(tmp_path, base_url=f"http://localhost:{free_port()}")
    port = int(made.house.shop.base_url.rpartition(":")[2])
    with serve(made.shop.app.wsgi_app, port):
        yield made
    made.house.store.close()


def assert_for_everyone(page: Page, *looks: tuple[int, str]) -> None:
    """Hold a page against axe and our own measures, small and dark unless other looks are asked for."""
    page.evaluate(Axe().axe_script)
    for width, scheme in looks or [SMALL]:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        found = AxeResults(page.evaluate("axe.run({resultTypes: ['violations']})"))
        assert found.violations_count == 0, f"{page.url} {width} {scheme}: {found.generate_report()}"
        assert page.evaluate(OVERFLOW) == [], page.url
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
        assert page.evaluate(TARGETS) == [], page.url


def press(page: Page, name: str) -> None:
    """Reach a button by keyboard, seeing where one is all the way, and press it."""
    button = page.get_by_role("button", name=name)
    for _ in range(40):
        page.keyboard.press("Tab")
        assert page.evaluate(UNMARKED) == ""
        if button.evaluate("one => one === document.activeElement"):
            page.keyboard.press("Enter")
            return
    pytest.fail(f"{name} is not reached by keyboard")


def test_the_first_operator_comes_in_by_a_passkey_and_confirms_with_it(
    office: OfficeStage, browser: Browser
) -> None:
    invited = inviting.invite(office.house, Role.ADMIN, by=BOSS)
    context = browser.new_context(base_url=office.house.shop.base_url)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if "Policy" in said.text else None)
    _add_authenticator(page)
    page.goto(invited.link)
    expect(page.get_by_label("One-time code")).to_have_value(invited.code)
    assert "#" not in page.url
    assert_for_everyone(page)
    press(page, "Go on")
    page.get_by_label("Your name").fill("Kim Ny")
    page.get_by_label("Email address").fill("kim@shop.example")
    assert_for_everyone(page)
    page.get_by_label("Your name").focus()
    press(page, "Go on")
    expect(page.get_by_role("heading", level=1)).to_have_text("How will you sign in, Kim Ny?")
    assert_for_everyone(page)
    press(page, "Make a passkey")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Today")
    page.goto("/office/account")
    assert_for_everyone(page)
    press(page, "Sign out")
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    assert_for_everyone(page, SMALL, LARGE)
    press(page, "Sign in by passkey")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Today")
    _confirm(office, page)
    _look_at_the_rest(page)
    assert complaints == []
    context.close()


def _add_authenticator(page: Page) -> None:
    """A device that keeps passkeys and has its owner's finger on it."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def _confirm(office: OfficeStage, page: Page) -> None:
    """Eleven minutes later an invitation wants a fresh proof; what was chosen comes through it."""
    office.shop.clock.now += timedelta(minutes=11)
    page.goto("/office/settings/operators")
    assert_for_everyone(page, SMALL, LARGE)
    page.get_by_label("refunder").check()
    page.get_by_role("button", name="Make a one-time code").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirm that it is you")
    assert_for_everyone(page)
    press(page, "Confirm by passkey")
    expect(page.get_by_role("heading", level=1)).to_have_text("Invitation for a new refunder")
    assert_for_everyone(page)


def _look_at_the_rest(page: Page) -> None:
    for path in ("account/passkeys/new", "account/password", "account/codes", "settings/audit", "nowhere"):
        page.goto(f"/office/{path}")
        assert_for_everyone(page)
    page.goto("/office/settings/operators")
    page.get_by_role("link", name="Kim Ny", exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kim Ny")
    assert_for_everyone(page, SMALL, LARGE)


def test_without_a_script_a_password_and_a_code_come_in_and_confirm(
    office: OfficeStage, browser: Browser
) -> None:
    invited = inviting.invite(office.house, Role.ADMIN, by=BOSS)
    context = browser.new_context(
        base_url=office.house.shop.base_url, java_script_enabled=False, viewport={"width": 320, "height": 640}
    )
    page = context.new_page()
    page.goto(invited.link)
    page.get_by_label("One-time code").fill(invited.code)
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Your name").fill("Kim Ny")
    page.get_by_label("Email address").fill("kim@shop.example")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("button", name="Make a passkey")).to_be_hidden()
    expect(page.get_by_role("img", name="secret")).to_be_visible()
    telephone = Telephone(office.house, re.sub(r"\s", "", page.locator(".secret").inner_text()))
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("One-time code").fill(telephone.code())
    page.get_by_role("button", name="Use a password").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Today")
    office.shop.clock.now += timedelta(minutes=31)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    expect(page.get_by_role("button", name="Sign in by passkey")).to_be_hidden()
    page.get_by_label("Email address").fill("kim@shop.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("One-time code").fill(telephone.code())
    page.get_by_role("button", name="Sign in by password").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Today")
    office.shop.clock.now += timedelta(minutes=11)
    page.goto("/office/account")
    page.get_by_role("link", name="Change the password").click()
    page.get_by_label("One-time code").fill(telephone.code())
    page.get_by_role("button", name="Confirm by code").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Change the password")
    page.goto("/office/settings/operators")
    page.get_by_text("Menu").click()
    expect(page.get_by_role("link", name="Settings")).to_be_visible()
    context.close()
