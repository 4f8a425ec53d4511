"""A notice on its way to the shop: signed as the libraries read it, within its time, and nothing of the answer kept."""

import ssl
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from checkout.building import now
from checkout.senders.shop import Letter, SecretUnusableError, ShopCourier, signed
from tests.processors.paypal.loopback import Asked, Piece, loopback, raw_answer

SECRET = "whsec_bm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5u"
EARLIER = "whsec_b29vb29vb29vb29vb29vb29vb29vb29vb29vb29v"
COURIER = ShopCourier(inside=True, seconds=0.5)


def letter(url: str = "", *secrets: str) -> Letter:
    """A notice for an address."""
    return Letter(url, "evt_b", '{"type":"ping"}', now(), secrets or (SECRET,))


def test_the_library_of_the_specification_takes_what_is_posted_and_refuses_another_body() -> None:
    with loopback(lambda _: [raw_answer(b"{}")]) as shop:
        reply = COURIER.post(letter(f"{shop.url}/hooks?a=b"))
    asked = shop.asked[0]
    assert reply.is_delivered
    assert asked.path == "/hooks?a=b"
    assert Webhook(SECRET).verify(asked.body, asked.headers) == {"type": "ping"}
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(asked.body + b" ", asked.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(EARLIER).verify(asked.body, asked.headers)


def test_while_a_secret_is_rotated_both_of_them_verify() -> None:
    one = letter("", SECRET, EARLIER)
    headers = signed(one)
    assert len(headers["webhook-signature"].split(" ")) == 2
    for secret in (SECRET, EARLIER):
        Webhook(secret).verify(one.body, headers)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_x", "whsec_ü", "x" * 5])
def test_an_odd_secret_is_an_answer_and_no_exception(secret: str) -> None:
    with pytest.raises(SecretUnusableError):
        signed(letter("", secret))
    assert COURIER.post(letter("http://127.0.0.1:9/", secret)).said == str(SecretUnusableError())


def drip(*pieces: Piece) -> list[Piece]:
    """Pieces with pauses that no time limit for one of them alone would end."""
    return [one for piece in pieces for one in (piece, 0.2)]


@pytest.mark.parametrize(
    "pieces",
    [
        [5.0],
        drip(*[b"H"] * 20),
        drip(b"HTTP/1.1 200 OK\r\n", *[b"X-A: b\r\n"] * 20),
    ],
    ids=["silence", "a slow first line", "slow headers"],
)
def test_a_shop_that_answers_too_slowly_is_left_at_the_end_of_the_time(pieces: list[Piece]) -> None:
    with loopback(lambda _: pieces) as shop:
        reply = COURIER.post(letter(shop.url))
    assert reply.status is None
    assert reply.said == "no answer in time"


def test_a_body_that_never_ends_changes_nothing_of_the_status() -> None:
    with loopback(lambda _: [b"HTTP/1.1 200 OK\r\n\r\n", *drip(*[b"x" * 9] * 20)]) as shop:
        assert COURIER.post(letter(shop.url)).is_delivered
    with loopback(lambda _: [b"HTTP/1.1 500 Oh\r\n\r\n" + b"x" * 9_000_000]) as shop:
        reply = COURIER.post(letter(shop.url))
    assert reply.status == 500
    assert reply.said == "answered 500"
    with loopback(lambda _: [b"HTTP/1.1 302 Oh\r\nLocation: /x\r\n\r\n", *drip(*[b"x" * 9] * 20)]) as shop:
        assert COURIER.post(letter(shop.url)).said == "answered 302, a redirect, which is not followed"


@pytest.mark.parametrize(
    ("pieces", "said"),
    [([], "no connection, or it was cut"), ([b"what?\r\n\r\n"], "no connection, or it was cut")],
)
def test_what_is_no_answer_is_said_in_few_words(pieces: list[Piece], said: str) -> None:
    with loopback(lambda _: pieces) as shop:
        assert COURIER.post(letter(f"{shop.url}/a-secret-in-the-path")).said == said


def test_rest_is_read_as_seconds_or_as_a_date_and_nothing_else() -> None:
    date = (now() + timedelta(seconds=90)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    rests = {"120": 120, "-5": None, "soon": None, date: 90, "9" * 30: 7 * 24 * 3600}
    for header, seconds in rests.items():
        with loopback(lambda _, told=header: [raw_answer(b"", 503, Retry_After=told)]) as shop:  # type: ignore[misc]
            found = COURIER.post(letter(shop.url)).rest_seconds
        assert found is None if seconds is None else abs((found or 0) - seconds) <= 2, header


def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with loopback(lambda _: [raw_answer(b"{}")]) as proxy, loopback(lambda _: [raw_answer(b"{}")]) as shop:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert COURIER.post(letter(shop.url)).is_delivered
        assert proxy.connections == 0


def test_a_certificate_that_nobody_trusts_ends_the_delivery(tmp_path: Path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(self_signed(tmp_path))
    asked = threading.Event()

    def answer(_: Asked) -> list[Piece]:
        asked.set()
        return [raw_answer(b"{}")]

    with loopback(answer, tls) as shop:
        assert "certificate" in COURIER.post(letter(shop.url)).said
        assert not asked.is_set()
        trusting = ShopCourier(inside=True, authorities=str(tmp_path / "shop.pem"))
        assert trusting.post(letter(shop.url)).is_delivered


def self_signed(folder: Path) -> Path:
    """A key and its own certificate for this machine, in one file."""
    from ipaddress import ip_address  # noqa: PLC0415 -- with what makes certificates

    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat  # noqa: PLC0415

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "shop")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now() - timedelta(days=1))
        .not_valid_after(now() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file = folder / "shop.pem"
    file.write_bytes(secret + certificate.public_bytes(Encoding.PEM))
    return file
