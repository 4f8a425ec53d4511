"""A delivery is PayPal's only if PayPal signed it; what cannot be told now is asked for again."""

import base64
import json
import zlib
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from checkout.domain.errors import CannotAuthenticateError, NotAuthenticError
from checkout.processors.paypal import events
from checkout.processors.paypal.certificates import CertificateRules, Certificates
from checkout.processors.paypal.settings import PayPalEnvironment
from checkout.processors.paypal.signature import SignatureCheck
from checkout.processors.paypal.wire import NoAnswerError, Wire
from tests.processors.paypal.certifying import (
    NOW,
    URL,
    Delivery,
    certificate,
    deliver,
    key,
)
from tests.processors.paypal.samples import settings

BODY = b'{"id":"WH-58D329510W468432D","event_type":"PAYMENT.CAPTURE.COMPLETED","resource":{}}'
SANDBOX = CertificateRules.from_settings(settings("", environment=PayPalEnvironment.SANDBOX))


class NoNetwork(Wire):
    """Refuses to open any connection, and counts who asked."""

    def __init__(self) -> None:
        super().__init__(1.0, 1.0)
        self.opened: list[str] = []

    def send(self, request: requests.PreparedRequest, **_: object) -> requests.Response:
        self.opened.append(str(request.url))
        raise NoAnswerError("no network in this test")


def checking(
    held: x509.Certificate | None = None,
    *,
    rules: CertificateRules = SANDBOX,
    webhook_ids: tuple[str, ...] = ("WH-1",),
    wire: Wire | None = None,
    clock: Callable[[], datetime] = lambda: NOW,
) -> SignatureCheck:
    """A check that holds a certificate and opens no connection."""
    certificates = Certificates(rules, wire or NoNetwork())
    if held is not None:
        certificates.hold(URL, held)
    return SignatureCheck(webhook_ids, certificates, clock)


def refuses(check: SignatureCheck, delivery: Delivery, why: str) -> None:
    with pytest.raises(NotAuthenticError, match=why):
        check.check(delivery.body, delivery.headers)


def test_a_signed_delivery_is_authentic_and_gives_its_transmission_id() -> None:
    delivery = deliver(BODY)
    assert checking(certificate()).check(BODY, delivery.headers) == delivery.headers["paypal-transmission-id"]


def test_one_of_several_webhooks_is_enough() -> None:
    delivery = deliver(BODY, "WH-2")
    assert checking(certificate(), webhook_ids=("WH-1", "WH-2")).check(BODY, delivery.headers)
    refuses(checking(certificate()), delivery, "our webhook")


def test_one_changed_byte_of_the_body_is_refused() -> None:
    check, delivery = checking(certificate()), deliver(BODY)
    for position in range(0, len(BODY), 7):
        changed = bytearray(BODY)
        changed[position] ^= 1
        refuses(check, Delivery(bytes(changed), delivery.headers), "signature")


def test_a_key_that_is_not_the_certificates_signs_nothing() -> None:
    refuses(checking(certificate()), deliver(BODY, signed_by=key("stranger")), "signature")


def test_each_signed_header_is_covered() -> None:
    check, delivery = checking(certificate()), deliver(BODY)
    refuses(
        check,
        delivery.with_headers(paypal_transmission_id="1c6772d0-5106-11ef-9b66-000000000000"),
        "signature",
    )
    refuses(check, delivery.with_headers(paypal_transmission_time="2026-11-20T11:59:01Z"), "signature")


HEADERS = sorted(name for name in deliver(BODY).headers if name != "paypal-auth-version")


@pytest.mark.parametrize("name", HEADERS)
@pytest.mark.parametrize("value", [None, "", " ", "a,b", "x" * 5000, "\0", "é", "a\nb", "\uff11"])
def test_a_header_that_is_missing_or_odd_is_refused(name: str, value: str | None) -> None:
    refuses(checking(certificate()), deliver(BODY).with_headers(**{name.replace("-", "_"): value}), ".")


def test_a_header_that_came_twice_is_refused() -> None:
    delivery = deliver(BODY)
    twice = Delivery(BODY, {**delivery.headers, "Paypal-Transmission-Id": "another"})
    refuses(checking(certificate()), twice, "came twice")


@pytest.mark.parametrize(
    "algorithm", ["SHA1withRSA", "sha256withrsa", "SHA256withRSA ", "none", "SHA256withECDSA"]
)
def test_only_one_algorithm_is_taken(algorithm: str) -> None:
    refuses(checking(certificate()), deliver(BODY).with_headers(paypal_auth_algo=algorithm), "auth-algo")


@given(st.dictionaries(st.sampled_from(HEADERS), st.text(max_size=60)), st.binary(max_size=60))
def test_whatever_comes_is_refused_by_one_type(headers: dict[str, str], body: bytes) -> None:
    check = checking(certificate())
    with pytest.raises(NotAuthenticError):
        check.check(body, deliver(BODY).headers | headers | {"paypal-auth-version": "v2"})


CERTIFICATE = "/v1/notifications/certs/CERT-360caa42-fca2a594-1a5f47cb"
HOST = "api.sandbox.paypal.com"
HOSTS = [
    "evil.example",
    f"{HOST}.evil.example",
    f"evil.example/{HOST}",
    f"evil.example#{HOST}",
    f"evil.example?{HOST}",
    f"{HOST}@evil.example",
    f"user:pass@{HOST}",
    f"{HOST}:443",
    f"{HOST}:8443",
    f"{HOST}.",
    f"x{HOST}",
    f"x.{HOST}",
    "paypal.com",
    "api.paypal.com",
    "api-m.paypal.com",
    "www.sandbox.paypal.com",
    "evilpaypal.com",
    "127.0.0.1",
    "localhost",
    "[::1]",
    "169.254.169.254",
    "0x7f000001",
    HOST.upper(),
    "api.sandbox.paypal.com\\@evil.example",
    "api%2esandbox.paypal.com",
    "api.sandbox.paypa1.com",
    "\u0430pi.sandbox.paypal.com",
    f"{HOST}%00.evil.example",
    f"evil.example\\{HOST}",
    f"{HOST}\t",
    f" {HOST}",
    f"{HOST}\r\nHost: evil.example",
]
PATHS = [
    CERTIFICATE,
    f"{CERTIFICATE}?x=1",
    f"{CERTIFICATE}#x",
    f"{CERTIFICATE}/..",
    "/v1/notifications/certs/",
    "/v1/notifications/certs/../webhooks",
    "/v1/notifications/certs/%2e%2e/x",
    "/v2/checkout/orders/1",
    "//v1/notifications/certs/CERT-1",
    f"{CERTIFICATE}%00",
    "/v1/notifications/certs/" + "C" * 129,
    "/redirect?to=https://evil.example",
]
SCHEMES = [
    "https://",
    "http://",
    "ftp://",
    "file://",
    "HTTPS://",
    "https:",
    "https:/",
    "",
    "//",
    "javascript:",
]


def hostile_urls() -> list[str]:
    """500 addresses that are not PayPal's, most of them nearly so."""
    good = ("https://", HOST, CERTIFICATE)
    every = [(scheme, host, path) for scheme in SCHEMES for host in [HOST, *HOSTS] for path in PATHS]
    return list(dict.fromkeys("".join(one) for one in every if one != good))


def test_hostile_certificate_addresses_open_no_connection() -> None:
    urls = hostile_urls()
    assert len(urls) >= 500
    wire = NoNetwork()
    check = checking(wire=wire)
    for url in urls:
        refuses(check, deliver(BODY, url=url), ".")
    assert wire.opened == []


def test_only_the_environment_that_is_set_is_asked_for_certificates() -> None:
    live = CertificateRules.from_settings(settings("", environment=PayPalEnvironment.LIVE))
    live.check_url(URL.replace("api.sandbox.", "api."))
    live.check_url(URL.replace("api.sandbox.", "api-m."))
    with pytest.raises(NotAuthenticError):
        live.check_url(URL)
    SANDBOX.check_url(URL.replace("api.", "api-m.", 1))
    with pytest.raises(NotAuthenticError):
        SANDBOX.check_url(URL.replace("api.sandbox.", "api."))


def test_a_certificate_counts_only_while_it_is_valid() -> None:
    found = certificate(begins=NOW, ends=NOW + timedelta(days=1))
    delivery = deliver(BODY)
    moment = [NOW]
    check = checking(found, clock=lambda: moment[0])
    assert check.check(BODY, delivery.headers)
    for at in (NOW - timedelta(seconds=1), NOW + timedelta(days=1, seconds=1)):
        moment[0] = at
        refuses(check, delivery, "not valid at this time")


def test_without_a_webhook_id_nothing_is_accepted_and_nothing_fetched() -> None:
    wire = NoNetwork()
    with pytest.raises(CannotAuthenticateError, match="webhooks register"):
        checking(wire=wire, webhook_ids=()).check(BODY, deliver(BODY).headers)
    assert wire.opened == []


def signed_samples(shared: Path) -> list[tuple[bytes, dict[str, Any]]]:
    found = [
        json.loads(one.read_text()) for one in sorted((shared / "facts/samples/paypal-signed").glob("*.json"))
    ]
    return [(base64.b64decode(one["body_base64"]), one) for one in found]


def real_check(sample: dict[str, Any], wire: Wire) -> SignatureCheck:
    """The check as it was when PayPal sent it: live, with the certificate it sent then."""
    rules = CertificateRules.from_settings(settings("", environment=PayPalEnvironment.LIVE))
    certificates = Certificates(rules, wire)
    found = x509.load_pem_x509_certificate(sample["certificate_pem"].encode())
    certificates.hold(sample["headers"]["paypal-cert-url"], found)
    at = datetime.fromisoformat(sample["headers"]["paypal-transmission-time"])
    return SignatureCheck((sample["webhook_id"],), certificates, lambda: at)


def test_real_deliveries_verify_on_their_raw_bytes_and_fail_with_one_byte_changed(shared: Path) -> None:
    samples = signed_samples(shared)
    assert len(samples) >= 16
    for body, sample in samples:
        wire = NoNetwork()
        check = real_check(sample, wire)
        assert check.check(body, sample["headers"]) == sample["headers"]["paypal-transmission-id"]
        for other in (body[:-1] + b" ", body + b"\n", json.dumps(json.loads(body)).encode()):
            with pytest.raises(NotAuthenticError):
                check.check(other, sample["headers"])
        assert wire.opened == []


def with_checksum(body: bytes, wanted: int) -> bytes:
    """The body with four bytes inserted so that its CRC32 is `wanted`: linear algebra over its 32 bits."""
    place = body.index(b"FILLFILLFILLFILLFILLFILLFILLFILLFILLFILL")
    letters = bytearray(body)
    rows: list[tuple[int, int]] = []
    base = zlib.crc32(bytes(letters))
    for index in range(40):
        letters[place + index] ^= 1
        rows.append((zlib.crc32(bytes(letters)) ^ base, 1 << index))
        letters[place + index] ^= 1
    need, chosen, pivots = base ^ wanted, 0, dict[int, tuple[int, int]]()
    for value, mask in rows:
        while value:
            bit = value.bit_length()
            if bit not in pivots:
                pivots[bit] = (value, mask)
                break
            value, mask = value ^ pivots[bit][0], mask ^ pivots[bit][1]  # noqa: PLW2901, Gauss in place
    while need:
        value, mask = pivots[need.bit_length()]
        need, chosen = need ^ value, chosen ^ mask
    for index in range(40):
        letters[place + index] ^= (chosen >> index) & 1
    return bytes(letters)


def test_another_body_with_the_same_crc32_passes_the_signature_and_is_therefore_only_a_hint(
    shared: Path,
) -> None:
    body, sample = next(
        one for one in signed_samples(shared) if one[1]["event_type"] == "PAYMENT.CAPTURE.COMPLETED"
    )
    event = json.loads(body)
    event["resource"]["amount"]["value"] = "9999.99"
    event["filler"] = "FILL" * 10
    forged = with_checksum(json.dumps(event).encode(), zlib.crc32(body))
    transmission_id = real_check(sample, NoNetwork()).check(forged, sample["headers"])
    envelope = events.envelope(events.read_event(forged), forged, transmission_id)
    assert envelope.kept["amount"] == "9999.99"
    assert envelope.binds_body is False
    assert events.translate(envelope).facts == ()
