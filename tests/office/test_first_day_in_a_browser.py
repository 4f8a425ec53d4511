"""From the first operator's code to the first refund: one walk by keyboard alone, narrow, dark, without a script."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

from checkout.domain.money import Money
from checkout.domain.orders import OrderState
from checkout.flows.notifying import send_notice
from checkout.senders.mail import mailer
from tests.office.paid_office import PaidOffice
from tests.people import PASSWORD, Telephone
from tests.senders.listener import Listener
from tests.web.serving import serve
from tests.web.stage import SECRET_KEY

PRESSES_MAX = 60
"""No page of the office has so many places to stop at before what somebody looks for."""
TODAY = re.compile("Today")

Heading = str | re.Pattern[str]


@dataclass(frozen=True)
class Hands:
    """Somebody with a keyboard and nothing else, who sees where they are all the time."""

    page: Page

    def go_to(self, place: Locator) -> None:
        """Press Tab until it is focused; it must be in sight then."""
        here = place.and_(self.page.locator(":focus"))
        for _ in range(PRESSES_MAX):
            self.page.keyboard.press("Tab")
            if here.count():
                expect(here).to_be_in_viewport()
                return
        raise AssertionError(f"{self.page.url}: {place} is not reached")

    def types(self, label: str, text: str) -> None:
        """Type into a field, in the place of what it holds."""
        field = self.page.get_by_label(label, exact=True)
        self.go_to(field)
        if field.get_attribute("value"):
            self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def presses(self, button: str, heading: Heading) -> None:
        """Press Enter on a button."""
        self.go_to(self.page.get_by_role("button", name=button))
        self.enters(heading)

    def follows(self, link: str, heading: Heading) -> None:
        """Press Enter on a link."""
        self.go_to(self.page.get_by_role("link", name=link))
        self.enters(heading)

    def enters(self, heading: Heading) -> None:
        """Press Enter where they are, and read where that leads: the next key is for the next page."""
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("heading", level=1)).to_have_text(heading)

    def opens_menu(self) -> None:
        """Unfold the menu."""
        self.go_to(self.page.locator("summary", has_text="Menu"))
        self.page.keyboard.press("Enter")


def test_the_first_operator_comes_in_and_refunds_by_keyboard_alone(
    paid: PaidOffice, browser: Browser, listener: Listener, tmp_path: Path
) -> None:
    order = paid.paid.pays()
    with serve(paid.shop.app.wsgi_app, paid.port) as port:
        context = browser.new_context(
            base_url=f"http://127.0.0.1:{port}",
            viewport={"width": 320, "height": 640},
            color_scheme="dark",
            java_script_enabled=False,
        )
        hands = Hands(context.new_page())
        telephone = _comes_in(paid, hands, _code_of_command(paid))
        paid.paid.move(minutes=11)
        hands.opens_menu()
        hands.follows("Orders", "Orders")
        hands.types("Search", "A@example.COM")
        hands.enters("Orders")
        hands.follows(order.order.id, f"Order {order.order.id} paid")
        hands.follows("Refund", f"Refund order {order.order.id}")
        hands.types("Amount in EUR", "8.00")
        hands.types("Why", "goods came")
        hands.presses("Give the money back", "Confirm that it is you")
        hands.types("One-time code", telephone.code())
        hands.enters(f"Order {order.order.id} partially refunded")
        expect(hands.page.get_by_role("status")).to_have_text("€8.00 is on its way back to the customer.")
        _sends(paid, listener, tmp_path)
        hands.page.reload()
        timeline = hands.page.get_by_role("region", name="What happened, the newest first")
        expect(timeline).to_contain_text("Asked PayPal to refund €8.00")
        expect(timeline).to_contain_text("Kim Ny, office")
        expect(timeline).to_contain_text("Mail “Refund sent” sent")
        context.close()
    assert paid.paid.order(order).state is OrderState.PARTIALLY_REFUNDED
    assert paid.paid.standing(order).refunded == Money(800, "EUR")
    _, told = listener.got
    assert (told["To"], told["Subject"]) == ("a@example.com", f"Refund for order {order.order.id}")
    words = told.get_body(("plain",))
    assert words
    assert "We sent €8.00 back to you" in words.get_content()


def _code_of_command(paid: PaidOffice) -> str:
    """The one-time code that `checkout operators invite` prints for the first operator."""
    said = subprocess.run(
        [sys.executable, "-m", "webhooks", "operators", "invite", "--role", "admin", "--by", "owner"],
        env={
            "PATH": os.environ["PATH"],
            "DATABASE_URL": paid.house.store.url.render_as_string(hide_password=False),
            "SECRET_KEY": SECRET_KEY,
            "BASE_URL": paid.house.shop.base_url,
            "INSTALLATION": paid.house.shop.installation,
        },
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert f"{paid.house.shop.base_url}/office/welcome" in said
    return said.partition("Code: ")[2].partition("\n")[0]


def _comes_in(paid: PaidOffice, hands: Hands, code: str) -> Telephone:
    """Give the code, a name and a password, then sign out and in again, as one does the next morning."""
    hands.page.goto("/office/welcome")
    hands.types("One-time code", code)
    hands.enters("Who are you?")
    hands.types("Your name", "Kim Ny")
    hands.types("Email address", "kim@shop.example")
    hands.enters("How will you sign in, Kim Ny?")
    telephone = Telephone(paid.house, re.sub(r"\s", "", hands.page.locator(".secret").inner_text()))
    hands.types("Password", PASSWORD)
    hands.types("One-time code", telephone.code())
    hands.enters(TODAY)
    paid.paid.move(minutes=1)
    hands.presses("Sign out", "Sign in")
    hands.types("Email address", "kim@shop.example")
    hands.types("Password", PASSWORD)
    hands.types("One-time code", telephone.code())
    hands.enters(TODAY)
    return telephone


def _sends(paid: PaidOffice, listener: Listener, folder: Path) -> None:
    """What the worker does with the mails that wait."""
    carrier = mailer(f"smtp://127.0.0.1:{listener.port}", folder, "The shop <shop@shop.example>")
    for notice in paid.paid.enqueued:
        send_notice(paid.house, carrier, notice)
