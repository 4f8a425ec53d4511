"""Doors to sign in and out by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, make_response, redirect, render_template, request, session, url_for

from checkout.domain.roles import Right
from checkout.flows import passkeys, signing_in, sitting
from checkout.flows.signing_in import NotProvenError, Typed
from checkout.web.till import till
from webhooks.office import pages
from webhooks.office.addresses import local
from webhooks.office.cookies import TICKET
from webhooks.office.devices import device_in_words
from webhooks.office.forms import OfficeForm, code_field, email_field, password_field
from webhooks.office.frame import current, door, open_door, somebody

if TYPE_CHECKING:
    from werkzeug.wrappers import Response


class SignInForm(OfficeForm):
    """What an operator proves themselves by, where no passkey is at hand."""

    email = email_field()
    password = password_field()
    one_time_code = code_field()


@door("/", needs=Right.SEE)
def start() -> Response:
    """Where the work begins."""
    return redirect(pages.first_page(), 303)


@open_door("/sign-in", methods=["GET", "POST"])
def sign_in() -> Response:
    """Sign in by passkey, or by password and one-time code."""
    then = local(request.values.get("then", ""))
    if somebody() is not None:
        return redirect(then or pages.first_page(), 303)
    if request.method == "GET":
        return _page(SignInForm(), then, [])
    answer = request.form.get("passkey", "")
    form = SignInForm(request.form)
    if not answer and not form.validate():
        return _page(form, then, form.complaints())
    try:
        return enter(_ticket(form, answer), then)
    except NotProvenError as refused:
        return _page(form, then, [("", str(refused))])


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
    return redirect(then or url_for("office.start"), 303)


def device() -> str:
    """Which browser this request came from, in words."""
    return device_in_words(request.user_agent.string)


def _ticket(form: SignInForm, answer: str) -> str:
    if answer:
        return passkeys.sign_in(till().house, answer, device())
    typed = Typed(form.email.data, form.password.data, form.one_time_code.data)
    return signing_in.sign_in(till().house, typed, device())


def _page(form: SignInForm, then: str, complaints: list[tuple[str, str]]) -> Response:
    page = render_template(
        "office/sign_in.html",
        form=form,
        then=then,
        complaints=complaints,
        passkey=passkeys.ask_to_sign_in(till().house),
    )
    return make_response(page, 422 if complaints else 200)
