"""One row of PayPal's transaction report, as JSON, and the ways a report can be ordered to be wrong about it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from checkout.processors.paypal.emulator.account import SenselessWishError, money
from checkout.processors.paypal.emulator.ledger import Ledger, Movement, MovementKind, Position, Positions
from checkout.processors.paypal.emulator.money import Money
from checkout.processors.paypal.emulator.refusals import Json
from checkout.processors.paypal.emulator.views import PAYER_ADDRESS, PAYER_EMAIL, PAYER_ID, PAYER_NAME

SUCCESS, PENDING, DENIED, REVERSED = "S", "P", "D", "V"
# What a movement is called in reports where it brings no code of its own.
USUAL_CODES = {
    MovementKind.CAPTURE: "T0006",
    MovementKind.REFUND: "T1107",
    MovementKind.REVERSAL: "T1106",
    MovementKind.REVERSAL_CANCELLED: "T1202",
    MovementKind.EXCHANGE: "T0200",
    MovementKind.HOLD: "T1110",
    MovementKind.RELEASE: "T1111",
    MovementKind.FEE: "T0107",
    MovementKind.PAYOUT: "T0400",
    MovementKind.DEPOSIT: "T0300",
    MovementKind.ADJUSTMENT: "T1200",
}
OF_PAYMENTS = frozenset(
    {
        MovementKind.CAPTURE,
        MovementKind.REFUND,
        MovementKind.REVERSAL,
        MovementKind.REVERSAL_CANCELLED,
    }
)
FIELD_GROUPS = (
    "transaction_info",
    "payer_info",
    "shipping_info",
    "cart_info",
    "store_info",
    "auction_info",
    "incentive_info",
)
OMIT, DUPLICATE, UNKNOWN = "omit", "duplicate", "unknown"
# What each distortion changes, and the name of the field in the row.
CHANGES = {
    "amount": "transaction_amount",
    "fee": "fee_amount",
    "currency": "transaction_amount",
    "status": "transaction_status",
    "code": "transaction_event_code",
    "custom_field": "custom_field",
    "ending_balance": "ending_balance",
    "id": "transaction_id",
}
DISTORTIONS = (OMIT, DUPLICATE, UNKNOWN, *CHANGES)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: a movement as the report calls it; `place` in the ledger, None where no balance changed."""

    movement: Movement
    status: str
    updated: datetime
    place: int | None


class Roller:
    """Says what the balances were after each of a page's rows, adding up what lies between them."""

    def __init__(self, ledger: Ledger) -> None:
        """Take the ledger; places must come in rising order."""
        self._ledger = ledger
        self._next: int | None = None
        self._positions: Positions = {}

    def after(self, place: int, currency: str) -> Position:
        """Return what the currency held once the row at `place` had happened."""
        if self._next is None:
            self._next, self._positions = place, self._ledger.before(place)
        while self._next <= place:
            movement = self._ledger.rows[self._next]
            touched = movement.gross.currency
            self._positions[touched] = self._positions.get(touched, Position()).after(movement)
            self._next += 1
        return self._positions[currency]


def code_of(movement: Movement) -> str:
    """Return the T-code the report gives a movement."""
    return movement.code or USUAL_CODES[movement.kind]


def report_time(moment: datetime) -> str:
    """Write a time as transaction reports do: `2014-07-11T04:03:52+0000`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def transaction_info(row: Row, merchant_id: str, held: Position | None) -> Json:
    """Build a row's `transaction_info`; the balances only where they are known."""
    movement = row.movement
    of_payment = movement.kind in OF_PAYMENTS
    body: Json = {
        "paypal_account_id": PAYER_ID if of_payment else merchant_id,
        "transaction_id": movement.id,
    }
    reference, reference_type = _reference(movement)
    if reference:
        body |= {"paypal_reference_id": reference, "paypal_reference_id_type": reference_type}
    body |= {
        "transaction_event_code": code_of(movement),
        "transaction_initiation_date": report_time(movement.time),
        "transaction_updated_date": report_time(row.updated),
        "transaction_amount": movement.gross.body(),
    }
    if movement.fee.value:
        body["fee_amount"] = movement.fee.with_value(-movement.fee.value).body()
    body["transaction_status"] = row.status
    if held is not None:
        body["ending_balance"] = movement.gross.with_value(held.total).body()
        body["available_balance"] = movement.gross.with_value(held.available).body()
    for name, value in (("invoice_id", movement.invoice_id), ("custom_field", movement.custom_id)):
        if value:
            body[name] = value
    if movement.kind is MovementKind.CAPTURE:
        body["protection_eligibility"] = "01"
    return body


def _reference(movement: Movement) -> tuple[str | None, str]:
    if movement.reference_id:
        return movement.reference_id, "TXN"
    if movement.kind is MovementKind.CAPTURE:
        return movement.order_id, "ODR"
    return movement.capture_id, "TXN"


def other_groups(row: Row, fields: frozenset[str]) -> Json:
    """Build the groups that were asked for beyond `transaction_info`: about a payer nobody is."""
    if row.movement.kind not in OF_PAYMENTS:
        return {name: {} for name in FIELD_GROUPS[1:] if name in fields}
    full_name = f"{PAYER_NAME['given_name']} {PAYER_NAME['surname']}"
    address = {"line1": "1 Example Street", "city": "Berlin", **PAYER_ADDRESS, "postal_code": "10115"}
    price = Money(row.movement.gross.currency, abs(row.movement.gross.value)).body()
    item = {"item_name": "Tea", "item_quantity": "1", "item_unit_price": price, "total_item_amount": price}
    groups: Json = {
        "payer_info": {
            "account_id": PAYER_ID,
            "email_address": PAYER_EMAIL,
            "address_status": "Y",
            "payer_status": "Y",
            "payer_name": {**PAYER_NAME, "alternate_full_name": full_name},
            **PAYER_ADDRESS,
        },
        "shipping_info": {"name": full_name, "address": address},
        "cart_info": {"item_details": [item]},
        "store_info": {},
        "auction_info": {},
        "incentive_info": {},
    }
    return {name: group for name, group in groups.items() if name in fields}


class Distortions:
    """What the report is to get wrong, by transaction; and the rows it makes up."""

    def __init__(self) -> None:
        """Start truthful."""
        self._ordered: list[Json] = []
        self.made_up: list[Row] = []

    @property
    def structural(self) -> bool:
        """Return whether there are rows too many or too few."""
        return any(wish["kind"] in (OMIT, DUPLICATE, UNKNOWN) for wish in self._ordered)

    def all(self) -> list[Json]:
        """Return what was ordered."""
        return list(self._ordered)

    def order(self, wish: Json) -> Json:
        """Keep a distortion of a transaction.

        Raises `SenselessWishError` when the report could not be wrong like that.
        """
        kind = wish.get("kind")
        if kind not in DISTORTIONS:
            raise SenselessWishError(f"kind must be one of {', '.join(DISTORTIONS)}, not {kind!r}.")
        if not isinstance(wish.get("transaction_id"), str):
            raise SenselessWishError("A distortion needs the transaction_id of a row.")
        if kind in CHANGES and kind != "custom_field" and not isinstance(wish.get("value"), str):
            raise SenselessWishError(
                f"A distortion of the {kind} needs a value, written as the report would."
            )
        self._ordered.append(wish)
        return wish

    def make_up(self, movement: Movement, wish: Json) -> Json:
        """Keep a row that nothing stands behind."""
        self.made_up.append(Row(movement, SUCCESS, movement.time, None))
        return self.order({**wish, "transaction_id": movement.id})

    def copies(self, movement: Movement) -> int:
        """Return how often the report has the row of this movement."""
        kinds = [wish["kind"] for wish in self._ordered if _concerns(wish, movement)]
        return 0 if OMIT in kinds else 1 + kinds.count(DUPLICATE)

    def apply(self, movement: Movement, body: Json) -> None:
        """Make a row say what was ordered."""
        for wish in self._ordered:
            if wish["kind"] in CHANGES and _concerns(wish, movement):
                _change(body, str(wish["kind"]), wish.get("value"))

    def clear(self) -> None:
        """Be truthful again."""
        self._ordered.clear()
        self.made_up.clear()


def _concerns(wish: Json, movement: Movement) -> bool:
    """Return whether a distortion is about this row; `event_code` tells rows of one id apart."""
    named = wish["transaction_id"] == movement.id
    return named and wish.get("event_code") in (None, code_of(movement))


def _change(body: Json, kind: str, value: str | None) -> None:
    name = CHANGES[kind]
    amount = body["transaction_amount"]
    if kind == "currency":
        for field in ("transaction_amount", "fee_amount", "ending_balance", "available_balance"):
            if field in body:
                body[field] = {**body[field], "currency_code": value}
    elif kind in ("amount", "fee", "ending_balance"):
        body[name] = {**amount, "value": value}
    elif value is None:
        body.pop(name, None)
    else:
        body[name] = value


def made_up_movement(wish: Json, transaction_id: str, merchant_id: str, now: datetime) -> Movement:
    """Build a movement that never was, for a row the book does not know.

    Raises `SenselessWishError`.
    """
    gross = money(wish, signed=True)
    time = wish.get("time")
    return Movement(
        time=datetime.fromisoformat(str(time)) if time is not None else now,
        kind=MovementKind.CAPTURE,
        id=transaction_id,
        capture_id=transaction_id,
        order_id="",
        merchant_id=merchant_id,
        gross=gross,
        fee=gross.with_value(gross.value * 0),
        custom_id=wish.get("custom_field"),
        invoice_id=wish.get("invoice_id"),
        code=str(wish.get("code", "T0006")),
    )
