"""The proof of bounded memory, small; `make report` runs it large."""

from pathlib import Path

import pytest

from checkout.store.reports import RunState
from tests.proofs.report import prove
from tests.webhooks.paypal_shop import PayPalShop

MEMORY_MB_MAX = 256


ROWS = 1_600
"""As few as take several pages and batches; that memory stays bounded shows with a million."""


@pytest.mark.parametrize("ready_url", ["sqlite"], indirect=True)
def test_a_report_is_compared_in_bounded_memory_and_goes_on_after_kill_nine(
    paypal_shop: PayPalShop, tmp_path: Path
) -> None:
    proof = prove(paypal_shop, tmp_path, ROWS, killed_while=(RunState.COMPARING,))
    assert proof.holds, proof
    assert proof.peak_mb < MEMORY_MB_MAX
