"""The shop's privacy page as plain text, to go with evidence."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from checkout.app import create_app
from checkout.flows.evidence import Policy
from checkout.sealing import SECRET_CHARACTERS_MIN

if TYPE_CHECKING:
    from checkout.flows.house import House
    from checkout.settings import Settings

_BLOCKS = frozenset({"h1", "h2", "h3", "p", "dt", "dd", "li"})


def privacy_policy(house: House, settings: Settings) -> Policy:
    """What the page says now, as a customer would read it."""
    title = next((one.title for one in house.processors.values()), "PayPal")
    secret = house.mint(SECRET_CHARACTERS_MIN)  # no form is made here, so nothing is signed with it
    app = create_app(
        house,
        secret_key=secret,
        hand_over_hosts=frozenset(),
        processor=title,
        support=settings.support,
    )
    page = app.test_client().get("/privacy", base_url=house.shop.base_url)
    return Policy(f"{house.shop.base_url}/privacy", main_text(page.get_data(as_text=True)), house.clock())


def main_text(page: str) -> str:
    """The words of a page's main part, a line for each heading and paragraph."""
    reader = _Reader()
    reader.feed(page)
    lines = (re.sub(r"\s+", " ", line).strip() for line in "".join(reader.parts).split("\n"))
    return "\n".join(line for line in lines if line)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line where a block begins."""
        del attrs
        if tag == "main":
            self._inside = True
        if self._inside and tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """End with the main part."""
        if tag == "main":
            self._inside = False

    def handle_data(self, data: str) -> None:
        """Keep the words; the source's own lines mean nothing."""
        if self._inside:
            self.parts.append(data.replace("\n", " "))
