"""How pages write countries and ways to reach the shop."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from markupsafe import Markup, escape

from checkout.wording import LOCALE

NO_COUNTRIES = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"})
"""Two-letter codes that CLDR knows and ISO 3166 does not list as a country."""


def support_text(support: str) -> Markup:
    """How to reach the shop: an address as a link to write to it, anything else as it is."""
    is_address = re.fullmatch(r"[^@\s]+@[^@\s]+", support)
    return Markup('<a href="mailto:{0}">{0}</a>').format(support) if is_address else escape(support)


@cache
def countries() -> tuple[tuple[str, str], ...]:
    """Every country as (ISO code, name), by name as a reader would look for it."""
    named = [
        (code, name)
        for code, name in LOCALE.territories.items()
        if len(code) == 2 and code.isalpha() and code not in NO_COUNTRIES  # noqa: PLR2004 -- ISO 3166-1 alpha-2
    ]
    return tuple(sorted(named, key=lambda country: _plain(country[1])))


def _plain(name: str) -> str:
    """A name without accents, so that Åland stands at A."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign))


def country_name(code: str) -> str:
    """`Austria` for `AT`; the code itself where nobody knows it."""
    return dict(countries()).get(code, code)
