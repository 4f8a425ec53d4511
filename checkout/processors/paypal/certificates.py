"""Webhook certificates: fetched from PayPal's exact hosts only, held for a day, checked to be PayPal's."""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from cachetools import LRUCache, TTLCache
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.oid import NameOID

from checkout.connecting.deadline import ending_within
from checkout.domain.errors import CannotAuthenticateError, CheckoutError, NotAuthenticError
from checkout.processors.paypal.settings import PayPalEnvironment, PayPalSettings
from checkout.processors.paypal.wire import NoAnswerError, Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from checkout.processors.paypal.certificate_folder import CertificateFolder

CERTIFICATE_PATH = "/v1/notifications/certs/"
FRESH_SECONDS = 24 * 3600
"""As PayPal's own cache-control says: 86,400 s."""
HELD_MAX = 32
MISSING_SECONDS = 30
"""A certificate that could not be had is not asked for again so soon."""
FETCHES_MAX = 30
FETCHES_SECONDS = 60
"""PayPal uses one certificate for about a year, so more than a few new ones a minute is somebody playing
with us: their deliveries wait (503), those by a certificate we hold go on."""
BYTES_MAX = 64 * 1024
FETCH_SECONDS = 4.0
RSA_BITS_MIN = 2048

ISSUER = "DigiCert SHA2 Extended Validation Server CA"
"""Who issued every certificate PayPal is known to have signed with, 2015 to 2026."""

_COMMON_NAMES = {
    PayPalEnvironment.LIVE: "messageverificationcerts.paypal.com",
    PayPalEnvironment.SANDBOX: "messageverificationcerts.sandbox.paypal.com",
    PayPalEnvironment.EMULATOR: "messageverificationcerts.sandbox.paypal.com",
}


@dataclass(frozen=True, slots=True)
class _Held:
    """What is needed of a certificate that was checked. `fresh_until` is by the monotonic clock."""

    key: RSAPublicKey
    valid_from: datetime
    valid_until: datetime
    fresh_until: float


@dataclass(frozen=True, slots=True)
class CertificateRules:
    """Which certificate is PayPal's: where it may come from, whom it names, who issued it.

    The file PayPal serves holds the leaf alone, and current root stores no longer hold its root: so names,
    validity and issuer are checked on what came over verified TLS. `issuers` are trusted besides: a leaf
    that one of them signed is good whatever the issuer's name. `trusts_origin` says that the address itself
    is trusted, which is so for the emulator alone.
    """

    origins: frozenset[str]
    common_name: str
    issuers: tuple[x509.Certificate, ...] = ()
    trusts_origin: bool = False

    @classmethod
    def from_settings(cls, settings: PayPalSettings) -> CertificateRules:
        """The rules of one environment; raises ValueError where the issuer file holds no certificate."""
        file = settings.issuer_file
        return cls(
            origins=settings.certificate_origins,
            common_name=_COMMON_NAMES[settings.environment],
            issuers=() if file is None else tuple(x509.load_pem_x509_certificates(file.read_bytes())),
            trusts_origin=settings.environment is PayPalEnvironment.EMULATOR,
        )

    def check_url(self, url: str) -> None:
        """Raise NotAuthenticError unless the whole address is of the one form that PayPal uses."""
        found = _URL.fullmatch(url)
        if found is None or found[1] not in self.origins:
            raise NotAuthenticError("its certificate's address is not PayPal's")

    def check(self, certificate: x509.Certificate, fresh_until: float) -> _Held:
        """What is held of a certificate that is PayPal's; its validity is checked at each use.

        Raises NotAuthenticError, or CannotAuthenticateError where only the operator can say whether to trust
        its issuer.
        """
        if _common_names(certificate) != {self.common_name} or self.common_name not in _host_names(
            certificate
        ):
            raise NotAuthenticError("its certificate is not for PayPal's messages")
        self._check_issuer(certificate)
        key = certificate.public_key()
        if not isinstance(key, RSAPublicKey) or key.key_size < RSA_BITS_MIN:
            raise NotAuthenticError("its certificate holds no usable RSA key")
        return _Held(key, certificate.not_valid_before_utc, certificate.not_valid_after_utc, fresh_until)

    def _check_issuer(self, certificate: x509.Certificate) -> None:
        if any(_issued(issuer, certificate) for issuer in self.issuers):
            return
        named = {str(one.value) for one in certificate.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)}
        if named == {ISSUER} or self.trusts_origin:
            return
        raise CannotAuthenticateError(
            f"PayPal's webhook certificate has a new issuer, {', '.join(sorted(named))[:120]!r}. If PayPal"
            " announced it, name a file with the issuer's certificate as PAYPAL_ISSUER_FILE"
        )


_URL = re.compile(
    r"(https?://[a-z0-9.\[\]:-]{1,253}(?:/[A-Za-z0-9_-]+)*)"
    + re.escape(CERTIFICATE_PATH)
    + r"[A-Za-z0-9_-]{1,128}",
    re.ASCII,
)


class Certificates:
    """The certificates held. Asks for one address once, however many deliveries name it at the same time."""

    def __init__(
        self,
        rules: CertificateRules,
        wire: Wire,
        monotonic: Callable[[], float] = time.monotonic,
        folder: CertificateFolder | None = None,
    ) -> None:
        self._rules, self._wire, self._monotonic, self._folder = rules, wire, monotonic, folder
        self._lock = threading.Lock()
        self._held: LRUCache[str, _Held] = LRUCache(HELD_MAX)
        self._missing: TTLCache[str, CannotAuthenticateError] = TTLCache(
            HELD_MAX * 8, MISSING_SECONDS, timer=monotonic
        )
        self._under_way: dict[str, Future[_Held]] = {}
        self._fetched_at: deque[float] = deque(maxlen=FETCHES_MAX)

    def check_url(self, url: str) -> None:
        """Raise NotAuthenticError unless the address is one where PayPal keeps certificates."""
        self._rules.check_url(url)

    def key(self, url: str, now: datetime) -> RSAPublicKey:
        """The key to verify by, of the certificate at an address.

        Raises NotAuthenticError where it is not PayPal's or not valid now, CannotAuthenticateError where that
        cannot be told now.
        """
        held = self._get(url)
        if not held.valid_from <= now <= held.valid_until:
            raise NotAuthenticError("its certificate is not valid at this time")
        return held.key

    def hold(self, url: str, certificate: x509.Certificate) -> None:
        """Hold a certificate that came another way, such as from a recording; checked all the same."""
        self._rules.check_url(url)
        held = self._rules.check(certificate, self._monotonic() + FRESH_SECONDS)
        with self._lock:
            self._held[url] = held

    def _get(self, url: str) -> _Held:
        with self._lock:
            held = self._held.get(url)
            if held is not None and self._monotonic() < held.fresh_until:
                return held
            under_way = self._under_way.get(url)
            mine = under_way is None
            if under_way is None:
                if held is None and (known := self._from_folder(url)) is not None:
                    return known
                self._refuse_too_many(url)
                under_way = self._under_way[url] = Future()
        if mine:
            self._fetch(url, under_way)
        try:
            return under_way.result(timeout=FETCH_SECONDS * 2)
        except CannotAuthenticateError:
            # PayPal may be out of reach for a while; a certificate checked before stays good while valid.
            if held is not None:
                return held
            raise
        except TimeoutError as slow:
            raise CannotAuthenticateError("its certificate cannot be fetched in time") from slow

    def _from_folder(self, url: str) -> _Held | None:
        """What a process before this one held, checked again; None where it is not good any more."""
        kept = self._folder.find(url) if self._folder else None
        if kept is None:
            return None
        try:
            self._held[url] = self._rules.check(kept, self._monotonic() + FRESH_SECONDS)
        except CheckoutError:
            return None
        return self._held[url]

    def _refuse_too_many(self, url: str) -> None:
        """Count a fetch; one of a certificate held before is always allowed."""
        if url in self._held:
            return
        if url in self._missing:
            raise self._missing[url].with_traceback(None)
        now = self._monotonic()
        if len(self._fetched_at) == FETCHES_MAX and now - self._fetched_at[0] < FETCHES_SECONDS:
            raise CannotAuthenticateError("too many unknown certificates were named in the last minute")
        self._fetched_at.append(now)

    def _fetch(self, url: str, under_way: Future[_Held]) -> None:
        """Fetch for all who wait; whatever happens, they are told."""
        try:
            certificate = self._fetched(url)
            held = self._rules.check(certificate, self._monotonic() + FRESH_SECONDS)
            if self._folder is not None:
                self._folder.keep(url, certificate)
        except Exception as failed:  # noqa: BLE001, those who wait must not wait for ever; raised again by them
            with self._lock:
                if isinstance(failed, CannotAuthenticateError):
                    self._missing[url] = failed
                del self._under_way[url]
            under_way.set_exception(failed)
        else:
            with self._lock:
                self._held[url] = held
                del self._under_way[url]
            under_way.set_result(held)

    def _fetched(self, url: str) -> x509.Certificate:
        try:
            with ending_within(FETCH_SECONDS):
                response = self._wire.get(url, headers={"Accept": "*/*"})
        except NoAnswerError as nothing:
            raise CannotAuthenticateError(f"its certificate cannot be fetched ({nothing.why})") from nothing
        if response.status_code != HTTPStatus.OK:
            raise CannotAuthenticateError(f"its certificate cannot be fetched (HTTP {response.status_code})")
        try:
            return x509.load_pem_x509_certificates(response.content[:BYTES_MAX])[0]
        except ValueError as unreadable:
            raise CannotAuthenticateError("its certificate cannot be read") from unreadable


def _issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _common_names(certificate: x509.Certificate) -> set[str]:
    return {str(one.value) for one in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)}


def _host_names(certificate: x509.Certificate) -> Iterable[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return ()
    return names.get_values_for_type(x509.DNSName)
