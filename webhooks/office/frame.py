"""Doors of the back office are declared here, each with the right it needs; there is no other way to make one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar, cast

from flask import Blueprint, g

from checkout.domain.errors import CheckoutError
from checkout.domain.roles import Right, may
from checkout.flows import watching
from checkout.web.till import till

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from flask import Flask
    from flask.typing import ResponseReturnValue

    from checkout.flows.sitting import SignedIn

    View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

PATH: Final = "/office"

office = Blueprint("office", __name__, url_prefix=PATH, template_folder="templates")


@dataclass(frozen=True, slots=True)
class Door:
    """One door of the back office. `needs` is None where nobody need be signed in."""

    endpoint: str
    rule: str
    methods: tuple[str, ...]
    needs: Right | None
    step_up: bool = False
    """Whoever comes through must have proved again, in the last ten minutes, who they are."""


DOORS: Final[dict[str, Door]] = {}
"""Every door by its endpoint (`office.orders`)."""


class UndeclaredDoorError(CheckoutError):
    """A route below the back office's path that says nothing of the right it needs."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(f"{endpoint} is no declared door: it says nothing of who may come through.")


def door(
    rule: str, *, needs: Right, methods: Sequence[str] = ("GET",), step_up: bool = False
) -> Callable[[View], View]:
    """Declare a door below /office for operators who hold a right. Its endpoint is `office.` and the view's name.

    With `step_up` the operator confirms who they are first; a form that was sent comes through afterwards as
    it was typed.
    """
    return _declared(rule, methods, needs, step_up=step_up)


def open_door(rule: str, *, methods: Sequence[str] = ("GET",)) -> Callable[[View], View]:
    """Declare a door for whoever comes, such as the one to sign in by."""
    return _declared(rule, methods, None, step_up=False)


def current() -> SignedIn:
    """Who is at work in this request: `.operator`, `.session`, and `.actor` for what they do."""
    return cast("SignedIn", g.office_signed_in)


def somebody() -> SignedIn | None:
    """Who is at work in this request, if anybody is."""
    return cast("SignedIn | None", g.get("office_signed_in"))


def holds(right: Right) -> bool:
    """Whether who is at work holds a right: pages show only what they may do."""
    who = somebody()
    return who is not None and may(who.operator.role, right)


def saw(kind: str, subject: str) -> None:
    """Keep in the audit that who is at work saw a customer's details: `saw("order", order.id)`."""
    watching.keep_seen(till().house, current().actor, kind, subject)


def refuse_undeclared(app: Flask) -> None:
    """Raise UndeclaredDoorError where an app has a route of the office that was not declared."""
    for rule in app.url_map.iter_rules():
        is_office = (
            rule.rule == PATH or rule.rule.startswith(f"{PATH}/") or rule.endpoint.startswith("office.")
        )
        if is_office and rule.endpoint not in DOORS:
            raise UndeclaredDoorError(rule.endpoint)


def _declared(
    rule: str, methods: Sequence[str], needs: Right | None, *, step_up: bool
) -> Callable[[View], View]:
    def declare(view: View) -> View:
        name = cast("Any", view).__name__
        endpoint = f"{office.name}.{name}"
        if endpoint in DOORS:
            message = f"two doors of the office are called {name}"
            raise ValueError(message)
        DOORS[endpoint] = Door(endpoint, rule, tuple(methods), needs, step_up)
        office.add_url_rule(rule, name, view, methods=list(methods))
        return view

    return declare
