"""Doors of the API's keys: made, replaced and revoked; each key is shown once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, make_response, redirect, render_template, request, url_for

from checkout.domain.errors import BadInputError, CardNumberError
from checkout.domain.keys import Scope
from checkout.domain.roles import Right
from checkout.flows import keys as flow
from checkout.web.till import till
from webhooks.office.frame import current, door

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from checkout.flows.keys import Made


@door("/settings/keys", needs=Right.ADMIN)
def keys() -> str:
    """Every key there ever was, the newest first."""
    return _page()


@door("/settings/keys/add", needs=Right.ADMIN, methods=["POST"], step_up=True)
def add_key() -> Response:
    """Make a key for a program; it is shown on this page and never again."""
    typed = request.form
    try:
        scopes = [Scope(one) for one in typed.getlist("scopes") if one in set(Scope)]
        made = flow.make(till().house, current().actor, name=typed.get("name", ""), scopes=scopes)
    except (BadInputError, CardNumberError) as wrong:
        return make_response(_page([("name", str(wrong))]), 422)
    return _shown("The new key", made)


@door("/settings/keys/<word:name>/rotate", needs=Right.ADMIN, methods=["POST"], step_up=True)
def rotate_key(name: str) -> Response:
    """Make the key that takes another's place; the old one holds for a day."""
    return _shown("The key that takes its place", flow.rotate(till().house, current().actor, name))


@door("/settings/keys/<word:name>/revoke", needs=Right.ADMIN, methods=["POST"], step_up=True)
def revoke_key(name: str) -> Response:
    """Let a key open nothing from now on."""
    revoked = flow.revoke(till().house, current().actor, name)
    flash(f"The key of {revoked.name} opens nothing any more.", "good")
    return redirect(url_for("office.keys"), 303)


def _page(complaints: list[tuple[str, str]] | None = None) -> str:
    house = till().house
    now = house.clock()
    return render_template(
        "office/desk/keys.html",
        found=[(one, one.why_over(now)) for one in flow.all_keys(house)],
        scopes=list(map(str, Scope)),
        complaints=complaints or [],
        typed=request.form,
    )


def _shown(title: str, made: Made) -> Response:
    page = render_template(
        "office/desk/secret.html",
        title=title,
        of=made.key.name,
        secret=made.text,
        said="Give it to that program alone, where it keeps its secrets. It is sent as Authorization: Bearer.",
        back=url_for("office.keys"),
    )
    return make_response(page)
