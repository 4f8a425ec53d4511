"""Signs deliveries as PayPal does, with a leaf certificate from an issuer made at start."""

import base64
import zlib
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CERTIFICATE_NAME = "messageverificationcerts.sandbox.paypal.com"
ISSUER_NAME = "PayPal Emulator Issuing CA"
KEY_BITS = 2048


class Signer:
    """The emulator's issuer, its leaf certificate, and a stranger's key for forgeries."""

    def __init__(self) -> None:
        """Make the keys and certificates; about a quarter of a second."""
        issuer_key = _key()
        self._key = _key()
        self._stranger: rsa.RSAPrivateKey | None = None
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, ISSUER_NAME)])
        self.issuer_pem = _pem(_certificate(issuer, issuer, issuer_key, issuer_key, authority=True))
        leaf_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, CERTIFICATE_NAME)])
        # PayPal serves the leaf alone: no intermediate, no root.
        self.leaf_pem = _pem(_certificate(leaf_name, issuer, self._key, issuer_key, authority=False))

    def sign(self, message: bytes) -> str:
        """Return the signature in base64: RSA with PKCS#1 v1.5 padding over SHA-256."""
        return _signature(self._key, message)

    def sign_as_stranger(self, message: bytes) -> str:
        """Return a well-formed signature by a key that is not in the certificate."""
        if self._stranger is None:
            self._stranger = _key()
        return _signature(self._stranger, message)

    def verifies(self, message: bytes, signature: str) -> bool:
        """Return whether `signature` is ours over `message`."""
        try:
            self._key.public_key().verify(
                base64.b64decode(signature), message, padding.PKCS1v15(), hashes.SHA256()
            )
        except Exception:  # noqa: BLE001 -- whatever is wrong with it, it does not verify
            return False
        return True


def signed_message(transmission_id: str, transmission_time: str, webhook_id: str, body: bytes) -> bytes:
    """Build what PayPal signs: of the body only its CRC32, in decimal."""
    return f"{transmission_id}|{transmission_time}|{webhook_id}|{zlib.crc32(body)}".encode()


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)


def _signature(key: rsa.RSAPrivateKey, message: bytes) -> str:
    return base64.b64encode(key.sign(message, padding.PKCS1v15(), hashes.SHA256())).decode()


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: rsa.RSAPrivateKey,
    issuer_key: rsa.RSAPrivateKey,
    *,
    authority: bool,
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        # Ten years, because tests move the clock by years.
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
        .add_extension(_key_usage(authority=authority), critical=True)
    )
    if not authority:
        names = x509.SubjectAlternativeName([x509.DNSName(CERTIFICATE_NAME)])
        usages = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
        builder = builder.add_extension(names, critical=False).add_extension(usages, critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _key_usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=not authority,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
