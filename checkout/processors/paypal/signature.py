"""Checks that PayPal signed a delivery: offline, over the raw bytes, by a certificate that is PayPal's."""

from __future__ import annotations

import base64
import binascii
import re
import time
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from checkout.domain.errors import CannotAuthenticateError, NotAuthenticError
from checkout.processors.paypal.certificate_folder import CertificateFolder
from checkout.processors.paypal.certificates import CertificateRules, Certificates
from checkout.processors.paypal.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from checkout.processors.paypal.settings import PayPalSettings

ALGORITHM = "SHA256withRSA"

_PATTERNS = {
    "paypal-transmission-id": re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII),
    "paypal-transmission-time": re.compile(r"[0-9TZ:.+-]{1,40}", re.ASCII),
    "paypal-transmission-sig": re.compile(r"[A-Za-z0-9+/]{300,1400}={0,2}", re.ASCII),
    "paypal-cert-url": re.compile(r"[\x21-\x7e]{1,300}", re.ASCII),
    "paypal-auth-algo": re.compile(ALGORITHM),
}
"""What each header looks like in every real delivery known. A header that came twice is joined by a comma,
which none of these allows but the address, and that is compared whole."""


@dataclass(frozen=True, slots=True)
class _Signed:
    transmission_id: str
    transmission_time: str
    signature: bytes
    certificate_url: str


class SignatureCheck:
    """Checks deliveries for one PayPal environment. There is no age rule: PayPal repeats for days.

    `webhook_ids` are tried each; the signature covers
    `transmission id | transmission time | webhook id | CRC32 of the raw body`.
    Source: developer.paypal.com /api/rest/webhooks/rest, read 2026-11; verified on 24 real deliveries.
    """

    def __init__(
        self,
        webhook_ids: tuple[str, ...],
        certificates: Certificates,
        clock: Callable[[], datetime],
    ) -> None:
        self._webhook_ids, self._certificates, self._clock = webhook_ids, certificates, clock

    @classmethod
    def from_settings(
        cls,
        settings: PayPalSettings,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> SignatureCheck:
        """The check as the settings want it, with a session that never carries our access token."""
        wire = Wire(settings.connect_seconds, settings.read_seconds)
        rules = CertificateRules.from_settings(settings)
        folder = CertificateFolder(settings.certificate_folder) if settings.certificate_folder else None
        return cls(settings.webhook_ids, Certificates(rules, wire, monotonic, folder), clock)

    def check(self, raw: bytes, headers: Mapping[str, str]) -> str:
        """The transmission id of a delivery that PayPal signed.

        Raises NotAuthenticError, or CannotAuthenticateError where that cannot be told now.
        """
        signed = _read_headers(headers)
        self._certificates.check_url(signed.certificate_url)
        if not self._webhook_ids:
            raise CannotAuthenticateError(
                "no webhook id is set; run `checkout paypal webhooks register` and set PAYPAL_WEBHOOK_IDS"
            )
        key = self._certificates.key(signed.certificate_url, self._clock())
        checksum = zlib.crc32(raw)
        for webhook_id in self._webhook_ids:
            message = f"{signed.transmission_id}|{signed.transmission_time}|{webhook_id}|{checksum}"
            try:
                key.verify(signed.signature, message.encode("ascii"), PKCS1v15(), SHA256())
            except InvalidSignature:
                continue
            return signed.transmission_id
        raise NotAuthenticError("its signature is not PayPal's for this body and our webhook")


def _read_headers(headers: Mapping[str, str]) -> _Signed:
    found: dict[str, str] = {}
    for name, value in headers.items():
        lowered = name.lower()
        if lowered not in _PATTERNS:
            continue
        if lowered in found:
            raise NotAuthenticError(f"its header {lowered} came twice")
        found[lowered] = value
    for name, pattern in _PATTERNS.items():
        if name not in found:
            raise NotAuthenticError(f"its header {name} is missing")
        if not pattern.fullmatch(found[name]):
            raise NotAuthenticError(f"its header {name} is not as PayPal sends it")
    try:
        signature = base64.b64decode(found["paypal-transmission-sig"], validate=True)
    except (binascii.Error, ValueError) as wrong:
        raise NotAuthenticError("its signature is not base64") from wrong
    return _Signed(
        found["paypal-transmission-id"],
        found["paypal-transmission-time"],
        signature,
        found["paypal-cert-url"],
    )
