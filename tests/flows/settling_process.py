"""A process of its own that settles the same capture again and again; `python -m tests.flows.settling_process`."""

import sys

from checkout.domain.facts import Fact, FactKind
from checkout.domain.money import Money
from checkout.flows.settling import settle
from checkout.store import payments
from tests.scripted_processor import PAYEE
from tests.small_shop import open_shop_again


def main(url: str, payment_id: str, times: int) -> None:
    """Settle the capture so many times, telling more of the history each time."""
    shop = open_shop_again(url)
    for _ in range(times):
        with shop.house.store.begin() as tx:
            payment = payments.by_id(tx, payment_id)
            assert payment is not None
            told = [
                Fact(FactKind.APPROVED, "REF1", "REF1"),
                Fact(FactKind.CAPTURED, "REF1", "CAP1", Money(2380, "EUR"), PAYEE, payment.terms.names),
            ]
            settle(tx, shop.house, payment, told, learned_from="process")
    sys.stdout.write("\n".join(shop.enqueued))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
