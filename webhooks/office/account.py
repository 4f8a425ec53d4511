"""My account: what I sign in with, and where I am signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, make_response, redirect, render_template, request, url_for
from wtforms import StringField
from wtforms.validators import InputRequired

from checkout.domain.errors import BadInputError, CardNumberError
from checkout.domain.roles import Right
from checkout.flows import operating, own_account, passkeys, sitting
from checkout.flows.own_account import LastMeansError
from checkout.flows.signing_in import NotProvenError
from checkout.web.till import till
from webhooks.office.forms import OfficeForm, code_field, password_field
from webhooks.office.frame import current, door
from webhooks.office.pictures import codes_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Response

ELSEWHERE = "Every other session of yours has ended."


class PasswordForm(OfficeForm):
    """A new password."""

    password = password_field("New password")


class CodesForm(OfficeForm):
    """A first code of a new secret."""

    one_time_code = code_field()


class NamedForm(OfficeForm):
    """How a passkey is called."""

    passkey_name = StringField("Name of this passkey", validators=[InputRequired("Enter a name for it.")])


@door("/account", needs=Right.SEE)
def account() -> str:
    """Who I am, what I sign in with, and where I am signed in."""
    who, house = current(), till().house
    return render_template(
        "office/account.html",
        passkeys=own_account.passkeys_of(house, who),
        can_have_passkeys=passkeys.party_of(house.shop) is not None,
        sessions=sitting.lasting(house, who.operator.id),
    )


@door("/account/password", needs=Right.SEE, methods=["GET", "POST"], step_up=True)
def account_password() -> Response:
    """Change my password."""
    form = PasswordForm(request.form if request.method == "POST" else None)
    return _changing(
        form,
        lambda: own_account.set_password(till().house, current(), form.password.data),
        "office/account_password.html",
        done=f"Your password is changed. {ELSEWHERE}",
    )


@door("/account/codes", needs=Right.SEE, methods=["GET", "POST"], step_up=True)
def account_codes() -> Response:
    """Make my one-time codes of a new secret."""
    form = CodesForm(request.form if request.method == "POST" else None)
    house, who = till().house, current()
    codes = codes_of(house, who.operator.email, request.form.get("sealed", ""))
    return _changing(
        form,
        lambda: own_account.set_codes(house, who, codes.sealed, form.one_time_code.data),
        "office/account_codes.html",
        done=f"Your one-time codes come from the new secret now. {ELSEWHERE}",
        codes=codes,
    )


@door("/account/passkeys/new", needs=Right.SEE, methods=["GET", "POST"], step_up=True)
def account_passkey() -> Response:
    """Add a passkey."""
    form = NamedForm(request.form if request.method == "POST" else None)
    house, who = till().house, current()
    known = [one.credential for one in own_account.passkeys_of(house, who)]
    return _changing(
        form,
        lambda: own_account.add_passkey(house, who, request.form.get("passkey", ""), form.passkey_name.data),
        "office/account_passkey.html",
        done="The passkey is added. Next time you can sign in with it.",
        passkey=passkeys.ask_to_make(house, who.operator, known),
    )


@door("/account/passkeys/rename", needs=Right.SEE, methods=["POST"])
def rename_passkey() -> Response:
    """Call a passkey something else."""
    try:
        own_account.rename_passkey(till().house, current(), _credential(), request.form.get("name", ""))
    except (BadInputError, CardNumberError) as refused:
        flash(str(refused), "bad")
    return _back()


@door("/account/passkeys/remove", needs=Right.SEE, methods=["POST"], step_up=True)
def remove_passkey() -> Response:
    """Forget a passkey."""
    try:
        own_account.remove_passkey(till().house, current(), _credential())
    except LastMeansError as refused:
        flash(str(refused), "bad")
    else:
        flash(f"The passkey opens nothing here any more. {ELSEWHERE}", "good")
    return _back()


@door("/account/sessions/<word:session_id>/end", needs=Right.SEE, methods=["POST"])
def end_session(session_id: str) -> Response:
    """End one of my sessions."""
    operating.end_session(till().house, current().operator, session_id, by=current().actor)
    flash("That session has ended.", "good")
    return _back()


@door("/account/sessions/end", needs=Right.SEE, methods=["POST"])
def end_sessions() -> Response:
    """End every session of mine but this one."""
    who = current()
    operating.end_sessions(till().house, who.operator, by=who.actor, but=who.session.id)
    flash(ELSEWHERE, "good")
    return _back()


def _changing(
    form: OfficeForm, change: Callable[[], None], template: str, *, done: str, **shown: object
) -> Response:
    """A page with one form: what is wrong with it, or the change and the way back to the account."""
    complaints: list[tuple[str, str]] = []
    if request.method == "POST":
        if form.validate():
            try:
                change()
            except (BadInputError, CardNumberError, NotProvenError) as refused:
                complaints = [("", str(refused))]
            else:
                flash(done, "good")
                return _back()
        complaints = complaints or form.complaints()
    page = render_template(template, form=form, complaints=complaints, **shown)
    return make_response(page, 422 if complaints else 200)


def _credential() -> str:
    return request.form.get("credential", "")


def _back() -> Response:
    return redirect(url_for("office.account"), 303)
