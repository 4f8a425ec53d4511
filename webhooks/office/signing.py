"""Doors to sign in and out by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, make_response, redirect, render_template, request, session, url_for
from wtforms import Form, PasswordField, StringField
from wtforms.validators import InputRequired

from checkout.domain.roles import Right
from checkout.flows import signing_in, sitting
from checkout.flows.signing_in import NotProvenError, Typed
from checkout.web.till import till
from webhooks.office import pages
from webhooks.office.cookies import TICKET
from webhooks.office.devices import device_in_words
from webhooks.office.frame import PATH, current, door, open_door, somebody

if TYPE_CHECKING:
    from werkzeug.wrappers import Response


class SignInForm(Form):  # type: ignore[misc] # wtforms brings no types
    """What an operator proves themselves by, where no passkey is at hand."""

    email = StringField("Email address", validators=[InputRequired("Enter your email address.")])
    password = PasswordField("Password", validators=[InputRequired("Enter your password.")])
    one_time_code = StringField(
        "One-time code", validators=[InputRequired("Enter the code that your telephone shows.")]
    )


@door("/", needs=Right.SEE)
def start() -> Response:
    """Where the work begins."""
    return redirect(pages.first_page(), 303)


@open_door("/sign-in", methods=["GET", "POST"])
def sign_in() -> Response:
    """Sign in by password and one-time code."""
    then = _local(request.values.get("then", ""))
    if somebody() is not None:
        return redirect(then or pages.first_page(), 303)
    form = SignInForm(request.form if request.method == "POST" else None)
    complaints: list[tuple[str, str]] = []
    if request.method == "POST":
        if form.validate():
            typed = Typed(form.email.data, form.password.data, form.one_time_code.data)
            try:
                ticket = signing_in.sign_in(till().house, typed, device_in_words(request.user_agent.string))
            except NotProvenError as refused:
                complaints = [("", str(refused))]
            else:
                return enter(ticket, then)
        else:
            complaints = [(field.id, field.errors[0]) for field in form if field.errors]
    page = render_template("office/sign_in.html", form=form, then=then, complaints=complaints)
    return make_response(page, 422 if complaints else 200)


@door("/sign-out", needs=Right.SEE, methods=["POST"])
def sign_out() -> Response:
    """End this session; its cookie is worth nothing from here on."""
    sitting.sign_out(till().house, current())
    session.clear()
    flash("You are signed out.", "good")
    return redirect(url_for("office.sign_in"), 303)


def enter(ticket: str, then: str = "") -> Response:
    """Begin anew with a session's ticket: nothing that was in the cookie before stays, its token neither."""
    session.clear()
    session[TICKET] = ticket
    return redirect(then or pages.first_page(), 303)


def _local(address: str) -> str:
    """A page of the office to go on to, or nothing: never another site."""
    return address if address.startswith(f"{PATH}/") and "\\" not in address and "//" not in address else ""
