"""For the tests of the adapter: an empty emulator, a purchase at it, a receiver of its webhooks."""

from collections.abc import Iterator

import pytest

from checkout.processors.paypal.emulator.control_client import EmulatorControl
from checkout.processors.paypal.emulator.start import start_emulator
from tests.processors.paypal.emulator.receiver import Receiver, receiving
from tests.processors.paypal.purchasing import Purchase


@pytest.fixture(scope="session")
def adapters_emulator() -> Iterator[EmulatorControl]:
    """Give the process that all tests of the adapter in this worker share."""
    with start_emulator(seed=11) as control:
        yield control


@pytest.fixture
def emulator(adapters_emulator: EmulatorControl) -> EmulatorControl:
    """Give the emulator, empty."""
    adapters_emulator.reset()
    return adapters_emulator


@pytest.fixture
def purchase(emulator: EmulatorControl) -> Purchase:
    """Give a purchase of 23.80 EUR."""
    return Purchase(emulator)


@pytest.fixture
def receiver(emulator: EmulatorControl) -> Iterator[Receiver]:
    """Give a registered receiver of webhooks."""
    with receiving() as found:
        found.webhook_id = emulator.register_webhook(found.url)
        yield found
