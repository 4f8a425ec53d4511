"""A process of its own that refunds one payment many times at once; `python -m tests.flows.refunding_process`."""

import sys
from concurrent.futures import ThreadPoolExecutor

from checkout.domain.money import Money
from checkout.domain.refund_errors import MoreThanIsLeftError
from checkout.flows.refunding import RefundWish, ask_refund
from checkout.processors.paypal.emulator.control_client import EmulatorControl
from tests.paid_shop import open_paid_shop


def main(url: str, emulator_url: str, payment_id: str, minor: int, times: int) -> None:
    """Ask for so many refunds at once; print how many were taken on."""
    shop = open_paid_shop(url, EmulatorControl(emulator_url))

    def refund(_number: int) -> int:
        try:
            ask_refund(shop.house, RefundWish(payment_id, Money(minor, "EUR"), "a process"))
        except MoreThanIsLeftError:
            return 0
        return 1

    with ThreadPoolExecutor(times) as threads:
        sys.stdout.write(str(sum(threads.map(refund, range(times)))))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
