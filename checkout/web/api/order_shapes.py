"""What an order looks like at the API, and what a shop says to place one."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from checkout.domain.orders import OrderState, Origin
from checkout.flows.complaints import COUNTRY, LOCALE
from checkout.flows.house import Shop
from checkout.flows.said import Asked, Email, LifeSeconds, OrderSaid, Text
from checkout.flows.viewing import WholeOrder
from checkout.store.orders import Contact
from checkout.web.api.shapes import (
    Amount,
    AskedMoment,
    Listing,
    Moment,
    Page,
    Shape,
    Worded,
)
from checkout.web.wording import countries


def _country(code: str) -> str:
    if code and code not in dict(countries()):
        message = "must be a country's code by ISO 3166, such as AT"
        raise ValueError(message)
    return code


class ContactWish(Asked):
    """Whom the order is for. All of it may be left out; without `email` no receipt is mailed."""

    email: Email | None = None
    name: Annotated[Text, Field(max_length=120)] = ""
    street: Annotated[Text, Field(max_length=200)] = ""
    city: Annotated[Text, Field(max_length=120)] = ""
    postcode: Annotated[Text, Field(max_length=20)] = ""
    country: Annotated[str, Field(pattern=COUNTRY, description="ISO 3166"), AfterValidator(_country)] = ""

    def contact(self) -> Contact:
        """As it is kept."""
        return Contact(self.email or "", self.name, self.street, self.city, self.postcode, self.country)


class OrderWish(OrderSaid):
    """An order. Its total is lines + shipping + tax, to the smallest unit; prices are the shop's own."""

    contact: ContactWish = ContactWish()
    locale: Annotated[
        str | None,
        Field(pattern=LOCALE, examples=["de-DE"], description="The customer's."),
    ] = None
    expires_in_seconds: LifeSeconds = None


class OrderLine(Shape):
    """One line of an order."""

    title: str
    quantity: int
    unit_price: Amount
    total: Amount
    sku: str


class OrderContact(Shape):
    """Whom the order is for. Personal data."""

    email: str | None
    name: str
    street: str
    city: str
    postcode: str
    country: str


class Order(Shape):
    """An order. It counts as paid where `state` says so, and nowhere else.

    One whose money the processor or a bank took back stays `paid`: deliver it only where `reversed` is nothing.
    """

    id: str
    state: Annotated[OrderState, Worded()]
    is_disputed: bool
    total: Amount
    captured: Amount
    refunded: Amount
    reversed: Annotated[Amount, Field(description="What the processor or a bank took back.")]
    lines: list[OrderLine]
    shipping: Amount
    tax: Amount
    contact: OrderContact
    origin: Annotated[Origin, Worded()]
    shop_reference: str | None
    locale: str | None
    return_url: str | None
    capture_later: bool
    pay_url: Annotated[str, Field(description="The order's page: send the customer there to pay.")]
    created_at: Moment
    expires_at: Moment
    paid_at: Moment | None

    @classmethod
    def of(cls, found: WholeOrder, shop: Shop) -> Order:
        """As the house has it."""
        row, contact = found.row, found.contact
        return cls(
            id=row.id,
            state=row.state,
            is_disputed=found.is_disputed,
            total=Amount.of(row.due),
            captured=Amount.of(found.captured),
            refunded=Amount.of(found.refunded),
            reversed=Amount.of(found.reversed),
            lines=[
                OrderLine(
                    title=line.title,
                    quantity=line.quantity,
                    unit_price=Amount.of(line.unit_price),
                    total=Amount.of(line.total),
                    sku=code,
                )
                for line, code in found.lines
            ],
            shipping=Amount(amount_minor=row.shipping_minor, currency=row.due.currency),
            tax=Amount(amount_minor=row.tax_minor, currency=row.due.currency),
            contact=OrderContact(
                email=contact.email or None,
                name=contact.name,
                street=contact.street,
                city=contact.city,
                postcode=contact.postcode,
                country=contact.country,
            ),
            origin=row.origin,
            shop_reference=row.shop_reference,
            locale=row.locale,
            return_url=row.return_url,
            capture_later=row.capture_later,
            pay_url=shop.order_url(row.token),
            created_at=row.created_at,
            expires_at=row.expires_at,
            paid_at=row.paid_at,
        )


class OrderPage(Page):
    """Orders, newest first."""

    data: list[Order]


class OrderListing(Listing):
    """Which orders."""

    state: Annotated[OrderState, Worded()] | None = None
    shop_reference: Annotated[Text | None, Field(max_length=64)] = None
    created_from: Annotated[AskedMoment | None, Field(description="From this time on.")] = None
    created_to: Annotated[AskedMoment | None, Field(description="Before this time.")] = None
