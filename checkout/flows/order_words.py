"""What a shop may say of an order, read strictly: whatever is not understood is refused, never passed over."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from checkout.domain.errors import BadInputError, CardNumberError, CheckoutError
from checkout.domain.money import MINOR_MAX, Money
from checkout.domain.orders import QUANTITY_MAX, Basket, Line
from checkout.flows.offering import TITLE_LENGTH_MAX, checked_text

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

LINES_MAX = 40
"""In base64, more lines would not fit into an address that every browser and mail program carries."""
WORD_LENGTH_MAX = 64
ADDRESS_LENGTH_MAX = 500
EMAIL_LENGTH_MAX = 254
SENTENCES_MAX = 5
SECONDS_MAX = 253_402_300_799
"""The last second of the year 9999."""
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_WORD = r"^[A-Za-z0-9][A-Za-z0-9_.:/#~-]{0,63}$"


def _title(text: str) -> str:
    return checked_text("title", text, TITLE_LENGTH_MAX)


def _sku(text: str) -> str:
    return checked_text("sku", text, WORD_LENGTH_MAX)


def _address(url: str) -> str:
    """Where a customer may be led back to: nothing that a browser would run, nobody's password, TLS."""
    try:
        parts = urlsplit(url)
        is_ours = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        is_right = is_ours and bool(parts.hostname) and parts.username is None and (parts.port or 1) > 0
    except ValueError:
        is_right = False
    if not is_right or not re.fullmatch(r"[!-~]+", url) or "\\" in url:
        message = "must be an address such as https://shop.example/thanks"
        raise ValueError(message)
    return url


def _email(text: str) -> str:
    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        message = "must be a mail address such as name@example.com"
        raise ValueError(message) from None
    return found.ascii_email or found.normalized


_Minor = Annotated[int, Field(ge=0, le=MINOR_MAX)]
_Word = Annotated[str, Field(pattern=_WORD)]


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class LineSaid(_Said):
    """One line of an order."""

    title: Annotated[str, Field(min_length=1), AfterValidator(_title)]
    quantity: Annotated[int, Field(ge=1, le=QUANTITY_MAX)]
    unit_price_minor: _Minor
    sku: Annotated[str, AfterValidator(_sku)] = ""


class OrderSaid(_Said):
    """An order, in the words of its shop."""

    lines: Annotated[list[LineSaid], Field(min_length=1, max_length=LINES_MAX)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    shipping_minor: _Minor = 0
    tax_minor: _Minor = 0
    reference: _Word | None = None
    return_url: Annotated[str, Field(max_length=ADDRESS_LENGTH_MAX), AfterValidator(_address)] | None = None
    capture_later: bool = False

    def basket(self) -> Basket:
        """What is ordered. Raises BadInputError or UnknownCurrencyError."""
        lines = tuple(
            Line(line.title, line.quantity, Money(line.unit_price_minor, self.currency))
            for line in self.lines
        )
        return Basket(lines, self.shipping_minor, self.tax_minor)

    def codes(self) -> tuple[str, ...]:
        """The shop's own name of what each line is."""
        return tuple(line.sku for line in self.lines)


class MailedOrderSaid(OrderSaid):
    """An order whose customer the shop knows already."""

    email: Annotated[str, Field(max_length=EMAIL_LENGTH_MAX), AfterValidator(_email)] | None = None


class LinkSaid(OrderSaid):
    """What a signed link says. `expires` counts seconds since 1970, in UTC."""

    v: Literal[1]
    key: Annotated[str, Field(pattern=r"^[a-z0-9]{1,16}$")]
    needs_address: bool = False
    expires: Annotated[int, Field(ge=0, le=SECONDS_MAX)] | None = None

    @property
    def expires_at(self) -> datetime | None:
        """Until when it makes an order; None for ever."""
        return None if self.expires is None else datetime.fromtimestamp(self.expires, UTC)


_Order = TypeVar("_Order", bound=OrderSaid)


def read_order(kind: type[_Order], said: object) -> _Order:
    """Read what a shop says. Raises BadInputError, which names by its place what is wrong, or CardNumberError."""
    try:
        order = kind.model_validate(said)
        _ = order.basket().due
    except ValidationError as wrong:
        errors = wrong.errors(include_url=False, include_input=False)
        raise BadInputError(" ".join(_sentence(error) for error in errors[:SENTENCES_MAX])) from None
    except CardNumberError:
        raise
    except CheckoutError as wrong:
        raise BadInputError(str(wrong)) from None
    return order


def _sentence(error: ErrorDetails) -> str:
    place = ".".join(str(part) for part in error["loc"])[:80]
    return f"{place}: {error['msg'].removeprefix('Value error, ')}."
