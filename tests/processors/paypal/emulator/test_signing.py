"""Deliveries are signed as PayPal signs them: over 32 bits of the body, by a leaf served alone."""

from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtensionOID, NameOID

from checkout.processors.paypal.emulator.control_client import EmulatorControl
from tests.processors.paypal.emulator.caller import Caller
from tests.processors.paypal.emulator.receiver import Received, Receiver
from tests.processors.paypal.emulator.signatures import certificate, verifies

NAME = "messageverificationcerts.sandbox.paypal.com"
HEADERS = {
    "paypal-transmission-id",
    "paypal-transmission-time",
    "paypal-transmission-sig",
    "paypal-auth-version",
    "paypal-cert-url",
    "paypal-auth-algo",
    "correlation-id",
    "user-agent",
}


@pytest.fixture
def delivery(api: Caller, emulator: EmulatorControl, receiver: Receiver) -> Received:
    emulator.approve(api.order_id())
    emulator.settle_deliveries()
    return receiver.received[0]


def test_a_delivery_verifies(delivery: Received, receiver: Receiver) -> None:
    assert delivery.headers.keys() >= HEADERS
    assert delivery.headers["paypal-auth-algo"] == "SHA256withRSA"
    assert delivery.headers["user-agent"].startswith("PayPal/AUH")
    assert verifies(delivery, receiver.webhook_id)


def test_a_changed_byte_or_another_webhook_does_not_verify(delivery: Received, receiver: Receiver) -> None:
    changed = bytearray(delivery.raw)
    changed[len(changed) // 2] ^= 1
    assert not verifies(replace(delivery, raw=bytes(changed)), receiver.webhook_id)
    assert not verifies(delivery, "WEBHOOK_ID")
    other = {**delivery.headers, "paypal-transmission-id": "another"}
    assert not verifies(replace(delivery, headers=other), receiver.webhook_id)


def test_the_certificate_is_a_leaf_of_the_issuer_that_is_served(
    delivery: Received, emulator: EmulatorControl
) -> None:
    leaf = certificate(delivery.headers["paypal-cert-url"])
    issuer = x509.load_pem_x509_certificate(emulator.issuer().encode())
    leaf.verify_directly_issued_by(issuer)
    assert leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == NAME
    names = leaf.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME).value
    assert isinstance(names, x509.SubjectAlternativeName)
    assert names.get_values_for_type(x509.DNSName) == [NAME]
    assert issuer.public_bytes != leaf.public_bytes
    with pytest.raises(ValueError, match="subject"):
        issuer.verify_directly_issued_by(leaf)


def test_only_the_current_certificate_is_served(api: Caller) -> None:
    path = "/v1/notifications/certs/CERT-00000000-00000000-00000000"
    assert api.call("GET", path).status_code == 404
