"""An independent check of PayPal's signatures, in a few lines and with none of the emulator's code."""

import base64
import binascii

import requests
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from tests.processors.paypal.emulator.receiver import Received


def verifies(delivery: Received, webhook_id: str) -> bool:
    """Return whether the delivery's signature fits its raw body and this webhook."""
    headers = delivery.headers
    key = certificate(headers["paypal-cert-url"]).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    parts = (headers["paypal-transmission-id"], headers["paypal-transmission-time"], webhook_id)
    message = "|".join((*parts, str(binascii.crc32(delivery.raw) & 0xFFFFFFFF))).encode()
    signature = base64.b64decode(headers["paypal-transmission-sig"])
    try:
        key.verify(signature, message, padding.PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def certificate(url: str) -> x509.Certificate:
    """Return the one certificate served at this address."""
    answer = requests.get(url, timeout=10)
    (only,) = x509.load_pem_x509_certificates(answer.content)
    return only
