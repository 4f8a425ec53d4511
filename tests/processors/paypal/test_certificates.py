"""Whose certificate is PayPal's, and how often it is asked for."""

import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography import x509

from checkout.domain.errors import CannotAuthenticateError, NotAuthenticError
from checkout.processors.paypal.certificate_folder import CertificateFolder
from checkout.processors.paypal.certificates import FETCHES_MAX, CertificateRules, Certificates
from checkout.processors.paypal.settings import PayPalEnvironment
from checkout.processors.paypal.wire import Wire
from tests.processors.paypal.certifying import (
    COMMON_NAME,
    NOW,
    authority,
    certificate,
    pem,
)
from tests.processors.paypal.loopback import Asked, Piece, loopback, raw_answer
from tests.processors.paypal.samples import settings

SANDBOX = CertificateRules.from_settings(settings("", environment=PayPalEnvironment.SANDBOX))


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (certificate("www.paypal.com"), "not for PayPal's messages"),
        (certificate("messageverificationcerts.paypal.com"), "not for PayPal's messages"),
        (certificate(host_names=("www.paypal.com",)), "not for PayPal's messages"),
        (certificate(host_names=()), "not for PayPal's messages"),
        (certificate("evil.example", host_names=(COMMON_NAME,)), "not for PayPal's messages"),
        (certificate(bits=1024), "no usable RSA key"),
    ],
)
def test_a_certificate_that_is_not_for_paypals_messages_is_refused(found: x509.Certificate, why: str) -> None:
    with pytest.raises(NotAuthenticError, match=why):
        SANDBOX.check(found, 0.0)


def test_an_issuer_nobody_knows_is_for_the_operator_and_the_delivery_is_asked_for_again(
    tmp_path: Path,
) -> None:
    found = certificate(issuer="DigiCert EV 2027")
    with pytest.raises(CannotAuthenticateError, match="PAYPAL_ISSUER_FILE"):
        SANDBOX.check(found, 0.0)
    file = tmp_path / "issuer.pem"
    file.write_bytes(pem(authority("DigiCert EV 2027")))
    trusting = CertificateRules.from_settings(
        settings("", environment=PayPalEnvironment.SANDBOX, issuer_file=file)
    )
    assert trusting.check(found, 0.0).valid_until > NOW
    assert trusting.check(certificate(), 0.0).valid_until > NOW, "the known issuer stays trusted"


def test_a_new_issuer_is_named_to_the_operator_each_time_and_fetched_once() -> None:
    with loopback(lambda _: [raw_answer(pem(certificate(issuer="DigiCert EV 2027")))]) as server:
        certificates = at_server(server.url)
        for _ in range(20):
            with pytest.raises(CannotAuthenticateError, match="DigiCert EV 2027"):
                certificates.key(address(server.url), NOW)
    assert len(server.asked) == 1


def test_an_issuer_of_the_same_name_but_another_key_is_not_the_one_we_trust() -> None:
    other = authority("DigiCert EV 2027")
    forged = certificate(issuer="DigiCert EV 2028")
    rules = CertificateRules(SANDBOX.origins, SANDBOX.common_name, issuers=(other,))
    with pytest.raises(CannotAuthenticateError):
        rules.check(forged, 0.0)


def at_server(url: str, folder: CertificateFolder | None = None) -> Certificates:
    rules = CertificateRules(frozenset({url}), COMMON_NAME)
    return Certificates(rules, Wire(10.0, 20.0), folder=folder)


def address(url: str, number: int = 1) -> str:
    return f"{url}/v1/notifications/certs/CERT-{number}"


def test_a_certificate_is_fetched_once_however_many_deliveries_name_it() -> None:
    with loopback(lambda _: [0.2, raw_answer(pem(certificate()), 200, "application/x-pem-file")]) as server:
        certificates = at_server(server.url)
        with ThreadPoolExecutor(16) as threads:
            keys = set(threads.map(lambda _: certificates.key(address(server.url), NOW).key_size, range(64)))
    assert keys == {2048}
    assert len(server.asked) == 1
    assert "authorization" not in server.asked[0].headers


def test_a_certificate_is_asked_for_anew_after_a_day_and_kept_where_that_fails() -> None:
    now = [0.0]
    answers = [raw_answer(pem(certificate())), raw_answer(b"", 503), raw_answer(pem(certificate()))]
    with loopback(lambda _: [answers.pop(0)]) as server:
        rules = CertificateRules(frozenset({server.url}), COMMON_NAME)
        certificates = Certificates(rules, Wire(10.0, 20.0), lambda: now[0])
        for at in (0.0, 80_000.0, 90_000.0, 90_001.0):
            now[0] = at
            assert certificates.key(address(server.url), NOW).key_size == 2048
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    "answer",
    [
        raw_answer(b"gone", 404),
        raw_answer(b"", 200),
        raw_answer(b"<html>", 200, "text/html"),
        raw_answer(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        raw_answer(b"", 302, Location="http://127.0.0.1:1/"),
        raw_answer(b"x" * 2_000_000),
    ],
)
def test_a_certificate_that_cannot_be_had_is_asked_for_again_later(answer: bytes) -> None:
    with loopback(lambda _: [answer]) as server:
        certificates = at_server(server.url)
        for _ in range(3):
            with pytest.raises(CannotAuthenticateError):
                certificates.key(address(server.url), NOW)
    assert len(server.asked) == 1


def test_a_certificate_that_drips_holds_nobody_for_long() -> None:
    drips: list[Piece] = [piece for one in raw_answer(b"x" * 200) for piece in (bytes([one]), 0.1)]
    with loopback(lambda _: drips) as server, pytest.raises(CannotAuthenticateError, match="in time"):
        at_server(server.url).key(address(server.url), NOW)


def test_many_different_certificates_are_not_all_fetched() -> None:
    held = pem(certificate())

    def handle(asked: Asked) -> Iterable[Piece]:
        return [raw_answer(held)] if asked.path.endswith("CERT-0") else [raw_answer(b"", 404)]

    with loopback(handle) as server:
        certificates = at_server(server.url)
        assert certificates.key(address(server.url, 0), NOW).key_size == 2048
        for number in range(1, 200):
            with pytest.raises(CannotAuthenticateError):
                certificates.key(address(server.url, number), NOW)
        assert certificates.key(address(server.url, 0), NOW).key_size == 2048, "the one we hold goes on"
    assert len(server.asked) <= FETCHES_MAX


def test_made_up_certificates_cannot_keep_a_shop_that_starts_anew_from_the_genuine_one(
    tmp_path: Path,
) -> None:
    held = pem(certificate())
    with loopback(lambda asked: [raw_answer(held if asked.path.endswith("CERT-0") else b"", 200)]) as server:
        before = at_server(server.url, CertificateFolder(tmp_path))
        assert before.key(address(server.url, 0), NOW).key_size == 2048
        anew = at_server(server.url, CertificateFolder(tmp_path))
        for number in range(1, FETCHES_MAX * 2):
            with pytest.raises(CannotAuthenticateError):
                anew.key(address(server.url, number), NOW)
        assert anew.key(address(server.url, 0), NOW).key_size == 2048


@pytest.mark.parametrize("planted", [b"", b"no certificate", pem(certificate("www.paypal.com"))])
def test_a_kept_certificate_that_is_not_good_is_fetched_anew(tmp_path: Path, planted: bytes) -> None:
    with loopback(lambda _: [raw_answer(pem(certificate()))]) as server:
        url = address(server.url, 0)
        kept = CertificateFolder(tmp_path)
        kept.keep(url, certificate())
        next(tmp_path.iterdir()).write_bytes(planted)
        assert at_server(server.url, kept).key(url, NOW).key_size == 2048
        assert len(server.asked) == 1


def test_a_folder_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with loopback(lambda _: [raw_answer(pem(certificate()))]) as server:
        nowhere = CertificateFolder(tmp_path / "file" / "folder")
        assert at_server(server.url, nowhere).key(address(server.url, 0), NOW).key_size == 2048


def test_while_one_thread_fetches_the_others_do_not_wait_for_ever() -> None:
    started = threading.Event()

    def handle(_: Asked) -> Iterable[Piece]:
        started.set()
        return []

    with loopback(handle) as server:
        certificates = at_server(server.url)
        with ThreadPoolExecutor(4) as threads:
            waiting = [threads.submit(certificates.key, address(server.url), NOW) for _ in range(4)]
            assert all(isinstance(one.exception(timeout=30), CannotAuthenticateError) for one in waiting)
    assert started.is_set()
