"""Each example of docs/examples is run as it is written, and ends in a paid order that its shop sees.

The commands and files are the documents' own; from outside come only the ports, where the repository lies, and the
customer, who pays at PayPal's emulator.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser

from tests.docs.terminal import Terminal, commands
from tests.ports import free_port
from tests.town import REPOSITORY, wait_for
from webhooks.commands.demo.customer import Customer

pytestmark = pytest.mark.timeout(300)

EXAMPLES = REPOSITORY / "docs/examples"
Reader = Callable[..., tuple[Terminal, list[str]]]


@pytest.fixture
def read(tmp_path: Path) -> Iterator[Reader]:
    """Open an example's README in a folder of its own, with free ports in the place of its own."""
    opened: list[Terminal] = []

    def reader(name: str, *ports: str) -> tuple[Terminal, list[str]]:
        instead = {port: f":{free_port()}" for port in (":8400", *ports)}
        flags = {f"--port {port[1:]}": f"--port {here[1:]}" for port, here in instead.items()}
        bare = {"http.server 8080": f"http.server {instead[':8080'][1:]}"} if ":8080" in instead else {}
        places = {
            "docs/examples/": f"{EXAMPLES}/",
            "checkout emulator paypal": f"checkout emulator paypal --port {instead[':8400'][1:]}",
        }
        opened.append(Terminal(tmp_path, {**instead, **flags, **bare, **places}))
        return opened[-1], commands((EXAMPLES / name / "README.md").read_text("utf-8"))

    yield reader
    for terminal in opened:
        with suppress(OSError):
            terminal.stop()


def follow(terminal: Terminal, said: list[str], *, until: str) -> list[str]:
    """Type the commands before one that begins so; returns it and those after it."""
    place = next(number for number, command in enumerate(said) if command.startswith(until))
    for command in said[:place]:
        terminal.type(command)
        if command.startswith("cp -r"):
            terminal.rewrite(f"{command.rpartition(' ')[2]}/settings.env")
    return said[place:]


def test_a_flask_shop_sees_its_paid_order(read: Reader, browser: Browser) -> None:
    terminal, said = read("flask-shop", ":5000")
    left = follow(terminal, said, until="curl")
    shop = f"http://127.0.0.1{terminal.instead[':5000']}"
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(shop)
    first = page.locator("form", has_text="A pot of tea")
    first.get_by_label("Your email address").fill("hal@example.org")
    first.get_by_role("button", name="Buy").click()
    assert page.url.startswith(f"{shop}/checkout/orders/")
    assert page.locator("header.shelf").inner_text() == "Tea & Pots"
    page.get_by_role("button", name="Continue to PayPal").click()
    assert not page.url.startswith(shop)
    page.locator("button[value=pay]").click()
    page.wait_for_url(f"{shop}/checkout/orders/**")
    assert page.locator("h1").inner_text() == "Payment received"
    page.get_by_role("link", name="Back to Tea & Pots").click()
    assert page.locator("h1").inner_text() == "Thank you, it is paid"
    to_pack, orders = left
    (number,) = wait_for(lambda: json.loads(terminal.type(to_pack)), what="the notice")
    assert number in page.locator("main").inner_text()
    assert f"{number}" in terminal.type(orders)
    page.context.close()
    assert requests.post(f"{shop}/told", data=b"{}", timeout=60).status_code == 400


def buy(link: str, **typed: str) -> Customer:
    """A customer follows a link, says who they are, and pays at PayPal."""
    customer = Customer("Hal", link)
    customer.open(link)
    customer.send(customer.page.forms[0], email="hal@example.org", **typed)
    customer.send(customer.page.form("/checkoutnow"), choice="pay")
    assert customer.page.heading == "Payment received"
    return customer


def test_a_static_site_sells_by_its_links(read: Reader) -> None:
    terminal, said = read("static-site", ":8000", ":8080")
    orders, mails = follow(terminal, said, until="checkout orders")
    site = Customer("Hal", f"http://127.0.0.1{terminal.instead[':8080']}/")
    site.open(site.shop_url)
    basket, teapot = site.page.links
    for link in (basket, teapot):
        assert link.startswith(f"http://127.0.0.1{terminal.instead[':8000']}/pay/")
    assert len(basket) < 2000
    buy(basket, name="Hal", street="Quay 1", city="Cork", postcode="T12", country="IE")
    buy(teapot)
    shown = terminal.type(orders)
    assert "EUR 39.80" in shown
    assert "EUR 48.00" in shown
    assert shown.count("paid") == 2
    wait_for(lambda: len(terminal.type(mails).split()) == 2, what="both receipts")


def test_a_program_in_any_language_orders_looks_and_gives_money_back(read: Reader) -> None:
    terminal, said = read("curl", ":8000")
    place, number, address, *left = follow(terminal, said, until="curl")
    terminal.type(place)
    terminal.type(number)
    customer = Customer("Hal", terminal.type(address).strip())
    customer.open(customer.shop_url)
    ask, *refund, orders = left
    assert json.loads(terminal.type(ask))["state"] == "awaiting_payment"
    customer.send(customer.page.form("/pay"))
    customer.send(customer.page.form("/checkoutnow"), choice="pay")
    assert customer.page.heading == "Payment received"
    order = json.loads(terminal.type(ask))
    assert order["state"] == "paid"
    assert order["captured"] == {"amount_minor": 2870, "currency": "EUR"}
    *_, refunded = [terminal.type(command) for command in refund]
    (sent_back,) = json.loads(refunded)["data"]
    assert sent_back["amount"] == {"amount_minor": 500, "currency": "EUR"}
    assert sent_back["state"] == "completed"
    assert json.loads(terminal.type(ask))["state"] == "partially_refunded"
    assert "partially refunded" in terminal.type(orders)
