"""The stage of the demo: emulator and shop as real processes on free ports, over a database of their own."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import webhooks
from checkout.building import mint, now
from checkout.domain.actors import Actor, Way
from checkout.domain.errors import CheckoutError
from checkout.domain.money import Money
from checkout.flows.house import House, Shop
from checkout.flows.offering import add_product
from checkout.processors.paypal.client import PayPalClient
from checkout.processors.paypal.emulator.start import start_emulator
from checkout.processors.paypal.registration import register
from checkout.processors.paypal.settings import PayPalEnvironment, PayPalSettings
from checkout.senders.knocking import answers, free_port
from checkout.settings import Settings
from checkout.store import jobs
from checkout.store.engine import Store
from checkout.store.preparing import upgrade

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checkout.processors.paypal.emulator.control_client import EmulatorControl
    from webhooks.commands.demo.telling import Teller

DEMO = Actor("demo", Way.COMMAND)
SHOP_NAME = "Tea & Pots"
PORT_WISHED = 8000
START_SECONDS = 60.0
STOP_SECONDS = 20.0


class ShopDidNotStartError(CheckoutError):
    """The shop's process ended or stayed silent; the message carries what it wrote."""

    def __init__(self, written: str) -> None:
        super().__init__(f"The shop did not start. It wrote:\n{written[-2000:]}")


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that runs, and the house over the same database, for looking into the books."""

    folder: Path
    emulator: EmulatorControl
    house: House
    shop: subprocess.Popen[bytes]
    variables: dict[str, str]
    """The environment of the shop's own programs."""

    @property
    def url(self) -> str:
        """Where the shop is."""
        return self.house.shop.base_url

    @property
    def mails(self) -> Path:
        """Where its mails are kept."""
        return self.folder / "mail"

    @property
    def log(self) -> Path:
        """What its processes wrote."""
        return self.folder / "shop.log"


@contextmanager
def set_up(folder: Path, teller: Teller) -> Iterator[Stage]:
    """Start everything in an empty folder; whatever happens, end every process that was started."""
    with ExitStack() as at_end:
        issuer = folder / "issuer.pem"
        emulator = at_end.enter_context(start_emulator(issuer_file=issuer))
        teller.say(f"PayPal's emulator answers at {emulator.base_url}")
        base_url = f"http://127.0.0.1:{free_port(PORT_WISHED)}"
        variables = _variables(folder, base_url, emulator, issuer)
        teller.say(f"its webhooks are told to go to {base_url}/webhooks/paypal")
        _keep_settings(folder, variables)
        store = Store(variables["DATABASE_URL"])
        at_end.callback(store.close)
        upgrade(store)
        house = _house(store, base_url)
        add_product(
            house,
            DEMO,
            title="A pot of tea",
            price=Money.parse("23.80", "EUR"),
            description="Two cups, no hurry.",
            needs_address=False,
        )
        add_product(
            house,
            DEMO,
            title="A teapot",
            price=Money.parse("48.00", "EUR"),
            description="Holds three cups, and pours without a drop. Sent to your billing address.",
            needs_address=True,
        )
        teller.say("a new database, with two products for sale")
        shop = at_end.enter_context(_serving(folder, base_url, variables))
        teller.say(f"the shop, web and worker, answers at {base_url}")
        yield Stage(folder, emulator, house, shop, variables)


def _variables(folder: Path, base_url: str, emulator: EmulatorControl, issuer: Path) -> dict[str, str]:
    """The shop's whole environment, webhook registered; nothing of the caller's own shop leaks in."""
    told = emulator.settings()
    settings = PayPalSettings(
        environment=PayPalEnvironment.EMULATOR,
        client_id=told["client_id"],
        client_secret=told["client_secret"],
        merchant_id=told["merchant"]["merchant_id"],
        base_url=emulator.base_url,
    )
    webhook = register(PayPalClient(settings), base_url, loopback=True)
    foreign = {name.upper() for name in Settings.model_fields}
    own = {
        name: value
        for name, value in os.environ.items()
        if name.upper() not in foreign and not name.upper().startswith("PAYPAL_")
    }
    package_root = str(Path(webhooks.__file__).parent.parent)
    return own | {
        "PYTHONPATH": os.pathsep.join(filter(None, [package_root, os.environ.get("PYTHONPATH")])),
        "DATABASE_URL": f"sqlite:///{folder / 'shop.db'}",
        "BASE_URL": base_url,
        "SHOP_NAME": SHOP_NAME,
        "SECRET_KEY": secrets.token_urlsafe(32),
        "INSTALLATION": "demo",
        "MAIL_FOLDER": str(folder / "mail"),
        "LOG_JSON": "false",
        "NOTICES_MAY_GO_INSIDE": "true",
        "PAYPAL_ENVIRONMENT": "emulator",
        "PAYPAL_BASE_URL": settings.base_url,
        "PAYPAL_CLIENT_ID": settings.client_id,
        "PAYPAL_CLIENT_SECRET": settings.client_secret,
        "PAYPAL_MERCHANT_ID": settings.merchant_id,
        "PAYPAL_WEBHOOK_IDS": webhook.webhook_id,
        "PAYPAL_ISSUER_FILE": str(issuer),
    }


def _keep_settings(folder: Path, variables: dict[str, str]) -> None:
    """The shop's settings as its `.env`, so that any command works in its folder."""
    names = [
        name for name in variables if name.lower() in Settings.model_fields or name.startswith("PAYPAL_")
    ]
    lines = "".join(f"{name}='{variables[name]}'\n" for name in names)
    (folder / ".env").write_text(lines, encoding="utf-8")


def _house(store: Store, base_url: str) -> House:
    """For looking and for stocking the shelf; it knows no processor, so it can move no money."""
    shop = Shop(base_url, SHOP_NAME, "demo", order_life=timedelta(hours=24), attempts_max=10)
    return House(store, processors={}, shop=shop, clock=now, mint=mint, enqueue=jobs.enqueue)


@contextmanager
def _serving(folder: Path, base_url: str, variables: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    port = urlsplit(base_url).port or 0
    command = [sys.executable, "-m", "webhooks", "serve", "--port", str(port)]
    with (folder / "shop.log").open("wb") as log:
        # A session of its own: Ctrl-C reaches this process only, which then stops the shop in order.
        shop = subprocess.Popen(
            command, cwd=folder, env=variables, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        _wait_until_open(shop, port, folder / "shop.log")
        yield shop
    finally:
        _stop(shop)


def _wait_until_open(shop: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not answers("127.0.0.1", port):
        if shop.poll() is not None or time.monotonic() > deadline:
            raise ShopDidNotStartError(log.read_text(encoding="utf-8", errors="replace"))
        time.sleep(0.05)


def _stop(shop: subprocess.Popen[bytes]) -> None:
    shop.terminate()
    try:
        shop.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        shop.kill()
        shop.wait()
