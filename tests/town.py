"""A whole shop on loopback: emulator, web and worker as real processes over one database; and its customers."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import TypeVar
from urllib.parse import urljoin

import requests

from checkout.building import now
from checkout.domain.money import Money
from checkout.processors.paypal.emulator.control_client import EmulatorControl
from checkout.processors.paypal.emulator.start import start_emulator
from checkout.store import orders, payments, products
from checkout.store.engine import Store
from checkout.store.products import Product
from tests.ports import free_port

REPOSITORY = Path(__file__).parent.parent
START_SECONDS = 60
SETTLE_SECONDS = 60
STOP_SECONDS = 30
"""About two seconds on a machine at rest; whoever waits for something that never ends waits for ever."""
ANSWER_SECONDS = 60

_Made = TypeVar("_Made")


def wait_for(question: Callable[[], _Made], *, seconds: float = SETTLE_SECONDS, what: str = "it") -> _Made:
    """Ask until the answer is true; AssertionError with the last answer after a while."""
    deadline = time.monotonic() + seconds
    while True:
        answer = question()
        if answer:
            return answer
        assert time.monotonic() < deadline, (
            f"{what} did not happen within {seconds} s; last answer: {answer!r}"
        )
        time.sleep(0.05)


@dataclass(slots=True)
class Town:
    """One shop. `start` brings up a process by the arguments of `python -m` or of `checkout`."""

    folder: Path
    store: Store
    emulator: EmulatorControl
    base_url: str
    variables: dict[str, str]
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def port(self) -> int:
        """Where the shop listens."""
        return int(self.base_url.rpartition(":")[2])

    def start(self, *arguments: str, module: str = "webhooks") -> subprocess.Popen[bytes]:
        """Start `python -m module …`; its output goes to a file in the town's folder."""
        name = f"{len(self.processes)}-{arguments[0] if arguments else module}.log"
        with (self.folder / name).open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=self.folder,
                env={**os.environ, "PYTHONPATH": str(REPOSITORY), **self.variables},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def serve(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start the shop and wait until it answers."""
        process = self.start("serve", "--port", str(self.port), *arguments)
        wait_for(
            lambda: self.is_up() or process.poll() is not None, seconds=START_SECONDS, what="the shop's start"
        )
        assert process.poll() is None, self.logs()
        return process

    def is_up(self) -> bool:
        """The shop answers."""
        try:
            return requests.get(self.base_url, timeout=5).ok
        except requests.RequestException:
            return False

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """`kill -9` of a process and the children it started."""
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(STOP_SECONDS)

    def stop(self, process: subprocess.Popen[bytes]) -> int:
        """Ask a process to end; returns its exit code."""
        process.send_signal(signal.SIGTERM)
        return process.wait(STOP_SECONDS)

    def logs(self) -> str:
        """Everything the processes wrote."""
        return "\n".join(
            f"== {log.name}\n{log.read_text(errors='replace')}" for log in sorted(self.folder.glob("*.log"))
        )

    def order_page_of(self, reference: str) -> str:
        """The order page behind one of PayPal's ids."""
        with self.store.read() as tx:
            payment = payments.by_reference(tx, "paypal", reference)
            order = orders.by_id(tx, payment.order_id) if payment else None
        assert order is not None, reference
        return f"{self.base_url}/orders/{order.token}"

    def customer(self) -> Customer:
        """Somebody with a browser that keeps no cookies."""
        return Customer(self)

    def order_state(self, order_id: str) -> str:
        """What the books say of an order."""
        with self.store.read() as tx:
            order = orders.by_id(tx, order_id)
        assert order is not None
        return order.state.value

    def settled(self, order_id: str, state: str = "paid", seconds: float = SETTLE_SECONDS) -> None:
        """Wait until the books say so."""
        wait_for(lambda: self.order_state(order_id) == state, seconds=seconds, what=f"{order_id} {state}")


@dataclass(slots=True)
class Customer:
    """Buys over real HTTP, as a browser without JavaScript and cookies would."""

    town: Town
    order_url: str = ""
    link: str = ""
    form: dict[str, str] = field(default_factory=dict)

    @property
    def reference(self) -> str:
        """PayPal's id of the payment under way."""
        return self.link.partition("token=")[2].partition("&")[0]

    @property
    def order_id(self) -> str:
        """The number of the order."""
        token = self.order_url.rpartition("/")[2].partition("?")[0]
        with self.town.store.read() as tx:
            order = orders.by_token(tx, token)
        assert order is not None, self.order_url
        return order.id

    @property
    def payment_token(self) -> str:
        """The token of the newest payment's return address."""
        order_id = self.order_id
        with self.town.store.read() as tx:
            return payments.of_order(tx, order_id)[-1].token

    def orders(self, product: str = "tea", quantity: int = 1) -> Customer:
        """Fill in the order form; ends with the link to PayPal, or on the order's page."""
        address = f"{self.town.base_url}/products/{product}"
        if not self.form:
            hidden = fields_of(requests.get(address, timeout=ANSWER_SECONDS).text)
            self.form = hidden | {"quantity": str(quantity), "email": "customer@example.org"}
        answer = requests.post(address, data=self.form, allow_redirects=False, timeout=ANSWER_SECONDS)
        assert answer.status_code == 303, answer.text
        self._goes_to(answer.headers["Location"])
        return self

    def goes_on(self) -> Customer:
        """Whatever happened before: send the form again, pay if it is not paid, come back."""
        if not self.link:
            self.orders()
        if not self.link and "/orders/" in self.order_url:
            self.tries_again()
        if self.town.emulator.order(self.reference)["status"] in {"CREATED", "PAYER_ACTION_REQUIRED"}:
            self.pays()
        self.comes_back()
        return self

    def _goes_to(self, address: str) -> None:
        if address.startswith(self.town.emulator.base_url):
            self.link = address
            self.order_url = self.town.order_page_of(self.reference)
        else:
            self.order_url = urljoin(self.town.base_url, address).partition("?")[0]

    def pays(self, way: str = "balance") -> Customer:
        """Agree at PayPal, without coming back."""
        self.town.emulator.approve(self.reference, way)
        return self

    def comes_back(self) -> str:
        """The browser follows PayPal back to the shop; gives the order page's text."""
        back = f"{self.town.base_url}/return/{self.payment_token}?token={self.reference}&PayerID=PAYER"
        answer = requests.get(back, timeout=ANSWER_SECONDS)
        assert answer.ok, answer.text
        return answer.text

    def tries_again(self) -> Customer:
        """Press the order page's pay button."""
        answer = requests.post(self.order_url + "/pay", allow_redirects=False, timeout=ANSWER_SECONDS)
        assert answer.status_code == 303, answer.text
        self._goes_to(answer.headers["Location"])
        return self

    def looks(self) -> str:
        """The order page's text."""
        return requests.get(self.order_url, timeout=ANSWER_SECONDS).text


def fields_of(page: str) -> dict[str, str]:
    """The hidden fields of a page's forms."""
    hidden = re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", page)
    found = {}
    for tag in hidden:
        name, value = re.search(r"name=\"([^\"]*)\"", tag), re.search(r"value=\"([^\"]*)\"", tag)
        if name and value:
            found[unescape(name[1])] = unescape(value[1])
    return found


@dataclass(frozen=True, slots=True)
class AtPayPal:
    """A running emulator and the issuer of its certificates, for towns that come one after the other."""

    control: EmulatorControl
    issuer: Path


@contextmanager
def open_town(
    folder: Path,
    database_url: str,
    *,
    latency_ms: int = 0,
    at_paypal: AtPayPal | None = None,
) -> Iterator[Town]:
    """A town over a database with all tables, its webhook registered and tea for sale; no process of it runs yet.

    `at_paypal` is an emulator that other towns had before, emptied for this one; else it gets its own.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as at_end:
        if at_paypal is None:
            issuer = folder / "issuer.pem"
            control = at_end.enter_context(start_emulator(seed=1, issuer_file=issuer, latency_ms=latency_ms))
        else:
            control, issuer = at_paypal.control, at_paypal.issuer
            control.reset()
            control.set_latency(latency_ms)
        base_url = f"http://127.0.0.1:{free_port()}"
        webhook_id = control.register_webhook(f"{base_url}/webhooks/paypal")
        store = Store(database_url)
        at_end.callback(store.close)
        credentials = control.settings()
        variables = {
            "DATABASE_URL": database_url,
            "BASE_URL": base_url,
            "SECRET_KEY": "a secret of the town that is long enough",
            "INSTALLATION": "town",
            "MAIL_FOLDER": str(folder / "mail"),
            "LOG_JSON": "false",
            "PAYPAL_ENVIRONMENT": "emulator",
            "PAYPAL_BASE_URL": control.base_url,
            "PAYPAL_CLIENT_ID": credentials["client_id"],
            "PAYPAL_CLIENT_SECRET": credentials["client_secret"],
            "PAYPAL_MERCHANT_ID": credentials["merchant"]["merchant_id"],
            "PAYPAL_WEBHOOK_IDS": webhook_id,
            "PAYPAL_ISSUER_FILE": str(issuer),
        }
        town = Town(folder, store, control, base_url, variables)
        sell(store, "tea", Money(2380, "EUR"))
        at_end.callback(_end_all, town)
        yield town


def sell(store: Store, product_id: str, price: Money) -> None:
    """Put a product on the shelf."""
    with store.begin() as tx:
        products.add(tx, Product(product_id, product_id.title(), "", price, False, True, now()))  # noqa: FBT003 -- a record


def _end_all(town: Town) -> None:
    for process in town.processes:
        if process.poll() is None:
            town.kill(process)
