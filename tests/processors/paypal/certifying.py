"""Certificates and deliveries of our own making, as like PayPal's as a test wants them."""

import base64
import ssl
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from checkout.processors.paypal.certificates import ISSUER

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
COMMON_NAME = "messageverificationcerts.sandbox.paypal.com"
URL = "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-1a5f47cb"


@cache
def key(which: str, bits: int = 2048) -> RSAPrivateKey:
    """A key by a name of the test's choosing."""
    del which
    return generate_private_key(65537, bits)


def certificate(
    common_name: str = COMMON_NAME,
    issuer: str = ISSUER,
    *,
    host_names: tuple[str, ...] | None = None,
    begins: datetime = NOW - timedelta(days=30),
    ends: datetime = NOW + timedelta(days=335),
    bits: int = 2048,
) -> x509.Certificate:
    """A leaf certificate, signed by the key called `issuer`."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(common_name))
        .issuer_name(_name(issuer))
        .public_key(key("leaf", bits).public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
    )
    names = (common_name,) if host_names is None else host_names
    if names:
        alternative = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        builder = builder.add_extension(alternative, critical=False)
    return builder.sign(key("issuer"), SHA256())


def server_context(folder: Path) -> ssl.SSLContext:
    """A TLS server for 127.0.0.1; `folder / "authority.pem"` is what would have to be trusted for it."""
    address = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    found = (
        x509.CertificateBuilder()
        .subject_name(_name("127.0.0.1"))
        .issuer_name(_name("127.0.0.1"))
        .public_key(key("server").public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(address, critical=False)
        .sign(key("server"), SHA256())
    )
    secret = key("server").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "server.pem").write_bytes(secret + pem(found))
    (folder / "authority.pem").write_bytes(pem(found))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context


def authority(common_name: str) -> x509.Certificate:
    """The certificate of the issuer that signed `certificate(issuer=common_name)`."""
    return (
        x509.CertificateBuilder()
        .subject_name(_name(common_name))
        .issuer_name(_name(common_name))
        .public_key(key("issuer").public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=30))
        .not_valid_after(NOW + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key("issuer"), SHA256())
    )


def pem(found: x509.Certificate) -> bytes:
    return found.public_bytes(Encoding.PEM)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


@dataclass(frozen=True)
class Delivery:
    """A body and the headers that PayPal would send with it."""

    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    def with_headers(self, **changes: str | None) -> "Delivery":
        """The same with other headers; names with `_` for `-`, None takes one away."""
        given = {name.replace("_", "-"): value for name, value in changes.items()}
        return Delivery(self.body, {n: v for n, v in (self.headers | given).items() if v is not None})


def deliver(
    body: bytes, webhook_id: str = "WH-1", url: str = URL, signed_by: RSAPrivateKey | None = None
) -> Delivery:
    """Sign a body for a webhook, as PayPal does."""
    transmission_id, at = "1c6772d0-5106-11ef-9b66-89f3f924d48a", "2026-11-20T11:59:00Z"
    message = f"{transmission_id}|{at}|{webhook_id}|{zlib.crc32(body)}".encode()
    signature = (signed_by or key("leaf", 2048)).sign(message, PKCS1v15(), SHA256())
    return Delivery(
        body,
        {
            "paypal-transmission-id": transmission_id,
            "paypal-transmission-time": at,
            "paypal-transmission-sig": base64.b64encode(signature).decode(),
            "paypal-cert-url": url,
            "paypal-auth-algo": "SHA256withRSA",
            "paypal-auth-version": "v2",
        },
    )
