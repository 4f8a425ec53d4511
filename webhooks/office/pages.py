"""What every page of the back office is drawn with: who is at work, where they may go, its own files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from flask import current_app, request, url_for
from werkzeug.exceptions import NotFound

from checkout.domain.roles import Right
from checkout.web.assets import Shelf
from webhooks.office.frame import DOORS, door, holds, open_door, somebody

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

shelf = Shelf(Path(__file__).parent / "static")

NAVIGATION = (
    ("Today", "office.today"),
    ("Orders", "office.orders"),
    ("Disputes", "office.disputes"),
    ("Discrepancies", "office.discrepancies"),
    ("Inbox", "office.inbox"),
    ("Outbox", "office.outbox"),
    ("Ledger", "office.ledger"),
    ("Settings", "office.settings"),
)
"""Where the pages of the office lead, in the order they are shown; each by the endpoint of its first page."""

SETTINGS = (
    ("Processors", "office.processors"),
    ("API keys", "office.keys"),
    ("Endpoints", "office.endpoints"),
    ("Products", "office.products"),
    ("Operators", "office.operators"),
    ("Audit", "office.audit"),
)
"""What Settings leads to."""


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of a navigation."""

    title: str
    address: str
    is_here: bool


def context() -> dict[str, object]:
    """What templates of the office may use by name."""
    return {
        "me": somebody(),
        "may": lambda right: holds(Right(right)),
        "navigation": places(NAVIGATION),
        "settings_navigation": places(SETTINGS),
        "office_asset": office_asset,
    }


def places(entries: tuple[tuple[str, str], ...]) -> list[Place]:
    """The entries that who is at work may go to, with the one they are at marked."""
    shown = []
    for title, endpoint in entries:
        door = DOORS.get(endpoint)
        if door is None or door.needs is None or not holds(door.needs):
            continue
        address = url_for(endpoint)
        shown.append(Place(title, address, _is_at(address)))
    return shown


def first_page() -> str:
    """Where an operator lands who asked for nothing in particular."""
    return url_for("office.today" if "office.today" in current_app.view_functions else "office.account")


def office_asset(name: str) -> str:
    """The address of a static file of the office, by its plain name."""
    return url_for("office.file", name=shelf.hashed_name(name))


@open_door("/static/<string(maxlength=80):name>")
def file(name: str) -> Response:
    """One static file of the office; it never changes under this name."""
    return shelf.answer(name)


@door("/<path:anything>", needs=Right.SEE)
def nowhere(anything: str) -> NoReturn:
    """Any other address of the office: signed out, nobody learns which there are."""
    raise NotFound(anything)


def _is_at(address: str) -> bool:
    here, first = request.script_root + request.path, url_for("office.start")
    return here == address or (address != first and here.startswith(f"{address}/"))
