"""What the PayPal adapter must be told, refused at start when it cannot be right."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from cryptography import x509

from checkout.domain.errors import BadInputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MUST_BE = {
    "client_id": "the app's Client ID from PayPal's developer dashboard, without spaces",
    "client_secret": "the app's Secret from PayPal's developer dashboard, without spaces",
    "merchant_id": "the account's Merchant ID (13 capital letters and digits), no e-mail",
    "webhook_ids": "what `checkout paypal webhooks register` prints: letters and digits, a comma between two ids",
    "base_url": "the emulator's address, such as http://127.0.0.1:8400, and left out otherwise",
    "issuer_file": "a file of PEM certificates that this user may read; leave it out if you have none",
}
"""What each PAYPAL_… variable must be, as it is said of a wrong one."""

SIMULATOR_WEBHOOK_ID = "WEBHOOK_ID"
"""PayPal's public simulator signs with this literal id: whoever accepts it accepts what anyone sends."""

_MERCHANT_ID = re.compile(r"[A-Z0-9]{1,32}", re.ASCII)
_CREDENTIAL = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)
_WEBHOOK_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_WEB_HOST = re.compile(r"[a-z0-9.-]{1,253}(?::[0-9]{1,5})?|\[[0-9a-f:]+\](?::[0-9]{1,5})?", re.ASCII)


class PayPalEnvironment(StrEnum):
    """Which PayPal is meant."""

    EMULATOR = "emulator"
    SANDBOX = "sandbox"
    LIVE = "live"


_BASE_URLS = {
    PayPalEnvironment.SANDBOX: "https://api-m.sandbox.paypal.com",
    PayPalEnvironment.LIVE: "https://api-m.paypal.com",
}
_API_HOSTS = {
    PayPalEnvironment.SANDBOX: frozenset({"api.sandbox.paypal.com", "api-m.sandbox.paypal.com"}),
    PayPalEnvironment.LIVE: frozenset({"api.paypal.com", "api-m.paypal.com"}),
}
_WEB_HOSTS = {
    PayPalEnvironment.SANDBOX: frozenset({"www.sandbox.paypal.com"}),
    PayPalEnvironment.LIVE: frozenset({"www.paypal.com"}),
}


class PayPalSettingError(BadInputError):
    """Settings that cannot be used; a line for each says what to set instead. Never shows a secret."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True, slots=True)
class PayPalSettings:
    """Everything the adapter is told; raises PayPalSettingError, which names each wrong one.

    `merchant_id` is the payee's account id. `webhook_ids` may be several while a webhook is being replaced.
    `base_url` and `web_hosts` are for the emulator; elsewhere they follow from the environment.
    `certificate_folder` keeps the webhook certificates that were fetched and checked, for the next start.
    `issuer_file` holds PEM certificates that are trusted, besides the known issuer, to issue PayPal's webhook
    certificates. All three times are in seconds; `total_seconds` bounds one call with its repeats.
    """

    environment: PayPalEnvironment
    client_id: str
    client_secret: str = field(repr=False)
    merchant_id: str
    webhook_ids: tuple[str, ...] = ()
    base_url: str = ""
    web_hosts: frozenset[str] = frozenset()
    issuer_file: Path | None = None
    certificate_folder: Path | None = None
    connect_seconds: float = 3.05
    read_seconds: float = 15.0
    total_seconds: float = 20.0
    emulator_anywhere: bool = False

    def __post_init__(self) -> None:
        problems = tuple(_problems(self))
        if problems:
            raise PayPalSettingError(problems)

    @property
    def api_url(self) -> str:
        """Where calls go, without a slash at its end."""
        return _BASE_URLS.get(self.environment) or self.base_url.rstrip("/")

    @property
    def hand_over_hosts(self) -> frozenset[str]:
        """The exact hosts (with a port where it is not the usual one) a customer may be sent to."""
        return (
            self.web_hosts or _WEB_HOSTS.get(self.environment) or frozenset({urlsplit(self.base_url).netloc})
        )

    @property
    def hand_over_scheme(self) -> str:
        """`https`; for the emulator that of its own address."""
        return urlsplit(self.api_url).scheme

    @property
    def certificate_origins(self) -> frozenset[str]:
        """Where a webhook's certificate may come from, and from nowhere else."""
        hosts = _API_HOSTS.get(self.environment)
        return frozenset(f"https://{host}" for host in hosts) if hosts else frozenset({self.api_url})


def _problems(given: PayPalSettings) -> Iterator[str]:
    if not _CREDENTIAL.fullmatch(given.client_id):
        yield _must_be("client_id")
    if not _CREDENTIAL.fullmatch(given.client_secret):
        yield _must_be("client_secret")
    if not _MERCHANT_ID.fullmatch(given.merchant_id):
        yield _must_be("merchant_id")
    yield from _webhook_problems(given)
    yield from _address_problems(given)
    if min(given.connect_seconds, given.read_seconds, given.total_seconds) <= 0:
        yield "seconds: connect, read and total must each be above 0."
    if given.issuer_file is not None and not _holds_certificates(given.issuer_file):
        yield _must_be("issuer_file")


def _must_be(name: str) -> str:
    return f"PAYPAL_{name.upper()}: must be {MUST_BE[name]}."


def _webhook_problems(given: PayPalSettings) -> Iterator[str]:
    if SIMULATOR_WEBHOOK_ID in given.webhook_ids:
        yield (
            "PAYPAL_WEBHOOK_IDS: WEBHOOK_ID is what PayPal's public simulator signs with; accepting it would"
            " accept events that anyone can send. Use the id that `checkout paypal webhooks register` prints."
        )
    if not all(_WEBHOOK_ID.fullmatch(one) for one in given.webhook_ids):
        yield _must_be("webhook_ids")


def _address_problems(given: PayPalSettings) -> Iterator[str]:
    if not all(_WEB_HOST.fullmatch(host) for host in given.web_hosts):
        yield "web hosts: each is a plain host name in small letters, such as www.paypal.com."
    if given.environment is not PayPalEnvironment.EMULATOR:
        if given.base_url:
            yield f"PAYPAL_BASE_URL: must be left out for {given.environment}; it is only for the emulator."
        return
    try:
        parts = urlsplit(given.base_url)
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        is_address = False
    if not is_address or "@" in parts.netloc or parts.query or parts.fragment:
        yield _must_be("base_url")
    elif not given.emulator_anywhere and not _is_loopback(parts):
        yield "PAYPAL_BASE_URL: must be an emulator on this machine (127.0.0.1, ::1 or localhost)."


def _is_loopback(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _holds_certificates(file: Path) -> bool:
    try:
        return bool(x509.load_pem_x509_certificates(file.read_bytes()))
    except (OSError, ValueError):
        return False
