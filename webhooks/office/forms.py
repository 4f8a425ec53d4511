"""Fields that several forms of the office have, and what is said of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wtforms import Form, PasswordField, StringField
from wtforms.validators import InputRequired

if TYPE_CHECKING:
    from wtforms import Field


class OfficeForm(Form):  # type: ignore[misc] # wtforms brings no types
    """A form of the office. Its page carries the token, which is looked at before any form is read."""

    def complaints(self) -> list[tuple[str, str]]:
        """(field, message) of everything that is wrong, in the form's order."""
        return [(field.id, field.errors[0]) for field in self if field.errors]


def email_field() -> Field:
    """Where an operator's mail goes, and what they sign in with."""
    return StringField("Email address", validators=[InputRequired("Enter your email address.")])


def code_field() -> Field:
    """A code of the telephone."""
    missing = "Enter the six digits that your telephone shows."
    return StringField("One-time code", validators=[InputRequired(missing)])


def password_field(label: str = "Password") -> Field:
    """A password; it is never shown again."""
    return PasswordField(label, validators=[InputRequired(f"Enter your {label.lower()}.")])
