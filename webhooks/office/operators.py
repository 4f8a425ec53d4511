"""Settings → Operators: who may work here, invited, changed and put out by admins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, flash, make_response, redirect, render_template, request, url_for

from checkout.domain.errors import BadInputError
from checkout.domain.roles import RIGHTS, Right, Role
from checkout.flows import inviting, looking_after, operating, sitting
from checkout.flows.operating import LastAdminError
from checkout.web.till import till
from webhooks.office.frame import current, door
from webhooks.office.pages import SETTINGS, places

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from checkout.flows.inviting import Invited
    from checkout.store.operators import Operator


@door("/settings", needs=Right.ADMIN)
def settings() -> Response:
    """The first page of Settings that I may see."""
    return redirect(places(SETTINGS)[0].address, 303)


@door("/settings/operators", needs=Right.ADMIN)
def operators() -> str:
    """Everybody who may work here, and the invitations that are not used yet."""
    everyone, invitations = looking_after.overview(till().house)
    return render_template(
        "office/operators.html", everyone=everyone, invitations=invitations, roles=list(Role), rights=RIGHTS
    )


@door("/settings/operators/invite", needs=Right.ADMIN, methods=["POST"], step_up=True)
def invite_operator() -> Response:
    """Make a one-time code for somebody new. It is shown on this page and never again."""
    role = _role()
    invited = inviting.invite(till().house, role, by=current().actor)
    return _code_page(f"Invitation for a new {role}", invited)


@door("/settings/operators/withdraw", needs=Right.ADMIN, methods=["POST"])
def withdraw_invitation() -> Response:
    """Let an invitation not be used any more."""
    inviting.withdraw(till().house, request.form.get("invitation", ""), by=current().actor)
    flash("The invitation opens nothing any more.", "good")
    return redirect(url_for("office.operators"), 303)


@door("/settings/operators/<word:operator_id>", needs=Right.ADMIN)
def operator(operator_id: str) -> str:
    """One operator: role, access, means, sessions."""
    found = looking_after.one(till().house, operator_id)
    return render_template(
        "office/operator.html",
        one=found.operator,
        passkeys=found.passkeys,
        sessions=sitting.lasting(till().house, operator_id),
        roles=list(Role),
    )


@door("/settings/operators/<word:operator_id>/role", needs=Right.ADMIN, methods=["POST"], step_up=True)
def change_role(operator_id: str) -> Response:
    """Give an operator another role; they sign in again with it."""
    one, role = _one(operator_id), _role()
    try:
        operating.set_role(till().house, one.name, role, by=current().actor)
    except LastAdminError as refused:
        flash(str(refused), "bad")
    else:
        flash(f"{one.name} is {role} now.", "good")
    return _back(operator_id)


@door("/settings/operators/<word:operator_id>/access", needs=Right.ADMIN, methods=["POST"], step_up=True)
def change_access(operator_id: str) -> Response:
    """Take an operator's access away, or give it again."""
    one, by = _one(operator_id), current().actor
    match request.form.get("access"):
        case "take":
            try:
                operating.disable(till().house, one.name, by=by)
            except LastAdminError as refused:
                flash(str(refused), "bad")
        case "give":
            operating.enable(till().house, one.name, by=by)
        case _:
            abort(422)
    return _back(operator_id)


@door("/settings/operators/<word:operator_id>/reset", needs=Right.ADMIN, methods=["POST"], step_up=True)
def reset_operator(operator_id: str) -> Response:
    """Let an operator begin anew who lost the means to sign in. The code is shown on this page and never again."""
    one = _one(operator_id)
    invited = operating.reset(till().house, one.name, by=current().actor)
    return _code_page(f"A new beginning for {one.name}", invited)


@door(
    "/settings/operators/<word:operator_id>/sessions/<word:session_id>/end",
    needs=Right.ADMIN,
    methods=["POST"],
)
def end_operators_session(operator_id: str, session_id: str) -> Response:
    """End one session of an operator."""
    operating.end_session(till().house, _one(operator_id), session_id, by=current().actor)
    flash("That session has ended.", "good")
    return _back(operator_id)


def _one(operator_id: str) -> Operator:
    return looking_after.one(till().house, operator_id).operator


def _role() -> Role:
    said = request.form.get("role", "")
    try:
        return Role(said)
    except ValueError:
        message = "Choose one of the roles."
        raise BadInputError(message) from None


def _code_page(heading: str, invited: Invited) -> Response:
    return make_response(render_template("office/invited.html", heading=heading, invited=invited))


def _back(operator_id: str) -> Response:
    """To the operator's page; to the start where I took my own rights, and the session with them."""
    return redirect(url_for("office.operator", operator_id=operator_id), 303)
