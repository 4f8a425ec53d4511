"""The small words an order is found by: of names, addresses of mail, references; as somebody would type them."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

WORD_MAX = 64
"""Characters of a word that are kept; a longer one is found by its beginning."""

HIGHEST = "\U0010ffff"
"""Sorts behind every other character: `word + HIGHEST` is the end of all that begins with `word`."""

_APART = re.compile(r"[\s,;]+")
_PIECE = re.compile(r"[^\W_]+")
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
_NO_SIGN = dict.fromkeys(map(ord, "'`\u2018\u2019\u02bc\u00b4"))
"""O'Brien is typed OBrien as often, and with whichever apostrophe the keyboard has."""
_LETTERS = str.maketrans(
    {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "\u0131": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
"""Letters that Unicode does not take apart into a plain one and its mark."""


def fold(text: str) -> str:
    """Without capitals, accents and apostrophes, and without signs that nobody sees: `Łukasz Müller` is `lukasz muller`."""
    if text.isascii() and text.isprintable():
        return text.translate(_NO_SIGN).casefold()  # by far the most, and nothing of the rest concerns it
    plain = unicodedata.normalize("NFKD", text.translate(_NO_SIGN).casefold())
    kept = "".join(" " if sign.isspace() else sign for sign in plain if not _is_unseen(sign))
    return unicodedata.normalize("NFC", kept.casefold().translate(_LETTERS))


def words_of(texts: Iterable[str]) -> set[str]:
    """Each word of some texts, and each piece of a word that has several: `Meyer-Lüdenscheidt` is three."""
    found = set()
    for text in texts:
        for word in typed(text):
            found |= {word, *(piece[:WORD_MAX] for piece in _PIECE.findall(word))}
    return found


def words_of_mail(address: str) -> set[str]:
    """An address of mail whole, what is before its sign and behind it, and the pieces before it."""
    whole = fold(address)
    local, _, domain = whole.rpartition("@")
    return {*typed(whole), *words_of([local]), *typed(domain)}


def words_of_order(name: str, email: str, others: Iterable[str]) -> set[str]:
    """Every word an order is found by: its customer's name and mail; postcode, shop's reference, products."""
    codes = [other for other in others if other]
    joined = {fold(code).replace(" ", "")[:WORD_MAX] for code in codes}
    return words_of([name, *codes]) | words_of_mail(email) | (joined - {""})


def typed(text: str) -> Iterator[str]:
    """The words of a text as they are looked for: folded, apart at blanks, without the signs around them."""
    for word in _APART.split(fold(text)):
        if plain := _EDGES.sub("", word)[:WORD_MAX]:
            yield plain


def _is_unseen(sign: str) -> bool:
    """A mark upon a letter, or a sign of control, of format, or of half a pair, which no database takes."""
    kind = unicodedata.category(sign)
    return kind == "Mn" or (kind[0] == "C" and not sign.isspace())
