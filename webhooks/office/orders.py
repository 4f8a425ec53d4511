"""The list of orders: found by whatever somebody quotes, narrowed down by filters that stand in the address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for

from checkout.domain.orders import OrderState, Origin
from checkout.domain.roles import Right
from checkout.flows import helping
from checkout.flows.finding import find_orders, known_currencies
from checkout.web.till import till
from webhooks.office import finding
from webhooks.office.frame import current, door, saw

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from werkzeug.wrappers import Response

PAGE = "orders"
"""The name of this page where views of it are kept."""


@door("/orders", needs=Right.SEE)
def orders() -> ResponseReturnValue:
    """Orders, newest first. A text that names just one order leads straight to it."""
    asked = finding.read(request.args)
    house = till().house
    found = find_orders(house, asked.wanted)
    if found.is_named and len(found.orders) == 1:
        return redirect(url_for("office.order", number=found.orders[0].id), 303)
    if found.orders:
        saw(PAGE, "found" if asked.typed["q"] else "list")
    return render_template(
        "office/orders.html",
        asked=asked,
        found=found,
        older=asked.older(found.next) if found.next else None,
        views=helping.views_of(house, current().operator.id, PAGE),
        states=list(OrderState),
        origins=list(Origin),
        currencies=known_currencies(house),
    )


@door("/orders/views", needs=Right.SEE, methods=["POST"])
def save_orders_view() -> Response:
    """Keep the filters of the list under a name, for me alone."""
    asked = finding.read(request.form)
    name = request.form.get("name", "")
    helping.save_view(till().house, current().operator.id, PAGE, name, asked.query)
    flash(f"Saved as {name.strip()}.", "good")
    return redirect(f"{url_for('office.orders')}?{asked.query}", 303)


@door("/orders/views/remove", needs=Right.SEE, methods=["POST"])
def remove_orders_view() -> Response:
    """Forget one of my views."""
    helping.remove_view(till().house, current().operator.id, request.form.get("view", ""))
    flash("The view is removed.", "good")
    return redirect(url_for("office.orders"), 303)
