"""The order form: what a customer must tell us, checked, with messages that say what to enter."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wtforms import Form, SelectChoice, SelectField, StringField
from wtforms.validators import StopValidation

from checkout.domain.orders import QUANTITY_MAX
from checkout.domain.texts import EMAIL_LENGTH_MAX, is_readable, mail_address, tidy
from checkout.store.orders import Contact
from checkout.web.wording import countries

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.datastructures import MultiDict

ADDRESS_FIELDS = ("name", "street", "city", "postcode", "country")


def _tidy(value: str | None) -> str:
    return tidy(value or "")


@dataclass(frozen=True, slots=True)
class Readable:
    """Refuses control characters, and bytes that were no text."""

    what: str

    def __call__(self, _form: Form, field: StringField) -> None:
        """Raise StopValidation with the message for this field."""
        if not is_readable(field.data):
            message = f"{self.what} has characters that cannot be used here. Type it again."
            raise StopValidation(message)


@dataclass(frozen=True, slots=True)
class Filled:
    """Refuses nothing at all, with a message of its own."""

    message: str

    def __call__(self, _form: Form, field: StringField) -> None:
        """Raise StopValidation where nothing was given."""
        if not field.data:
            raise StopValidation(self.message)


@dataclass(frozen=True, slots=True)
class NotLonger:
    """Refuses more characters than are kept, rather than cutting them off."""

    what: str
    characters_max: int

    def __call__(self, _form: Form, field: StringField) -> None:
        """Raise StopValidation where the text is too long."""
        if len(field.data) > self.characters_max:
            message = f"{self.what} must be {self.characters_max} characters or fewer."
            raise StopValidation(message)


def _is_email(_form: Form, field: StringField) -> None:
    """Accept what a receipt can be sent to by any mail server; nothing is asked of the network."""
    found = mail_address(field.data)
    if found is None:
        message = "Enter an email address in the correct format, like name@example.com."
        raise StopValidation(message)
    field.data = found


def _is_quantity(_form: Form, field: StringField) -> None:
    if not re.fullmatch(r"[0-9]{1,4}", field.data) or not 1 <= int(field.data) <= QUANTITY_MAX:
        message = f"Quantity must be a whole number between 1 and {QUANTITY_MAX}."
        raise StopValidation(message)


def _text(
    label: str, what: str, missing: str, characters_max: int, **more: Callable[..., None]
) -> StringField:
    checks = [Filled(missing), Readable(what), NotLonger(what, characters_max), *more.values()]
    return StringField(label, filters=[_tidy], validators=checks)


def _country_choices() -> list[SelectChoice]:
    return [SelectChoice("", "Select a country"), *(SelectChoice(code, name) for code, name in countries())]


class OrderForm(Form):  # type: ignore[misc] # wtforms brings no types
    """Quantity, where the receipt goes, and the billing address where the product needs one."""

    quantity = _text("Quantity", "Quantity", "Enter how many you would like.", 10, last=_is_quantity)
    email = _text(
        "Email address", "Email address", "Enter your email address.", EMAIL_LENGTH_MAX, last=_is_email
    )
    name = _text("Full name", "Full name", "Enter your full name.", 120)
    street = _text("Street and number", "Street and number", "Enter your street and house number.", 200)
    city = _text("Town or city", "Town or city", "Enter your town or city.", 120)
    postcode = StringField(
        "Postcode", filters=[_tidy], validators=[Readable("Postcode"), NotLonger("Postcode", 20)]
    )
    country = SelectField("Country", choices=_country_choices, validate_choice=False)

    def validate_country(self, field: SelectField) -> None:
        """Take only a country from the list."""
        if field.data not in dict(countries()):
            message = "Select your country."
            raise StopValidation(message)

    def contact(self) -> Contact:
        """The contact details, once the form is valid; what the product does not need stays empty."""
        return Contact(
            email=self.email.data, **{name: self[name].data for name in ADDRESS_FIELDS if name in self}
        )

    def complaints(self) -> list[tuple[str, str]]:
        """(field, message) of everything that is wrong, in the form's order; "" for the form as a whole."""
        about_all = [("", message) for message in self.form_errors]
        return about_all + [(field.name, field.errors[0]) for field in self if field.errors]


def order_form(
    typed: MultiDict[str, str] | None, *, with_quantity: bool, with_address: bool, preset: Mapping[str, str]
) -> OrderForm:
    """An order form with only the fields that this order needs."""
    form = OrderForm(typed, data=preset)
    if not with_quantity:
        del form.quantity
    if not with_address:
        for name in ADDRESS_FIELDS:
            del form[name]
    return form
