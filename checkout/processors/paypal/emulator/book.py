"""The merchants' accounts and the true book of what happened to their money."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from checkout.processors.paypal.emulator.clock import zulu
from checkout.processors.paypal.emulator.identifiers import Identifiers
from checkout.processors.paypal.emulator.money import Money
from checkout.processors.paypal.emulator.refusals import Json


@dataclass(frozen=True, slots=True)
class Account:
    """A merchant's account; `default` is the one whose credentials call the API."""

    merchant_id: str
    email: str
    default: bool = False

    def body(self) -> Json:
        """Build the payee object."""
        return {"email_address": self.email, "merchant_id": self.merchant_id}


class MovementKind(StrEnum):
    """Why money moved."""

    CAPTURE = "capture"
    REFUND = "refund"
    REVERSAL = "reversal"


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement of a merchant's balance; gross = fee + net, all signed from the merchant's side."""

    time: datetime
    kind: MovementKind
    id: str
    capture_id: str
    order_id: str
    merchant_id: str
    gross: Money
    fee: Money
    custom_id: str | None
    invoice_id: str | None

    def body(self) -> Json:
        """Build the JSON object the control API shows."""
        return {
            "time": zulu(self.time),
            "kind": self.kind.value,
            "id": self.id,
            "capture_id": self.capture_id,
            "order_id": self.order_id,
            "merchant_id": self.merchant_id,
            "currency_code": self.gross.currency,
            "gross": self.gross.text(),
            "fee": self.fee.text(),
            "net": self.gross.with_value(self.gross.value - self.fee.value).text(),
            "custom_id": self.custom_id,
            "invoice_id": self.invoice_id,
        }


DEFAULT_ACCOUNT = Account("MERCHANTEMU22", "merchant@shop.example", default=True)
OTHER_ACCOUNT = Account("STHERMERCH222", "other-merchant@shop.example")


class Book:
    """Accounts and movements; guarded by the emulator's lock."""

    def __init__(self, identifiers: Identifiers) -> None:
        """Open the book with the default merchant and one other."""
        self._identifiers = identifiers
        self.movements: list[Movement] = []
        self._accounts: dict[str, Account] = {}
        self.clear()

    def clear(self) -> None:
        """Forget all movements and the accounts that were opened by naming their address."""
        self.movements.clear()
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

    def balances(self, merchant_id: str | None = None) -> dict[str, dict[str, str]]:
        """Return gross, fee and net per currency, of one merchant or of all together."""
        chosen = [m for m in self.movements if merchant_id in (None, m.merchant_id)]
        currencies = sorted({m.gross.currency for m in chosen})
        return {currency: _sums(currency, chosen) for currency in currencies}


def _sums(currency: str, movements: Iterable[Movement]) -> dict[str, str]:
    gross = fee = Decimal(0)
    for movement in movements:
        if movement.gross.currency == currency:
            gross += movement.gross.value
            fee += movement.fee.value
    return {
        "gross": Money(currency, gross).text(),
        "fee": Money(currency, fee).text(),
        "net": Money(currency, gross - fee).text(),
    }
