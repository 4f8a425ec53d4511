"""Doors of endpoints: where the shop is told, and their secrets, each shown once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, make_response, redirect, render_template, request, url_for

from checkout.domain.errors import CheckoutError
from checkout.domain.happenings import EVERY_TYPE, SUBSCRIBABLE
from checkout.domain.roles import Right
from checkout.flows import endpoints as flow
from checkout.store import endpoints as table
from checkout.web.till import till
from webhooks.office.frame import current, door

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from checkout.flows.endpoints import Made


@door("/settings/endpoints", needs=Right.ADMIN)
def endpoints() -> str:
    """Where the shop is told."""
    return _page()


@door("/settings/endpoints/add", needs=Right.ADMIN, methods=["POST"], step_up=True)
def add_endpoint() -> Response:
    """Make an endpoint; its secret is shown on this page and never again."""
    typed = request.form
    try:
        made = flow.add(
            till().house,
            current().actor,
            url=typed.get("url", "").strip(),
            types=typed.getlist("types"),
            description=typed.get("description", ""),
        )
    except CheckoutError as wrong:
        return make_response(_page([("url", str(wrong))]), 422)
    return _secret("The new endpoint", made)


@door("/settings/endpoints/<word:name>/rotate", needs=Right.ADMIN, methods=["POST"], step_up=True)
def rotate_endpoint(name: str) -> Response:
    """Give an endpoint a new secret, shown on this page and never again."""
    return _secret("The new secret", flow.rotate(till().house, current().actor, name))


@door("/settings/endpoints/<word:name>/disable", needs=Right.ADMIN, methods=["POST"])
def disable_endpoint(name: str) -> Response:
    """Send nothing there until it is enabled."""
    flow.disable(till().house, current().actor, name)
    return _back("Nothing is sent there until you enable it. What happens meanwhile can be sent again.")


@door("/settings/endpoints/<word:name>/enable", needs=Right.ADMIN, methods=["POST"])
def enable_endpoint(name: str) -> Response:
    """Send to it again."""
    enabled = flow.enable(till().house, current().actor, name)
    since = f" What happened since {enabled.missed_since:%Y-%m-%d %H:%M} UTC was not kept for it: send those days again."
    return _back(f"{enabled.sent} events that waited are sent now.{since if enabled.missed_since else ''}")


@door("/settings/endpoints/<word:name>/ping", needs=Right.ADMIN, methods=["POST"])
def ping_endpoint(name: str) -> Response:
    """Send an event that means nothing."""
    flow.ping(till().house, current().actor, name)
    flash("A ping is on its way. This page shows what comes of it.", "good")
    return redirect(url_for("office.deliveries", place=name), 303)


@door("/settings/endpoints/<word:name>/remove", needs=Right.ADMIN, methods=["POST"], step_up=True)
def remove_endpoint(name: str) -> Response:
    """Forget an endpoint for good."""
    flow.remove(till().house, current().actor, name)
    return _back("The endpoint is removed.")


def _page(complaints: list[tuple[str, str]] | None = None) -> str:
    with till().house.store.read() as tx:
        found = table.all_of(tx)
    return render_template(
        "office/desk/endpoints.html",
        found=found,
        every=EVERY_TYPE,
        types=sorted(map(str, SUBSCRIBABLE)),
        complaints=complaints or [],
        typed=request.form,
    )


def _secret(title: str, made: Made) -> Response:
    page = render_template(
        "office/desk/secret.html",
        title=title,
        of=made.endpoint.url,
        secret=made.secret,
        said="Your shop checks with it that an event is from here. Keep it where your shop reads it.",
        back=url_for("office.endpoints"),
    )
    return make_response(page)


def _back(said: str) -> Response:
    flash(said, "good")
    return redirect(url_for("office.endpoints"), 303)
