"""The ways one text can be read: other scripts' digits, invisible characters, escapes, letters for digits."""

import html
import re
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

_INVISIBLE = "\ufdd0"  # a noncharacter: no text has it, and no letter or digit is lost by dropping it
_DECODINGS_MAX = 3
"""Escapes within escapes (`%2520`, `&amp;nbsp;`): after three rounds nobody reads a number in it any more."""


@dataclass(frozen=True, slots=True)
class View:
    """A text as one reader sees it, in ASCII digits.

    `places` says where each character, and the end, stood in the original; None: where it stands now.
    """

    text: str
    places: Sequence[int] | None = None

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Give the span of the original text that this span of the view was read from."""
        return (start, end) if self.places is None else (self.places[start], self.places[end])


def views(text: str) -> Iterator[View]:
    """Give each reading of a text that differs from those before it: at most five, each in linear time."""
    plain = _in_ascii_digits(View(text))
    yield plain
    if _LOOKALIKE_HINT.search(plain.text):
        yield View(_LOOKALIKE_TOKEN.sub(_as_digits, plain.text), plain.places)
    decoded = View(text)
    for _ in range(_DECODINGS_MAX):
        if not _ESCAPE.search(decoded.text):
            return
        decoded = _decoded(decoded)
        yield _in_ascii_digits(decoded)


# U+FE0F and other marks are category Mn; the Hangul fillers count as letters although nobody sees them.
_INVISIBLE_CATEGORIES = frozenset({"Cf", "Mn", "Me"})
_INVISIBLE_LETTERS = frozenset("\u115f\u1160\u3164\uffa0")
_DASH_LETTERS = frozenset("\u30fc\uff70")
_CHINESE_DIGITS = {char: str(value) for value, char in enumerate("〇一二三四五六七八九")} | {"零": "0"}
_REMEMBERED_MAX = 20_000


class _AsciiDigits(dict[int, str]):
    """What a character counts as, worked out at its first use and remembered within bounds."""

    def __missing__(self, point: int) -> str:
        seen = _seen_as(chr(point))
        if len(self) < _REMEMBERED_MAX:
            self[point] = seen
        return seen


def _seen_as(char: str) -> str:
    digit = unicodedata.digit(char, None)
    if digit is not None:
        return str(digit)
    if char in _INVISIBLE_LETTERS or unicodedata.category(char) in _INVISIBLE_CATEGORIES:
        return _INVISIBLE
    if char in _DASH_LETTERS:
        return "-"
    return _CHINESE_DIGITS.get(char, char)


_ASCII_DIGITS = _AsciiDigits()


def _in_ascii_digits(view: View) -> View:
    if view.text.isascii():
        return view
    seen = view.text.translate(_ASCII_DIGITS)
    if _INVISIBLE not in seen:
        return View(seen, view.places)
    kept = [index for index, char in enumerate(seen) if char != _INVISIBLE]
    kept.append(len(seen))
    places = kept if view.places is None else [view.places[index] for index in kept]
    return View(seen.replace(_INVISIBLE, ""), places)


# A letter O or l counts as a digit only in a token of nothing but digits and such letters.
_LOOKALIKE_HINT = re.compile(r"[0-9](?:[\W_]{1,16}+[OolI]++(?![^\W_])|[OolI])|[OolI][0-9]")
_LOOKALIKE_TOKEN = re.compile(r"(?<![^\W_])[OolI0-9]++(?![^\W_])")
_LOOKALIKE_DIGITS = str.maketrans("OolI", "0011")


_PAYPAL_ID_CHARACTERS = 17


def _as_digits(token: re.Match[str]) -> str:
    written = token.group()
    if len(written) == _PAYPAL_ID_CHARACTERS and written.isupper():
        return written  # PayPal's ids have capital O and I among their digits
    return written.translate(_LOOKALIKE_DIGITS)


_ESCAPE = re.compile(
    r"""(?:%[0-9A-Fa-f]{2})+             # percent encoding: of a space, of UTF-8, of the digits themselves
    | &\#?[0-9A-Za-z]{1,12};             # an HTML entity
    | </?[A-Za-z][^<>]{0,60}>            # a tag, such as the line break in a mail's table
    | (?<!\\)\\++(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|U[0-9A-Fa-f]{8}|[nrtfv0"/])  # JSON's and Python's own
    """,
    re.VERBOSE,
)


def _decoded(view: View) -> View:
    """Decode one round of escapes; every character of a decoded escape stands where the escape began."""
    pieces: list[str] = []
    places: list[int] = []
    done = 0
    for escape in _ESCAPE.finditer(view.text):
        pieces.append(view.text[done : escape.start()])
        places.extend(range(done, escape.start()))
        meaning = _meaning(escape.group())
        pieces.append(meaning)
        places.extend([escape.start()] * len(meaning))
        done = escape.end()
    pieces.append(view.text[done:])
    places.extend(range(done, len(view.text) + 1))
    if view.places is not None:
        places = [view.places[place] for place in places]
    return View("".join(pieces), places)


def _meaning(escape: str) -> str:
    if escape.startswith("%"):
        return unquote(escape, errors="replace")
    if escape.startswith("&"):
        return html.unescape(escape)
    if escape.startswith("<"):
        return " "
    code = escape.lstrip("\\")
    if code[0] in "uxU":
        point = int(code[1:], 16)
        return chr(point) if point <= sys.maxunicode else " "
    return " "
