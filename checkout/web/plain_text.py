"""A page of the till as plain text, to go with evidence."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BLOCKS = frozenset({"h1", "h2", "h3", "p", "dt", "dd", "li"})


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
