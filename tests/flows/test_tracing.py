"""Where is the money? The first line says what was taken, what went away again, and what is still there."""

from checkout.domain.money import Money
from checkout.flows.tracing import trace_order
from tests.paid_shop import Paid, PaidShop


def answer(shop: PaidShop, paid: Paid) -> str:
    return trace_order(shop.house, paid.order.id).answer


def take_back(shop: PaidShop, paid: Paid, amount: str) -> None:
    """PayPal takes money back, and its event names what it was."""
    shop.emulator.reverse(paid.capture, amount)
    shop.refresh(paid, reversals=frozenset({shop.emulator.events()[-1]["resource"]["id"]}))


def test_money_that_was_taken_back_is_not_said_to_be_in_our_account(paid_shop: PaidShop) -> None:
    paid = paid_shop.pays()
    take_back(paid_shop, paid, "23.80")
    assert answer(paid_shop, paid) == (
        "EUR 23.80 was taken; EUR 23.80 of it was taken back by PayPal or a bank, so EUR 0.00 is in our account at"
        " PayPal; the order still counts as paid."
    )


def test_money_that_was_sent_back_is_not_said_to_be_in_our_account(paid_shop: PaidShop) -> None:
    paid = paid_shop.pays()
    paid_shop.refunds(paid, Money(500, "EUR"))
    assert answer(paid_shop, paid) == (
        "EUR 23.80 was taken; EUR 5.00 of it was sent back, so EUR 18.80 is in our account at PayPal; EUR 23.80 was"
        " due, so the order is partially refunded."
    )
    take_back(paid_shop, paid, "3.80")
    assert (
        "EUR 5.00 of it was sent back and EUR 3.80 of it was taken back by PayPal or a bank, so EUR 15.00 is in our"
        " account at PayPal; "
    ) in answer(paid_shop, paid)


def test_the_answer_names_no_command_of_a_terminal(paid_shop: PaidShop) -> None:
    said = answer(paid_shop, paid_shop.pays(capture_later=True))
    assert said.startswith("EUR 23.80 is reserved at PayPal; nothing was taken yet.")
    assert "`" not in said, "the office's page has a button for it"
