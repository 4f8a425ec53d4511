"""Carries a signed notice to the shop: over addresses of the open internet only, and never for long."""

from __future__ import annotations

import binascii
import time
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Protocol

import requests
from requests.exceptions import ConnectTimeout, RequestException, SSLError, Timeout
from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from checkout.connecting.deadline import (
    DeadlineAdapter,
    DeadlineConnection,
    SecureDeadlineConnection,
    connected,
    ending_within,
)
from checkout.domain.deliveries import Reply
from checkout.domain.errors import CheckoutError
from checkout.senders.addresses import EndpointRefusedError, is_open_internet, place_of

if TYPE_CHECKING:
    import socket

    from checkout.connecting.lookup import Address

TOTAL_SECONDS = 15.0
"""The specification advises 15 to 30 s: looking the host up, connecting, sending and every byte of the head."""
CONNECT_SECONDS = 10.0
BODY_BYTES_MAX = 1024
BODY_SECONDS = 1.0
"""What the shop answers beyond its status is read politely for so long, and thrown away."""
REST_SECONDS_MAX = 7 * 24 * 3600
USER_AGENT = "Delegated-Checkout"


class SecretUnusableError(CheckoutError):
    """A secret that nothing can be signed with."""

    def __init__(self) -> None:
        super().__init__("The secret cannot be signed with. Rotate it.")


@dataclass(frozen=True, slots=True)
class Letter:
    """One notice on its way: the address, what is said, its name, and the secrets it is signed with, newest first."""

    url: str
    name: str
    body: str
    at: datetime
    secrets: tuple[str, ...]


class Courier(Protocol):
    """Carries letters; never raises."""

    def post(self, letter: Letter) -> Reply:
        """Send one and say what came of it."""


def signed(letter: Letter) -> dict[str, str]:
    """The three headers of the specification; one signature for each secret. Raises SecretUnusableError.

    Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec, read 2026-11.
    """
    try:
        signatures = [Webhook(secret).sign(letter.name, letter.at, letter.body) for secret in letter.secrets]
    except (EmptyWebhookSecretError, binascii.Error, ValueError, RuntimeError):
        # The library throws whatever its base64 throws.
        raise SecretUnusableError from None
    if not signatures:
        raise SecretUnusableError
    return {
        "webhook-id": letter.name,
        "webhook-timestamp": str(int(letter.at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


@dataclass(frozen=True, slots=True)
class ShopCourier:
    """Posts over the network. `inside` lets it reach this machine and its own network: for development and tests.

    `authorities` is a file of certificates trusted instead of the usual ones.
    """

    inside: bool = False
    authorities: str | None = None
    seconds: float = TOTAL_SECONDS

    def post(self, letter: Letter) -> Reply:
        """Send one, within the time; no redirect is followed and no proxy asked."""
        began = time.monotonic()
        status, said, rest = None, "", None
        try:
            place_of(letter.url, inside=self.inside)
            with ending_within(self.seconds):
                status, rest = self._exchange(letter, signed(letter))
            said = _said(status)
        except (CheckoutError, RequestException, HTTPError, OSError, ValueError) as trouble:
            said = _trouble(trouble)
        return Reply(status, said, int((time.monotonic() - began) * 1000), rest)

    def _exchange(self, letter: Letter, headers: dict[str, str]) -> tuple[int, int | None]:
        with _Session() as session:
            session.trust_env = False
            for scheme in ("http://", "https://"):
                session.mount(scheme, DeadlineAdapter() if self.inside else OpenInternetAdapter())
            more = {
                "content-type": "application/json",
                "user-agent": USER_AGENT,
                "accept-encoding": "identity",
                "connection": "close",
            }
            with session.post(
                letter.url,
                data=letter.body.encode(),
                headers={**more, **headers},
                timeout=(min(CONNECT_SECONDS, self.seconds), self.seconds),
                verify=self.authorities or True,
                allow_redirects=False,
                stream=True,
            ) as answer:
                _read_politely(answer)
                return answer.status_code, _rest_seconds(answer.headers.get("retry-after"), letter.at)


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """None ever: even where none is followed, the library reads a redirect's whole body to prepare the next."""


def refuse_inside(found: list[Address]) -> None:
    """Refuse a host as soon as one of its addresses is not of the open internet. Raises EndpointRefusedError."""
    if not all(is_open_internet(address) for address, _ in found):
        raise EndpointRefusedError("its host leads to an address that is not of the open internet")


class _OpenConnection(DeadlineConnection):
    def _new_conn(self) -> socket.socket:
        return connected(self, refuse_inside)


class _SecureOpenConnection(SecureDeadlineConnection):
    def _new_conn(self) -> socket.socket:
        return connected(self, refuse_inside)


class _OpenPool(HTTPConnectionPool):
    ConnectionCls = _OpenConnection


class _SecureOpenPool(HTTPSConnectionPool):
    ConnectionCls = _SecureOpenConnection


class OpenInternetAdapter(DeadlineAdapter):
    """Connects to the very address that was looked at, and to none inside."""

    pools = {"http": _OpenPool, "https": _SecureOpenPool}  # noqa: RUF012 -- a constant of the class


def _read_politely(answer: requests.Response) -> None:
    """A program that is cut off while it answers may take its own work back; its status counts all the same."""
    try:
        with ending_within(BODY_SECONDS):
            answer.raw.read(BODY_BYTES_MAX)
    except (HTTPError, OSError, ValueError):
        return


def _rest_seconds(header: str | None, at: datetime) -> int | None:
    """Retry-After in seconds, whether it says seconds or a date; None where it says neither."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(int(text[:9]), REST_SECONDS_MAX)
    try:
        until = parsedate_to_datetime(text)
        seconds = int((until - at).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(seconds, 0), REST_SECONDS_MAX)


def _said(status: int) -> str:
    redirected = 300 <= status < 400  # noqa: PLR2004 -- the class of redirects
    return f"answered {status}{', a redirect, which is not followed' if redirected else ''}"


def _trouble(trouble: Exception) -> str:
    """What went wrong in few words: never the address, which may hold a secret of the shop."""
    match trouble:
        case CheckoutError():
            return str(trouble)
        case SSLError():
            return "its certificate is not trusted for this host, or it speaks no TLS"
        case ConnectTimeout():
            return "no connection in time"
        case Timeout() | TimeoutError():
            return "no answer in time"
        case requests.ConnectionError() if "timed out" in str(trouble) or "is over" in str(trouble):
            return "no answer in time"
        case requests.ConnectionError():
            return "no connection, or it was cut"
        case _:
            return f"no usable answer ({type(trouble).__name__})"
