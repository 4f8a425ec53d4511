"""Hangs up every door of the API, and its pages for people."""

from __future__ import annotations

from functools import partial

from flask import Blueprint

from checkout.web.api import (
    discrepancies,
    disputes,
    endpoints,
    events,
    ledger,
    links,
    me,
    orders,
    pages,
    payments,
    products,
    refunds,
)
from checkout.web.api.doors import DOORS, respond
from checkout.web.api.refusing import ROOT

RESOURCES = (
    me,
    orders,
    products,
    links,
    payments,
    refunds,
    disputes,
    events,
    endpoints,
    ledger,
    discrepancies,
)
"""In the order in which the description shows them; importing each has made its doors."""


def blueprint() -> Blueprint:
    """All of them, for one application."""
    doors = Blueprint("api", __name__, url_prefix=ROOT)
    for one in DOORS:
        doors.add_url_rule(
            one.path,
            one.name,
            partial(respond, one),
            methods=[one.method],
            provide_automatic_options=False,
        )
    pages.hang_up(doors)
    return doors
