"""What a shop may say of an order by the API, in a signed link or in its own process: one set of rules, read strictly.

Whatever is not understood is refused, never passed over. A shop's own name of an order is its `shop_reference`
everywhere, because a payment's `reference` is the processor's.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from checkout.domain.cards import holds_card_number
from checkout.domain.errors import BadInputError, CardNumberError, CheckoutError
from checkout.domain.money import MINOR_MAX, Money
from checkout.domain.orders import QUANTITY_MAX, Basket, Line
from checkout.domain.texts import EMAIL_LENGTH_MAX, TITLE_LENGTH_MAX, is_readable, mail_address, tidy
from checkout.flows import complaints

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

LINES_MAX = 100
"""A signed link holds fewer: it ends at the characters that an address may have."""
SKU_LENGTH_MAX = 64
URL_LENGTH_MAX = 500
SENTENCES_MAX = 5
SECONDS_MAX = 253_402_300_799
"""The last second of the year 9999."""
LIFE_SECONDS_MIN, LIFE_SECONDS_MAX = 300, int(timedelta(days=60).total_seconds())
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_NOT_IN_A_URL = frozenset(' \\"<>')


class Asked(BaseModel):
    """Something that is asked of us: nothing in it is guessed, and nothing unknown is passed over."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


def _readable(text: str) -> str:
    kept = tidy(text)
    if not is_readable(kept):
        message = "has characters that cannot be kept, such as control characters"
        raise ValueError(message)
    return kept


def _not_blank(text: str) -> str:
    if not text:
        message = "must not be blank"
        raise ValueError(message)
    return text


def _email(text: str) -> str:
    found = mail_address(text)
    if found is None:
        message = "must be a mail address such as name@example.com"
        raise ValueError(message)
    return found


def _return_url(text: str) -> str:
    """Where a customer may be led back to: nothing that a browser would run, nobody's password, TLS."""
    message = "must be an https address, or http on this very machine, such as https://shop.example/thanks"
    if not text.isascii() or not text.isprintable() or _NOT_IN_A_URL & set(text):
        raise ValueError(message)
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError(message) from None
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    if not is_safe or not host or port == 0 or "@" in parts.netloc:
        raise ValueError(message)
    return text


Text = Annotated[str, AfterValidator(_readable)]
"""Anything that can be read and kept, without spaces around it."""
FilledText = Annotated[Text, AfterValidator(_not_blank)]
Minor = Annotated[int, Field(ge=0, le=MINOR_MAX)]
Currency = Annotated[str, Field(pattern=complaints.CURRENCY, examples=["EUR"], description="ISO 4217")]
ReturnUrl = Annotated[
    str,
    Field(max_length=URL_LENGTH_MAX, examples=["https://shop.example/thanks"]),
    AfterValidator(_return_url),
]
Email = Annotated[
    str, Field(max_length=EMAIL_LENGTH_MAX, examples=["name@example.com"]), AfterValidator(_email)
]
ShopReference = Annotated[str, Field(pattern=complaints.SHOP_REFERENCE, examples=["A-17"])]

LifeSeconds = Annotated[
    int | None, Field(ge=LIFE_SECONDS_MIN, le=LIFE_SECONDS_MAX, description="ORDER_HOURS, if left out.")
]


class LineWish(Asked):
    """One line: what, how many, at which price each."""

    title: Annotated[FilledText, Field(min_length=1, max_length=TITLE_LENGTH_MAX)]
    quantity: Annotated[int, Field(ge=1, le=QUANTITY_MAX)]
    unit_price_minor: Annotated[int, Field(ge=0, le=MINOR_MAX, description="Of one, in the smallest unit.")]
    sku: Annotated[Text, Field(max_length=SKU_LENGTH_MAX, description="Your own name of it.")] = ""


class OrderSaid(Asked):
    """An order. Its total is lines + shipping + tax, to the smallest unit; prices are the shop's own."""

    lines: Annotated[list[LineWish], Field(min_length=1, max_length=LINES_MAX)]
    currency: Currency
    shipping_minor: Minor = 0
    tax_minor: Minor = 0
    shop_reference: Annotated[
        ShopReference | None,
        Field(description="Your own name of the order: letters, digits and `_.:/#~-`, at most 64."),
    ] = None
    return_url: Annotated[
        ReturnUrl | None, Field(description="Where the order's page leads the customer back to.")
    ] = None
    capture_later: Annotated[bool, Field(description="Only reserve the money; take it later.")] = False

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

    email: Email | None = None
    expires_in_seconds: LifeSeconds = None


class LinkSaid(OrderSaid):
    """What a signed link says. `expires` counts seconds since 1970, in UTC."""

    v: Literal[1]
    key: Annotated[str, Field(pattern=complaints.LINK_KEY)]
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
    except CheckoutError as wrong:
        raise BadInputError(str(wrong)) from None
    _refuse_card_numbers("order", order.model_dump())
    return order


def _sentence(error: ErrorDetails) -> str:
    place = ".".join(str(part) for part in error["loc"])[:80]
    return f"{place}: {complaints.complaint(error)}."


def _refuse_card_numbers(name: str, said: object) -> None:
    """Look at every text: what comes in the shop's own process has passed no guard at a door."""
    if isinstance(said, dict):
        for key, inner in said.items():
            _refuse_card_numbers(key, inner)
    elif isinstance(said, list):
        for inner in said:
            _refuse_card_numbers(name, inner)
    elif isinstance(said, str) and holds_card_number(said, label=name):
        raise CardNumberError(name)
