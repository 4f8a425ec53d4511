"""Every page of the office and of the API in a real browser: for everyone, at 320 px, in the dark, without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from axe_playwright_python.sync_playwright import Axe, AxeResults
from playwright.sync_api import Browser, CDPSession, ConsoleMessage, Page, Request, expect

from checkout.domain.orders import OrderState
from checkout.domain.roles import Role
from tests.office.doors_to_open import EXAMPLES, LEADS_ON, NO_PAGE, SIGNED_OUT
from tests.office.full_office import fill
from tests.office.paid_office import PaidOffice
from tests.web.serving import serve
from webhooks.office.frame import DOORS

WIDE = """() => [document.documentElement, ...document.querySelectorAll('body *')]
    .filter(one => !one.closest('.unseen, .skip, caption, thead, pre'))
    .filter(one => one.getBoundingClientRect().right > innerWidth + 0.5
        || one === document.documentElement && one.scrollWidth > innerWidth)
    .map(one => one.outerHTML.slice(0, 120))"""
LOW = """() => [...document.querySelectorAll('button, .button, input, select, summary, textarea')]
    .filter(one => one.checkVisibility() && !one.closest('.tick') && one.getBoundingClientRect().height < 43.5)
    .map(one => one.outerHTML.slice(0, 120))"""
"""What is too low for a finger. A tick's label beside it is as large as any button."""
SMALL_PRINT = """() => [...document.querySelectorAll('input, select, textarea')]
    .filter(one => parseFloat(getComputedStyle(one).fontSize) < 16).map(one => one.outerHTML.slice(0, 120))"""
"""A telephone enlarges the whole page for a field in smaller print."""
CONTROLS = """() => {
    for (const one of document.querySelectorAll('details')) one.open = true
    const stops = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
        .filter(one => one.checkVisibility({visibilityProperty: true}) && !one.disabled && one.type !== 'hidden')
        .filter((one, at, all) => one.type !== 'radio'
            || one === (all.find(other => other.name === one.name && other.form === one.form && other.checked)
                || all.find(other => other.name === one.name && other.form === one.form)))
    window.reached = new Set()
    window.unmarked = []
    const parts = {date: 4, file: 2}
    document.addEventListener('focusin', ({target}) => {
        const look = getComputedStyle(target)
        window.reached.add(target)
        const marked = look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) >= 2
        if (!marked) window.unmarked.push(target.outerHTML.slice(0, 120))
    })
    window.stops = stops
    return stops.reduce((sum, one) => sum + (parts[one.type] || 1), 0)
}"""
"""Opens all that is folded and gives how often to press Tab: a date has stops for day, month, year and its calendar,
radio buttons of one question have one."""
MISSED = """() => ({
    unreached: window.stops.filter(one => !window.reached.has(one)).map(one => one.outerHTML.slice(0, 120)),
    unmarked: window.unmarked,
})"""
AXE_MAX = 2
"""Further examples of one door hold the same parts: they are held against our own measures only."""
ALONE = "/preview/html"
"""A mail alone, drawn for mail programs: these have landmarks and marks of their own around it."""
AXE = "axe.run({resultTypes: ['violations']})"
AXE_OF_A_MAIL = (
    "axe.run({resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']})"
)

FORMS = {
    ("/office/settings/keys", "Replace"): "The key that takes its place",
    ("/office/settings/operators", "Make a one-time code"): "Invitation for a new viewer",
}
"""Pages that come of pressing a button, with their headings: what is shown once."""


@dataclass
class Reader:
    """Somebody with a small dark screen who opens pages one after the other, and what is wrong with them."""

    page: Page
    devtools: CDPSession
    origin: str
    faults: list[str] = field(default_factory=list)
    at: str = ""

    def opens(self, address: str, *, axe: bool) -> None:
        """Load a page where no script runs, and hold it against everything; axe takes its time."""
        self.at = address
        self.scripts(on=False)
        answer = self.page.goto(address)
        if answer is None or answer.status != (404 if address.endswith("/nowhere") else 200):
            self.faults.append(f"{address}: {answer and answer.status}")
        self.looks(axe=axe)

    def presses(self, address: str, button: str) -> None:
        """Press a button of a page where no script runs, and hold what comes of it against everything."""
        self.at = f"{address}, {button}"
        self.scripts(on=False)
        self.page.goto(address)
        self.page.get_by_role("button", name=button).first.press("Enter")
        expect(self.page.get_by_role("heading", level=1)).to_have_text(FORMS[address, button])
        self.looks()

    def looks(self, *, axe: bool = True) -> None:
        """Hold the page that is open against everything. We need scripts for that; its own never ran."""
        self.scripts(on=True)
        if ALONE in self.at:  # a mail lets no script run at all, ours included
            mail = self.page.request.get(self.at).text()
            self.page.goto("about:blank")
            self.page.set_content(mail)
        presses = self.page.evaluate(CONTROLS)
        if axe:
            self._axe()
        wrong = {"h1": [] if self.page.locator("h1").count() == 1 else ["there is not one"]}
        wrong |= {"wide": self.page.evaluate(WIDE), "low": self.page.evaluate(LOW)}
        wrong |= {"small print": self.page.evaluate(SMALL_PRINT)}
        for _ in range(presses):
            self.page.keyboard.press("Tab")
        wrong |= self.page.evaluate(MISSED)
        if ALONE in self.at:
            wrong.pop("unmarked")
        self.faults += [f"{self.at}: {name}: {found}" for name, found in wrong.items() if found]

    def scripts(self, *, on: bool) -> None:
        """Let scripts run or not, as the settings of a browser do."""
        self.devtools.send("Emulation.setScriptExecutionDisabled", {"value": not on})

    def heard(self, said: ConsoleMessage) -> None:
        """Keep an error of the console; that a page is not there is no error of ours."""
        if said.type == "error" and not self.at.endswith("/nowhere"):
            self.faults.append(f"{self.at}: console: {said.text}")

    def asked(self, request: Request) -> None:
        """Keep a request that goes elsewhere."""
        if not request.url.startswith((self.origin, "about:")):
            self.faults.append(f"{self.at}: asks {request.url}")

    def _axe(self) -> None:
        self.page.evaluate(Axe().axe_script)
        found = AxeResults(self.page.evaluate(AXE_OF_A_MAIL if ALONE in self.at else AXE))
        if found.violations_count:
            self.faults.append(f"{self.at}: {found.generate_report()}")


@contextmanager
def reading(office: PaidOffice, browser: Browser) -> Iterator[Reader]:
    """An admin's browser, small and in the dark."""
    with serve(office.shop.app.wsgi_app, office.port) as port:
        context = office.sign_in(
            browser, port, Role.ADMIN, viewport={"width": 320, "height": 640}, color_scheme="dark"
        )
        page = context.new_page()
        reader = Reader(page, context.new_cdp_session(page), f"http://127.0.0.1:{port}/")
        page.on("console", reader.heard)
        page.on("request", reader.asked)
        yield reader
        context.close()


def doors(office: PaidOffice) -> set[str]:
    """The endpoints of the office and of the API's pages that are opened by GET."""
    pages = {
        one.endpoint for one in office.shop.app.url_map.iter_rules() if one.endpoint.startswith("api.page_")
    }
    return pages | {name for name, one in DOORS.items() if "GET" in one.methods}


def test_every_door_that_is_opened_has_an_example(paid: PaidOffice) -> None:
    others = SIGNED_OUT | NO_PAGE | LEADS_ON
    assert EXAMPLES.keys() & others == set()
    assert doors(paid) == EXAMPLES.keys() | others, "write it down in tests/office/doors_to_open.py"


@pytest.mark.timeout(300)
def test_every_page_is_for_everyone(paid: PaidOffice, browser: Browser) -> None:
    full = fill(paid)
    assert set(OrderState) == full.orders.keys()
    with reading(paid, browser) as reader:
        for addresses in EXAMPLES.values():
            for number, address in enumerate(addresses(full)):
                reader.opens(address, axe=number < AXE_MAX)
        for address, button in FORMS:
            reader.presses(address, button)
    assert reader.faults == []
