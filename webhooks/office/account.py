"""My account: who I am here, and the sessions that I can end."""

from __future__ import annotations

from flask import render_template

from checkout.domain.roles import Right
from checkout.flows import sitting
from checkout.web.till import till
from webhooks.office.frame import current, door


@door("/account", needs=Right.SEE)
def account() -> str:
    """Who I am, and where I am signed in."""
    who = current()
    sessions = sitting.lasting(till().house, who.operator.id)
    return render_template("office/account.html", sessions=sessions)
