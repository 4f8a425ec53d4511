"""The merchants' accounts and the true book of what happened to their money."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from checkout.processors.paypal.emulator.identifiers import Identifiers
from checkout.processors.paypal.emulator.ledger import (
    WITHHOLDING,
    Ledger,
    Movement,
    MovementKind,
    Positions,
)
from checkout.processors.paypal.emulator.money import Money
from checkout.processors.paypal.emulator.refusals import Json

__all__ = ["DEFAULT_ACCOUNT", "OTHER_ACCOUNT", "Account", "Book", "Movement", "MovementKind"]


@dataclass(frozen=True, slots=True)
class Account:
    """A merchant's account; `default` is the one whose credentials call the API."""

    merchant_id: str
    email: str
    default: bool = False

    def body(self) -> Json:
        """Build the payee object."""
        return {"email_address": self.email, "merchant_id": self.merchant_id}


DEFAULT_ACCOUNT = Account("MERCHANTEMU22", "merchant@shop.example", default=True)
OTHER_ACCOUNT = Account("STHERMERCH222", "other-merchant@shop.example")


class Book:
    """Accounts and movements; guarded by the emulator's lock."""

    def __init__(self, identifiers: Identifiers) -> None:
        """Open the book with the default merchant and one other."""
        self._identifiers = identifiers
        self.movements: list[Movement] = []
        self._ledgers: dict[str, Ledger] = {}
        self._accounts: dict[str, Account] = {}
        self.clear()

    def clear(self) -> None:
        """Forget all movements and the accounts that were opened by naming their address."""
        self.movements.clear()
        self._ledgers.clear()
        self._accounts = {account.merchant_id: account for account in (DEFAULT_ACCOUNT, OTHER_ACCOUNT)}

    def accounts(self) -> list[Account]:
        """Return all accounts, the default first."""
        return list(self._accounts.values())

    def account(self, merchant_id: str) -> Account | None:
        """Return the account with this merchant id."""
        return self._accounts.get(merchant_id)

    def account_by_email(self, email: str) -> Account:
        """Return the account with this address, or open one: PayPal holds money for anyone."""
        for account in self._accounts.values():
            if account.email.casefold() == email.casefold():
                return account
        opened = Account(self._identifiers.account_id(), email)
        self._accounts[opened.merchant_id] = opened
        return opened

    def record(self, movement: Movement) -> None:
        """Write a movement that happened."""
        self.movements.append(movement)
        self.ledger(movement.merchant_id).add(movement)

    def record_many(self, merchant_id: str, movements: Sequence[Movement]) -> None:
        """Write many movements of one merchant at once, in any order of time."""
        self.movements.extend(movements)
        self.ledger(merchant_id).extend(movements)

    def ledger(self, merchant_id: str) -> Ledger:
        """Return a merchant's movements in the order of time."""
        return self._ledgers.setdefault(merchant_id, Ledger())

    def position(self, merchant_id: str) -> Positions:
        """Return what a merchant has now, by currency."""
        return dict(self.ledger(merchant_id).now)

    def balances(self, merchant_id: str | None = None) -> dict[str, dict[str, str]]:
        """Return gross, fee and net per currency, of one merchant or of all together; holds change none."""
        chosen = [ledger for owner, ledger in self._ledgers.items() if merchant_id in (None, owner)]
        currencies = sorted({currency for ledger in chosen for currency in ledger.sums})
        return {currency: _sums(currency, chosen) for currency in currencies}


def _sums(currency: str, ledgers: Iterable[Ledger]) -> dict[str, str]:
    gross = fee = Decimal(0)
    for ledger in ledgers:
        for kind, total in ledger.sums.get(currency, {}).items():
            if kind not in WITHHOLDING:
                gross += total.gross
                fee += total.fee
    return {
        "gross": Money(currency, gross).text(),
        "fee": Money(currency, fee).text(),
        "net": Money(currency, gross - fee).text(),
    }
