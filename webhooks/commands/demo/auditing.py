"""What must hold at the end of the demo: the orders, the books, the mails, and no card number anywhere."""

from __future__ import annotations

import time
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

import click

from checkout.commands.printing import print_table
from checkout.domain.accounts import Account
from checkout.domain.cards import holds_card_number
from checkout.domain.money import Money
from checkout.domain.orders import OrderState
from checkout.store import discrepancies, ledger, mailboxes, orders, payments
from checkout.store.every_text import every_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webhooks.commands.demo.stage import Stage
    from webhooks.commands.demo.telling import Teller

REST_SECONDS = 10.0


def show_books(stage: Stage) -> None:
    """The orders and the ledger, as `checkout orders list` and `checkout ledger balance` show them."""
    with stage.house.store.read() as tx:
        found = orders.newest(tx, limit=50)
        attempts = {order.id: len(payments.of_order(tx, order.id)) for order in found}
        balances = ledger.balances(tx)
    rows = [
        (order.id, order.state, order.due, order.paid_at, attempts[order.id]) for order in reversed(found)
    ]
    print_table(("ORDER", "STATE", "DUE", "PAID AT", "PAYMENTS"), rows, none="No orders.")
    click.echo()
    lines = [(balance.account, balance.amount) for balance in balances]
    print_table(("ACCOUNT", "DEBITS MINUS CREDITS"), lines, none="The ledger is empty.")


def audit(stage: Stage, teller: Teller, paid: dict[str, OrderState], card_number: str) -> None:
    """Check all that must hold; what does not is kept as a failure. `paid` says how each order must stand."""
    _await_rest(stage, len(paid) + len(_given_back(paid)))
    _check_orders(stage, teller, paid)
    _check_books(stage, teller)
    _check_mails(stage, teller, paid)
    _check_no_card_number(stage, teller, card_number)


def _check_orders(stage: Stage, teller: Teller, paid: dict[str, OrderState]) -> None:
    with stage.house.store.read() as tx:
        found = orders.newest(tx, limit=50)
        differences = discrepancies.open_ones(tx)
        inbox = mailboxes.counts(tx)
    states = {order.token: order.state for order in found}
    wrong = {token: states.get(token) for token, state in paid.items() if states.get(token) is not state}
    teller.check(
        f"all {len(paid)} orders were paid, and what was given back is",
        holds=not wrong,
        otherwise=f"{sorted(wrong.values(), key=str)}",
    )
    captures = stage.emulator.captures()
    teller.check(
        f"PayPal took money {len(paid)} times, once for each order",
        holds=len(captures) == len(paid),
        otherwise=f"it has {len(captures)} captures",
    )
    teller.check(
        "no difference between shop and PayPal is open", holds=not differences, otherwise=f"{differences}"
    )
    waiting = inbox[mailboxes.MessageState.NEW] + inbox[mailboxes.MessageState.PARKED]
    teller.check("every webhook that came is dealt with", holds=not waiting, otherwise=f"{waiting} are not")


def _check_books(stage: Stage, teller: Teller) -> None:
    with stage.house.store.read() as tx:
        faults = list(ledger.faults(tx))
        balances = ledger.balances(tx)
    sums: dict[str, int] = {}
    for balance in balances:
        sums[balance.amount.currency] = sums.get(balance.amount.currency, 0) + balance.amount.minor
    teller.check("debits equal credits, in every currency and for every fact",
                 holds=not faults and not any(sums.values()), otherwise=f"{faults or sums}")  # fmt: skip
    ours = {one.amount.currency: one.amount for one in balances if one.account is Account.PROCESSOR}
    theirs = {
        currency: Money.parse(position["available"], currency)
        for currency, position in stage.emulator.statement()["position"].items()
    }
    said = ", ".join(str(amount) for amount in ours.values()) or "nothing"
    teller.check(
        f"the ledger says PayPal owes us {said}, its fees taken off; PayPal's own book says the same, to the cent",
        holds=ours == theirs,
        otherwise=f"PayPal's book has {', '.join(str(amount) for amount in theirs.values())}",
    )


def _await_rest(stage: Stage, mails: int) -> None:
    """What follows a payment takes a moment: its mails, and webhooks that are under way still."""
    deadline = time.monotonic() + REST_SECONDS
    while _rest(stage, mails) and time.monotonic() < deadline:
        time.sleep(0.05)


def _rest(stage: Stage, mails: int) -> bool:
    with stage.house.store.read() as tx:
        waiting = mailboxes.counts(tx)[mailboxes.MessageState.NEW]
    return bool(waiting) or len(list(stage.mails.glob("*.eml"))) < mails


def _check_mails(stage: Stage, teller: Teller, paid: dict[str, OrderState]) -> None:
    subjects = [
        str(message_from_bytes(mail.read_bytes(), policy=policy.default)["Subject"])
        for mail in stage.mails.glob("*.eml")
    ]
    with stage.house.store.read() as tx:
        numbers = [order.id for token in paid if (order := orders.by_token(tx, token))]
        given_back = [order.id for token in _given_back(paid) if (order := orders.by_token(tx, token))]
    wanted = sorted(
        [f"Receipt for order {number}" for number in numbers]
        + [f"Refund for order {number}" for number in given_back]
    )
    teller.check(
        f"{len(paid)} receipts were written, one for each order, and a mail for each refund",
        holds=sorted(subjects) == wanted,
        otherwise=f"{sorted(subjects)}",
    )


def _given_back(paid: dict[str, OrderState]) -> list[str]:
    return [
        token
        for token, state in paid.items()
        if state in {OrderState.REFUNDED, OrderState.PARTIALLY_REFUNDED}
    ]


def _check_no_card_number(stage: Stage, teller: Teller, card_number: str) -> None:
    texts = list(_texts(stage))
    found = sorted({place for place, text in texts if card_number in text or holds_card_number(text)})
    teller.check(
        f"no card number in any of {len(texts)} texts of database, mails and logs",
        holds=not found,
        otherwise=", ".join(found),
    )


def _texts(stage: Stage) -> Iterator[tuple[str, str]]:
    with stage.house.store.read() as tx:
        yield from every_text(tx)
    for mail in sorted(stage.mails.glob("*.eml")):
        message = message_from_bytes(mail.read_bytes(), policy=policy.default)
        for name, value in message.items():
            yield f"{mail.name}: {name}", str(value)
        for part in message.walk():
            if part.get_content_maintype() == "text":
                yield f"{mail.name}", str(part.get_content())
    for number, line in enumerate(stage.log.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        yield f"{stage.log.name}:{number}", line
