"""What moves the merchant's money without a payment: payouts, deposits, fees, corrections, reserves, exchanges.

Guarded by the emulator's lock; nothing here sleeps, sends or knows HTTP.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import NamedTuple

from checkout.processors.paypal.emulator.book import Book, Movement, MovementKind
from checkout.processors.paypal.emulator.bulk import BulkWish, bulk_movements
from checkout.processors.paypal.emulator.clock import Clock
from checkout.processors.paypal.emulator.exchange import Exchange
from checkout.processors.paypal.emulator.identifiers import Identifiers
from checkout.processors.paypal.emulator.ledger import Position
from checkout.processors.paypal.emulator.money import CURRENCIES, Money, smallest_unit
from checkout.processors.paypal.emulator.refusals import Json

REPORT_LAG_SECONDS = 10_800
DISPUTE_DUE_DAYS = 10
BULK_MAX = 2_000_000
DAYS_MAX = 1095

# Source: PayPal's transaction event codes.
PAYOUT_CODE, DEPOSIT_CODE, FEE_CODE, ADJUSTMENT_CODE = "T0400", "T0300", "T0107", "T1200"
RESERVE_CODES = {MovementKind.HOLD: "T2103", MovementKind.RELEASE: "T2104"}
DISPUTE_CODES = {MovementKind.HOLD: "T1110", MovementKind.RELEASE: "T1111"}
CONVERSION_CODE = "T0201"


class SenselessWishError(ValueError):
    """An order to the account that means nothing; the message says what would."""


@dataclass(slots=True)
class AccountSettings:
    """What can be set of the account: how late reports are, whether the application may read them, due days."""

    report_lag_seconds: float = REPORT_LAG_SECONDS
    reports_authorized: bool = True
    dispute_due_days: float = DISPUTE_DUE_DAYS

    def body(self) -> Json:
        """Build the JSON object the control API shows."""
        return {
            "report_lag_seconds": self.report_lag_seconds,
            "reports_authorized": self.reports_authorized,
            "dispute_due_days": self.dispute_due_days,
        }

    def change(self, wish: Json) -> None:
        """Set what the wish names.

        Raises `SenselessWishError`, and then nothing is set.
        """
        unknown = sorted(wish.keys() - self.body().keys())
        if unknown:
            raise SenselessWishError(
                f"There is no setting {', '.join(unknown)}; there are {', '.join(self.body())}."
            )
        merged = {**self.body(), **wish}
        for name in ("report_lag_seconds", "dispute_due_days"):
            if (
                isinstance(merged[name], bool)
                or not isinstance(merged[name], int | float)
                or merged[name] < 0
            ):
                raise SenselessWishError(f"{name} must be a number from 0.")
        if not isinstance(merged["reports_authorized"], bool):
            raise SenselessWishError("reports_authorized must be true or false.")
        self.report_lag_seconds = merged["report_lag_seconds"]
        self.dispute_due_days = merged["dispute_due_days"]
        self.reports_authorized = merged["reports_authorized"]


class Tag(NamedTuple):
    """What a movement is called: its T-code, and where it has them its own id and what it belongs to."""

    code: str
    id: str | None = None
    reference_id: str | None = None
    capture_id: str = ""


class Treasury:
    """Moves the default merchant's money on orders from the control API."""

    def __init__(self, clock: Clock, identifiers: Identifiers, book: Book, exchange: Exchange) -> None:
        """Take where it is written, what names it, and which currency is the account's own."""
        self._clock = clock
        self._identifiers = identifiers
        self._book = book
        self._exchange = exchange
        self.settings = AccountSettings()

    @property
    def merchant_id(self) -> str:
        """Return whose money it is."""
        return self._book.accounts()[0].merchant_id

    @property
    def primary(self) -> str:
        """Return the account's own currency."""
        return self._exchange.primary

    def statement(self) -> Json:
        """Return what the merchant has and what it is made of, without any single movement."""
        ledger = self._book.ledger(self.merchant_id)
        return {
            "merchant_id": self.merchant_id,
            "position": {name: position_view(name, held) for name, held in sorted(ledger.now.items())},
            "by_kind": ledger.by_kind(),
            "movements": len(ledger.rows),
        }

    def payout(self, wish: Json) -> Movement:
        """Send money to the merchant's bank: a value, or all that is available.

        Raises `SenselessWishError` when there is not that much.
        """
        currency = _currency(wish.get("currency"))
        available = self._book.position(self.merchant_id).get(currency, Position()).available
        amount = money(wish) if wish.get("value") is not None else Money(currency, available)
        if not 0 < amount.value <= available:
            raise SenselessWishError(f"Only {Money(currency, available).text()} {currency} can be paid out.")
        return self._move(MovementKind.PAYOUT, -amount.value, currency, Tag(PAYOUT_CODE))

    def deposit(self, wish: Json) -> Movement:
        """Bring money from the merchant's bank."""
        amount = money(wish)
        return self._move(MovementKind.DEPOSIT, amount.value, amount.currency, Tag(DEPOSIT_CODE))

    def fee(self, wish: Json) -> Movement:
        """Charge a fee that belongs to no payment."""
        amount = money(wish)
        tag = Tag(_code(wish, FEE_CODE), reference_id=wish.get("reference_id"))
        return self._move(MovementKind.FEE, -amount.value, amount.currency, tag)

    def adjustment(self, wish: Json) -> Movement:
        """Correct the balance, up or down."""
        amount = money(wish, signed=True)
        tag = Tag(_code(wish, ADJUSTMENT_CODE), reference_id=wish.get("reference_id"))
        return self._move(MovementKind.ADJUSTMENT, amount.value, amount.currency, tag)

    def hold(self, wish: Json) -> Movement:
        """Withhold money: a reserve, or for a dispute where a capture is named."""
        return self._withhold(MovementKind.HOLD, wish)

    def release(self, wish: Json) -> Movement:
        """Give withheld money free; under the `id` of its hold, as PayPal repeats it, where one is named."""
        return self._withhold(MovementKind.RELEASE, wish)

    def _withhold(self, kind: MovementKind, wish: Json) -> Movement:
        amount, capture_id = money(wish), wish.get("capture_id")
        codes = RESERVE_CODES if capture_id is None else DISPUTE_CODES
        tag = Tag(_code(wish, codes[kind]), wish.get("id"), capture_id, capture_id or "")
        value = -amount.value if kind is MovementKind.HOLD else amount.value
        return self._move(kind, value, amount.currency, tag)

    def convert(self, wish: Json) -> list[Movement]:
        """Change money of one balance into another currency: two movements with one reference."""
        paid = money(wish)
        target = _currency(wish.get("to"))
        rate = _number(wish.get("rate"), "rate")
        if rate <= 0 or target == paid.currency:
            raise SenselessWishError("A conversion needs another currency in `to` and a `rate` above zero.")
        received = (paid.value * rate).quantize(smallest_unit(target), ROUND_HALF_UP)
        tag = Tag(CONVERSION_CODE, reference_id=self._identifiers.transaction_id())
        return [
            self._move(MovementKind.EXCHANGE, -paid.value, paid.currency, tag),
            self._move(MovementKind.EXCHANGE, received, target, tag),
        ]

    def bulk(self, wish: Json) -> Json:
        """Make many payments that were never ordered, spread evenly over the days gone by."""
        count, days = wish.get("count"), wish.get("days", 30)
        if not isinstance(count, int) or not 0 < count <= BULK_MAX:
            raise SenselessWishError(f"count must be a whole number from 1 to {BULK_MAX}.")
        if isinstance(days, bool) or not isinstance(days, int | float) or not 0 < days <= DAYS_MAX:
            raise SenselessWishError(f"days must be a number above 0, at most {DAYS_MAX}.")
        currency = _currency(wish.get("currency", self.primary))
        prefix = str(wish.get("prefix", "bulk-"))
        bulk = BulkWish(count, currency, days, int(wish.get("seed", 0)), prefix)
        self._book.record_many(self.merchant_id, bulk_movements(bulk, self.merchant_id, self._clock.now()))
        return {"count": count, "movements": len(self._book.ledger(self.merchant_id).rows)}

    def _move(self, kind: MovementKind, value: Decimal, currency: str, tag: Tag) -> Movement:
        movement = Movement(
            time=self._clock.now(),
            kind=kind,
            id=tag.id or self._identifiers.transaction_id(),
            capture_id=tag.capture_id,
            order_id="",
            merchant_id=self.merchant_id,
            gross=Money(currency, value),
            fee=Money(currency, Decimal(0)),
            custom_id=None,
            invoice_id=None,
            code=tag.code,
            reference_id=tag.reference_id,
        )
        self._book.record(movement)
        return movement

    def clear(self) -> None:
        """Return to the settings of the beginning."""
        self.settings = AccountSettings()


def position_view(currency: str, held: Position) -> Json:
    """Build the JSON object of what one currency holds."""
    values = {"total": held.total, "available": held.available, "withheld": held.withheld}
    return {name: Money(currency, value).text() for name, value in values.items()}


def money(wish: Json, *, signed: bool = False) -> Money:
    """Return the `value` in `currency` of a wish.

    Raises `SenselessWishError` when it is none, or below what may be asked for.
    """
    currency, value = _currency(wish.get("currency")), _number(wish.get("value"), "value")
    if value != value.quantize(smallest_unit(currency)) or value == 0 or (value < 0 and not signed):
        raise SenselessWishError(f"value must be an amount {currency} has, and above zero.")
    return Money(currency, value)


def _currency(name: object) -> str:
    if name not in CURRENCIES:
        raise SenselessWishError(f"currency must be one of {', '.join(sorted(CURRENCIES))}, not {name!r}.")
    return str(name)


def _number(given: object, name: str) -> Decimal:
    try:
        number = Decimal(str(given))
    except InvalidOperation:
        raise SenselessWishError(f"{name} must be a number, not {given!r}.") from None
    if not number.is_finite():
        raise SenselessWishError(f"{name} must be a number, not {given!r}.")
    return number


def _code(wish: Json, otherwise: str) -> str:
    return str(wish.get("code") or otherwise)
