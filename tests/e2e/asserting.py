"""What must hold after every purchase, whatever happened on its way."""

from __future__ import annotations

from decimal import Decimal

from checkout.domain.accounts import Account
from checkout.store import discrepancies, ledger, mailboxes, notices, payments
from tests.town import Customer, Town

EARNED = (Account.SALES, Account.SUSPENSE)
"""Where a capture is booked against what PayPal owes us; its fee is booked besides."""


def assert_all_is_well(town: Town, customer: Customer) -> None:
    """One payment captured once, booked once, told once; each event answered 2xx is kept; the books are true."""
    order_id = customer.order_id
    answered = {
        delivery["event_id"]
        for delivery in town.emulator.deliveries()
        if any(attempt["status"] and 200 <= attempt["status"] < 300 for attempt in delivery["attempts"])
    }
    with town.store.read() as tx:
        attempts = payments.of_order(tx, order_id)
        entries = [line for payment in attempts for line in ledger.entries_of_payment(tx, payment.id)]
        told = notices.of_order(tx, order_id)
        kept = {message.envelope.event_id for message in mailboxes.newest(tx, limit=10_000)}
        told_of = [one for payment in attempts for one in discrepancies.of_payment(tx, payment.id)]
    assert len(captures_of(town, order_id)) == 1
    assert len([account for account, _, _ in entries if account in EARNED]) == 1
    assert len(told) == 1
    assert [one.kind for one in told_of if one.resolved_at is None] == []
    assert answered <= kept
    assert_books_are_true(town)


def captures_of(town: Town, order_id: str) -> list[object]:
    """The captures that PayPal really made for an order."""
    return [move for move in town.emulator.movements(kind="capture") if order_id in move["invoice_id"]]


def assert_books_are_true(town: Town) -> None:
    """Debits equal credits, every fact is booked once, and what PayPal holds for us is what we say it holds."""
    with town.store.read() as tx:
        assert list(ledger.faults(tx)) == []
        ours = {
            balance.amount.currency: balance.amount.decimal()
            for balance in ledger.balances(tx)
            if balance.account is Account.PROCESSOR and balance.amount.minor
        }
    theirs = {
        currency: Decimal(position["available"])
        for currency, position in town.emulator.statement()["position"].items()
        if Decimal(position["available"])
    }
    assert ours == theirs
