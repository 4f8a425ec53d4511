"""One emulator process per worker, empty for each test; a caller of its API; a receiver of webhooks."""

from collections.abc import Iterator

import pytest

from checkout.processors.paypal.emulator.control_client import EmulatorControl
from checkout.processors.paypal.emulator.start import start_emulator
from tests.processors.paypal.emulator.caller import Caller
from tests.processors.paypal.emulator.receiver import Receiver, receiving


@pytest.fixture(scope="session")
def emulator_process() -> Iterator[EmulatorControl]:
    """Give the process all tests of this worker share."""
    with start_emulator(seed=7) as control:
        yield control


@pytest.fixture
def emulator(emulator_process: EmulatorControl) -> EmulatorControl:
    """Give the emulator, empty."""
    emulator_process.reset()
    return emulator_process


@pytest.fixture
def api(emulator: EmulatorControl) -> Caller:
    """Give a caller with a token."""
    return Caller(emulator.base_url)


@pytest.fixture
def receiver(emulator: EmulatorControl) -> Iterator[Receiver]:
    """Give a registered receiver of webhooks."""
    with receiving() as receiver:
        receiver.webhook_id = emulator.register_webhook(receiver.url)
        yield receiver
