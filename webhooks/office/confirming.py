"""The page that asks an operator to prove again who they are, and carries on what they had typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import make_response, redirect, render_template, request, url_for

from checkout.domain.roles import Right
from checkout.flows import passkeys, signing_in
from checkout.flows.signing_in import NotProvenError
from checkout.web.till import till
from webhooks.office.addresses import asked_for, local
from webhooks.office.frame import current, door

if TYPE_CHECKING:
    from flask import Response
    from werkzeug.wrappers import Response as AnyResponse

CODE: Final = "confirm_code"
PASSKEY: Final = "confirm_passkey"
OURS: Final = frozenset({CODE, PASSKEY, "csrf_token"})
"""Fields of this page. Every other one was typed before it and is sent on as it was."""
UNREADABLE: Final = frozenset({"password", "sealed", "passkey", "request", "shown", "then"})
"""What is not shown to whoever can confirm by nothing here, and must type it again: secrets, and what no one typed."""


def asked_first() -> Response | None:
    """What stands between an operator and a door that wants them confirmed; None once they have proved it."""
    complaint = ""
    if request.method == "POST" and (request.form.get(CODE) or request.form.get(PASSKEY)):
        complaint = _refusal()
        if not complaint:
            return None
    typed = [(name, value) for name, value in request.form.items(multi=True) if name not in OURS]
    if request.method == "POST":
        return _page(asked_for(), typed, complaint)
    return _page(url_for("office.confirm"), [("then", asked_for())], complaint)


@door("/confirm", needs=Right.SEE, methods=["POST"])
def confirm() -> AnyResponse:
    """Prove again who I am, and go on to a page that wants it."""
    then = local(request.form.get("then", ""))
    complaint = "" if current().has_stepped_up(till().house.clock()) else _refusal()
    if complaint:
        return _page(url_for("office.confirm"), [("then", then)], complaint)
    return redirect(then or url_for("office.start"), 303)


def _refusal() -> str:
    """Step this session up; what is wrong with the proof, or nothing."""
    try:
        if answer := request.form.get(PASSKEY):
            passkeys.confirm(till().house, current(), answer)
        else:
            signing_in.confirm(till().house, current(), request.form.get(CODE, ""))
    except NotProvenError as refused:
        return str(refused)
    return ""


def _page(action: str, typed: list[tuple[str, str]], complaint: str) -> Response:
    who = current()
    page = render_template(
        "office/confirm.html",
        action=action,
        typed=typed,
        readable=[(name, value) for name, value in typed if value.strip() and name not in UNREADABLE],
        complaints=[("", complaint)] if complaint else [],
        passkey=passkeys.ask_to_confirm(till().house, who),
        has_code=who.operator.totp_secret is not None,
    )
    return make_response(page, 403)
