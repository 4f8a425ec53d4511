"""Webhooks of the emulator, as signed and as forged, and the registration of ours."""

from pathlib import Path

import pytest

from checkout.domain.errors import (
    NotAuthenticError,
)
from checkout.processors.paypal.emulator.control_client import EmulatorControl
from checkout.processors.paypal.registration import register, status
from tests.processors.paypal.emulator.receiver import Receiver
from tests.processors.paypal.purchasing import Purchase, paypal


def test_signed_webhooks_are_authenticated_and_name_their_payment(
    emulator: EmulatorControl, receiver: Receiver, tmp_path: Path
) -> None:
    issuer = tmp_path / "issuer.pem"
    issuer.write_text(emulator.issuer())
    for more in ({}, {"issuer_file": issuer}):
        purchase = Purchase(emulator, adapter=paypal(emulator, webhook_ids=(receiver.webhook_id,), **more))
        reference = purchase.approved()
        purchase.capture(reference)
        emulator.settle_deliveries()
        told = {}
        for delivery in receiver.received:
            envelope = purchase.adapter.authenticate(delivery.raw, delivery.headers)
            told[envelope.event_type] = purchase.adapter.translate(envelope)
            with pytest.raises(NotAuthenticError):
                purchase.adapter.authenticate(delivery.raw + b" ", delivery.headers)
        approved = told["CHECKOUT.ORDER.APPROVED"]
        assert (approved.reference, approved.names) == (reference, purchase.names)
        assert approved.approved_at is not None
        taken = told["PAYMENT.CAPTURE.COMPLETED"]
        assert (taken.reference, taken.names) == (reference, purchase.names)
        receiver.received.clear()


def test_a_webhook_for_another_id_or_forged_is_refused(emulator: EmulatorControl, receiver: Receiver) -> None:
    purchase = Purchase(emulator, adapter=paypal(emulator, webhook_ids=(receiver.webhook_id,)))
    stranger = paypal(emulator, webhook_ids=("0ANOTHERWEBHOOK00",))
    emulator.order_fault("forge_signature", "webhooks")
    purchase.approved()
    emulator.settle_deliveries()
    refused = 0
    for delivery in receiver.received:
        with pytest.raises(NotAuthenticError):
            stranger.authenticate(delivery.raw, delivery.headers)
        try:
            purchase.adapter.authenticate(delivery.raw, delivery.headers)
        except NotAuthenticError:
            refused += 1
    assert refused >= 1


def test_our_webhook_is_registered_once_and_others_are_left_alone(emulator: EmulatorControl) -> None:
    client = paypal(emulator).client
    other = emulator.register_webhook("http://127.0.0.1:1/other", ["PAYMENT.CAPTURE.COMPLETED"])
    base_url = "http://127.0.0.1:8000"
    first = register(client, base_url, loopback=True)
    again = register(client, base_url, loopback=True)
    assert (first.created, again.created, again.changed) == (True, False, False)
    assert first.webhook_id == again.webhook_id
    found = status(client, base_url, (first.webhook_id,))
    assert found.differences == ()
    assert found.others == (f"{other} http://127.0.0.1:1/other",)
