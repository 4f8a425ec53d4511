"""One delivery over the wire: its headers, its signature or forgery, and what came back."""

import ipaddress
import threading
from urllib.parse import urlsplit

import requests

from checkout.processors.paypal.emulator.clock import Clock, zulu
from checkout.processors.paypal.emulator.deliveries import Attempt, Delivery, forged_amount
from checkout.processors.paypal.emulator.forging import forged_body
from checkout.processors.paypal.emulator.identifiers import Identifiers
from checkout.processors.paypal.emulator.signing import Signer, signed_message

# Connecting, then each read; a receiver that is slower than this counts as not answering.
TIMEOUT_SECONDS = (3.05, 15.0)


class Transmitter:
    """Sends deliveries; only to this machine unless told otherwise."""

    def __init__(
        self,
        clock: Clock,
        identifiers: Identifiers,
        signer: Signer,
        certificate_url: str,
        *,
        allow_remote: bool,
    ) -> None:
        """Take what signs and where the certificate is served."""
        self._clock = clock
        self._identifiers = identifiers
        self._signer = signer
        self._certificate_url = certificate_url
        self._allow_remote = allow_remote
        self._local = threading.local()

    def send(self, delivery: Delivery) -> Attempt | None:
        """Send once and return what came back, or None when the address is not on this machine."""
        if not self._allow_remote and not is_loopback(urlsplit(delivery.url).hostname):
            return None
        time = zulu(self._clock.now())
        body, headers = self._signed(delivery, time)
        try:
            answer = self._session().post(
                delivery.url,
                data=body,
                headers=headers,
                timeout=TIMEOUT_SECONDS,
                allow_redirects=False,
                stream=True,
            )
            answer.close()
        except requests.RequestException as error:
            return Attempt(time, None, type(error).__name__)
        return Attempt(time, answer.status_code)

    def _signed(self, delivery: Delivery, time: str) -> tuple[bytes, dict[str, str]]:
        body = delivery.event.raw
        kind = delivery.fault.kind if delivery.fault else ""
        message = signed_message(delivery.transmission_id, time, delivery.signing_id, body)
        sign = self._signer.sign_as_stranger if kind == "forge_signature" else self._signer.sign
        if kind == "forge_body_same_crc" and delivery.fault is not None:
            body = forged_body(body, forged_amount(delivery.fault))
        return body, self._headers(delivery.transmission_id, time, sign(message))

    def _headers(self, transmission_id: str, time: str, signature: str) -> dict[str, str]:
        return {
            "Accept": "*/*",
            "Content-Type": "application/json",
            "User-Agent": "PayPal/AUHD-214.0-58391792",
            "Paypal-Transmission-Id": transmission_id,
            "Paypal-Transmission-Time": time,
            "Paypal-Transmission-Sig": signature,
            "Paypal-Auth-Version": "v2",
            "Paypal-Cert-Url": self._certificate_url,
            "Paypal-Auth-Algo": "SHA256withRSA",
            "Correlation-Id": self._identifiers.debug_id(),
            # A kept-open connection to a receiver that restarts would cost a whole retry pause.
            "Connection": "close",
        }

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            # Proxies and credentials of this machine's environment are not meant for these calls.
            session.trust_env = False
            self._local.session = session
        return session


def is_loopback(host: str | None) -> bool:
    """Return whether a host name or address means this machine, without asking any name service."""
    if host is None:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
