"""Events signed as PayPal signs them, by a key of our own, and the small server that shows its certificate."""

from __future__ import annotations

import base64
import json
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

WEBHOOK_ID = "BENCHWEBHOOK"
HOST = "messageverificationcerts.sandbox.paypal.com"
CERTIFICATE_PATH = "/v1/notifications/certs/CERT-bench"


@dataclass(frozen=True, slots=True)
class SignedEvent:
    """One delivery: its body and PayPal's headers for it."""

    body: bytes
    headers: dict[str, str]

    @property
    def signed_text(self) -> bytes:
        """What the signature covers."""
        parts = self.headers["paypal-transmission-id"], self.headers["paypal-transmission-time"]
        return f"{parts[0]}|{parts[1]}|{WEBHOOK_ID}|{zlib.crc32(self.body)}".encode()


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs deliveries; `url` is where the certificate is shown, `issuer` the file of who issued it."""

    key: rsa.RSAPrivateKey
    url: str
    issuer: Path

    def event(self, number: int) -> SignedEvent:
        """A capture of somebody else's payment: authentic, kept, and of no further work."""
        return self.sign(
            number, {"id": f"CAP{number:07d}", "custom_id": f"other-{number:07d}", "status": "COMPLETED"}
        )

    def sign(self, number: int, resource: dict[str, str]) -> SignedEvent:
        """One signed PAYMENT.CAPTURE.COMPLETED of about 3 KB, as real ones are."""
        event = {
            "id": f"WH-BENCH{number:07d}-X",
            "event_version": "1.0",
            "create_time": "2026-11-01T10:00:00Z",
            "resource_type": "capture",
            "resource_version": "2.0",
            "event_type": "PAYMENT.CAPTURE.COMPLETED",
            "summary": "Payment completed",
            "resource": {"amount": {"currency_code": "EUR", "value": "23.80"}, **resource},
            "links": [{"href": "https://api.sandbox.paypal.com/" + "x" * 600, "rel": "self", "method": "GET"}]
            * 4,
        }
        unsigned = SignedEvent(
            json.dumps(event).encode(),
            {
                "paypal-transmission-id": f"bench-{number:08x}-a-b-c",
                "paypal-transmission-time": "2026-11-01T10:00:01Z",
                "paypal-auth-algo": "SHA256withRSA",
                "paypal-cert-url": self.url,
            },
        )
        signature = self.key.sign(unsigned.signed_text, PKCS1v15(), SHA256())
        sealed = {"paypal-transmission-sig": base64.b64encode(signature).decode()}
        return SignedEvent(unsigned.body, unsigned.headers | sealed)


@contextmanager
def signer(folder: Path) -> Iterator[Signer]:
    """A signer whose certificate is shown on loopback while this lasts."""
    issuer_key, leaf_key = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
    issuer_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Bench Issuer")])
    leaf_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    issuer = _certificate(issuer_name, issuer_name, issuer_key, issuer_key, ca=True)
    leaf = _certificate(leaf_name, issuer_name, leaf_key, issuer_key, ca=False)
    issuer_file = folder / "bench-issuer.pem"
    issuer_file.write_bytes(issuer.public_bytes(Encoding.PEM))
    with _shown(leaf.public_bytes(Encoding.PEM)) as address:
        yield Signer(leaf_key, address + CERTIFICATE_PATH, issuer_file)


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: rsa.RSAPrivateKey, by: rsa.RSAPrivateKey, *, ca: bool
) -> x509.Certificate:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(by, SHA256())
    )


@contextmanager
def _shown(pem: bytes) -> Iterator[str]:
    class Show(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path == CERTIFICATE_PATH
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "application/x-pem-file")
            self.send_header("Content-Length", str(len(pem) if found else 0))
            self.end_headers()
            self.wfile.write(pem if found else b"")

        def do_POST(self) -> None:
            self.send_error(503)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Show)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
