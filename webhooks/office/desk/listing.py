"""Lists of the desk: filters that live in the address, and the way to the next page."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from flask import request, url_for

from checkout.web.till import till
from webhooks.office.frame import PATH, office

if TYPE_CHECKING:
    from checkout.store.paging import Page

Word = TypeVar("Word", bound=StrEnum)
Row = TypeVar("Row")
TEXT_MAX = 120
"""No id is longer; a longer text in an address finds nothing anyway."""


def asked(name: str) -> str:
    """What a filter of this request's address says; nothing where it does not say anything."""
    return request.args.get(name, "").strip()[:TEXT_MAX]


def asked_word(name: str, words: type[Word]) -> Word | None:
    """The same for one of some words; whatever else is there excludes nothing."""
    said = asked(name)
    return words(said) if said in set(words) else None


def ways(endpoint: str, page: Page[Row], *names: str, **more: str) -> dict[str, str | None]:
    """The addresses of a list's first and next page, with its filters (`names`) and whatever its door is given."""
    kept: dict[str, Any] = {name: said for name in names if (said := asked(name))} | more
    return {
        "first": url_for(f"office.{endpoint}", **kept) if asked("after") else None,
        "next": url_for(f"office.{endpoint}", **kept, after=page.after) if page.after else None,
    }


def order_address(order_id: str) -> str:
    """The page of an order."""
    return f"{request.script_root}{PATH}/orders/{order_id}"


def titled(name: str) -> str:
    """A processor by the name that people know it by."""
    processor = till().house.processors.get(name)
    return processor.title if processor else name.capitalize()


office.context_processor(lambda: {"titled": titled})
