"""The few fields we read of PayPal's order, typed; everything else, personal data above all, is not read."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec

from checkout.domain.errors import CheckoutError
from checkout.processors.paypal.shapes import reader_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from checkout.processors.paypal.documents import Object

_Shape = TypeVar("_Shape", bound=msgspec.Struct)


class UnreadableAnswerError(CheckoutError):
    """An answer whose parts are not what an order's parts are; nothing of it may be used."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(f"PayPal's answer cannot be read: {why}.")


class Amount(msgspec.Struct, frozen=True):
    """`{"currency_code": "EUR", "value": "23.80"}`."""

    currency_code: str
    value: str


class StatusDetails(msgspec.Struct, frozen=True):
    """Why something has its status."""

    reason: str | None = None


class Payee(msgspec.Struct, frozen=True):
    """Whom the money goes to, by account id."""

    merchant_id: str | None = None


class Link(msgspec.Struct, frozen=True):
    """A link, by what it is for. PayPal has sent some without `rel`."""

    href: str | None = None
    rel: str | None = None


class ExchangeRate(msgspec.Struct, frozen=True):
    """How much of the target one of the source is worth."""

    value: str | None = None


class Converted(msgspec.Struct, frozen=True):
    """A part of a refund's net amount that was taken in another currency: what was debited, and what it became."""

    payable_amount: Amount | None = None
    converted_amount: Amount | None = None
    exchange_rate: ExchangeRate | None = None


class Receivable(msgspec.Struct, frozen=True):
    """What of a capture reached our account. PayPal tells it once the capture is COMPLETED."""

    paypal_fee: Amount | None = None
    paypal_fee_in_receivable_currency: Amount | None = None
    net_amount: Amount | None = None
    receivable_amount: Amount | None = None
    exchange_rate: ExchangeRate | None = None


class Payable(msgspec.Struct, frozen=True):
    """What of a refund left our account, and what of the fee came back."""

    paypal_fee: Amount | None = None
    net_amount: Amount | None = None
    net_amount_in_receivable_currency: Amount | None = None
    net_amount_breakdown: tuple[Converted, ...] | None = None


class RelatedIds(msgspec.Struct, frozen=True):
    """What a capture belongs to."""

    authorization_id: str | None = None


class SupplementaryData(msgspec.Struct, frozen=True):
    """Only the ids of it."""

    related_ids: RelatedIds | None = None


class Movement(msgspec.Struct, frozen=True):
    """A capture, a refund or an authorization."""

    id: str
    status: str | None = None
    status_details: StatusDetails | None = None
    amount: Amount | None = None
    custom_id: str | None = None
    invoice_id: str | None = None
    payee: Payee | None = None
    create_time: str | None = None
    update_time: str | None = None
    expiration_time: str | None = None
    final_capture: bool | None = None
    seller_receivable_breakdown: Receivable | None = None
    seller_payable_breakdown: Payable | None = None
    supplementary_data: SupplementaryData | None = None
    links: tuple[Link, ...] | None = None


class Payments(msgspec.Struct, frozen=True):
    """What has happened to the money of a purchase unit."""

    captures: tuple[Movement, ...] | None = None
    refunds: tuple[Movement, ...] | None = None
    authorizations: tuple[Movement, ...] | None = None


class PurchaseUnit(msgspec.Struct, frozen=True):
    """What is bought; we ask for one, PayPal allows ten."""

    amount: Amount | None = None
    payee: Payee | None = None
    custom_id: str | None = None
    payments: Payments | None = None


class Order(msgspec.Struct, frozen=True):
    """PayPal's order, which is our payment. A `minimal` answer has only id, status and links."""

    id: str
    status: str | None = None
    create_time: str | None = None
    update_time: str | None = None
    purchase_units: tuple[PurchaseUnit, ...] | None = None
    links: tuple[Link, ...] | None = None

    @property
    def units(self) -> tuple[PurchaseUnit, ...]:
        """The purchase units, none where the answer has none."""
        return self.purchase_units or ()

    @property
    def captures(self) -> tuple[tuple[PurchaseUnit, Movement], ...]:
        """Every capture with the unit it is of."""
        return tuple(
            (unit, capture)
            for unit in self.units
            if unit.payments is not None
            for capture in unit.payments.captures or ()
        )

    @property
    def has_moved(self) -> bool:
        """True where it shows a capture or an authorization."""
        return any(
            unit.payments is not None and (unit.payments.captures or unit.payments.authorizations)
            for unit in self.units
        )

    @property
    def is_whole(self) -> bool:
        """True where it says all that is compared: amounts, and for each capture amount, payee and name."""
        return bool(self.units) and all(unit.amount for unit in self.units) and self._captures_are_whole

    @property
    def _captures_are_whole(self) -> bool:
        return all(
            capture.amount is not None
            and (capture.custom_id or unit.custom_id)
            and ((capture.payee and capture.payee.merchant_id) or (unit.payee and unit.payee.merchant_id))
            for unit, capture in self.captures
        )


_read_movement, _read_order = reader_of(Movement), reader_of(Order)


def read_movement(document: Object) -> Movement:
    """A capture, a refund or an authorization answered by itself; raises UnreadableAnswerError."""
    return readable(_read_movement, document)


def read_order(document: Object) -> Order:
    """PayPal's order from its JSON; raises UnreadableAnswerError where a part has another shape."""
    return readable(_read_order, document)


def readable(read: Callable[[object], _Shape], document: Object) -> _Shape:
    """What a reader makes of an answer; raises UnreadableAnswerError where it has another shape."""
    try:
        return read(document)
    except (msgspec.ValidationError, RecursionError) as wrong:
        raise UnreadableAnswerError(str(wrong)[:200]) from wrong
