"""The proof of differences, small; `make differences` runs it large."""

import pytest

from checkout.commands import opening
from tests.proofs.discrepancies import prove
from tests.webhooks.paypal_shop import PayPalShop


def test_every_seeded_difference_is_found_and_decided_and_none_is_made_up(
    paypal_shop: PayPalShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "configure_logging", lambda **_: None)
    size = 50 if paypal_shop.store.is_sqlite else 20
    proof = prove(paypal_shop, size, 1, paypal_shop.variables(), typed_max=3)
    assert sum(proof.seeded.values()) == size
    assert len(proof.seeded) == 10
    assert (proof.missed, proof.made_up, proof.undecided, proof.unseen, proof.faults) == ([], [], [], [], [])
