"""Doors of somebody who was invited: their code, their name, and what they will sign in with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from flask import make_response, redirect, render_template, request, session, url_for
from wtforms import StringField
from wtforms.validators import InputRequired

from checkout.domain.errors import BadInputError, CardNumberError
from checkout.flows import inviting, passkeys, welcoming
from checkout.flows.inviting import InvitationOverError
from checkout.flows.signing_in import NotProvenError
from checkout.flows.welcoming import ByPasskey, ByPassword, Means, Person
from checkout.web.till import till
from webhooks.office.forms import OfficeForm, code_field, email_field, password_field
from webhooks.office.frame import open_door
from webhooks.office.pictures import codes_of
from webhooks.office.signing import device, enter

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

COMING: Final = "coming"
"""Under this name the cookie holds the code and who is coming in, from page to page."""


class CodeForm(OfficeForm):
    """The one-time code."""

    code = StringField("One-time code", validators=[InputRequired("Enter the code that you were given.")])


class PersonForm(OfficeForm):
    """Who somebody is here."""

    name = StringField("Your name", validators=[InputRequired("Enter your name.")])
    email = email_field()


class PasswordForm(OfficeForm):
    """A password and a first one-time code."""

    password = password_field()
    one_time_code = code_field()


class NamedForm(OfficeForm):
    """How a passkey is called."""

    passkey_name = StringField(
        "Name of this passkey", default="My device", validators=[InputRequired("Enter a name for it.")]
    )


@open_door("/welcome", methods=["GET", "POST"])
def welcome() -> Response:
    """Take the code; it is used up only when somebody has come in."""
    form = CodeForm(request.form if request.method == "POST" else None)
    complaints: list[tuple[str, str]] = []
    if request.method == "POST" and form.validate():
        try:
            invitation = inviting.invitation_of(till().house, form.code.data)
        except InvitationOverError as over:
            complaints = [("code", str(over))]
        else:
            session[COMING] = {"code": form.code.data}
            if invitation.operator_id is not None:
                return _known(welcoming.person(till().house, invitation, "", ""))
            return redirect(url_for("office.welcome_name"), 303)
    complaints = complaints or form.complaints()
    page = render_template("office/welcome.html", form=form, complaints=complaints)
    return make_response(page, 422 if complaints else 200)


@open_door("/welcome/name", methods=["GET", "POST"])
def welcome_name() -> Response:
    """Who is coming in: the name that is kept with what they do, and their mail."""
    coming = _coming()
    if "code" not in coming:
        return redirect(url_for("office.welcome"), 303)
    form = PersonForm(request.form if request.method == "POST" else None)
    complaints: list[tuple[str, str]] = []
    if request.method == "POST" and form.validate():
        try:
            invitation = inviting.invitation_of(till().house, coming["code"])
            return _known(welcoming.person(till().house, invitation, form.name.data, form.email.data))
        except (BadInputError, CardNumberError, InvitationOverError) as refused:
            complaints = [("", str(refused))]
    complaints = complaints or form.complaints()
    page = render_template("office/welcome_name.html", form=form, complaints=complaints)
    return make_response(page, 422 if complaints else 200)


@open_door("/welcome/means", methods=["GET", "POST"])
def welcome_means() -> Response:
    """What they will sign in with: a passkey, or a password and one-time codes. Then they are in."""
    coming = _coming()
    if "email" not in coming:
        return redirect(url_for("office.welcome"), 303)
    who = Person(coming["id"], coming["name"], coming["email"])
    complaints: list[tuple[str, str]] = []
    by_password = PasswordForm(request.form if request.method == "POST" else None)
    by_passkey = NamedForm(request.form if "passkey" in request.form else None)
    if request.method == "POST":
        form = by_passkey if "passkey" in request.form else by_password
        if form.validate():
            try:
                ticket = welcoming.accept(till().house, coming["code"], who, _means(form), device())
            except (BadInputError, CardNumberError, InvitationOverError, NotProvenError) as refused:
                complaints = [("", str(refused))]
            else:
                return enter(ticket)
        complaints = complaints or form.complaints()
    return _means_page(who, by_password, by_passkey, complaints)


def _known(who: Person) -> Response:
    """Go on to the last page with who is coming in."""
    session[COMING] = {**_coming(), "id": who.id, "name": who.name, "email": who.email}
    return redirect(url_for("office.welcome_means"), 303)


def _coming() -> dict[str, str]:
    return cast("dict[str, str]", session.get(COMING, {}))


def _means(form: OfficeForm) -> Means:
    if isinstance(form, NamedForm):
        return ByPasskey(request.form["passkey"], form.passkey_name.data)
    return ByPassword(form.password.data, request.form.get("sealed", ""), form.one_time_code.data)


def _means_page(
    who: Person, by_password: PasswordForm, by_passkey: NamedForm, complaints: list[tuple[str, str]]
) -> Response:
    house = till().house
    codes = codes_of(house, who.email, request.form.get("sealed", ""))
    page = render_template(
        "office/welcome_means.html",
        who=who,
        form=by_password,
        naming=by_passkey,
        complaints=complaints,
        codes=codes,
        passkey=passkeys.ask_to_make(house, who),
    )
    return make_response(page, 422 if complaints else 200)
