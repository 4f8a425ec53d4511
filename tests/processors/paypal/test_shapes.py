"""Shapes are read by many threads at once, also when all of them are the first."""

import json
import subprocess
import sys

import pytest

from tests.town import REPOSITORY

AMOUNT = {"currency_code": "EUR", "value": "1.00"}
MOVEMENT = {"id": "C1", "status": "COMPLETED", "amount": AMOUNT, "payee": {"merchant_id": "M1"}}
DISPUTE = {"dispute_id": "PP-1", "dispute_amount": AMOUNT, "links": [{"href": "a", "rel": "self"}]}
SHAPES = {
    "answers.read_order": {
        "id": "O1",
        "status": "COMPLETED",
        "purchase_units": [{"amount": AMOUNT, "payments": {"captures": [MOVEMENT]}}],
    },
    "answers.read_movement": MOVEMENT,
    "disputes.read_dispute": DISPUTE,
    "disputes.read_page": {"items": [DISPUTE]},
}
FIRST_AT_ONCE = """
import json, sys, threading
from importlib import import_module
module, _, name = sys.argv[1].partition(".")
read = getattr(import_module(f"checkout.processors.paypal.{module}"), name)
sys.setswitchinterval(1e-6)
document, start = json.loads(sys.argv[2]), threading.Barrier(16)
failed = []
def ask():
    start.wait()
    try:
        read(document)
    except Exception as unreadable:
        failed.append(repr(unreadable))
threads = [threading.Thread(target=ask) for _ in range(16)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert not failed, failed
"""


@pytest.mark.parametrize("shape", SHAPES)
def test_threads_that_are_the_first_to_read_a_shape_at_once_all_read_it(shape: str) -> None:
    for _ in range(3):
        command = [sys.executable, "-c", FIRST_AT_ONCE, shape, json.dumps(SHAPES[shape])]
        assert subprocess.run(command, check=False, cwd=REPOSITORY).returncode == 0


def test_no_shape_is_read_in_any_other_way() -> None:
    sources = {
        path.name: path.read_text("utf-8")
        for path in (REPOSITORY / "checkout/processors/paypal").glob("*.py")
    }
    assert [name for name, text in sources.items() if "msgspec.convert" in text] == ["shapes.py"]
