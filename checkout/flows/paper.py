"""Plain text as a PDF file: processors take evidence as pictures and PDF only."""

from __future__ import annotations

import textwrap
from datetime import UTC, datetime

WIDTH_CHARACTERS = 88
"""Of Courier at 9 points, between the margins of A4."""
_POINTS, _LINE_MM = 9, 4.2
_NO_DAY = datetime(2000, 1, 1, tzinfo=UTC)
"""The file tells nothing of when it was made, so the same text makes the same file."""


def pdf_of(title: str, text: str) -> bytes:
    """The text in a typewriter's letters, as many pages as it needs.

    Courier is in every reader, so no font goes with it; letters beyond those of western Europe become question
    marks.
    """
    from fpdf import FPDF  # noqa: PLC0415 -- takes long to import, for a file now and then

    paper = FPDF(format="A4")
    paper.set_creation_date(_NO_DAY)
    paper.set_compression(False)  # small as it is; whoever looks into the file can read it
    paper.core_fonts_encoding = "windows-1252"
    paper.set_font("Courier", size=_POINTS)
    paper.add_page()
    for line in _wrapped(f"{title}\n{'=' * min(len(title), WIDTH_CHARACTERS)}\n\n{text}"):
        paper.cell(w=0, h=_LINE_MM, text=_shown(line), new_x="LMARGIN", new_y="NEXT")
    return bytes(paper.output())


def _wrapped(text: str) -> list[str]:
    """Lines that fit; what is indented stays so."""
    lines: list[str] = []
    for line in text.splitlines():
        indent = " " * (len(line) - len(line.lstrip()))
        wrapped = textwrap.wrap(line, WIDTH_CHARACTERS, subsequent_indent=indent, drop_whitespace=False)
        lines += wrapped or [""]
    return lines


def _shown(line: str) -> str:
    plain = "".join(sign if sign.isprintable() else "?" for sign in line)
    return plain.encode("cp1252", "replace").decode("cp1252")
